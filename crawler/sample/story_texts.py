"""The versions of a story: its flash, its first text, the wrong one, the updates, the notice that kills it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock

from copydesk.crawler.sample.network import Slot
from copydesk.crawler.sample.prose import Desk, Language, Writer, draw_facts, load_language, revise_facts
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.seeded_random import Dice
from copydesk.crawler.sample.story_plan import Kind, Plan, Version, make_plan

_MAX_CACHED_VERSIONS = 4096
_DESK_LISTS = {Kind.SERIES: "series", Kind.NOTICE: "notices", Kind.ALERT: "alerts"}


@dataclass(frozen=True, slots=True)
class StoryText:
    """One version of a story in words, as its own wire would send it; quotations are still marked ``<`` and ``>``.

    ``note`` is the desk's word on a correction, printed with the text but no part of it. ``holds`` are the stories
    that a roundup has items of. ``alternative_headline`` and ``alternative_lead`` are what a copying desk may put instead.
    """

    headline: str
    paragraphs: tuple[str, ...]
    section: str
    facts: Mapping[str, str]
    note: str = ""
    item_story_ids: tuple[str, ...] = ()
    alternative_headline: str = ""
    alternative_lead: str = ""


_cache: OrderedDict[tuple[int, int, int, Version], StoryText] = OrderedDict()
_lock = Lock()


def write_version(plan: Plan, version: Version) -> StoryText:
    """One version of a story in words: a pure function of the two, remembered for a while."""
    key = (plan.network.seed, plan.network.per_day, plan.slot.number, version)
    with _lock:
        known = _cache.get(key)
    if known is None:
        known = _write_version(plan, version)
        with _lock:
            _cache[key] = known
            while len(_cache) > _MAX_CACHED_VERSIONS:
                _cache.popitem(last=False)
    return known


def _write_version(plan: Plan, version: Version) -> StoryText:
    language = load_language(plan.language)
    dice = Dice(plan.network.seed, "facts", plan.slot.number)
    given = _date_facts(plan, language, dice)
    if plan.kind is Kind.ROUNDUP:
        return _write_roundup(plan, language, given)
    form = _DESK_LISTS.get(plan.kind)
    desk = dice.choice(getattr(language, form) if form else language.desks)
    facts = draw_facts(language, desk, dice, given)
    if form:
        copytext = Writer(language, desk, facts, _make_body_dice(plan)).write_form()
        return StoryText(copytext.headline, copytext.paragraphs, desk.section, facts)
    return _write_news(plan, version, language, desk, facts)


def _write_news(plan: Plan, version: Version, language: Language, desk: Desk, facts: dict[str, str]) -> StoryText:
    length = _draw_length(plan)
    dice = _make_body_dice(plan)
    changed: Mapping[str, str] = facts
    if version is Version.WRONG:
        changed, _ = _make_mistake(plan, language, desk, facts)
    elif version in {Version.UPDATE_1, Version.UPDATE_2}:
        changed = revise_facts(desk, facts, Dice(plan.network.seed, version, plan.slot.number), desk.revise)
    writer = Writer(language, desk, changed, dice)
    copytext = writer.write_story(length)
    alternative_headline, alternative_lead = writer.write_opening()
    first = StoryText(
        copytext.headline,
        copytext.paragraphs,
        desk.section,
        changed,
        alternative_headline=alternative_headline,
        alternative_lead=alternative_lead,
    )
    if version is Version.FLASH:
        # Most flashes are the lead to come, some are no more than the headline.
        bare = Dice(plan.network.seed, "flash", plan.slot.number).chance(0.3)
        return replace(first, paragraphs=(f"{first.headline}." if bare else first.paragraphs[0],))
    if version is Version.KILL:
        clock = f"{plan.started_at:%H:%M}"
        kill_writer = Writer(language, desk, {**facts, "headline": first.headline, "clock": clock}, dice)
        lines = tuple(kill_writer.write_form_line("kill", part) for part in ("reason", "request"))
        return replace(first, paragraphs=lines, alternative_headline="", alternative_lead="")
    if version in {Version.UPDATE_1, Version.UPDATE_2}:
        return _write_update(first, writer, version)
    if plan.kind is Kind.CORRECTION and version is Version.FIRST:
        return replace(first, note=_write_correction_note(plan, language, desk, facts))
    return first


def _write_update(first: StoryText, writer: Writer, version: Version) -> StoryText:
    """A new lead over the old one's text, new paragraphs below it, the last one gone where there are enough."""
    fresh = [writer.write_form_line("update", "first")]
    if version is Version.UPDATE_2:
        fresh.append(writer.write_form_line("update", "second"))
    kept = first.paragraphs[1:-1] if len(first.paragraphs) > 6 else first.paragraphs[1:]
    headline = first.alternative_headline if version is Version.UPDATE_2 else first.headline
    return replace(first, headline=headline, paragraphs=(first.alternative_lead, *fresh, *kept))


