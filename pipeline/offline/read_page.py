"""Reading one page: extraction and cleaning, chained."""

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
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.process import fork

# The version of the code of extraction and cleaning: raise it with every change there that may give a page another
# article, so that stored pages are read anew. It is no digest of the code, since then a change that makes no difference
# would have every stored page read anew; but a test holds that each change is answered for. Their data (``*.toml``)
# need no such care: ``hash_data_files`` sees them.
PARSER_VERSION = 4
WORK = f"{__name__}:parse_article"
"""The work of a sandbox that reads pages."""
_WARM_UP_PAGE = Page(
    "https://wire.example/ferry",
    b"<html><head><title>Ferry sails again</title></head><body><h1>Ferry sails again</h1>"
    b"<p>Dienstag, 3. M\xc3\xa4rz</p>"
    + b"<p>The ferry to the island sails again after the storm, the harbour master said on Tuesday.</p>" * 3
    + b"</body></html>",
    datetime(2026, 3, 3, tzinfo=UTC),
)
"""A page without any mark of what is what, so that all that looks for it is needed."""
# Fewer words than this, and than so small a part of what was extracted, are no text that cleaning left.
_MIN_REMAINING_WORDS = 20
_MAX_CUT_RATIO = 4
_STAGE_FOLDERS = tuple(Path(__file__).parents[1] / stage for stage in ("extract", "clean"))


@cache
def hash_data_files(folders: tuple[Path, ...] = _STAGE_FOLDERS) -> str:
    """Eight hex digits of the names and bytes of all TOML files that extraction and cleaning read; computed once."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.toml")):
        data = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:8]


def preload() -> None:
    """Load what reading any page needs, so that workers of the sandbox can be forks of this process."""
    for name in ("copydesk.pipeline.extract.generic_body", "htmldate", "dateparser"):
        import_module(name)
    with suppress(QuarantineError):
        # What is loaded or made once at the first page, rules and the model of languages among it.
        parse_article(_WARM_UP_PAGE)
    fork.mark_preloaded(WORK)


def _is_overcut(extraction: Extraction, article: Article) -> bool:
    """Whether cleaning left nothing, or a scrap, of a text that an extractor took for the article."""
    if extraction.refusal_reason or extraction.via.startswith(("rule:", "text-dump")):
        return False
    left = sum(map(count_words, article.paragraphs))
    return left < _MIN_REMAINING_WORDS and left * _MAX_CUT_RATIO < sum(map(count_words, extraction.paragraphs))


def parse_article(page: Page, source: Source | None = None) -> Article:
    """The article that a page holds, or one of kind ``refused`` with the reason.

    Where all that was taken for the text is boilerplate by the rules of cleaning, the page is read again without it:
    the article may stand where no extractor looked for it.

    Pure, but not safe against hostile pages by itself: run it in ``process.sandbox`` for pages from outside.

    Raises:
        QuarantineError: the page can't be read whole.
    """
    extraction = extract(page, source)
    article = clean(extraction, page, source)
    if not _is_overcut(extraction, article):
        return article
    cut = {piece.text for piece in article.dropped if piece not in extraction.dropped}
    boilerplate = cut.intersection(map(normalize_line, extraction.paragraphs))
    if not boilerplate:
        return article
    other = clean(extract(page, source, boilerplate), page, source)
    more = sum(map(count_words, other.paragraphs)) > sum(map(count_words, article.paragraphs))
    return other if more else article
