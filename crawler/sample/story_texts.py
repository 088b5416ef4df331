"""The texts of a story: its flash, its first version, one with an error, its updates, its kill notice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock

from copydesk.crawler.sample.network import Slot
from copydesk.crawler.sample.prose import Desk, Language, Writer, draw_facts, load_language, revise_facts
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.seeded_random import SeededRandom
from copydesk.crawler.sample.story_plan import Kind, Plan, Version, make_plan

_MAX_CACHED_VERSIONS = 4096
_FORM_LISTS = {Kind.SERIES: "series", Kind.NOTICE: "notices", Kind.ALERT: "alerts"}


@dataclass(frozen=True, slots=True)
class StoryText:
    """The text of one version of a story, as its wire would publish it. ``<`` and ``>`` mark quotations."""

    headline: str
    paragraphs: tuple[str, ...]
    section: str
    facts: Mapping[str, str]
    note: str = ""
    """The desk's note about a correction. It is printed with the text but is not part of it."""
    item_story_ids: tuple[str, ...] = ()
    """The IDs of the stories that a roundup summarizes."""
    alternative_headline: str = ""
    """A headline that a desk that copies the story may use instead."""
    alternative_lead: str = ""


_cache: OrderedDict[tuple[int, int, int, Version], StoryText] = OrderedDict()
_lock = Lock()


def write_version(plan: Plan, version: Version) -> StoryText:
    """Return the text of one version of a story. Pure; recent results are cached."""
    key = (plan.network.seed, plan.network.per_day, plan.slot.number, version)
    with _lock:
        cached = _cache.get(key)
    if cached is None:
        cached = _write_version(plan, version)
        with _lock:
            _cache[key] = cached
            while len(_cache) > _MAX_CACHED_VERSIONS:
                _cache.popitem(last=False)
    return cached


def _write_version(plan: Plan, version: Version) -> StoryText:
    language = load_language(plan.language)
    rng = SeededRandom(plan.network.seed, "facts", plan.slot.number)
    date_facts = _date_facts(plan, language, rng)
    if plan.kind is Kind.ROUNDUP:
        return _write_roundup(plan, language, date_facts)
    form_list = _FORM_LISTS.get(plan.kind)
    desk = rng.choice(getattr(language, form_list) if form_list else language.desks)
    facts = draw_facts(language, desk, rng, date_facts)
    if form_list:
        copytext = Writer(language, desk, facts, _make_body_rng(plan)).write_form()
        return StoryText(copytext.headline, copytext.paragraphs, desk.section, facts)
    return _write_news(plan, version, language, desk, facts)


def _write_news(plan: Plan, version: Version, language: Language, desk: Desk, facts: dict[str, str]) -> StoryText:
    length = _draw_length(plan)
    rng = _make_body_rng(plan)
    version_facts: Mapping[str, str] = facts
    if version is Version.WRONG:
        version_facts, _ = _make_mistake(plan, language, desk, facts)
    elif version in {Version.UPDATE_1, Version.UPDATE_2}:
        version_facts = revise_facts(
            desk, facts, SeededRandom(plan.network.seed, version, plan.slot.number), desk.revise
        )
    writer = Writer(language, desk, version_facts, rng)
    copytext = writer.write_story(length)
    alternative_headline, alternative_lead = writer.write_opening()
    first = StoryText(
        copytext.headline,
        copytext.paragraphs,
        desk.section,
        version_facts,
        alternative_headline=alternative_headline,
        alternative_lead=alternative_lead,
    )
    if version is Version.FLASH:
        # Most flashes are the lead of the story, some only its headline.
        is_headline_only = SeededRandom(plan.network.seed, "flash", plan.slot.number).chance(0.3)
        return replace(first, paragraphs=(f"{first.headline}." if is_headline_only else first.paragraphs[0],))
    if version is Version.KILL:
        clock = f"{plan.started_at:%H:%M}"
        kill_writer = Writer(language, desk, {**facts, "headline": first.headline, "clock": clock}, rng)
        lines = tuple(kill_writer.write_form_line("kill", part) for part in ("reason", "request"))
        return replace(first, paragraphs=lines, alternative_headline="", alternative_lead="")
    if version in {Version.UPDATE_1, Version.UPDATE_2}:
        return _write_update(first, writer, version)
    if plan.kind is Kind.CORRECTION and version is Version.FIRST:
        return replace(first, note=_write_correction_note(plan, language, desk, facts))
    return first


