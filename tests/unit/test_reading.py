"""A page is read anew when anything that its article depends on has changed, and only then."""

from __future__ import annotations

import hashlib
import io
import shutil
import tokenize
from pathlib import Path

import pytest

import pipeline.reading
from pipeline.chain import name_cleaner
from pipeline.reading import digest_data
from pipeline.source import Discovery, PageRule, Source

STAGES = [Path(pipeline.reading.__file__).parent / stage for stage in ("extract", "clean")]
CODE = [
    *(path for stage in STAGES for path in sorted(stage.rglob("*.py"))),
    *(Path(pipeline.reading.__file__).parent / name for name in ("needs.py", "reading.py", "text.py")),
]
ANSWERED = Path(__file__).parent / "reading.txt"
DATA = [path for stage in STAGES for path in sorted(stage.rglob("*.toml"))]
SOURCE = Source(
    name="bote", title="Bote", home="https://bote.example/", discovery=Discovery(feeds=("https://bote.example/f",))
)


@pytest.mark.parametrize("changed", DATA, ids=lambda path: path.stem)
def test_any_data_file_changes_the_digest(changed: Path, tmp_path: Path) -> None:
    folders = tuple(tmp_path / stage.name for stage in STAGES)
    for path in DATA:
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.parent.name / path.name)
    assert digest_data(folders) == digest_data()
    with (tmp_path / changed.parent.name / changed.name).open("a", encoding="utf-8") as file:
        file.write("#\n")
    digest_data.cache_clear()
    assert digest_data(folders) != digest_data()


@pytest.mark.parametrize(
    "change",
    [
        {"language": "de"}, {"timezone": "Europe/Oslo"}, {"agency": "KNA"}, {"title": "The Bote"},
        {"page": (PageRule(body="p"),)}, {"boilerplate": ("x",)},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_a_wire_says_of_its_pages_changes_the_version(change: dict[str, object]) -> None:
    assert name_cleaner(SOURCE.model_copy(update=change)) != name_cleaner(SOURCE)


def test_what_only_the_crawler_asks_does_not() -> None:
    assert name_cleaner(SOURCE.model_copy(update={"enabled": False, "min_articles": 9})) == name_cleaner(SOURCE)


def test_the_code_has_a_version_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = name_cleaner(SOURCE)
    monkeypatch.setattr(pipeline.reading, "READING", pipeline.reading.READING + 1)
    assert name_cleaner(SOURCE) != before


def strip_prose(code: str) -> str:
    """Code without comments, docstrings and blanks."""
    lines = code.splitlines(keepends=True)
    before = tokenize.NEWLINE
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(code).readline))):
        (first, start), (last, end) = token.start, token.end
        alone = token.type == tokenize.STRING and not lines[first - 1][:start].strip() and before == tokenize.NEWLINE
        if token.type == tokenize.COMMENT or alone:
            text = lines[first - 1][:start] + lines[last - 1][end:]
            lines[first - 1 : last] = [text] + [""] * (last - first)
        before = token.type
    return "".join("".join(lines).split())


def test_a_change_of_the_code_is_answered_for() -> None:
    """Whoever changes the code says whether pages read otherwise now: by the number, and by what is written down."""
    digest = hashlib.sha256()
    for path in CODE:
        digest.update(f"{path.name} {strip_prose(path.read_text(encoding='utf-8'))}\n".encode())
    told = f"{pipeline.reading.READING} {digest.hexdigest()[:16]}"
    assert ANSWERED.read_text(encoding="utf-8").strip() == told, (
        "The code that reads pages has changed. If it may give any page another article, raise READING in "
        f"pipeline/reading.py; then write its number and the new digest into {ANSWERED.name}."
    )


def test_prose_may_change() -> None:
    one = 'def f(a):\n    """Says it."""\n    return a  # why\n'
    other = 'def f(a):\n    """Says it\n\n    otherwise.\n    """\n    # because\n    return a\n'
    assert strip_prose(one) == strip_prose(other) == "deff(a):returna"
    assert strip_prose(one) != strip_prose(one.replace("return a", 'return "a"'))
