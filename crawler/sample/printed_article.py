"""Articles: one page of one wire each, with all that is printed on it and what of that is true text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from copydesk.crawler.sample.edits import Block, Role, apply_edits, set_quotes
from copydesk.crawler.sample.network import Network, Slot
from copydesk.crawler.sample.prose import load_language
from copydesk.crawler.sample.sample_wires import Wire, load_wires
from copydesk.crawler.sample.seeded_random import Dice
from copydesk.crawler.sample.story_plan import Kind, Plan, Relation, Release, Version, plans_between
from copydesk.crawler.sample.story_texts import StoryText, write_version
from copydesk.pipeline.core.records import Notice

_HEX_MASK = 0x5D3_9A4F_17C2
_NOTICES = {
    Version.UPDATE_1: Notice.UPDATE,
    Version.UPDATE_2: Notice.UPDATE,
    Version.KILL: Notice.KILL,
}
_HEADLINE_MARKS = {Version.FLASH: "flash", Version.UPDATE_1: "update", Version.UPDATE_2: "update", Version.KILL: "kill"}
_BYLINED_KINDS = frozenset({Kind.NEWS, Kind.UPDATE, Kind.CORRECTION, Kind.FLASH, Kind.KILL})
_BYLINED_LAYOUTS = frozenset({"broadsheet", "agency", "plain", "amp"})


@dataclass(frozen=True, slots=True)
class Article:
    """One article as a wire publishes it.

    ``title`` is the headline without the desk's mark (``UPDATE 1-``), ``printed_title`` the one on the page.
    ``opener`` is the dateline as printed before the first paragraph of the text, ``dateline`` its place and date.
    ``blocks`` are all printed paragraphs. ``path`` is the address below the wire's origin. Times are aware, UTC, on
    the full minute. ``soft_hyphens``: the page has them in its words.
    """

    number: int
    wire: str
    path: str
    story_id: str
    kind: Kind
    relation: Relation
    edits: tuple[str, ...]
    title: str
    printed_title: str
    blocks: tuple[Block, ...]
    opener: str
    dateline: str
    agency: str
    credit: str
    byline: str
    section: str
    language: str
    published_at: datetime
    modified_at: datetime
    notice: str
    item_story_ids: tuple[str, ...]
    banner: bool
    soft_hyphens: bool

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The true text: what a perfect cleaner would leave."""
        return tuple(block.text for block in self.blocks if block.role is Role.BODY)


def articles_of_day(network: Network, day: date) -> Iterator[Article]:
    """All articles of a day (UTC), in no particular order, one at a time."""
    start = datetime.combine(day, time(), UTC)
    return articles_between(network, start, start + timedelta(days=1))


def articles_between(
    network: Network, since: datetime, until: datetime, *, wire: str = "", now: datetime | None = None
) -> Iterator[Article]:
    """The articles published in [since, until), of one wire or of all, as their pages read at ``now``.

    Without ``now`` they are given in their final state: pages that change in place have changed.
    """
    for plan in plans_between(network, since, until):
        for release in plan.releases:
            if since <= release.at < until and wire in ("", release.wire):
                yield make_article(plan, release, now)


def make_article(plan: Plan, release: Release, now: datetime | None = None) -> Article:
    """One article as its page reads at ``now`` (without it: in the end); a pure function of its arguments."""
    is_revised = release.revised_at is not None and (now is None or now >= release.revised_at)
    version = release.revised_version if is_revised else release.version
    wire, source = load_wires()[release.wire], load_wires()[plan.wire]
    text = write_version(plan, version)
    number = Slot(plan.slot.hour, plan.slot.story, release.number).number
    dice = Dice(plan.network.seed, "desk", number)
    own = release.wire == plan.wire
    headline, blocks = apply_edits(text, wire, release.edits, dice)
    redated = "dateline" in release.edits
    opener, dateline, agency, credit = _write_opener(
        wire, wire if redated else source, text, release.at, own or redated
    )
    if wire.trailer:
        trailer = _fill_pattern(wire.trailer, text, release.at, wire, "", number)
        blocks += [Block(Role.TRAILER, trailer)] * 2
    if redated and not own:
        blocks.append(Block(Role.CREDIT, f"({source.agency})"))
    if wire.disclaimer:
        filled = _fill_pattern(wire.disclaimer, text, release.at, wire, "", number)
        blocks.append(Block(Role.DISCLAIMER, set_quotes(filled, wire)))
    corrected = plan.kind is Kind.CORRECTION and version is Version.FIRST
    return Article(
        number=number,
        wire=wire.name,
        path=_make_path(wire, plan.network, number, headline),
        story_id=plan.story_id,
        kind=plan.kind,
        relation=release.relation,
        edits=release.edits,
        title=headline,
        printed_title=_make_headline_mark(wire, version, corrected=corrected) + headline,
        blocks=tuple(blocks),
        opener=opener,
        dateline=dateline,
        agency=agency,
        credit=credit,
        byline=text.facts["reporter"] if plan.kind in _BYLINED_KINDS and wire.layout in _BYLINED_LAYOUTS else "",
        section=text.section,
        language=wire.language,
        published_at=release.at,
        modified_at=release.revised_at if is_revised and release.revised_at else release.at,
        notice=Notice.CORRECTION if corrected else _NOTICES.get(version, ""),
        item_story_ids=text.item_story_ids,
        banner="banner" in release.edits,
        soft_hyphens="hyphens" in release.edits,
    )


