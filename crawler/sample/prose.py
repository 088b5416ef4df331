"""The prose of stories: facts that are drawn once, sentences around them, from the files in ``prose/<language>``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.crawler.sample.grammar import Grammar, Template, capitalize
from copydesk.crawler.sample.seeded_random import SeededRandom
from copydesk.pipeline.core.data_files import read_toml

PROSE_FOLDER = Path(__file__).parent / "prose"

# What the paragraphs of a story are made of, in order: pools of sentences, joined with "+".
_PARAGRAPH_PLANS = (
    ("detail+detail", "quote", "detail+figures", "background", "reaction", "quote+detail", "figures", "background"),
    ("quote", "detail+detail", "background", "detail", "quote+figures", "reaction", "detail+background", "quote"),
    ("detail+figures", "background", "quote", "detail+detail", "reaction", "figures", "quote", "detail"),
    ("background", "detail", "quote+detail", "figures", "detail+reaction", "quote", "background", "detail"),
    ("figures+detail", "quote", "reaction", "detail+background", "quote", "detail", "figures", "quote+reaction"),
)


@dataclass(frozen=True, slots=True)
class Copytext:
    """A headline and paragraphs, in which ``<`` and ``>`` mark quotations."""

    headline: str
    paragraphs: tuple[str, ...]


FactOptions = Sequence[Template | Mapping[str, Template]]


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk, or one form of copy such as a market report: its facts and its sentences."""

    name: str
    section: str
    facts: Mapping[str, FactOptions]
    """The options for each fact, by its name."""
    pools: Mapping[str, tuple[Template, ...]]
    """The sentences by purpose, such as ``headline``, ``lead`` and ``quote``."""
    revise: tuple[str, ...] = ()
    """The names of the facts that updates and corrections change."""


@dataclass(frozen=True, slots=True)
class Language:
    """The prose of one language."""

    code: str
    facts: Mapping[str, FactOptions]
    pools: Mapping[str, tuple[Template, ...]]
    desks: tuple[Desk, ...]
    series: tuple[Desk, ...]
    notices: tuple[Desk, ...]
    alerts: tuple[Desk, ...]
    forms: Mapping[str, Mapping[str, tuple[Template, ...]]]
    marks: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


@cache
def load_language(code: str) -> Language:
    """Return the prose of a language, compiled from its files."""
    common, desks, forms = (_read_toml(code, name) for name in ("common", "desks", "forms"))
    grammar = Grammar(common["numbers"]["thousands"])
    grammar.add_words(common["words"])

    def compile_all(texts: Sequence[str]) -> tuple[Template, ...]:
        return tuple(grammar.compile(text) for text in texts)

    def make_desk(name: str, table: Mapping[str, Any]) -> Desk:
        text = table.get("text") or table["form"]
        return Desk(
            name,
            table["section"],
            _compile_facts(grammar, table["facts"]),
            {pool: compile_all(texts) for pool, texts in text.items()},
            tuple(table.get("revise", ())),
        )

    def make_desks(tables: Mapping[str, Any]) -> tuple[Desk, ...]:
        return tuple(make_desk(name, table) for name, table in tables.items())

    return Language(
        code=code,
        facts=_compile_facts(grammar, common["facts"]),
        pools={name: compile_all(texts) for name, texts in common["pools"].items()},
        desks=make_desks(desks),
        series=make_desks(forms["series"]),
        notices=make_desks(forms["notices"]),
        alerts=make_desks(forms["alerts"]),
        forms={
            name: {part: compile_all(texts) for part, texts in forms[name].items()}
            for name in ("update", "correction", "kill", "digest", "extension")
        },
        marks=forms["marks"],
        weekdays=tuple(common["dates"]["weekdays"]),
        months=tuple(common["dates"]["months"]),
    )


def _read_toml(code: str, name: str) -> dict[str, Any]:
    return read_toml(PROSE_FOLDER / code / f"{name}.toml")


def _compile_facts(grammar: Grammar, tables: Mapping[str, Any]) -> dict[str, FactOptions]:
    facts: dict[str, FactOptions] = {}
    for name, options in tables.items():
        option_list = [options] if isinstance(options, str) else options
        facts[name] = [
            grammar.compile(option)
            if isinstance(option, str)
            else {key: grammar.compile(text) for key, text in option.items()}
            for option in option_list
        ]
    return facts


