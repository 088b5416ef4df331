"""Find boilerplate that no rule covers by repetition: paragraphs that recur in many different articles of one wire.

Not all that recurs is boilerplate. Copies and updates of one story share paragraphs; market reports, weather reports
and results consist of sentences in which only the numbers change; desks repeat the background of a long story again and
again. Hence:

- Stories are counted, not articles: articles with one title (ignoring its numbers) are one story.
- An article counts as evidence only if at least a third of its words are its own, that is, in paragraphs that occur in
at most two stories. Form reports and the tenth update of a story are not evidence.
- A paragraph must have been seen over some time, not in one burst.
- If numbers or names in it change between prints, it must occur in three quarters of all stories.
- If it occurs in fewer than half of them, its words must not be those of the articles that contain it: the background
of a story has the words of that story.
- A short line within the text is a heading.

Pure, and independent of the order of the articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.clean.known_boilerplate import MIN_TEXT_WORDS, find_position, make_paragraph_keys
from copydesk.pipeline.clean.repeated_paragraphs import fold_words
from copydesk.pipeline.core.text import count_words

MIN_STORIES = 8
"""Stories that must contain the paragraph."""

MIN_SHARE_PERCENT = 10
"""Percentage of the wire's stories that must contain it."""

MIN_VARYING_SHARE_PERCENT = 75
"""The same for a paragraph in which numbers or names change."""

MIN_DISTINCT_HOURS = 6
"""Number of different clock hours in which it must have been seen."""

MIN_SPREAD = timedelta(hours=12)
"""Time between its first and its last occurrence."""

_MIN_RECURRING_STORIES = 3
"""A paragraph in so many stories is not an article's own; one in fewer is not worth reporting."""

_MAX_MIDDLE_PERCENT = 20
"""Percentage of its articles in which a short paragraph may be within the text."""

_MAX_TOPIC_OVERLAP_PERCENT = 10
"""How much more of its words the articles with the paragraph may contain than others, in percent of its words."""

_TOPIC_CHECK_BELOW_PERCENT = 50
"""A paragraph in a greater percentage of the stories belongs to the wire, whatever its topic."""

_MIN_TOPIC_WORD_LETTERS = 4
"""Shorter words do not indicate a topic."""


@dataclass(frozen=True, slots=True)
class ArticleSample:
    """An article as input of the search."""

    title: str
    """The headline."""
    at: datetime
    """When it was published or first seen, aware."""
    kept: tuple[str, ...]
    """Its paragraphs."""
    cut: tuple[str, ...] = ()
    """Paragraphs that were cut as learned boilerplate."""
    language: str = ""
    """Two-letter code; empty if unknown."""


@dataclass(frozen=True, slots=True)
class RecurrenceEvidence:
    """What is known about one recurring paragraph; it is boilerplate if there is no objection.

    Only articles that count as evidence are counted.
    """

    key: str
    """Key that its prints share, from ``make_paragraph_keys``."""
    text: str
    """Its earliest print."""
    objection: str
    """Why it is not boilerplate; empty if nothing speaks against it."""
    articles: int
    """Articles with the paragraph."""
    total_articles: int
    """Articles of the wire."""
    stories: int
    """Stories with the paragraph."""
    total_stories: int
    """Stories of the wire."""
    days: int
    """Different days (UTC) of these articles."""
    hours: int
    """Different clock hours (UTC) of these articles."""
    head: int
    """Articles in which it stands before the text."""
    middle: int
    """Articles in which it stands within the text."""
    tail: int
    """Articles in which it stands after the text."""
    cut: int
    """Articles from which it was cut already."""
    first_at: datetime
    """Time of the earliest of these articles, UTC."""
    last_at: datetime
    """Time of the latest, UTC."""

    @property
    def share(self) -> float:
        """Return the share of the wire's stories that contain it, 0 to 1."""
        return self.stories / self.total_stories


@dataclass(slots=True)
class _Sample:
    """An article that counts as evidence."""

    story_key: str
    at: datetime
    language: str
    occurrences: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By key: position of the paragraph, its text, and its first key."""
    topic_words: frozenset[str] = frozenset()
    """The long words of the title and of the article's own text."""


def find_recurring_paragraphs(samples: Iterable[ArticleSample]) -> list[RecurrenceEvidence]:
    """Return the recurring paragraphs of one wire's articles, those in most stories first, each with its objection."""
    articles = sorted(
        set(samples), key=lambda article: (article.at, article.title, article.kept, article.cut, article.language)
    )
    keyed = [{text: make_paragraph_keys(text) for text in (*article.kept, *article.cut)} for article in articles]
    titles = [_make_story_key(article) for article in articles]
    stories: defaultdict[str, set[str]] = defaultdict(set)
    for story, keys in zip(titles, keyed, strict=True):
        for found in keys.values():
            for key in found:
                stories[key].add(story)
    recurring = {key for key, holders in stories.items() if len(holders) >= _MIN_RECURRING_STORIES}
    kept_samples = [
        sample
        for article, story, keys in zip(articles, titles, keyed, strict=True)
        if (sample := _make_sample(article, story, keys, recurring))
    ]
    unmasked = _collect_evidence(kept_samples, first=True)
    confirmed = {evidence.key for evidence in unmasked if not evidence.objection}
    # By the key without names, only paragraphs that are not confirmed by all of their words.
    masked = [
        evidence
        for evidence in _collect_evidence(kept_samples, first=False, confirmed=confirmed)
        if not evidence.objection
    ]
    return sorted([*unmasked, *masked], key=lambda evidence: (-evidence.stories, evidence.text, evidence.key))


