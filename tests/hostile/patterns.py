"""Every regular expression that extraction and cleaning use, found by running them; and adversarial texts for each.

``python -m tests.hostile.patterns`` prints the patterns as JSON. The functions of ``re`` that take one are wrapped
while all modules are loaded and every page of the tests is parsed, so that none is missed, wherever it is defined.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _compile as compile_pattern  # type: ignore[attr-defined]
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).parents[2]
WATCHED = (
    "extract",
    "clean",
    "core/agencies.py",
    "core/byline.py",
    "core/byline_forms.py",
    "core/byline_openings.py",
    "core/byline_record.py",
    "core/byline_words.py",
    "core/text.py",
)
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class UsedPattern:
    """A pattern, its flags, and the module (``clean/text_rules.py``) that compiled it."""

    pattern: str
    flags: int
    module: str

    def __str__(self) -> str:
        return f"{self.module}: {self.pattern[:100]}"

    def compile(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self.flags)


def list_modules() -> list[str]:
    """Return the names of the modules with the patterns that are collected, such as ``clean/text_rules.py``."""
    folder = ROOT / "pipeline"
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return sorted(name for name in names if name.startswith(WATCHED))


@cache
def find_patterns() -> tuple[UsedPattern, ...]:
    """Return all of them, collected in a separate interpreter."""
    command = [sys.executable, "-m", "tests.hostile.patterns"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(UsedPattern(*row) for row in json.loads(output))


def _watch(found: set[tuple[str, int, str]]) -> None:
    def wrap(name: str) -> None:
        inner: Callable[..., Any] = getattr(re, name)

        def outer(pattern: Any, *arguments: Any, **named: Any) -> Any:
            path = Path(sys._getframe(1).f_code.co_filename).resolve()
            if path.name == "alternatives.py":  # it compiles for others
                path = Path(sys._getframe(2).f_code.co_filename).resolve()
            if path.is_relative_to(ROOT / "pipeline"):
                module = path.relative_to(ROOT / "pipeline").as_posix()
                if module.startswith(WATCHED):
                    compiled = inner(pattern, *arguments, **named) if name == "compile" else compile_pattern(pattern, 0)
                    if isinstance(compiled.pattern, str):
                        found.add((compiled.pattern, compiled.flags, module))
            return inner(pattern, *arguments, **named)

        setattr(re, name, outer)

    for name in ("compile", "match", "search", "fullmatch", "split", "sub", "subn", "findall", "finditer"):
        wrap(name)


def _collect() -> list[tuple[str, int, str]]:
    found: set[tuple[str, int, str]] = set()
    _watch(found)
    for package in ("copydesk.pipeline.extract", "copydesk.pipeline.clean"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            loaded = importlib.import_module(module.name)
            if hasattr(loaded, "patterns"):
                loaded.patterns()
    pages = importlib.import_module("tests.page_fixtures")
    for folder in pages.PAGES.iterdir():
        pages.read_page_fixture(folder.name)
    return sorted(found)


# --- adversarial texts


def write_match(pattern: str, flags: int, rng: random.Random, most: int) -> str:
    """Return a text that nearly matches the pattern; repetitions occur up to ``most`` times."""
    return "".join(_write(parser.parse(pattern, flags), rng, most))


def _write(tree: Any, rng: random.Random, most: int) -> Iterator[str]:
    for code, value in tree:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.NOT_LITERAL:
            yield "a" if value != ord("a") else "b"
        elif code is codes.ANY:
            yield rng.choice("a 1")
        elif code is codes.IN:
            yield _pick(value, rng)
        elif code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
            least, largest, inner = value
            for _ in range(max(least, min(int(largest), most))):
                yield from _write(inner, rng, most)
        elif code is codes.SUBPATTERN:
            yield from _write(value[3], rng, most)
        elif code is codes.ATOMIC_GROUP:
            yield from _write(value, rng, most)
        elif code is codes.BRANCH:
            yield from _write(rng.choice(value[1]), rng, most)
        elif code is codes.GROUPREF_EXISTS:
            yield from _write(value[1], rng, most)


def _pick(members: list[Any], rng: random.Random) -> str:
    if members[0][0] is codes.NEGATE:
        pattern = [(codes.IN, members)]
        tried = rng.sample("a1 A-.,é新(\n", 11)
        return next((char for char in tried if _fits(pattern, char)), "a")
    code, value = rng.choice(members)
    if code is codes.RANGE:
        return chr(rng.randint(*value))
    if code is codes.CATEGORY:
        samples = {
            codes.CATEGORY_DIGIT: "7", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "w",
            codes.CATEGORY_NOT_DIGIT: "x", codes.CATEGORY_NOT_SPACE: "x", codes.CATEGORY_NOT_WORD: "-",
        }  # fmt: skip
        return samples[value]
    return chr(value)


def _fits(pattern: Any, char: str) -> bool:
    for code, value in pattern[0][1][1:]:
        if code is codes.LITERAL and chr(value) == char:
            return False
        if code is codes.RANGE and value[0] <= ord(char) <= value[1]:
            return False
        if code is codes.CATEGORY:
            kind = {
                codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w",
                codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_NOT_WORD: r"\W",
            }[value]  # fmt: skip
            if re.match(kind, char):
                return False
    return True


def write_adversarial(used: UsedPattern, size: int) -> Iterator[str]:
    """Yield texts of one size made against one pattern: its matches, near matches, and runs of what it repeats."""
    rng = random.Random(repr(used.pattern))
    short, middle, long = (write_match(used.pattern, used.flags, rng, most) or " " for most in (1, 3, 40))
    yield from (_fill(seed, size) for seed in (short, middle, long))
    yield from (_fill(seed[: -len(seed) // 2] or seed, size) for seed in (short, long))
    # Repeat a character as often as fits, after a beginning that matches and before an end that does not.
    for char in sorted({long[len(long) // 2], long[-1], short[0], " "}):
        yield _fill(char, size - 1) + "\x01"
        yield long[: len(long) // 2] + _fill(char, size - len(long) // 2 - 1) + "\x01"


def _fill(seed: str, size: int) -> str:
    return (seed * (size // len(seed) + 1))[: max(0, size)]


if __name__ == "__main__":
    print(json.dumps(_collect()))
