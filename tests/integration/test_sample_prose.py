"""The sample's prose: every template expands completely, and unrelated stories share few shingles."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from copydesk.crawler.sample.grammar import Grammar, capitalize
from copydesk.crawler.sample.prose import Desk, Writer, draw_facts, load_language, revise_facts
from copydesk.crawler.sample.sample_wires import list_languages
from copydesk.crawler.sample.seeded_random import SeededRandom

WORD = re.compile(r"\w+")


def make_given_facts(code: str) -> dict[str, str]:
    language = load_language(code)
    return {
        "weekday": language.weekdays[1],
        "soon": language.weekdays[4],
        "month": language.months[2],
        "next_month": language.months[3],
        "monthday": "3",
        "year": "2026",
        "clock": "14:05",
        "credit": "Northgate",
        "headline": "A headline",
        "right": "14",
        "wrong": "41",
    }


def write_text(code: str, desk: Desk, number: int) -> tuple[str, ...]:
    language = load_language(code)
    facts = draw_facts(language, desk, SeededRandom(number, "facts"), make_given_facts(code))
    text = Writer(language, desk, facts, SeededRandom(number, "body")).write_story(5 + number % 10)
    return (text.headline, *text.paragraphs)


def shingle(paragraphs: tuple[str, ...]) -> set[tuple[str, ...]]:
    words = WORD.findall(" ".join(paragraphs).lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_template_expands_numbers_choices_and_facts() -> None:
    grammar = Grammar(".")
    grammar.add_words({"who": ["{ship}"], "ship": ["the tug"]})
    template = grammar.compile("{who:cap} [sank|sank] in {where}: {#1200-1200} crates, {#1200-1200:plain} left")
    assert template.expand({"where": "Oslo"}, SeededRandom(1).random) == "The tug sank in Oslo: 1.200 crates, 1200 left"


def test_variant_choices_agree_within_a_story() -> None:
    template = Grammar().compile("[~pass|reject] and [~passed|rejected]")
    assert template.expand({"variant": "4"}, SeededRandom(1).random) == "pass and passed"
    assert template.expand({"variant": "7"}, SeededRandom(1).random) == "reject and rejected"


@pytest.mark.parametrize("broken", ["[one|two", "{who", "one]", "[~{#1-2}|a bracket]"])
def test_unclosed_bracket_is_reported(broken: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|brace"):
        Grammar().compile(broken)


def test_sentence_is_capitalized_after_a_quotation_mark() -> None:
    assert capitalize("<öl is out>") == "<Öl is out>"


@pytest.mark.parametrize("code", list_languages())
def test_every_template_of_a_language_expands(code: str) -> None:
    language = load_language(code)
    for desk in (*language.desks, *language.series, *language.notices, *language.alerts):
        facts = draw_facts(language, desk, SeededRandom("all"), make_given_facts(code))
        pools = {**language.pools, **desk.pools} if desk in language.desks else desk.pools
        forms = [template for parts in language.forms.values() for texts in parts.values() for template in texts]
        templates = [template for texts in pools.values() for template in texts]
        for template in templates + (forms if desk in language.desks else []):
            text = template.expand(facts, SeededRandom("told").random)
            assert text
            assert not set("[]{}|") & set(text), text
            assert "  " not in text, text
            assert text.count("<") == text.count(">")


@pytest.mark.parametrize("code", list_languages())
def test_revision_changes_only_the_revised_facts(code: str) -> None:
    language = load_language(code)
    for desk in language.desks:
        facts = draw_facts(language, desk, SeededRandom("revise"), make_given_facts(code))
        revised = revise_facts(desk, facts, SeededRandom("again"), desk.revise)
        assert {name for name in facts if facts[name] != revised[name]} == set(desk.revise)


@pytest.mark.parametrize("code", list_languages())
def test_unrelated_stories_of_a_desk_share_few_shingles(code: str) -> None:
    language = load_language(code)
    for desk in language.desks:
        sets = [shingle(write_text(code, desk, number)) for number in range(46)]
        alike = sorted(len(one & other) / len(one | other) for one, other in combinations(sets, 2))
        assert alike[-2] < 0.1, desk.name  # the 99.9th percentile of 1,035 pairs


@pytest.mark.parametrize("code", list_languages())
def test_stories_have_five_to_fourteen_paragraphs(code: str) -> None:
    desk = load_language(code).desks[0]
    for number in range(10):
        headline, *paragraphs = write_text(code, desk, number)
        assert len(paragraphs) == 5 + number
        assert len(set(paragraphs)) == len(paragraphs)
        assert headline[0].isupper() or headline[0].isdigit()
