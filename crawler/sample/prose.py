"""Stories in words: facts drawn once, sentences drawn around them, from the data files in ``prose/<language>``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.crawler.sample.grammar import Grammar, Template, capitalize
from copydesk.crawler.sample.seeded_random import Dice

PROSE_FOLDER = Path(__file__).parent / "prose"

_PARAGRAPH_PLANS = (
    ("detail+detail", "quote", "detail+figures", "background", "reaction", "quote+detail", "figures", "background"),
    ("quote", "detail+detail", "background", "detail", "quote+figures", "reaction", "detail+background", "quote"),
    ("detail+figures", "background", "quote", "detail+detail", "reaction", "figures", "quote", "detail"),
    ("background", "detail", "quote+detail", "figures", "detail+reaction", "quote", "background", "detail"),
    ("figures+detail", "quote", "reaction", "detail+background", "quote", "detail", "figures", "quote+reaction"),
)


@dataclass(frozen=True, slots=True)
class Copytext:
    """A headline and paragraphs with quotations still marked ``<`` and ``>``."""

    headline: str
    paragraphs: tuple[str, ...]


FactOptions = Sequence[Template | Mapping[str, Template]]


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk, or one form of copy: what it calls itself, the facts it draws, the sentences it has."""

    name: str
    section: str
    facts: Mapping[str, FactOptions]
    pools: Mapping[str, tuple[Template, ...]]
    revise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """All prose of one language."""

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
    """Read and compile one language's files."""
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
    return tomllib.loads((PROSE_FOLDER / code / f"{name}.toml").read_text(encoding="utf-8"))


def _compile_facts(grammar: Grammar, tables: Mapping[str, Any]) -> dict[str, FactOptions]:
    facts: dict[str, FactOptions] = {}
    for name, options in tables.items():
        listed = [options] if isinstance(options, str) else options
        facts[name] = [
            grammar.compile(option)
            if isinstance(option, str)
            else {key: grammar.compile(text) for key, text in option.items()}
            for option in listed
        ]
    return facts


def draw_facts(language: Language, desk: Desk, dice: Dice, base_facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of one story: ``given`` ones (dates and the like), the language's, the desk's; no two the same."""
    facts = {**base_facts, "turn": str(dice.randint(0, 11))}
    used: set[str] = set()
    for name, options in (*language.facts.items(), *desk.facts.items()):
        _draw_fact(facts, used, name, options, dice)
        if name == "where":
            _draw_fact(facts, used, "other", options, dice)
    return facts


def _draw_fact(facts: dict[str, str], used: set[str], name: str, options: FactOptions, dice: Dice) -> None:
    for _ in range(4):
        option = dice.choice(options)
        if isinstance(option, Template):
            text = option.expand(facts, dice.random)
            drawn = {name: text}
        else:
            drawn = {f"{name}.{key}": part.expand(facts, dice.random) for key, part in option.items()}
            text = next(iter(drawn.values()))
        if text not in used:
            break
    used.add(text)
    facts.update(drawn)


def revise_facts(desk: Desk, facts: Mapping[str, str], dice: Dice, names: Sequence[str]) -> dict[str, str]:
    """The facts with those of some names (of ``desk.revise``) changed."""
    revised = dict(facts)
    for name in names:
        for _ in range(20):
            option = desk.facts[name][0]
            assert isinstance(option, Template)  # noqa: S101  data files of our own; a test reads them all
            revised[name] = option.expand(facts, dice.random)
            if revised[name] != facts[name]:
                break
    return revised


class Writer:
    """Writes the text of one story; the same dice and other facts give the same sentences with other facts in them."""

    def __init__(self, language: Language, desk: Desk, facts: Mapping[str, str], dice: Dice) -> None:
        self.language = language
        self.desk = desk
        self.facts = facts
        self.dice = dice
        self._used: dict[str, set[int]] = {}
        self._last = 0

    def write_story(self, paragraphs: int) -> Copytext:
        """A story of a desk with about so many paragraphs (5 to 14)."""
        headline, lead = self.write_opening()
        body = [lead]
        body += [" ".join(map(self.write_line, kinds.split("+"))) for kinds in self._plan_paragraphs(paragraphs - 2)]
        body.append(self.write_line("outlook"))
        return Copytext(headline, tuple(body))

    def write_opening(self) -> tuple[str, str]:
        """A headline and a lead that goes with it: those at the same place of their lists."""
        headline = self.write_line("headline")
        at = self._last % len(self.desk.pools["lead"])
        self._used.setdefault("lead", set()).add(at)
        return headline, capitalize(self.desk.pools["lead"][at].expand(self.facts, self.dice.random))

    def write_form(self) -> Copytext:
        """Copy with a fixed form: every paragraph as the form has it."""
        draw = self.dice.random
        pools = self.desk.pools
        headline = capitalize(self.dice.choice(pools["headline"]).expand(self.facts, draw))
        return Copytext(headline, tuple(capitalize(part.expand(self.facts, draw)) for part in pools["paragraphs"]))

    def write_line(self, pool: str) -> str:
        """One sentence or two of a pool, none twice while the pool has others."""
        templates = self.desk.pools.get(pool) or self.language.pools[pool]
        used = self._used.setdefault(pool, set())
        if len(used) == len(templates):
            used.clear()
        at = int(self.dice.random() * len(templates))
        while at in used:
            at = (at + 1) % len(templates)
        used.add(at)
        self._last = at
        return capitalize(templates[at].expand(self.facts, self.dice.random))

    def write_form_line(self, form: str, part: str) -> str:
        """One line of a form of the language (``update``, ``correction`` ...)."""
        return capitalize(self.dice.choice(self.language.forms[form][part]).expand(self.facts, self.dice.random))

    def _plan_paragraphs(self, count: int) -> Iterator[str]:
        plan = self.dice.choice(_PARAGRAPH_PLANS)
        start = self.dice.randint(0, 2)
        for at in range(count):
            yield plan[(start + at) % len(plan)]
