"""Report phrasings that make text hard to read, by file and line; ``words.toml`` lists them with better ones.

Searched are comments, docstrings and prose in string literals of Python files, Markdown, text in Jinja templates,
comments of TOML and SQL, and comments and messages of the Makefile and shell scripts. Names of test functions are
searched for a few words too. A line that contains ``words: allow`` is not searched.
"""

from __future__ import annotations

import fnmatch
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prose import Passage, find_reader, list_test_functions, read_python

ROOT = Path(__file__).resolve().parents[1]
LIST_PATH = Path(__file__).with_name("words.toml")
ALLOW_MARK = "words: allow"


@dataclass(frozen=True)
class Rule:
    """A phrasing that is not wanted."""

    word: str
    pattern: re.Pattern[str]
    better: str
    allow: tuple[re.Pattern[str], ...]
    found: tuple[str, ...]
    passes: tuple[str, ...]

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches that no allowed phrase overlaps."""
        matches = list(self.pattern.finditer(text))
        allowed = [match.span() for pattern in self.allow for match in pattern.finditer(text)] if matches else []
        for match in matches:
            if not any(start < match.end() and match.start() < end for start, end in allowed):
                yield match


@dataclass(frozen=True)
class WordList:
    """The rules, and the files that they apply to."""

    rules: tuple[Rule, ...]
    roots: tuple[str, ...]
    exclude: tuple[str, ...]
    comments_only: tuple[str, ...]
    test_names: re.Pattern[str]
    """Matches what the name of a test function, with blanks for underscores, must not contain."""


@dataclass(frozen=True)
class Hit:
    """A phrasing found."""

    line: int
    phrase: str
    better: str


def load_words(path: Path = LIST_PATH) -> WordList:
    """Return the word list in ``path``."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rules = tuple(
        Rule(
            one["word"],
            _compile(one["pattern"]),
            one["better"],
            tuple(_compile(pattern) for pattern in one.get("allow", ())),
            tuple(one["found"]),
            tuple(one["passes"]),
        )
        for one in data["rule"]
    )
    files, names = data["files"], data["test_names"]
    test_names = re.compile(rf"^test (?:{'|'.join(names['first'])})\b|\b(?:{'|'.join(names['words'])})\b")
    return WordList(rules, tuple(files["roots"]), tuple(files["exclude"]), tuple(files["comments_only"]), test_names)


def _compile(pattern: str) -> re.Pattern[str]:
    if not pattern.startswith("(?x)"):  # in a verbose pattern blanks mean nothing; it writes \s itself
        pattern = pattern.replace(" ", r"\s+")
    return re.compile(pattern, re.IGNORECASE)


def find_hits(text: str, name: str, words: WordList) -> list[Hit]:
    """Return the phrasings found in a file, by line.

    Args:
        text: The file's text.
        name: Its path from the project's root; the suffix decides how it is read.
        words: The word list.
    """
    read = find_reader(name)
    if read is None:
        return []
    if read is read_python and _matches(name, words.comments_only):
        passages: Iterable[Passage] = read_python(text, literals=False)
    else:
        passages = read(text)
    lines = text.split("\n")
    hits = set()
    for start, passage in passages:
        for rule in words.rules:
            for match in rule.find(passage):
                line = start + passage.count("\n", 0, match.start())
                if ALLOW_MARK not in lines[line - 1]:
                    hits.add(Hit(line, " ".join(match.group().split()), rule.better))
    if read is read_python and Path(name).name.startswith("test_"):
        for line, function in list_test_functions(text):
            if words.test_names.search(function.replace("_", " ")) and ALLOW_MARK not in lines[line - 1]:
                hits.add(Hit(line, function, "another name; see test_names in words.toml"))
    return sorted(hits, key=lambda hit: (hit.line, hit.phrase))


def list_files(words: WordList) -> Iterator[str]:
    """Yield the paths of the files to search, from the project's root, sorted."""
    names = set()
    for root in words.roots:
        for folder, folders, files in os.walk(ROOT / root):
            here = Path(folder).relative_to(ROOT)
            names |= {(here / name).as_posix() for name in files if find_reader((here / name).as_posix())}
            if root == ".":
                break
            folders[:] = [one for one in folders if one != "__pycache__" and not Path(folder, one).is_symlink()]
    yield from sorted(name for name in names if not _matches(name, words.exclude))


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def main() -> int:
    """Print each hit; return 1 if there is one. Arguments: files or folders to search instead of all."""
    words = load_words()
    asked = tuple(Path(one).resolve().relative_to(ROOT).as_posix() for one in sys.argv[1:])
    count = 0
    for name in list_files(words):
        if asked and not any(name == one or name.startswith(f"{one}/") for one in asked):
            continue
        for hit in find_hits((ROOT / name).read_text(encoding="utf-8"), name, words):
            print(f"{name}:{hit.line}: {hit.phrase} -> {hit.better}")
            count += 1
    if count:
        print(f"{count} phrasings to replace; .ci/words.toml lists them.", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
