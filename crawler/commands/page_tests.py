"""The saved pages next to a source file: written by `wires new`, compared by `wires check --pages`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from copydesk.pipeline.console.tables import pluralize, print_json, print_table
from copydesk.pipeline.core.errors import BadInput, BadSource, QuarantineError
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import find_source_file

PAGE_FILE, META_FILE, EXPECTED_FILE = "page.html", "meta.json", "expected.json"
_FIELDS = ("kind", "via", "title", "published_at", "byline", "agency", "language")


def find_test_folder(source_file: Path) -> Path:
    """Return the folder of a source's saved pages: next to its file, with its name."""
    return source_file.with_suffix("")


def describe_article(article: Article) -> dict[str, Any]:
    """Return the fields of an article that a saved page is compared by."""
    values = {field: getattr(article, field) for field in _FIELDS}
    plain = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
    return {**plain, "kind": article.kind.value, "paragraphs": list(article.paragraphs)}


def write_page_tests(folder: Path, pages: Sequence[Page], articles: Sequence[Article]) -> None:
    """Write one folder per page: the page, what is known of it, and the expected result."""
    for number, (page, article) in enumerate(zip(pages, articles, strict=True), 1):
        inner = folder / str(number)
        inner.mkdir(parents=True, exist_ok=True)
        (inner / PAGE_FILE).write_bytes(page.body)
        meta = {
            "url": page.url,
            "final_url": page.final_url,
            "wire": page.wire,
            "fetched_at": page.fetched_at.isoformat(),
            "content_type": page.content_type,
            "charset": page.charset,
            "published_hint": page.published_hint.isoformat() if page.published_hint else None,
        }
        _write_json(inner / META_FILE, meta)
        _write_json(inner / EXPECTED_FILE, describe_article(article))


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def check_page_tests(sources: Mapping[str, Source], settings: Settings, *, as_json: bool) -> None:
    """Parse the saved pages of wires, and print in which fields they differ from what is expected.

    Raises:
        BadSource: A page differs.
        BadInput: There are no saved pages.
    """
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT
    from copydesk.pipeline.process.sandbox import Sandbox

    tests = [test for name in sources for test in _load_tests(name, find_source_file(name, settings.source_folders))]
    if not tests:
        raise BadInput("There are no saved pages.", "`copydesk wires new` writes some next to the source file.")
    limits = settings.extract_seconds, settings.extract_megabytes
    rows = []
    with Sandbox(2, *limits, dict(sources), entry_point=PARSE_ENTRY_POINT) as sandbox:
        for (path, page, expected), result in zip(tests, sandbox.map(page for _, page, _ in tests), strict=True):
            rows.append({"wire": page.wire, "page": str(path), "differs": _compare(expected, result)})
    if as_json:
        print_json(rows)
    else:
        cells = [(row["wire"], row["page"], ", ".join(cast("list[str]", row["differs"])) or "-") for row in rows]
        print_table(["wire", "page", "differs in"], cells)
    failed = [row for row in rows if row["differs"]]
    if failed:
        raise BadSource(
            f"{pluralize(len(failed), 'saved page')} of {len(rows)} differ from what is expected.",
            "Correct the page rule, or the expected.json next to the page; `copydesk wires try NAME --file` shows why.",
        )


def _load_tests(name: str, source_file: Path) -> Iterator[tuple[Path, Page, dict[str, Any]]]:
    for path in sorted(find_test_folder(source_file).glob(f"*/{PAGE_FILE}")):
        try:
            meta = json.loads((path.parent / META_FILE).read_text(encoding="utf-8"))
            expected = json.loads((path.parent / EXPECTED_FILE).read_text(encoding="utf-8"))
            page = Page(
                url=meta["url"],
                body=path.read_bytes(),
                fetched_at=datetime.fromisoformat(meta["fetched_at"]),
                wire=name,
                final_url=meta.get("final_url", ""),
                content_type=meta.get("content_type", "text/html"),
                charset=meta.get("charset"),
                published_hint=datetime.fromisoformat(hint) if (hint := meta.get("published_hint")) else None,
            )
        except (OSError, ValueError, KeyError) as error:
            raise BadInput(f"Cannot read the saved page {path.parent}: {error}.", "Save it again.") from None
        yield path.parent, page, expected


def _compare(expected: Mapping[str, Any], result: Article | QuarantineError) -> list[str]:
    """Return the names of the fields that differ; only those that are expected count."""
    if isinstance(result, QuarantineError):
        return [result.reason]
    found = describe_article(result)
    return [field for field, value in expected.items() if field in found and found[field] != value]