def _make_headline_mark(wire: Wire, version: Version, *, corrected: bool) -> str:
    marks = load_language(wire.language).marks
    if version is Version.KILL:
        return marks["kill"]
    if not wire.marks:
        return ""
    if corrected:
        return marks["correction"]
    return marks[_HEADLINE_MARKS[version]].replace("{n}", version[-1]) if version in _HEADLINE_MARKS else ""


def _write_opener(wire: Wire, source: Wire, text: StoryText, at: datetime, is_own: bool) -> tuple[str, str, str, str]:
    """The dateline as printed, its place and date, the agency that it names and the credit."""
    aggregator = "{credit}" in wire.dateline
    pattern = (wire.own_dateline or wire.dateline) if is_own else wire.dateline if aggregator else source.dateline
    named = wire if is_own or aggregator else source
    opener = _fill_pattern(pattern, text, at, source, named.agency, 0)
    agency = named.agency if "{agency}" in pattern else ""
    place = pattern.split("(")[0].split("/{agency}")[0] if agency else pattern.rstrip(" —–-.")
    if not text.facts.get("where.name"):
        if "{P" in pattern:
            return "", "", "", source.agency if not is_own else ""
        place = ""
    dateline = _fill_pattern(place, text, at, source, named.agency, 0).strip(" ,")
    return opener, dateline, agency, "" if is_own else source.agency


def _fill_pattern(pattern: str, text: StoryText, at: datetime, wire: Wire, agency: str, number: int) -> str:
    local = at.astimezone(wire.zone)
    month = load_language(wire.language).months[local.month - 1]
    place = text.facts.get("where.name", "")
    return pattern.format(
        PLACE=place.upper(),
        Place=place,
        Month=month,
        Mon=month[:3],
        mon=month[:3].lower(),
        D=local.day,
        M=local.month,
        year=local.year,
        agency=agency,
        credit=wire.agency,
        number=f"{number:012d}",
        short=f"{number % 10_000_000:07d}",
    )


def _make_path(wire: Wire, network: Network, number: int, headline: str) -> str:
    slug = _slugify(headline)
    if wire.ids == "hex":
        digest = sha256(f"{network.seed}/{number}".encode()).hexdigest()[:21]
        return f"/article/{slug}-{number ^ _HEX_MASK:011x}{digest}"
    if wire.ids == "number":
        return f"/{number:012d}/{slug}"
    return f"/news/{slug}-id{_to_base36(number)}"


_PATHS = {
    "hex": re.compile(r"/article/(?:[^/]*-)?([0-9a-f]{11})[0-9a-f]{21}$"),
    "number": re.compile(r"/(\d{12})(?:/[^/]*)?$"),
    "slug": re.compile(r"/news/[^/]*-id([0-9a-z]{1,9})$"),
}


def parse_path(wire: Wire, path: str) -> Slot | None:
    """The slot that an address below the wire's origin stands for; None where it is no article's address."""
    match = _PATHS[wire.ids].match(path)
    if not match:
        return None
    base = {"hex": 16, "number": 10, "slug": 36}[wire.ids]
    number = int(match[1], base) ^ (_HEX_MASK if wire.ids == "hex" else 0)
    try:
        return Slot.from_number(number)
    except ValueError:
        return None


def _slugify(headline: str) -> str:
    plain = unicodedata.normalize("NFKD", headline).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:9])


def _to_base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
