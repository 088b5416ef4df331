"""The word lint finds each unwanted phrase in every kind of text, and passes legitimate English that looks like one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_lint() -> ModuleType:
    """Return .ci/check_words.py as a module; .ci is not a package."""
    spec = importlib.util.spec_from_file_location("check_words", ROOT / ".ci" / "check_words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_words"] = module  # dataclasses look their module up
    sys.path.insert(0, str(ROOT / ".ci"))  # as if run as a script
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / ".ci"))
    return module


LINT = load_lint()
WORDS = LINT.load_words()
FOUND = [(rule.word, phrase) for rule in WORDS.rules for phrase in rule.found]
PASSES = [(rule.word, phrase) for rule in WORDS.rules for phrase in rule.passes]


def find_hits(text: str, name: str) -> list[tuple[int, str]]:
    return [(hit.line, hit.phrase) for hit in LINT.find_hits(text, name, WORDS)]


def find_rules(phrase: str) -> set[str]:
    return {rule.word for rule in WORDS.rules if any(rule.find(phrase))}


@pytest.mark.parametrize(("word", "phrase"), FOUND)
def test_unwanted_phrase_is_found(word: str, phrase: str) -> None:
    assert word in find_rules(phrase)


@pytest.mark.parametrize(("word", "phrase"), PASSES)
def test_similar_phrase_passes(word: str, phrase: str) -> None:
    assert word not in find_rules(phrase)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a/b.py", '"""Summary.\n\nA run that is told of.\n"""\n', 3),
        ("a/b.py", "x = 1  # what a run tells\n", 1),
        ("a/b.py", "# First line.\n# A digest is no\n# story.\n", 2),
        ("a/b.py", 'X = 1\n"""Seconds; a late run is told."""\n', 2),
        ("a/b.py", 'raise E(\n    f"{name} is no "\n    f"story."\n)\n', 2),
        ("a/b.py", 'log("It %s; nobody is told so", name)\n', 1),
        ("docs/a.md", "# Title\n\nOne line.\nA late run\nis told.\n", 5),
        ("docs/a.md", "| a | b |\n|---|---|\n| late | is told |\n", 3),
        ("docs/a.md", "```sh\ncopydesk runs   # what is told\n```\n", 2),
        ("a/b.html.jinja", "<p>{% if x %}\nNothing odd.</p>\n", 2),
        ("a/b.toml", 'key = "told"  # what is told\n', 1),
        ("a/b.sql", "SELECT 1;\n-- What is told.\n", 2),
        ("a/b.sql", "RAISE EXCEPTION 'the run is told of';\n", 1),
        ("Makefile", "test: ## The whole suite, save what takes long\n", 1),
        (".ci/run", 'echo "The demo was told to end."\n', 1),
        ("pyproject.toml", 'name = "A contract holds the layers"\n', 1),
    ],
)
def test_every_kind_of_text_is_searched(name: str, text: str, line: int) -> None:
    assert [hit[0] for hit in find_hits(text, name)] == [line]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a/b.py", 'told = {"told": 1}\nrow["whose"] = told\n'),
        ("a/b.py", '"""Return ``whose`` of a row, and `tell`."""\n'),
        ("a/b.py", 'PATTERN = r"\\b(told) (reporters)\\b"\n'),
        ("a/b.py", 'x = f"the {told} of {whose} row"\n'),
        ("a/b.py", "x = 1  # what is told; words: allow\n"),
        ("tests/unit/test_a.py", 'BODY = "The minister told reporters on Monday."\n'),
        ("docs/a.md", "See `told`, [here](whose.md#told).\n"),
        ("docs/a.md", "```toml\ntold = 1\n```\n"),
        ("a/b.html.jinja", '<p class="odd">{{ row.whose }}</p><style>.odd {}</style>\n'),
        ("a/b.toml", 'words = ["told", "whose"]\n'),
        ("a/b.sql", "SELECT told, whose FROM t WHERE state = 'told';\n"),
        (".ci/run", 'tail "$told"\n'),
        ("a/b.txt", "What is told.\n"),
    ],
)
def test_code_and_allowed_text_are_not_searched(name: str, text: str) -> None:
    assert find_hits(text, name) == []


@pytest.mark.parametrize(
    "name", ["test_a_run_ends", "test_the_run_ends", "test_run_is_told", "test_odd_run", "test_told"]
)
def test_unwanted_name_of_a_test_is_found(name: str) -> None:
    for text in (f"def {name}(): ...\n", f"class TestRun:\n    async def {name}(self): ...\n"):
        assert [phrase for _, phrase in find_hits(text, "tests/unit/test_x.py")] == [name]
        assert find_hits(text, "tests/x.py") == []


@pytest.mark.parametrize("name", ["test_another_run_ends", "test_run_of_a_wire", "test_stellar_run", "told"])
def test_wanted_name_of_a_test_passes(name: str) -> None:
    assert find_hits(f"def {name}(): ...\n", "tests/unit/test_x.py") == []


def test_searched_files_are_those_of_the_project() -> None:
    names = list(LINT.list_files(WORDS))
    assert {"README.md", "Makefile", ".ci/check_words.py", "docs/runbook.md", "pyproject.toml"} <= set(names)
    assert "crawler/spiders/wire.py" in names
    assert not any(name.startswith((".venv", "copydesk/crawler", "crawler/sample/prose/")) for name in names)
