"""Reading one page: extraction and cleaning, chained."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from pipeline.clean import clean
from pipeline.extract.chain import extract
from pipeline.records import Article, Page
from pipeline.source import Source

# The version of the code of extraction and cleaning: raise it with every change there that may give a page another
# article, so that stored pages are read anew. It is no digest of the code, since then a change that makes no difference
# would have every stored page read anew; but a test holds that each change is answered for. Their data (``*.toml``)
# need no such care: ``digest_data`` sees them.
READING = 2
_STAGES = tuple(Path(__file__).parent / stage for stage in ("extract", "clean"))


@cache
def digest_data(folders: tuple[Path, ...] = _STAGES) -> str:
    """Eight hex digits of the names and bytes of all TOML files that extraction and cleaning read; computed once."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.toml")):
        data = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:8]


def read_article(page: Page, source: Source | None = None) -> Article:
    """The article that a page holds, or one of kind ``refused`` with the reason.

    Pure, but not safe against hostile pages by itself: run it in ``pipeline.extract.sandbox`` for pages from outside.

    Raises:
        Quarantine: the page can't be read whole.
    """
    return clean(extract(page, source), page, source)