def _make_story_key(article: ArticleSample) -> str:
    """Return the key of an article's story: of its title, else of its first paragraph."""
    keys = make_paragraph_keys(article.title) or make_paragraph_keys(" ".join(article.kept[:1]))
    return keys[0] if keys else ""


def _make_sample(
    article: ArticleSample, story: str, keys: dict[str, tuple[str, ...]], recurring: Set[str]
) -> _Sample | None:
    """Return the article as evidence; None if less than a third of its words are its own."""
    own = [at for at, text in enumerate(article.kept) if recurring.isdisjoint(keys[text][:1])]
    words = sum(map(count_words, keys))
    if sum(count_words(text) for text in {article.kept[at] for at in own}) * 3 < words:
        return None
    texts = [at for at in own if count_words(article.kept[at]) >= MIN_TEXT_WORDS]
    sample = _Sample(story, article.at.astimezone(UTC), article.language)
    for text in article.cut:
        for key in keys[text]:
            sample.occurrences.setdefault(key, ("cut", text, keys[text][0]))
    for at, text in enumerate(article.kept):
        for key in keys[text]:
            sample.occurrences.setdefault(key, (find_position(texts, at), text, keys[text][0]))
    sample.topic_words = _find_topic_words(" ".join([article.title, *(article.kept[at] for at in own)]))
    return sample


def _find_topic_words(text: str) -> frozenset[str]:
    """Return the words of a text, case-folded, that may show its topic."""
    return frozenset(
        word for word in fold_words(text).split() if len(word) >= _MIN_TOPIC_WORD_LETTERS and word.isalpha()
    )


def _collect_evidence(
    samples: list[_Sample], *, first: bool, confirmed: Set[str] = frozenset()
) -> list[RecurrenceEvidence]:
    """Return the evidence of all recurring paragraphs.

    Args:
        samples: The articles that count as evidence.
        first: Group paragraphs by their first key; otherwise by the one without names.
        confirmed: First keys of boilerplate that is skipped.
    """
    holders: defaultdict[str, list[_Sample]] = defaultdict(list)
    for sample in samples:
        for key, (_, _, whole) in sample.occurrences.items():
            if (key == whole) is first and whole not in confirmed:
                holders[key].append(sample)
    total_stories = len({sample.story_key for sample in samples})
    found: list[RecurrenceEvidence] = []
    for key, members in holders.items():
        stories = {sample.story_key for sample in members}
        if len(stories) < _MIN_RECURRING_STORIES:
            continue
        places = [sample.occurrences[key][0] for sample in members]
        times = [sample.at for sample in members]
        evidence = RecurrenceEvidence(
            key=key,
            text=min((sample.at, sample.occurrences[key][1]) for sample in members)[1],
            objection="",
            articles=len(members),
            total_articles=len(samples),
            stories=len(stories),
            total_stories=total_stories,
            days=len({f"{at:%Y%m%d}" for at in times}),
            hours=len({f"{at:%Y%m%d%H}" for at in times}),
            head=places.count("head"),
            middle=places.count("middle"),
            tail=places.count("tail"),
            cut=places.count("cut"),
            first_at=min(times),
            last_at=max(times),
        )
        varying = len({fold_words(sample.occurrences[key][1]) for sample in members}) > 1
        found.append(replace(evidence, objection=_find_objection(evidence, members, samples, varying=varying)))
    return found


def _find_objection(
    evidence: RecurrenceEvidence, members: list[_Sample], samples: list[_Sample], *, varying: bool
) -> str:
    """Return the first reason why a paragraph is not boilerplate; empty if there is none."""
    least = MIN_VARYING_SHARE_PERCENT if varying else MIN_SHARE_PERCENT
    span = evidence.last_at - evidence.first_at
    if evidence.stories < MIN_STORIES:
        return f"occurs in {evidence.stories} stories, fewer than {MIN_STORIES}"
    if evidence.share * 100 < least:
        why = " (numbers or names change)" if varying else ""
        return f"occurs in {evidence.share:.0%} of the stories, less than {least}%{why}"
    if evidence.hours < MIN_DISTINCT_HOURS or span < MIN_SPREAD:
        return f"occurs in a burst: {evidence.hours} different hours within {span / timedelta(hours=1):.1f} h"
    if count_words(evidence.text) < MIN_TEXT_WORDS and evidence.middle * 100 > evidence.articles * _MAX_MIDDLE_PERCENT:
        return "is short and stands within the text, as headings do"
    if evidence.share * 100 < _TOPIC_CHECK_BELOW_PERCENT and _shares_topic(evidence.text, members, samples):
        return "shares the topic of the articles that contain it"
    return ""


def _shares_topic(text: str, members: list[_Sample], samples: list[_Sample]) -> bool:
    """Return whether the articles with a paragraph contain its words more often than others in their languages do."""
    words = _find_topic_words(text)
    if not words:
        return False
    member_ids = {id(sample) for sample in members}
    languages = {sample.language for sample in members}
    others = [sample for sample in samples if sample.language in languages and id(sample) not in member_ids]
    inside = sum(len(words & sample.topic_words) for sample in members) / len(members)
    outside = sum(len(words & sample.topic_words) for sample in others) / max(len(others), 1)
    return (inside - outside) * 100 > len(words) * _MAX_TOPIC_OVERLAP_PERCENT
