"""Boilerplate that no rule names, found by repetition: what recurs over many unlike articles of one wire.

Not all that recurs is boilerplate. Copies and updates of one story share its paragraphs; a market report, a weather
report or a result is made of sentences in which only the numbers change; a desk tells the background of a long story
again and again. Hence:

- Stories are counted, not articles: articles of one title (whatever its numbers) are one.
- An article testifies only where a third of its words or more are its own, that is, stand in no more than two stories.
  A report made from a form, and the tenth update of a story, testify for nothing.
- It must have been seen over some time, not in one burst.
- Where numbers or names change from print to print, it must stand under three quarters of all stories.
- Where it stands under fewer than half of them, its words must not be those of the articles that it stands in: the
  background of a story speaks of what the story speaks of.
- A short line amid the text is a heading.

Pure, and independent of the order in which articles are given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.clean.known_boilerplate import SHORT, find_place, make_keys
from copydesk.pipeline.clean.repeated_paragraphs import fold_words
from copydesk.pipeline.core.text import count_words

STORIES = 8
"""The least number of stories."""

SHARE = 10
"""The least share of the wire's stories, in percent."""

SHARE_VARYING = 75
"""The same for a paragraph in which numbers or names change."""

HOURS = 6
"""The least number of unlike hours it was seen in."""

SPREAD = timedelta(hours=12)
"""The least time between the first and the last."""

_RECURRING = 3
"""What stands in so many stories is no article's own; nothing that stands in fewer is worth telling."""

_AMID_PERCENT = 20
"""The most that a short paragraph may stand amid the text."""

_KIN_PERCENT = 10
"""How much more of its words the articles that hold a paragraph may have than the others, in percent of its words."""

_KIN_BELOW = 50
"""What stands under so many percent of the stories is of the whole wire, whatever it speaks of."""

_LONG_WORD = 4
"""Letters of a word that tells what a text is about."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An article as it is looked at: ``kept`` its paragraphs, ``cut`` those that were cut as learned."""

    title: str
    at: datetime
    kept: tuple[str, ...]
    cut: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one recurring paragraph; it is boilerplate where there is no ``doubt``.

    ``text`` is its earliest print. ``articles`` and ``stories`` testify, of so many that could; ``days`` and ``hours``
    are those that they fall in. ``head``, ``amid``, ``tail``: in how many it stands before, amid, after the text;
    ``cut``: from how many it has been cut before.
    """

    key: str
    text: str
    doubt: str
    articles: int
    of_articles: int
    stories: int
    of_stories: int
    days: int
    hours: int
    head: int
    amid: int
    tail: int
    cut: int
    first_at: datetime
    last_at: datetime

    @property
    def share(self) -> float:
        """The share of the wire's stories that it stands under, 0 to 1."""
        return self.stories / self.of_stories


@dataclass(slots=True)
class _Witness:
    story: str
    at: datetime
    language: str
    places: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By key: where the paragraph stands, its text, and its first key."""
    words: frozenset[str] = frozenset()
    """The long words of the title and of the article's own text."""


def learn(seen: Iterable[Seen]) -> list[Evidence]:
    """The recurring paragraphs of one wire's articles, the most widespread first, each with what speaks against it."""
    articles = sorted(set(seen), key=lambda one: (one.at, one.title, one.kept, one.cut, one.language))
    keyed = [{text: make_keys(text) for text in (*one.kept, *one.cut)} for one in articles]
    titles = [_name_story(one) for one in articles]
    stories: defaultdict[str, set[str]] = defaultdict(set)
    for story, keys in zip(titles, keyed, strict=True):
        for found in keys.values():
            for key in found:
                stories[key].add(story)
    recurring = {key for key, some in stories.items() if len(some) >= _RECURRING}
    witnesses = [
        witness
        for one, story, keys in zip(articles, titles, keyed, strict=True)
        if (witness := _hear(one, story, keys, recurring))
    ]
    told = _weigh(witnesses, first=True)
    settled = {one.key for one in told if not one.doubt}
    # With names: what is not known by all of its words already.
    masked = [one for one in _weigh(witnesses, first=False, settled=settled) if not one.doubt]
    return sorted([*told, *masked], key=lambda one: (-one.stories, one.text, one.key))


def _name_story(one: Seen) -> str:
    keys = make_keys(one.title) or make_keys(" ".join(one.kept[:1]))
    return keys[0] if keys else ""


