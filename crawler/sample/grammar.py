"""The grammar that prose is made of: templates, compiled once, expanded many thousand times a second.

``[one|other]`` picks one of several wordings; ``[~passes|rejects]`` picks by the story's turn: the same place in
all such lists of a story, so that headline and lead agree. ``{name}`` is a word list (picked anew each time) or a fact
(the same throughout a story), ``{name:cap}`` begins with a capital, ``{name:upper}`` is all capitals, ``{#3-40}`` is a
number in the language's own notation, ``{#900-1300:plain}`` one without a thousands mark. ``<`` and ``>`` are
quotation marks, which each wire sets in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Facts = Mapping[str, str]
Draw = Callable[[], float]

_NUMBER = re.compile(r"#(-?\d+)-(\d+)(:plain)?$")
_SENTENCE_START = re.compile(r"^([<(]?)(\w)")


@dataclass(frozen=True, slots=True)
class Fact:
    """A part that reads a fact of the story."""

    name: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A part that draws a whole number, both ends included."""

    low: int
    size: int
    thousands_separator: str


@dataclass(frozen=True, slots=True)
class Words:
    """A part that picks one of some fixed texts, by chance or by the story's turn."""

    texts: tuple[str, ...]
    fixed_per_story: bool = False


@dataclass(slots=True)
class Choice:
    """A part that picks one of some templates; filled after its making, so that lists may name one another."""

    options: tuple[Template, ...] = ()
    form: str = ""


Part = str | Fact | Number | Words | Choice


@dataclass(frozen=True, slots=True)
class Template:
    """One compiled template."""

    parts: tuple[Part, ...]

    def expand(self, facts: Facts, draw: Draw) -> str:
        """The text, with every choice drawn by ``draw``.

        Raises:
            KeyError: a fact that the template names is missing.
        """
        out: list[str] = []
        self._expand(facts, draw, out)
        return "".join(out)

    def _expand(self, facts: Facts, draw: Draw, out: list[str]) -> None:
        for part in self.parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, Words):
                at = int(facts["turn"]) % len(part.texts) if part.fixed_per_story else int(draw() * len(part.texts))
                out.append(part.texts[at])
            elif isinstance(part, Fact):
                text = facts[part.name]
                out.append(_apply_form(text, part.form) if part.form else text)
            elif isinstance(part, Choice):
                option = part.options[int(draw() * len(part.options))]
                if part.form:
                    out.append(_apply_form(option.expand(facts, draw), part.form))
                else:
                    option._expand(facts, draw, out)
            else:
                number = part.low + int(draw() * part.size)
                out.append(f"{number:,}".replace(",", part.thousands_separator) if number > 999 else str(number))


@dataclass(slots=True)
class Grammar:
    """Compiles the templates of one language; ``thousands`` is its mark between groups of digits."""

    thousands: str = ","
    _word_lists: dict[str, Choice] = field(default_factory=dict)

    def add_words(self, words: Mapping[str, list[str]]) -> None:
        """Make word lists known; they may name one another."""
        for name in words:
            self._word_lists[name] = Choice()
        for name, texts in words.items():
            self._word_lists[name].options = tuple(self.compile(text) for text in texts)

    def compile(self, text: str) -> Template:
        """Compile one template.

        Raises:
            ValueError: a bracket or brace is not closed.
        """
        parts, end = self._parse(text, 0, closed=False)
        if end != len(text):
            raise ValueError(f"a bracket is closed that was never opened: {text!r}")
        return Template(parts)

    def _parse(self, text: str, at: int, *, closed: bool) -> tuple[tuple[Part, ...], int]:
        parts: list[Part] = []
        plain = ""
        while at < len(text):
            sign = text[at]
            if sign in "]|" and closed:
                break
            if sign == "]":
                break
            if sign == "[":
                part, at = self._parse_choice(text, at + 1)
            elif sign == "{":
                end = text.find("}", at)
                if end < 0:
                    raise ValueError(f"a brace is not closed: {text!r}")
                part, at = self._parse_slot(text[at + 1 : end]), end + 1
            else:
                plain += sign
                at += 1
                continue
            if plain:
                parts.append(plain)
                plain = ""
            parts.append(part)
        if plain:
            parts.append(plain)
        return tuple(parts), at

    def _parse_choice(self, text: str, at: int) -> tuple[Part, int]:
        options: list[Template] = []
        fixed_per_story = text.startswith("~", at)
        at += fixed_per_story
        while True:
            parts, at = self._parse(text, at, closed=True)
            options.append(Template(parts))
            if at >= len(text):
                raise ValueError(f"a bracket is not closed: {text!r}")
            at += 1
            if text[at - 1] == "]":
                break
        if all(len(option.parts) <= 1 and all(type(part) is str for part in option.parts) for option in options):
            return Words(tuple(str(option.parts[0]) if option.parts else "" for option in options), fixed_per_story), at
        if fixed_per_story:
            raise ValueError(f"what is picked by the turn must be plain text: {text!r}")
        return Choice(tuple(options)), at

    def _parse_slot(self, name: str) -> Part:
        number = _NUMBER.match(name)
        if number:
            low, high = int(number[1]), int(number[2])
            return Number(low, high - low + 1, "" if number[3] else self.thousands)
        name, _, form = name.partition(":")
        if name in self._word_lists:
            known = self._word_lists[name]
            return Choice((Template((known,)),), form) if form else known
        return Fact(name, form)


def capitalize(sentence: str) -> str:
    """The sentence with its first letter, after an opening mark or not, in capitals."""
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), sentence, count=1)


def _apply_form(text: str, form: str) -> str:
    return capitalize(text) if form == "cap" else text.upper()
