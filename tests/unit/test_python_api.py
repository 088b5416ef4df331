"""`import copydesk`: nothing is loaded before it is used, and documents of all kinds are grouped."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import copydesk
from copydesk.pipeline.api import cleaning, deduplication
from copydesk.pipeline.api.arguments import to_time
from copydesk.pipeline.core.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
FERRY = (
    "The ferry to the island sails again after the storm, the harbour master said on Tuesday. Two hundred passengers"
    " had waited since Monday, and the first boat was full within minutes, he said."
)
CHARTER = (
    "Talks on the city charter ended without a result on Wednesday, the mayor said. Both parties blamed each other for"
    " the failure, and no date was set for another meeting in the town hall."
)


class PandasLike:
    """A table with the interface of a pandas.DataFrame."""

    columns = ("id", "body")

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        assert orient == "records"
        return [{"id": float("nan"), "body": FERRY, "title": None}, {"id": 7.0, "body": FERRY, "title": None}]


class PolarsLike:
    """A table with the interface of a polars.DataFrame."""

    columns = ("url", "text")

    def iter_rows(self, *, named: bool) -> Iterator[dict[str, Any]]:
        assert named
        yield from [{"url": "https://a.example/1", "text": FERRY}, {"url": "https://b.example/1", "text": FERRY}]


def group(documents: Any) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(story.members)) for story in copydesk.dedup(documents))


def test_import_loads_no_other_module() -> None:
    code = (
        "import sys, typing; before = set(sys.modules); import copydesk; print(*(set(sys.modules) - before))\n"
        "copydesk.clean, copydesk.dedup, copydesk.crawl, copydesk.connect, copydesk.Story; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, used = (set(line.split()) for line in done.stdout.splitlines())
    assert first == {"copydesk"}
    assert not {"scrapy", "twisted", "airflow", "numpy", "trafilatura"} & used


def test_public_names_are_listed_and_others_are_errors() -> None:
    assert {"clean", "connect", "crawl", "dedup", "Article", "Story"} <= set(dir(copydesk))
    with pytest.raises(AttributeError, match="has no attribute 'fold'"):
        copydesk.fold  # noqa: B018


@pytest.mark.parametrize("module", [cleaning, deduplication])
def test_examples_in_docstrings_work(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_examples_in_page_work() -> None:
    result = doctest.testfile(str(ROOT / "docs" / "python.md"), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("documents", "groups"),
    [
        ([FERRY, CHARTER, FERRY], [("0", "2"), ("1",)]),
        ((FERRY for _ in range(2)), [("0", "1")]),
        ([{"id": "a", "text": FERRY}, {"id": "b", "headline": "Talks", "content": CHARTER}], [("a",), ("b",)]),
        ([{"body": FERRY}, {"url": "u", "body": FERRY}], [("0", "u")]),
        ([copydesk.Article("x", body=FERRY), copydesk.Article("y", kind="refused")], [("x",)]),
        (PandasLike(), [("0", "7")]),
        (PolarsLike(), [("https://a.example/1", "https://b.example/1")]),
        ([], []),
    ],
)
def test_documents_of_all_kinds_are_grouped(documents: Any, groups: list[tuple[str, ...]]) -> None:
    assert group(documents) == groups


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (FERRY, "dedup takes many documents, not one."),
        ([{"id": "a", "body": FERRY}, {"id": "a", "body": CHARTER}], "Document 1: duplicate id 'a'."),
        ([{"id": "a", "words": FERRY}], "Document 0: no title and no body among id, words."),
        ([3], "Document 0 is a int."),
    ],
)
def test_unusable_documents_are_errors(documents: Any, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        copydesk.dedup(documents)
    assert raised.value.message == message


def test_unreadable_time_is_a_warning() -> None:
    with pytest.warns(UserWarning, match="Document 0: published_at is not a time: 'soon'"):
        (story,) = copydesk.dedup([{"body": FERRY, "published_at": "soon"}])
    assert story.published_at is None
    with pytest.raises(FrozenInstanceError):
        story.copies = 2  # type: ignore[misc]


def test_page_is_html_or_file(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<html><head><title>Ferry</title></head><body><h1>Ferry</h1><p>{FERRY}</p></body></html>")
    for article in (copydesk.clean(page), copydesk.clean(str(page)), copydesk.clean(page.read_bytes(), url="u")):
        assert (article.kind, article.body, article.id) == ("article", FERRY, "u" if article.url else str(page))
    with pytest.raises(BadInput, match="is neither HTML nor a file"):
        copydesk.clean("no-such-page.html")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(BadInput, match="PDF, not HTML or text"):
        copydesk.clean(tmp_path / "a.pdf")


def test_times_are_text_or_objects() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert to_time("24h", "since", now) == to_time(timedelta(days=1), "since", now) == now - timedelta(days=1)
    assert to_time(datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))), "since") == now
    assert to_time(None, "since") is None
    with pytest.raises(BadInput, match="since has no time zone"):
        to_time(datetime(2026, 3, 1), "since")  # noqa: DTZ001
