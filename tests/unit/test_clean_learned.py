"""Boilerplate learned from repetition: what is learned, and what recurs but must not be learned."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from timeit import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.crawler.sample.edits import Role
from copydesk.crawler.sample.ground_truth import make_truth
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import articles_between
from copydesk.pipeline.clean import clean
from copydesk.pipeline.clean.known_boilerplate import find_learned_boilerplate, make_paragraph_keys, make_set_id
from copydesk.pipeline.clean.recurrence import ArticleSample, RecurrenceEvidence, find_recurring_paragraphs
from copydesk.pipeline.core.records import DroppedText, Extraction
from copydesk.pipeline.core.source import Discovery, Source

START = datetime(2026, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
APPEAL = "The Lantern is printed on both banks. If you have seen something we should know about, ring the bell."
WORDS = [
    first + last
    for first in ("har", "fer", "win", "bor", "mar", "lan", "tim", "sal", "cor", "win", "gar", "pel", "dru")
    for last in ("bour", "ries", "ters", "ders", "kets", "tern", "bers", "mon", "oner", "dow", "den", "let")
]


def write_text(rng: random.Random, paragraphs: int = 4, words: int = 18) -> tuple[str, ...]:
    """Return a unique text."""
    return tuple(" ".join(rng.choices(WORDS, k=words)).capitalize() + "." for _ in range(paragraphs))


def make_samples(*more: str, count: int = 24, seed: int = 1, step: timedelta = HOUR) -> list[ArticleSample]:
    """Return articles with different texts, one every ``step``, with the same paragraphs below each."""
    rng = random.Random(seed)
    return [
        ArticleSample(" ".join(rng.choices(WORDS, k=6)), START + at * step, (*write_text(rng), *more))
        for at in range(count)
    ]


def list_learned(articles: list[ArticleSample]) -> list[str]:
    """Return the texts that are learned."""
    return [evidence.text for evidence in find_recurring_paragraphs(articles) if not evidence.objection]


def find_evidence(articles: list[ArticleSample], text: str) -> RecurrenceEvidence:
    """Return the evidence on one paragraph."""
    return next(evidence for evidence in find_recurring_paragraphs(articles) if evidence.text == text)


def insert_paragraphs(
    articles: list[ArticleSample], share: float, *paragraphs: str, at: int = 2
) -> list[ArticleSample]:
    """Return the same articles with paragraphs inserted into a share of them, spread evenly."""
    every = round(1 / share)
    return [
        article
        if number % every
        else ArticleSample(article.title, article.at, (*article.kept[:at], *paragraphs, *article.kept[at:]))
        for number, article in enumerate(articles)
    ]


def test_paragraph_below_every_article_is_learned_with_its_evidence() -> None:
    articles = make_samples(APPEAL, count=30)
    found = find_evidence(articles, APPEAL)
    assert found.objection == ""
    assert (found.stories, found.total_stories, found.articles, found.share) == (30, 30, 30, 1.0)
    assert (found.days, found.hours, found.tail, found.middle, found.cut) == (2, 30, 30, 0, 0)
    assert (found.first_at, found.last_at) == (START, START + 29 * HOUR)
    assert list_learned(articles) == [APPEAL]


def test_paragraph_within_some_articles_is_learned() -> None:
    assert list_learned(insert_paragraphs(make_samples(count=60), 1 / 5, APPEAL)) == [APPEAL]


def test_too_few_stories_or_too_small_a_share_are_not_learned() -> None:
    assert "fewer than 8" in find_evidence(make_samples(APPEAL, count=7, step=3 * HOUR), APPEAL).objection
    assert (
        "less than 10%" in find_evidence(insert_paragraphs(make_samples(count=120), 1 / 12, APPEAL), APPEAL).objection
    )


def test_burst_is_not_learned() -> None:
    articles = make_samples(APPEAL, count=40, step=timedelta(minutes=10))
    assert "burst" in find_evidence(articles, APPEAL).objection


def test_copies_and_updates_of_one_story_count_once() -> None:
    rng = random.Random(3)
    story = write_text(rng, 6)
    copies = [
        ArticleSample(f"Bridge closed, {at} hurt", START + at * HOUR, (*story[: 6 - at % 3],)) for at in range(30)
    ]
    assert list_learned([*make_samples(count=10), *copies]) == []


def test_running_story_updated_every_hour_is_not_learned() -> None:
    rng = random.Random(4)
    background = write_text(rng, 6)
    ticker = [
        ArticleSample(" ".join(rng.choices(WORDS, k=6)), START + at * HOUR, (*write_text(rng, 1), *background))
        for at in range(40)
    ]
    assert list_learned([*make_samples(count=40, seed=5), *ticker]) == []


def test_background_of_a_long_story_shares_their_topic() -> None:
    rng = random.Random(6)
    background = "The quarrel about the lighthouse began when the keeper sold its lamp to a travelling circus."
    articles = make_samples(count=60)
    for at in range(30):
        text = write_text(rng, 4)
        about = "The lighthouse keeper said that the circus had the lamp, and that the quarrel would go on."
        title = f"Lighthouse {' '.join(rng.choices(WORDS, k=5))}"
        articles.append(
            ArticleSample(title, START + at * HOUR, (text[0] + " " + about, *text[1:3], background, text[3]))
        )
    assert "shares the topic" in find_evidence(articles, background).objection
    assert list_learned(articles) == []


def test_common_language_is_not_a_common_topic() -> None:
    house = "Wer etwas gesehen hat, das alle angeht, ruft bitte jederzeit unsere Redaktion am alten Hafen an."
    german = "Das haben alle gesehen, und wer etwas weiß, ruft jederzeit bitte an, heißt es."
    articles = [replace(article, language="en") for article in make_samples(count=40)]
    for at, article in enumerate(make_samples(count=20, seed=2)):
        kept = (*(f"{text} {german}" for text in article.kept), *((house,) if at % 2 else ()))
        articles.append(replace(article, kept=kept, language="de"))
    assert list_learned(articles) == [house]


def test_market_series_is_not_learned_whatever_its_share() -> None:
    rng = random.Random(7)
    articles = make_samples(count=20)
    for at in range(40):
        points, change = rng.randint(10_000, 20_000), rng.randint(1, 99)
        way = rng.choice(("up", "down"))
        articles.append(
            ArticleSample(
                f"Shares in {rng.choice(WORDS)} {way} at {rng.choice(WORDS)}",
                START + at * HOUR,
                (f"The index stood at {points} points, {way} {change} from the day before.", "Trading was thin.",
                 f"The crown bought {change} pence. Copper for delivery in spring cost {points} a tonne."),
            )
        )  # fmt: skip
    assert list_learned(articles) == []


def test_paragraph_with_varying_numbers_needs_most_stories() -> None:
    codes = [
        ArticleSample(
            article.title, article.at, (*article.kept, f"LANTERN{article.at:%d%m%Y}{number:05}ID{number * 7}")
        )
        for number, article in enumerate(make_samples(count=30))
    ]
    assert list_learned(codes) == [codes[0].kept[-1]]
    price = [
        ArticleSample(article.title, article.at, (*article.kept, f"The crown bought {n} pence."))
        for n, article in enumerate(make_samples(count=20))
    ]
    assert (
        "numbers or names change"
        in find_evidence([*price, *make_samples(count=40, seed=2)], price[0].kept[-1]).objection
    )


@pytest.mark.parametrize("months", [("February", "March"), ("de febrero", "de marzo"), ("февраля", "марта")])
def test_dates_are_ignored_in_keys(months: tuple[str, str]) -> None:
    articles = [
        ArticleSample(article.title, article.at, (*article.kept, f"Sent at 7:{at}, {at % 28} {months[at % 2]}"))
        for at, article in enumerate(make_samples(count=30))
    ]
    assert list_learned(articles) == [articles[0].kept[-1]]


def test_varying_names_are_ignored_in_keys() -> None:
    articles = [
        ArticleSample(
            article.title, article.at, (*article.kept, f"Story by {name} Okafor for Lantern on {1 + at // 24} March")
        )
        for at, (article, name) in enumerate(
            zip(make_samples(count=30), ("Ann", "Bo", "Cy Van Dorn", "Di", "Ed") * 6, strict=True)
        )
    ]
    keys = {evidence.key for evidence in find_recurring_paragraphs(articles) if not evidence.objection}
    assert len(keys) == 1
    assert find_learned_boilerplate(["Fog came.", "Story by Zoe Lindqvist for Lantern on 9 April"], keys) == [1]
    assert (
        find_learned_boilerplate(["Story by the fire for an hour on a cold March night", "They told it."], keys) == []
    )


def test_short_line_within_the_text_is_a_heading() -> None:
    articles = insert_paragraphs(make_samples(count=40), 1, "Why it matters")
    assert "headings" in find_evidence(articles, "Why it matters").objection
    below = make_samples("Why it matters", count=40)
    keys = {evidence.key for evidence in find_recurring_paragraphs(below) if not evidence.objection}
    assert find_learned_boilerplate([*below[0].kept], keys) == [4]
    assert find_learned_boilerplate(["Why it matters", *below[0].kept[:-1]], keys) == [0]
    assert find_learned_boilerplate([below[0].kept[0], "Why it matters", below[0].kept[1]], keys) == []


def test_cut_paragraphs_are_learned_again_and_missing_ones_are_not() -> None:
    before = make_samples(APPEAL, count=30)
    after = [ArticleSample(article.title, article.at, article.kept[:-1], (APPEAL,)) for article in before]
    for mixed in (after, before[:15] + after[15:]):
        assert list_learned(mixed) == [APPEAL]
    assert find_evidence(after, APPEAL).cut == 30
    assert list_learned(make_samples(count=30)) == []


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_articles_does_not_matter(rng: random.Random) -> None:
    articles = [
        *insert_paragraphs(make_samples(count=18), 1 / 2, APPEAL),
        *make_samples("Trading was thin.", count=6, seed=8),
    ]
    expected = find_recurring_paragraphs(articles)
    rng.shuffle(articles)
    assert find_recurring_paragraphs(articles) == expected
    assert find_recurring_paragraphs(iter([*articles, *articles[:5]])) == expected


@given(st.text(max_size=80))
def test_keys_do_not_depend_on_case_and_numbers(text: str) -> None:
    keys = make_paragraph_keys(text)
    assert len(keys) <= 2
    assert make_paragraph_keys(text + " 7")[:1] == make_paragraph_keys(text + " 12")[:1]
    assert make_paragraph_keys(text) == keys


def test_set_id_depends_only_on_the_keys() -> None:
    assert make_set_id(frozenset()) == ""
    assert make_set_id({"a", "b"}) == make_set_id({"b", "a"}) != make_set_id({"ab"})


@pytest.mark.parametrize("atom", ["http://", "a@", "Ab ", "x1", "www.", "a.-", "Aa1@", "1 mar "])
def test_keys_are_fast_for_any_text(atom: str) -> None:
    """Under 50 ms for the longest paragraph that has keys; the fastest of three, as other processes may be running."""
    text = atom * (4000 // len(atom))
    assert make_paragraph_keys(text)
    assert min(repeat(lambda: make_paragraph_keys.__wrapped__(text), number=1, repeat=3)) < 0.05
    assert make_paragraph_keys(atom * (1 << 20)) == ()


def make_source(*texts: str) -> Source:
    source = Source(
        name="lantern", title="Lantern", home="https://lantern.example",
        discovery=Discovery(feeds=("https://lantern.example/feed",)),
    )  # fmt: skip
    return source.with_learned(key for text in texts for key in make_paragraph_keys(text)[:1])


def test_cleaning_cuts_learned_boilerplate_with_reason() -> None:
    text = write_text(random.Random(9), 3)
    extraction = Extraction(title="Ferry", paragraphs=(*text[:2], APPEAL.upper(), text[2]))
    assert clean(extraction, source=make_source()).paragraphs == (*text[:2], APPEAL.upper(), text[2])
    article = clean(extraction, source=make_source(APPEAL))
    assert article.paragraphs == text
    assert article.dropped == (DroppedText("learned", APPEAL.upper()),)


def sample_articles(seed: int, per_day: int, days: int) -> Iterator[tuple[str, ArticleSample, tuple[str, ...]]]:
    """Yield the sample's articles as cleaned without the wires' own patterns, and their true text."""
    for article in articles_between(Network(seed, per_day), START, START + timedelta(days=days)):
        truth = make_truth(article)
        standing = [b.text for b in article.blocks if b.role in {Role.HOUSE, Role.DISCLAIMER, Role.TRAILER}]
        yield (
            article.wire,
            ArticleSample(truth.title, truth.published_at, (*truth.paragraphs, *standing)),
            truth.paragraphs,
        )


@pytest.mark.parametrize(("seed", "per_day", "days"), [(5, 200, 2), (17, 60, 4)])
def test_sample_boilerplate_is_learned_and_no_true_paragraph(seed: int, per_day: int, days: int) -> None:
    by_wire: dict[str, list[ArticleSample]] = {}
    true: set[str] = set()
    for wire, seen, paragraphs in sample_articles(seed, per_day, days):
        by_wire.setdefault(wire, []).append(seen)
        true.update(paragraphs)
    found = {wire: list_learned(articles) for wire, articles in by_wire.items()}
    assert not {text for texts in found.values() for text in texts} & true
    assert sum(map(len, found.values())) >= 4
