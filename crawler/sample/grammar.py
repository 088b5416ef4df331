"""The grammar of the prose: templates, compiled once, expanded thousands of times per second.

- ``[one|other]``: one of several wordings, at random.
- ``[~passes|rejects]``: the same position in all such lists of a story, so that headline and lead agree.
- ``{name}``: a word list (a random word each time) or a fact (the same throughout a story).
- ``{name:cap}``, ``{name:upper}``: the same with a capital first letter, or in capitals.
- ``{#3-40}``: a random integer in the notation of the language; ``{#900-1300:plain}`` without thousands separators.
- ``<`` and ``>``: quotation marks, which each wire prints in its own style.
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
    """A part that inserts a fact of the story."""

    name: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A part that inserts a random integer from ``low`` to ``low + size - 1``."""

    low: int
    size: int
    thousands_separator: str


@dataclass(frozen=True, slots=True)
class Words:
    """A part that inserts one of several fixed texts."""

    texts: tuple[str, ...]
    fixed_per_story: bool = False
    """Whether the story's variant number picks the text, instead of chance."""


@dataclass(slots=True)
class Choice:
    """A part that expands one of several templates. Its options are set later, so that word lists can be recursive."""

    options: tuple[Template, ...] = ()
    form: str = ""


Part = str | Fact | Number | Words | Choice


@dataclass(frozen=True, slots=True)
class Template:
    """One compiled template."""

    parts: tuple[Part, ...]

    def expand(self, facts: Facts, draw: Draw) -> str:
        """Return the text.

        Args:
            facts: The facts of the story, with its variant number as ``variant``.
            draw: Returns a random number in [0, 1).

        Raises:
            KeyError: A fact is missing.
        """
        output: list[str] = []
        self._expand(facts, draw, output)
        return "".join(output)

    def _expand(self, facts: Facts, draw: Draw, output: list[str]) -> None:
        for part in self.parts:
            if isinstance(part, str):
                output.append(part)
            elif isinstance(part, Words):
                if part.fixed_per_story:
                    index = int(facts["variant"]) % len(part.texts)
                else:
                    index = int(draw() * len(part.texts))
                output.append(part.texts[index])
            elif isinstance(part, Fact):
                text = facts[part.name]
                output.append(_apply_form(text, part.form) if part.form else text)
            elif isinstance(part, Choice):
                option = part.options[int(draw() * len(part.options))]
                if part.form:
                    output.append(_apply_form(option.expand(facts, draw), part.form))
                else:
                    option._expand(facts, draw, output)
            else:
                number = part.low + int(draw() * part.size)
                output.append(f"{number:,}".replace(",", part.thousands_separator) if number > 999 else str(number))


@dataclass(slots=True)
class Grammar:
    """Compiles the templates of one language."""

    thousands: str = ","
    """The thousands separator."""
    _word_lists: dict[str, Choice] = field(default_factory=dict)

    def add_words(self, words: Mapping[str, list[str]]) -> None:
        """Add word lists. They may refer to each other."""
        for name in words:
            self._word_lists[name] = Choice()
        for name, texts in words.items():
            self._word_lists[name].options = tuple(self.compile(text) for text in texts)

    def compile(self, text: str) -> Template:
        """Return the compiled template.

        Raises:
            ValueError: The text has an unbalanced bracket or brace.
        """
        parts, end = self._parse(text, 0, in_brackets=False)
        if end != len(text):
            raise ValueError(f"unexpected closing bracket: {text!r}")
        return Template(parts)

    def _parse(self, text: str, position: int, *, in_brackets: bool) -> tuple[tuple[Part, ...], int]:
        parts: list[Part] = []
        literal = ""
        while position < len(text):
            char = text[position]
            if char in "]|" and in_brackets:
                break
            if char == "]":
                break
            if char == "[":
                part, position = self._parse_choice(text, position + 1)
            elif char == "{":
                end = text.find("}", position)
                if end < 0:
                    raise ValueError(f"unclosed brace: {text!r}")
                part, position = self._parse_slot(text[position + 1 : end]), end + 1
            else:
                literal += char
                position += 1
                continue
            if literal:
                parts.append(literal)
                literal = ""
            parts.append(part)
        if literal:
            parts.append(literal)
        return tuple(parts), position

    def _parse_choice(self, text: str, position: int) -> tuple[Part, int]:
        options: list[Template] = []
        fixed_per_story = text.startswith("~", position)
        position += fixed_per_story
        while True:
            parts, position = self._parse(text, position, in_brackets=True)
            options.append(Template(parts))
            if position >= len(text):
                raise ValueError(f"unclosed bracket: {text!r}")
            position += 1
            if text[position - 1] == "]":
                break
        if all(len(option.parts) <= 1 and all(type(part) is str for part in option.parts) for option in options):
            texts = tuple(str(option.parts[0]) if option.parts else "" for option in options)
            return Words(texts, fixed_per_story), position
        if fixed_per_story:
            raise ValueError(f"the options of a [~...] bracket must be plain text: {text!r}")
        return Choice(tuple(options)), position

    def _parse_slot(self, name: str) -> Part:
        number = _NUMBER.match(name)
        if number:
            low, high = int(number[1]), int(number[2])
            return Number(low, high - low + 1, "" if number[3] else self.thousands)
        name, _, form = name.partition(":")
        if name in self._word_lists:
            words = self._word_lists[name]
            return Choice((Template((words,)),), form) if form else words
        return Fact(name, form)


def capitalize(sentence: str) -> str:
    """Return a sentence with a capital first letter, also after an opening quotation mark or parenthesis."""
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), sentence, count=1)


def _apply_form(text: str, form: str) -> str:
    return capitalize(text) if form == "cap" else text.upper()
