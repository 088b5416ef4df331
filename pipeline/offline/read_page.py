"""Turn one page into an article: extraction, then cleaning."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path

from copydesk.pipeline.clean import clean
from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import Article, Extraction, Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.process import fork

PARSER_VERSION = 10
"""Version of the code of extraction and cleaning.

Increase it with every change that may give a page a different article, so that stored pages are parsed again. It is not
a hash of the code: that would parse every stored page again after changes that make no difference. Changes of the data
files (``*.toml``) need no new version, ``hash_data_files`` detects them.
"""

PARSE_ENTRY_POINT = f"{__name__}:parse_article"
"""The entry point of a sandbox that parses pages."""

_WARM_UP_PAGE = Page(
    "https://wire.example/ferry",
    b"<html><head><title>Ferry sails again</title></head><body><h1>Ferry sails again</h1>"
    b"<p>Dienstag, 3. M\xc3\xa4rz</p>"
    + b"<p>The ferry to the island sails again after the storm, the harbour master said on Tuesday.</p>" * 3
    + b"</body></html>",
    datetime(2026, 3, 3, tzinfo=UTC),
)
"""A page without any metadata, so that parsing it loads every fallback."""

# Cleaning has cut too much if it leaves fewer than _MIN_REMAINING_WORDS, and less than one word in _MAX_CUT_RATIO.
_MIN_REMAINING_WORDS = 20
_MAX_CUT_RATIO = 4
_STAGE_FOLDERS = tuple(Path(__file__).parents[1] / stage for stage in ("core", "extract", "clean"))


@cache
def hash_data_files(folders: tuple[Path, ...] = _STAGE_FOLDERS) -> str:
    """Return a hash of the names and contents of all TOML files that extraction and cleaning read.

    Args:
        folders: The folders of the two stages and of what they share; other values are for tests.

    Returns:
        Eight hexadecimal digits.
    """
    digest = hashlib.sha256()
    files = (path for folder in folders for path in folder.rglob("*.toml"))
    for path in sorted(files, key=lambda path: (path.parent.name, path.name)):
        data = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:8]


def preload() -> None:
    """Load everything that parsing a page needs, so that sandbox workers can be forks of this process."""
    import_module("copydesk.pipeline.extract.generic_body")
    parse_time("5 March 2026 14:15 GMT", language="en")  # the tables of names
    with suppress(QuarantineError):
        # The first page loads the rest: rules, the language model.
        parse_article(_WARM_UP_PAGE)
    fork.mark_preloaded(PARSE_ENTRY_POINT)


def _is_overcut(extraction: Extraction, article: Article) -> bool:
    """Return whether cleaning removed all or nearly all of the text that a generic extractor chose as the article."""
    if extraction.refusal_reason or extraction.via.startswith(("rule:", "text-dump")):
        return False
    remaining = sum(map(count_words, article.paragraphs))
    extracted = sum(map(count_words, extraction.paragraphs))
    return remaining < _MIN_REMAINING_WORDS and remaining * _MAX_CUT_RATIO < extracted


def parse_article(page: Page, source: Source | None = None) -> Article:
    """Extract and clean the article on a page.

    If cleaning removes everything that was extracted as boilerplate, the page is extracted again without those
    paragraphs, because the article may be in a part of the page that the extractor did not choose.

    The function is pure, but not safe against hostile pages: run it in ``process.sandbox`` for pages from the network.

    Args:
        page: The page as fetched.
        source: The wire's configuration; None for a page of unknown origin.

    Returns:
        The article, or one of kind ``refused`` with the reason.

    Raises:
        QuarantineError: The page cannot be parsed completely.
    """
    extraction = extract(page, source)
    article = clean(extraction, page, source)
    if not _is_overcut(extraction, article):
        return article
    cut = {piece.text for piece in article.dropped if piece not in extraction.dropped}
    boilerplate = cut.intersection(map(normalize_line, extraction.paragraphs))
    if not boilerplate:
        return article
    second = clean(extract(page, source, boilerplate), page, source)
    is_longer = sum(map(count_words, second.paragraphs)) > sum(map(count_words, article.paragraphs))
    return second if is_longer else article
