"""Articles as printed: everything on one page of a wire, and which part of it is the article's text."""

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
from copydesk.crawler.sample.seeded_random import SeededRandom
from copydesk.crawler.sample.story_plan import Kind, Plan, Relation, Release, Version, plans_between
from copydesk.crawler.sample.story_texts import StoryText, write_version
from copydesk.pipeline.core.records import Notice

_HEX_MASK = 0x5D3_9A4F_17C2
"""XORed with the article number in URLs with hex IDs, so that they do not look sequential."""
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
    """One article as a wire publishes it. Times are aware, UTC, on the full minute."""

    number: int
    """The number of its ``Slot``."""
    wire: str
    path: str
    """Its URL without the origin."""
    story_id: str
    kind: Kind
    relation: Relation
    edits: tuple[str, ...]
    title: str
    """The headline without a mark such as ``UPDATE 1-``."""
    printed_title: str
    """The headline with the mark."""
    blocks: tuple[Block, ...]
    """All printed paragraphs."""
    opener: str
    """The dateline as printed before the first paragraph, with the agency."""
    dateline: str
    """Place and date in the opener."""
    agency: str
    """The agency in the opener."""
    credit: str
    """The agency that wrote the text, if it is not the wire."""
    byline: str
    section: str
    language: str
    published_at: datetime
    modified_at: datetime
    notice: str
    """A ``Notice``, or empty."""
    item_story_ids: tuple[str, ...]
    """The stories that a roundup summarizes."""
    banner: bool
    """Whether an error banner is printed above the article."""
    soft_hyphens: bool
    """Whether long words contain soft hyphens."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The article's text: the result of a perfect cleaner."""
        return tuple(block.text for block in self.blocks if block.role is Role.BODY)


def articles_of_day(network: Network, day: date) -> Iterator[Article]:
    """Yield all articles of a day (UTC), in no particular order."""
    start = datetime.combine(day, time(), UTC)
    return articles_between(network, start, start + timedelta(days=1))


def articles_between(
    network: Network, since: datetime, until: datetime, *, wire: str = "", now: datetime | None = None
) -> Iterator[Article]:
    """Yield the articles published in [since, until), in no particular order.

    Args:
        network: The network.
        since: The start (aware).
        until: The end, exclusive (aware).
        wire: The name of a wire; empty: all wires.
        now: The time of the pages' state (aware). None: the final state, after all revisions.
    """
    for plan in plans_between(network, since, until):
        for release in plan.releases:
            if since <= release.at < until and wire in ("", release.wire):
                yield make_article(plan, release, now)


def make_article(plan: Plan, release: Release, now: datetime | None = None) -> Article:
    """Return an article in its state at ``now`` (None: its final state). Pure."""
    is_revised = release.revised_at is not None and (now is None or now >= release.revised_at)
    version = release.revised_version if is_revised else release.version
    wire, source = load_wires()[release.wire], load_wires()[plan.wire]
    text = write_version(plan, version)
    number = Slot(plan.slot.hour, plan.slot.story, release.number).number
    rng = SeededRandom(plan.network.seed, "desk", number)
    is_own = release.wire == plan.wire
    headline, blocks = apply_edits(text, wire, release.edits, rng)
    has_new_dateline = "dateline" in release.edits
    opener, dateline, agency, credit = _write_opener(
        wire, wire if has_new_dateline else source, text, release.at, is_own or has_new_dateline
    )
    if wire.trailer:
        trailer = _fill_pattern(wire.trailer, text, release.at, wire, "", number)
        blocks += [Block(Role.TRAILER, trailer)] * 2
    if has_new_dateline and not is_own:
        blocks.append(Block(Role.CREDIT, f"({source.agency})"))
    if wire.disclaimer:
        disclaimer = _fill_pattern(wire.disclaimer, text, release.at, wire, "", number)
        blocks.append(Block(Role.DISCLAIMER, set_quotes(disclaimer, wire)))
    is_corrected = plan.kind is Kind.CORRECTION and version is Version.FIRST
    return Article(
        number=number,
        wire=wire.name,
        path=_make_path(wire, plan.network, number, headline),
        story_id=plan.story_id,
        kind=plan.kind,
        relation=release.relation,
        edits=release.edits,
        title=headline,
        printed_title=_make_headline_mark(wire, version, is_corrected=is_corrected) + headline,
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
        notice=Notice.CORRECTION if is_corrected else _NOTICES.get(version, ""),
        item_story_ids=text.item_story_ids,
        banner="banner" in release.edits,
        soft_hyphens="hyphens" in release.edits,
    )


def _make_headline_mark(wire: Wire, version: Version, *, is_corrected: bool) -> str:
    marks = load_language(wire.language).marks
    if version is Version.KILL:
        return marks["kill"]
    if not wire.marks:
        return ""
    if is_corrected:
        return marks["correction"]
    return marks[_HEADLINE_MARKS[version]].replace("{n}", version[-1]) if version in _HEADLINE_MARKS else ""


def _write_opener(wire: Wire, source: Wire, text: StoryText, at: datetime, is_own: bool) -> tuple[str, str, str, str]:
    """Return the opener, its place and date, its agency, and the credit; see ``Article``."""
    is_aggregator = "{credit}" in wire.dateline
    pattern = (wire.own_dateline or wire.dateline) if is_own else wire.dateline if is_aggregator else source.dateline
    signing_wire = wire if is_own or is_aggregator else source
    opener = _fill_pattern(pattern, text, at, source, signing_wire.agency, 0)
    agency = signing_wire.agency if "{agency}" in pattern else ""
    place = pattern.split("(")[0].split("/{agency}")[0] if agency else pattern.rstrip(" —–-.")
    if not text.facts.get("where.name"):
        if "{P" in pattern:
            return "", "", "", source.agency if not is_own else ""
        place = ""
    dateline = _fill_pattern(place, text, at, source, signing_wire.agency, 0).strip(" ,")
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
    """Return the slot of a URL path at a wire; None if it is not the path of an article."""
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
        number, remainder = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[remainder] + digits
    return digits or "0"