def draw_facts(language: Language, desk: Desk, rng: SeededRandom, base_facts: Mapping[str, str]) -> dict[str, str]:
    """Draw the facts of one story: those of the language and of the desk, without repetition if possible.

    Args:
        language: The language.
        desk: The desk.
        rng: The random numbers.
        base_facts: Facts that are not drawn, such as dates.
    """
    facts = {**base_facts, "variant": str(rng.randint(0, 11))}
    used: set[str] = set()
    for name, options in (*language.facts.items(), *desk.facts.items()):
        _draw_fact(facts, used, name, options, rng)
        if name == "where":
            _draw_fact(facts, used, "other", options, rng)
    return facts


def _draw_fact(facts: dict[str, str], used: set[str], name: str, options: FactOptions, rng: SeededRandom) -> None:
    for _ in range(4):
        option = rng.choice(options)
        if isinstance(option, Template):
            text = option.expand(facts, rng.random)
            drawn = {name: text}
        else:
            drawn = {f"{name}.{key}": part.expand(facts, rng.random) for key, part in option.items()}
            text = next(iter(drawn.values()))
        if text not in used:
            break
    used.add(text)
    facts.update(drawn)


def revise_facts(desk: Desk, facts: Mapping[str, str], rng: SeededRandom, names: Sequence[str]) -> dict[str, str]:
    """Return the facts with those in ``names``, a part of ``desk.revise``, changed."""
    revised = dict(facts)
    for name in names:
        for _ in range(20):
            option = desk.facts[name][0]
            assert isinstance(option, Template)  # noqa: S101 - a test checks all of our data files
            revised[name] = option.expand(facts, rng.random)
            if revised[name] != facts[name]:
                break
    return revised


class Writer:
    """Writes the text of one story.

    With the same random numbers and different facts, it writes the same sentences with different facts in them.
    """

    def __init__(self, language: Language, desk: Desk, facts: Mapping[str, str], rng: SeededRandom) -> None:
        self._language = language
        self._desk = desk
        self._facts = facts
        self._rng = rng
        self._used: dict[str, set[int]] = {}
        self._last_index = 0

    def write_story(self, paragraphs: int) -> Copytext:
        """Write a story of a desk with this number of paragraphs (5 to 14)."""
        headline, lead = self.write_opening()
        body = [lead]
        body += [" ".join(map(self.write_line, kinds.split("+"))) for kinds in self._plan_paragraphs(paragraphs - 2)]
        body.append(self.write_line("outlook"))
        return Copytext(headline, tuple(body))

    def write_opening(self) -> tuple[str, str]:
        """Write a headline and a lead that matches it: the one at the same position of its list."""
        headline = self.write_line("headline")
        index = self._last_index % len(self._desk.pools["lead"])
        self._used.setdefault("lead", set()).add(index)
        return headline, capitalize(self._desk.pools["lead"][index].expand(self._facts, self._rng.random))

    def write_form(self) -> Copytext:
        """Write copy with a fixed form, such as a market report."""
        draw = self._rng.random
        pools = self._desk.pools
        headline = capitalize(self._rng.choice(pools["headline"]).expand(self._facts, draw))
        return Copytext(headline, tuple(capitalize(part.expand(self._facts, draw)) for part in pools["paragraphs"]))

    def write_line(self, pool: str) -> str:
        """Write a line of a pool. None is repeated before all have been used."""
        templates = self._desk.pools.get(pool) or self._language.pools[pool]
        used = self._used.setdefault(pool, set())
        if len(used) == len(templates):
            used.clear()
        index = int(self._rng.random() * len(templates))
        while index in used:
            index = (index + 1) % len(templates)
        used.add(index)
        self._last_index = index
        return capitalize(templates[index].expand(self._facts, self._rng.random))

    def write_form_line(self, form: str, part: str) -> str:
        """Write a line of one of the language's forms, such as ``update`` or ``correction``."""
        return capitalize(self._rng.choice(self._language.forms[form][part]).expand(self._facts, self._rng.random))

    def _plan_paragraphs(self, count: int) -> Iterator[str]:
        plan = self._rng.choice(_PARAGRAPH_PLANS)
        start = self._rng.randint(0, 2)
        for index in range(count):
            yield plan[(start + index) % len(plan)]
