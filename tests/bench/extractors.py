"""Who reads the pages: Copydesk's whole chain, with and without its sandbox, and the extractors that others use.

Each is called as its own documentation shows, with its defaults; what needs text instead of bytes is given it decoded,
free of charge. What a contender does not find is empty; what it raises counts as nothing found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.page_set import Sheet
from tests.bench.tools import OURSELVES, Packaged

BASE = "trafilatura"
"""The contender that the others' speed is relative to."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a contender read; ``published`` is as it returned it (ISO 8601); ``failed`` says what it raised."""

    title: str = ""
    body: str = ""
    published: str = ""
    failed: str = ""


Reader = Callable[[Iterable[Sheet]], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Contender(Packaged):
    """``load`` returns the reader of pages. ``by_rule``: the reader receives each page's source."""

    load: Callable[[], Reader]
    by_rule: bool = False


def _each(read: Callable[[Sheet], Found]) -> Reader:
    def run(sheets: Iterable[Sheet]) -> Iterator[Found]:
        for sheet in sheets:
            try:
                yield read(sheet)
            except Exception as error:  # noqa: BLE001 - a library may raise whatever it likes at a strange page
                yield Found(failed=f"{type(error).__name__}: {str(error)[:200]}")

    return run


def _tell(result: Any) -> Found:
    """An ``Article`` or a ``QuarantineError`` as a finding."""
    if isinstance(result, Exception):
        return Found(failed=str(result)[:200])
    published = result.published_at.isoformat() if result.published_at else ""
    return Found(result.title, result.body, published)


def _load_chain(*, sandboxed: bool, by_rule: bool) -> Reader:
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT, parse_article
    from copydesk.pipeline.process.sandbox import Sandbox

    def settle(sheet: Sheet) -> Source | None:
        return sheet.source if by_rule else None

    if not sandboxed:
        return _each(lambda sheet: _tell(parse_article(_anonymize(sheet, by_rule).page, settle(sheet))))
    boxes: list[Sandbox] = []

    def run(sheets: Iterable[Sheet]) -> Iterator[Found]:
        sheets = [_anonymize(sheet, by_rule) for sheet in sheets]
        if not boxes:
            # One worker, started at the first call (a warm-up) and kept: as in a run of many pages.
            sources = {sheet.source.name: sheet.source for sheet in sheets if sheet.source and by_rule}
            boxes.append(Sandbox(1, 30.0, 512, sources, entry_point=PARSE_ENTRY_POINT).__enter__())
        for result in boxes[0].map(sheet.page for sheet in sheets):
            yield _tell(result)

    return run


def _anonymize(sheet: Sheet, by_rule: bool) -> Sheet:
    """Without a source the page must not name its wire either."""
    return sheet if by_rule or not sheet.page.wire else replace(sheet, page=replace(sheet.page, wire=""))


def _load_trafilatura(*, precision: bool) -> Reader:
    import trafilatura

    def read(sheet: Sheet) -> Found:
        found = trafilatura.bare_extraction(
            sheet.page.body, url=sheet.page.url, with_metadata=True, favor_precision=precision
        )
        if not isinstance(found, trafilatura.settings.Document):
            return Found()
        return Found(found.title or "", found.text or "", found.date or "")

    return _each(read)


def _load_readability() -> Reader:
    import lxml.html
    from readability import Document

    def read(sheet: Sheet) -> Found:
        document = Document(sheet.page.body)
        tree = lxml.html.fromstring(document.summary())
        return Found(document.short_title() or "", "\n".join(str(text) for text in tree.itertext()))

    return _each(read)


def _load_newspaper() -> Reader:
    import newspaper

    def read(sheet: Sheet) -> Found:
        article = newspaper.Article(sheet.page.url, fetch_images=False)
        article.download(input_html=sheet.text)
        article.parse()
        return Found(
            article.title or "", article.text or "", article.publish_date.isoformat() if article.publish_date else ""
        )

    return _each(read)


def _load_resiliparse() -> Reader:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(sheet: Sheet) -> Found:
        tree = HTMLTree.parse(sheet.text)
        return Found(tree.title or "", extract_plain_text(tree, main_content=True))

    return _each(read)


def _load_goose() -> Reader:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def read(sheet: Sheet) -> Found:
        article = goose.extract(url=sheet.page.url, raw_html=sheet.text)
        return Found(article.title or "", article.cleaned_text or "", article.publish_date or "")

    return _each(read)


def _load_justext() -> Reader:
    import justext

    # It requires the language. Pages do not state theirs, so it receives all its word lists at once.
    words = frozenset().union(*(justext.get_stoplist(name) for name in justext.get_stoplists()))

    def read(sheet: Sheet) -> Found:
        paragraphs = justext.justext(sheet.page.body, words)
        return Found(body="\n".join(one.text for one in paragraphs if not one.is_boilerplate))

    return _each(read)


def _ours(name: str, *, sandboxed: bool, by_rule: bool) -> Contender:
    def load() -> Reader:
        return _load_chain(sandboxed=sandboxed, by_rule=by_rule)

    return Contender(name, OURSELVES, load, by_rule)


CONTENDERS = (
    _ours("copydesk (sources)", sandboxed=True, by_rule=True),
    _ours("copydesk (sources, no sandbox)", sandboxed=False, by_rule=True),
    _ours("copydesk (generic)", sandboxed=True, by_rule=False),
    _ours("copydesk (generic, no sandbox)", sandboxed=False, by_rule=False),
    Contender(BASE, "trafilatura", lambda: _load_trafilatura(precision=False)),
    Contender("trafilatura, precision", "trafilatura", lambda: _load_trafilatura(precision=True)),
    Contender("readability-lxml", "readability-lxml", _load_readability),
    Contender("newspaper4k", "newspaper4k", _load_newspaper),
    Contender("resiliparse", "resiliparse", _load_resiliparse),
    Contender("goose3", "goose3", _load_goose),
    Contender("justext", "justext", _load_justext),
)
"""All, in the order of the tables."""


def find_contender(name: str) -> Contender:
    """The contender of a name."""
    return next(one for one in CONTENDERS if one.name == name)
