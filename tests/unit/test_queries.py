"""Every query is used, every used query exists, and `queries.py` matches the SQL files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copydesk.pipeline.db import queries, query_files

ROOT = Path(__file__).parents[2]
SOURCES = [
    path.read_text("utf-8")
    for folder in ("crawler", "pipeline", "dags")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path != query_files.QUERIES_PATH
]
QUERY_NAMES = [
    (stem, name)
    for stem in query_files.list_files()
    if stem not in query_files.ITERATED_FILES
    for name in query_files.load_queries(stem)
]


def find_used_queries() -> set[tuple[str, str]]:
    """Return file and name of each query that a module names."""
    return {found for text in SOURCES for found in re.findall(r"\bqueries\.(\w+)\.(\w+)\b", text)}


def test_generated_module_matches_the_sql_files() -> None:
    assert query_files.QUERIES_PATH.read_text("utf-8") == query_files.format_module(), "run `make schema`"


def test_every_query_is_used() -> None:
    used = find_used_queries()
    assert [f"{stem}.{name}" for stem, name in QUERY_NAMES if (stem, name) not in used] == []
    assert {(stem, "list_all") for stem in query_files.ITERATED_FILES} <= used


def test_every_used_query_exists() -> None:
    used = find_used_queries()
    known = {*QUERY_NAMES, *((stem, "list_all") for stem in query_files.ITERATED_FILES)}
    assert used - known == set()
    for stem, name in QUERY_NAMES:
        assert getattr(getattr(queries, stem), name) == query_files.load_queries(stem)[name]


def test_unknown_query_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"sql/run\.sql has no query clsoe"):
        queries.run.clsoe  # type: ignore[attr-defined]  # noqa: B018