def _write_correction_note(plan: Plan, language: Language, desk: Desk, facts: Mapping[str, str]) -> str:
    wrong, name = _make_mistake(plan, language, desk, facts)
    note_facts = {**facts, "right": facts[name], "wrong": wrong[name]}
    return Writer(language, desk, note_facts, _make_body_dice(plan)).write_form_line("correction", "note")


def _make_mistake(plan: Plan, language: Language, desk: Desk, facts: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The facts with a mistake that shows in the first paragraph, and the name of the mistaken one."""
    right = Writer(language, desk, facts, _make_body_dice(plan)).write_story(2).paragraphs[0]
    for name in desk.revise:
        wrong = revise_facts(desk, facts, Dice(plan.network.seed, "wrong", plan.slot.number), (name,))
        if Writer(language, desk, wrong, _make_body_dice(plan)).write_story(2).paragraphs[0] != right:
            break
    return wrong, name


def _write_roundup(plan: Plan, language: Language, base_facts: dict[str, str]) -> StoryText:
    """Some stories of the hours before, each as its headline and lead, or its first two paragraphs."""
    dice = _make_body_dice(plan)
    facts = base_facts
    desk = Desk("digest", language.desks[0].section, {}, {})
    writer = Writer(language, desk, facts, dice)
    headline = writer.write_form_line("digest", "headline")
    paragraphs = [writer.write_form_line("digest", "opening")]
    holds: list[str] = []
    wanted = dice.randint(4, 7)
    for _ in range(200):
        if len(holds) == wanted:
            break
        hour = plan.slot.hour - timedelta(hours=dice.randint(0, 20))
        count = plan.network.count_stories(hour.hour)
        if not count:
            continue
        other = make_plan(plan.network, Slot(hour, dice.randint(0, count - 1)))
        if _fits(plan, other) and other.story_id not in holds:
            item = write_version(other, Version.FIRST)
            paragraphs += [f"{item.headline.upper()} - {item.paragraphs[0]}", *item.paragraphs[1 : dice.randint(1, 2)]]
            holds.append(other.story_id)
    return StoryText(headline, tuple(paragraphs), language.desks[0].section, facts, item_story_ids=tuple(holds))


def _fits(roundup: Plan, other: Plan) -> bool:
    return other.kind is Kind.NEWS and other.language == roundup.language and other.started_at < roundup.started_at


def _draw_length(plan: Plan) -> int:
    """5 to 14 paragraphs, short ones being the more common."""
    dice = Dice(plan.network.seed, "length", plan.slot.number)
    return min(14, 5 + int(dice.random() * dice.random() * 12))


def _make_body_dice(plan: Plan) -> Dice:
    return Dice(plan.network.seed, "body", plan.slot.number)


def _date_facts(plan: Plan, language: Language, dice: Dice) -> dict[str, str]:
    at = plan.started_at
    return {
        "weekday": language.weekdays[at.weekday()],
        "soon": language.weekdays[(at.weekday() + dice.randint(1, 4)) % 7],
        "month": language.months[at.month - 1],
        "next_month": language.months[at.month % 12],
        "monthday": str(at.day),
        "year": str(at.year),
        "clock": f"{at:%H:%M}",
        "credit": load_wires()[plan.wire].agency,
    }
