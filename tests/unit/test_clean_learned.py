"""Boilerplate learned by repetition: what is learned, and all that recurs and must not be."""

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
from copydesk.pipeline.clean.known_boilerplate import find_learned, make_keys, make_set_id
from copydesk.pipeline.clean.recurrence import Evidence, Seen, learn
from copydesk.pipeline.core.records import Dropped, Extraction
from copydesk.pipeline.core.source import Discovery, Source

START = datetime(2026, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUSE = "The Lantern is printed on both banks. If you have seen something we should know about, ring the bell."
WORDS = [
    first + last
    for first in ("har", "fer", "win", "bor", "mar", "lan", "tim", "sal", "cor", "win", "gar", "pel", "dru")
    for last in ("bour", "ries", "ters", "ders", "kets", "tern", "bers", "mon", "oner", "dow", "den", "let")
]


def write_text(dice: random.Random, paragraphs: int = 4, words: int = 18) -> tuple[str, ...]:
    """A text like no other."""
    return tuple(" ".join(dice.choices(WORDS, k=words)).capitalize() + "." for _ in range(paragraphs))


def write_day(*more: str, count: int = 24, seed: int = 1, step: timedelta = HOUR) -> list[Seen]:
    """Articles of unlike texts, one each ``step``, with the same paragraphs below each."""
    dice = random.Random(seed)
    return [
        Seen(" ".join(dice.choices(WORDS, k=6)), START + at * step, (*write_text(dice), *more)) for at in range(count)
    ]


def learned(articles: list[Seen]) -> list[str]:
    """The texts that are learned."""
    return [one.text for one in learn(articles) if not one.doubt]


def find(articles: list[Seen], text: str) -> Evidence:
    """The evidence on one paragraph."""
    return next(one for one in learn(articles) if one.text == text)


def add_to(articles: list[Seen], share: float, *paragraphs: str, at: int = 2) -> list[Seen]:
    """The same articles, those of the first of every ``1 / share`` with some paragraphs put in."""
    every = round(1 / share)
    return [
        one if number % every else Seen(one.title, one.at, (*one.kept[:at], *paragraphs, *one.kept[at:]))
        for number, one in enumerate(articles)
    ]


def test_what_stands_under_every_article_is_learned_with_its_evidence() -> None:
    articles = write_day(HOUSE, count=30)
    found = find(articles, HOUSE)
    assert found.doubt == ""
    assert (found.stories, found.of_stories, found.articles, found.share) == (30, 30, 30, 1.0)
    assert (found.days, found.hours, found.tail, found.amid, found.cut) == (2, 30, 30, 0, 0)
    assert (found.first_at, found.last_at) == (START, START + 29 * HOUR)
    assert learned(articles) == [HOUSE]


def test_what_stands_amid_some_articles_is_learned_too() -> None:
    assert learned(add_to(write_day(count=60), 1 / 5, HOUSE)) == [HOUSE]


def test_too_few_stories_or_too_small_a_share_teach_nothing() -> None:
    assert "fewer than 8" in find(write_day(HOUSE, count=7, step=3 * HOUR), HOUSE).doubt
    assert "less than 10%" in find(add_to(write_day(count=120), 1 / 12, HOUSE), HOUSE).doubt


def test_a_burst_teaches_nothing() -> None:
    articles = write_day(HOUSE, count=40, step=timedelta(minutes=10))
    assert "burst" in find(articles, HOUSE).doubt


def test_copies_and_updates_of_one_story_are_one_story() -> None:
    dice = random.Random(3)
    story = write_text(dice, 6)
    copies = [Seen(f"Bridge closed, {at} hurt", START + at * HOUR, (*story[: 6 - at % 3],)) for at in range(30)]
    assert learned([*write_day(count=10), *copies]) == []


def test_a_running_story_told_anew_every_hour_teaches_nothing() -> None:
    dice = random.Random(4)
    background = write_text(dice, 6)
    ticker = [
        Seen(" ".join(dice.choices(WORDS, k=6)), START + at * HOUR, (*write_text(dice, 1), *background))
        for at in range(40)
    ]
    assert learned([*write_day(count=40, seed=5), *ticker]) == []


def test_the_background_of_a_long_story_is_kin_to_its_articles() -> None:
    dice = random.Random(6)
    background = "The quarrel about the lighthouse began when the keeper sold its lamp to a travelling circus."
    articles = write_day(count=60)
    for at in range(30):
        text = write_text(dice, 4)
        about = "The lighthouse keeper said that the circus had the lamp, and that the quarrel would go on."
        title = f"Lighthouse {' '.join(dice.choices(WORDS, k=5))}"
        articles.append(Seen(title, START + at * HOUR, (text[0] + " " + about, *text[1:3], background, text[3])))
    assert "speaks of" in find(articles, background).doubt
    assert learned(articles) == []


def test_a_language_of_its_own_is_no_kinship() -> None:
    house = "Wer etwas gesehen hat, das alle angeht, ruft bitte jederzeit unsere Redaktion am alten Hafen an."
    german = "Das haben alle gesehen, und wer etwas weiß, ruft jederzeit bitte an, heißt es."
    articles = [replace(one, language="en") for one in write_day(count=40)]
    for at, one in enumerate(write_day(count=20, seed=2)):
        kept = (*(f"{text} {german}" for text in one.kept), *((house,) if at % 2 else ()))
        articles.append(replace(one, kept=kept, language="de"))
    assert learned(articles) == [house]


def test_a_market_series_teaches_nothing_however_large_its_share() -> None:
    dice = random.Random(7)
    articles = write_day(count=20)
    for at in range(40):
        points, change = dice.randint(10_000, 20_000), dice.randint(1, 99)
        way = dice.choice(("up", "down"))
        articles.append(
            Seen(
                f"Shares in {dice.choice(WORDS)} {way} at {dice.choice(WORDS)}",
                START + at * HOUR,
                (f"The index stood at {points} points, {way} {change} from the day before.", "Trading was thin.",
                 f"The crown bought {change} pence. Copper for delivery in spring cost {points} a tonne."),
            )
        )  # fmt: skip
    assert learned(articles) == []


def test_numbers_that_change_need_most_of_all_stories() -> None:
    codes = [
        Seen(one.title, one.at, (*one.kept, f"LANTERN{one.at:%d%m%Y}{number:05}ID{number * 7}"))
        for number, one in enumerate(write_day(count=30))
    ]
    assert learned(codes) == [codes[0].kept[-1]]
    price = [Seen(o.title, o.at, (*o.kept, f"The crown bought {n} pence.")) for n, o in enumerate(write_day(count=20))]
    assert "numbers or names change" in find([*price, *write_day(count=40, seed=2)], price[0].kept[-1]).doubt


@pytest.mark.parametrize("months", [("February", "March"), ("de febrero", "de marzo"), ("февраля", "марта")])
def test_a_date_is_seen_through(months: tuple[str, str]) -> None:
    articles = [
        Seen(one.title, one.at, (*one.kept, f"Sent at 7:{at}, {at % 28} {months[at % 2]}"))
        for at, one in enumerate(write_day(count=30))
    ]
    assert learned(articles) == [articles[0].kept[-1]]


def test_names_that_change_are_seen_through() -> None:
    articles = [
        Seen(one.title, one.at, (*one.kept, f"Story by {name} Okafor for Lantern on {1 + at // 24} March"))
        for at, (one, name) in enumerate(
            zip(write_day(count=30), ("Ann", "Bo", "Cy Van Dorn", "Di", "Ed") * 6, strict=True)
        )
    ]
    keys = {one.key for one in learn(articles) if not one.doubt}
    assert len(keys) == 1
    assert find_learned(["Fog came.", "Story by Zoe Lindqvist for Lantern on 9 April"], keys) == [1]
    assert find_learned(["Story by the fire for an hour on a cold March night", "They told it."], keys) == []


def test_a_short_line_amid_the_text_is_a_heading() -> None:
    articles = add_to(write_day(count=40), 1, "Why it matters")
    assert "headings" in find(articles, "Why it matters").doubt
    below = write_day("Why it matters", count=40)
    keys = {one.key for one in learn(below) if not one.doubt}
    assert find_learned([*below[0].kept], keys) == [4]
    assert find_learned(["Why it matters", *below[0].kept[:-1]], keys) == [0]
    assert find_learned([below[0].kept[0], "Why it matters", below[0].kept[1]], keys) == []


def test_what_was_cut_is_learned_again_and_what_is_gone_is_not() -> None:
    before = write_day(HOUSE, count=30)
    after = [Seen(one.title, one.at, one.kept[:-1], (HOUSE,)) for one in before]
    for mixed in (after, before[:15] + after[15:]):
        assert learned(mixed) == [HOUSE]
    assert find(after, HOUSE).cut == 30
    assert learned(write_day(count=30)) == []


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_articles_changes_nothing(dice: random.Random) -> None:
    articles = [*add_to(write_day(count=18), 1 / 2, HOUSE), *write_day("Trading was thin.", count=6, seed=8)]
    told = learn(articles)
    dice.shuffle(articles)
    assert learn(articles) == told
    assert learn(iter([*articles, *articles[:5]])) == told


@given(st.text(max_size=80))
def test_any_text_has_keys_that_do_not_depend_on_case_and_numbers(text: str) -> None:
    keys = make_keys(text)
    assert len(keys) <= 2
    assert make_keys(text + " 7")[:1] == make_keys(text + " 12")[:1]
    assert make_keys(text) == keys


def test_a_set_is_known_by_its_keys_alone() -> None:
    assert make_set_id(frozenset()) == ""
    assert make_set_id({"a", "b"}) == make_set_id({"b", "a"}) != make_set_id({"ab"})


@pytest.mark.parametrize("atom", ["http://", "a@", "Ab ", "x1", "www.", "a.-", "Aa1@", "1 mar "])
def test_no_text_makes_a_key_slow(atom: str) -> None:
    """Under 50 ms for the longest paragraph that has keys; the fastest of three, as other work shares the machine."""
    text = atom * (4000 // len(atom))
    assert make_keys(text)
    assert min(repeat(lambda: make_keys.__wrapped__(text), number=1, repeat=3)) < 0.05
    assert make_keys(atom * (1 << 20)) == ()


def make_source(*texts: str) -> Source:
    source = Source(
        name="lantern", title="Lantern", home="https://lantern.example",
        discovery=Discovery(feeds=("https://lantern.example/feed",)),
    )  # fmt: skip
    return source.with_learned(key for text in texts for key in make_keys(text)[:1])


def test_the_cleaner_cuts_what_was_learned_and_tells() -> None:
    text = write_text(random.Random(9), 3)
    extraction = Extraction(title="Ferry", paragraphs=(*text[:2], HOUSE.upper(), text[2]))
    assert clean(extraction, source=make_source()).paragraphs == (*text[:2], HOUSE.upper(), text[2])
    article = clean(extraction, source=make_source(HOUSE))
    assert article.paragraphs == text
    assert article.dropped == (Dropped("learned", HOUSE.upper()),)


def sample_articles(seed: int, per_day: int, days: int) -> Iterator[tuple[str, Seen, tuple[str, ...]]]:
    """The sample's articles as a cleaner without the wires' own patterns would leave them, and their true text."""
    for article in articles_between(Network(seed, per_day), START, START + timedelta(days=days)):
        told = make_truth(article)
        standing = [b.text for b in article.blocks if b.role in {Role.HOUSE, Role.DISCLAIMER, Role.TRAILER}]
        yield article.wire, Seen(told.title, told.published_at, (*told.paragraphs, *standing)), told.paragraphs


@pytest.mark.parametrize(("seed", "per_day", "days"), [(5, 200, 2), (17, 60, 4)])
def test_of_the_samples_copy_the_boilerplate_is_learned_and_no_true_paragraph(
    seed: int, per_day: int, days: int
) -> None:
    by_wire: dict[str, list[Seen]] = {}
    true: set[str] = set()
    for wire, seen, paragraphs in sample_articles(seed, per_day, days):
        by_wire.setdefault(wire, []).append(seen)
        true.update(paragraphs)
    found = {wire: learned(articles) for wire, articles in by_wire.items()}
    assert not {text for texts in found.values() for text in texts} & true
    assert sum(map(len, found.values())) >= 4