def _write_update(first: StoryText, writer: Writer, version: Version) -> StoryText:
    """Return an update: a new lead, new paragraphs, then the old text, without its last paragraph if it is long."""
    added = [writer.write_form_line("update", "first")]
    if version is Version.UPDATE_2:
        added.append(writer.write_form_line("update", "second"))
    kept = first.paragraphs[1:-1] if len(first.paragraphs) > 6 else first.paragraphs[1:]
    headline = first.alternative_headline if version is Version.UPDATE_2 else first.headline
    return replace(first, headline=headline, paragraphs=(first.alternative_lead, *added, *kept))


def _write_correction_note(plan: Plan, language: Language, desk: Desk, facts: Mapping[str, str]) -> str:
    wrong, name = _make_mistake(plan, language, desk, facts)
    note_facts = {**facts, "right": facts[name], "wrong": wrong[name]}
    return Writer(language, desk, note_facts, _make_body_rng(plan)).write_form_line("correction", "note")


def _make_mistake(plan: Plan, language: Language, desk: Desk, facts: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the facts with an error that shows in the first paragraph, and the name of the wrong fact."""
    correct_lead = Writer(language, desk, facts, _make_body_rng(plan)).write_story(2).paragraphs[0]
    for name in desk.revise:
        wrong = revise_facts(desk, facts, SeededRandom(plan.network.seed, "wrong", plan.slot.number), (name,))
        if Writer(language, desk, wrong, _make_body_rng(plan)).write_story(2).paragraphs[0] != correct_lead:
            break
    return wrong, name


def _write_roundup(plan: Plan, language: Language, facts: dict[str, str]) -> StoryText:
    """Return a roundup of stories of the previous hours: headline and one or two paragraphs of each."""
    rng = _make_body_rng(plan)
    desk = Desk("digest", language.desks[0].section, {}, {})
    writer = Writer(language, desk, facts, rng)
    headline = writer.write_form_line("digest", "headline")
    paragraphs = [writer.write_form_line("digest", "opening")]
    item_story_ids: list[str] = []
    item_count = rng.randint(4, 7)
    for _ in range(200):
        if len(item_story_ids) == item_count:
            break
        hour = plan.slot.hour - timedelta(hours=rng.randint(0, 20))
        count = plan.network.count_stories(hour.hour)
        if not count:
            continue
        other = make_plan(plan.network, Slot(hour, rng.randint(0, count - 1)))
        if _can_be_item(plan, other) and other.story_id not in item_story_ids:
            item = write_version(other, Version.FIRST)
            paragraphs += [f"{item.headline.upper()} - {item.paragraphs[0]}", *item.paragraphs[1 : rng.randint(1, 2)]]
            item_story_ids.append(other.story_id)
    return StoryText(
        headline, tuple(paragraphs), language.desks[0].section, facts, item_story_ids=tuple(item_story_ids)
    )


def _can_be_item(roundup: Plan, other: Plan) -> bool:
    """Return whether a story can be an item of a roundup: news in its language, published before it."""
    return other.kind is Kind.NEWS and other.language == roundup.language and other.started_at < roundup.started_at


def _draw_length(plan: Plan) -> int:
    """Return a number of paragraphs from 5 to 14. Small numbers are more frequent."""
    rng = SeededRandom(plan.network.seed, "length", plan.slot.number)
    return min(14, 5 + int(rng.random() * rng.random() * 12))


def _make_body_rng(plan: Plan) -> SeededRandom:
    return SeededRandom(plan.network.seed, "body", plan.slot.number)


def _date_facts(plan: Plan, language: Language, rng: SeededRandom) -> dict[str, str]:
    at = plan.started_at
    return {
        "weekday": language.weekdays[at.weekday()],
        "soon": language.weekdays[(at.weekday() + rng.randint(1, 4)) % 7],
        "month": language.months[at.month - 1],
        "next_month": language.months[at.month % 12],
        "monthday": str(at.day),
        "year": str(at.year),
        "clock": f"{at:%H:%M}",
        "credit": load_wires()[plan.wire].agency,
    }