def _hear(one: Seen, story: str, keys: dict[str, tuple[str, ...]], recurring: Set[str]) -> _Witness | None:
    """The article as a witness; None where too little of it is its own."""
    own = [at for at, text in enumerate(one.kept) if recurring.isdisjoint(keys[text][:1])]
    words = sum(map(count_words, keys))
    if sum(count_words(text) for text in {one.kept[at] for at in own}) * 3 < words:
        return None
    texts = [at for at in own if count_words(one.kept[at]) >= SHORT]
    witness = _Witness(story, one.at.astimezone(UTC), one.language)
    for text in one.cut:
        for key in keys[text]:
            witness.places.setdefault(key, ("cut", text, keys[text][0]))
    for at, text in enumerate(one.kept):
        for key in keys[text]:
            witness.places.setdefault(key, (find_place(texts, at), text, keys[text][0]))
    witness.words = _find_words(" ".join([one.title, *(one.kept[at] for at in own)]))
    return witness


def _find_words(text: str) -> frozenset[str]:
    return frozenset(word for word in fold_words(text).split() if len(word) >= _LONG_WORD and word.isalpha())


def _weigh(witnesses: list[_Witness], *, first: bool, settled: Set[str] = frozenset()) -> list[Evidence]:
    """The evidence of all recurring paragraphs by their first key, or by the one of those that have names."""
    holders: defaultdict[str, list[_Witness]] = defaultdict(list)
    for witness in witnesses:
        for key, (_, _, whole) in witness.places.items():
            if (key == whole) is first and whole not in settled:
                holders[key].append(witness)
    of_stories = len({witness.story for witness in witnesses})
    found: list[Evidence] = []
    for key, some in holders.items():
        stories = {witness.story for witness in some}
        if len(stories) < _RECURRING:
            continue
        places = [witness.places[key][0] for witness in some]
        times = [witness.at for witness in some]
        evidence = Evidence(
            key=key,
            text=min((witness.at, witness.places[key][1]) for witness in some)[1],
            doubt="",
            articles=len(some),
            of_articles=len(witnesses),
            stories=len(stories),
            of_stories=of_stories,
            days=len({f"{at:%Y%m%d}" for at in times}),
            hours=len({f"{at:%Y%m%d%H}" for at in times}),
            head=places.count("head"),
            amid=places.count("amid"),
            tail=places.count("tail"),
            cut=places.count("cut"),
            first_at=min(times),
            last_at=max(times),
        )
        varying = len({fold_words(witness.places[key][1]) for witness in some}) > 1
        found.append(replace(evidence, doubt=_find_doubt(evidence, some, witnesses, varying=varying)))
    return found


def _find_doubt(one: Evidence, some: list[_Witness], witnesses: list[_Witness], *, varying: bool) -> str:
    """What speaks against a paragraph, the first thing; empty where nothing does."""
    least = SHARE_VARYING if varying else SHARE
    span = one.last_at - one.first_at
    if one.stories < STORIES:
        return f"stands in {one.stories} stories, fewer than {STORIES}"
    if one.share * 100 < least:
        why = " (numbers or names change)" if varying else ""
        return f"stands in {one.share:.0%} of the stories, less than {least}%{why}"
    if one.hours < HOURS or span < SPREAD:
        return f"was seen in a burst: {one.hours} hours of the clock, {span / timedelta(hours=1):.1f} h in all"
    if count_words(one.text) < SHORT and one.amid * 100 > one.articles * _AMID_PERCENT:
        return "is short and stands amid the text, as headings do"
    if one.share * 100 < _KIN_BELOW and _is_kin(one.text, some, witnesses):
        return "speaks of what the articles speak of that it stands in"
    return ""


def _is_kin(text: str, some: list[_Witness], witnesses: list[_Witness]) -> bool:
    """Whether the articles that hold a paragraph have its words oftener in their own text than the others
    of their languages have.
    """
    words = _find_words(text)
    if not words:
        return False
    holding = {id(witness) for witness in some}
    languages = {witness.language for witness in some}
    others = [one for one in witnesses if one.language in languages and id(one) not in holding]
    inside = sum(len(words & witness.words) for witness in some) / len(some)
    outside = sum(len(words & witness.words) for witness in others) / max(len(others), 1)
    return (inside - outside) * 100 > len(words) * _KIN_PERCENT
