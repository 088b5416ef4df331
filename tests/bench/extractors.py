"""Tools that read pages: Copydesk with and without its sandbox, and other extractors.

Each is called as its own documentation shows, with its defaults. A tool that requires text instead of bytes gets it
decoded, and the decoding is not timed. Missing values are empty; an exception counts as nothing found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.page_set import PageCase
from tests.bench.tools import OURSELVES, BenchTool

BASE = "trafilatura"
"""The tool that speeds are relative to."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """What a tool found; ``published`` as the tool returned it (ISO 8601); ``failed``: the exception, if any."""

    title: str = ""
    body: str = ""
    published: str = ""
    failed: str = ""


Reader = Callable[[Iterable[PageCase]], Iterator[ExtractedPage]]


@dataclass(frozen=True, slots=True)
class ExtractionTool(BenchTool):
    """``load`` returns the function that reads pages. ``by_rule``: the function uses each page's source."""

    load: Callable[[], Reader]
    by_rule: bool = False


def _read_each(read: Callable[[PageCase], ExtractedPage]) -> Reader:
    def run(cases: Iterable[PageCase]) -> Iterator[ExtractedPage]:
        for case in cases:
            try:
                yield read(case)
            except Exception as error:  # noqa: BLE001 - a library may raise whatever it likes at a strange page
                yield ExtractedPage(failed=f"{type(error).__name__}: {str(error)[:200]}")

    return run


def _make_extracted_page(result: Any) -> ExtractedPage:
    """Convert an ``Article`` or a ``QuarantineError``."""
    if isinstance(result, Exception):
        return ExtractedPage(failed=str(result)[:200])
    published = result.published_at.isoformat() if result.published_at else ""
    return ExtractedPage(result.title, result.body, published)


def _load_chain(*, sandboxed: bool, by_rule: bool) -> Reader:
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT, parse_article
    from copydesk.pipeline.process.sandbox import Sandbox

    def get_source(case: PageCase) -> Source | None:
        return case.source if by_rule else None

    if not sandboxed:
        return _read_each(
            lambda case: _make_extracted_page(parse_article(_anonymize(case, by_rule).page, get_source(case)))
        )
    boxes: list[Sandbox] = []

    def run(cases: Iterable[PageCase]) -> Iterator[ExtractedPage]:
        cases = [_anonymize(case, by_rule) for case in cases]
        if not boxes:
            # One worker, started by the first call (a warm-up) and kept, as in a run of many pages.
            sources = {case.source.name: case.source for case in cases if case.source and by_rule}
            boxes.append(Sandbox(1, 30.0, 512, sources, entry_point=PARSE_ENTRY_POINT).__enter__())
        for result in boxes[0].map(case.page for case in cases):
            yield _make_extracted_page(result)

    return run


def _anonymize(case: PageCase, by_rule: bool) -> PageCase:
    """Remove the wire's name from the page if no source is used."""
    return case if by_rule or not case.page.wire else replace(case, page=replace(case.page, wire=""))


def _load_trafilatura(*, precision: bool) -> Reader:
    import trafilatura

    def read(case: PageCase) -> ExtractedPage:
        found = trafilatura.bare_extraction(
            case.page.body, url=case.page.url, with_metadata=True, favor_precision=precision
        )
        if not isinstance(found, trafilatura.settings.Document):
            return ExtractedPage()
        return ExtractedPage(found.title or "", found.text or "", found.date or "")

    return _read_each(read)


def _load_readability() -> Reader:
    import lxml.html
    from readability import Document

    def read(case: PageCase) -> ExtractedPage:
        document = Document(case.page.body)
        tree = lxml.html.fromstring(document.summary())
        return ExtractedPage(document.short_title() or "", "\n".join(str(text) for text in tree.itertext()))

    return _read_each(read)


def _load_newspaper() -> Reader:
    import newspaper

    def read(case: PageCase) -> ExtractedPage:
        article = newspaper.Article(case.page.url, fetch_images=False)
        article.download(input_html=case.text)
        article.parse()
        return ExtractedPage(
            article.title or "", article.text or "", article.publish_date.isoformat() if article.publish_date else ""
        )

    return _read_each(read)


def _load_resiliparse() -> Reader:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(case: PageCase) -> ExtractedPage:
        tree = HTMLTree.parse(case.text)
        return ExtractedPage(tree.title or "", extract_plain_text(tree, main_content=True))

    return _read_each(read)


def _load_goose() -> Reader:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False})

    def read(case: PageCase) -> ExtractedPage:
        article = goose.extract(url=case.page.url, raw_html=case.text)
        return ExtractedPage(article.title or "", article.cleaned_text or "", article.publish_date or "")

    return _read_each(read)


def _load_justext() -> Reader:
    import justext

    # It requires a language, which pages do not state, so it receives all its word lists at once.
    words = frozenset().union(*(justext.get_stoplist(name) for name in justext.get_stoplists()))

    def read(case: PageCase) -> ExtractedPage:
        paragraphs = justext.justext(case.page.body, words)
        return ExtractedPage(body="\n".join(one.text for one in paragraphs if not one.is_boilerplate))

    return _read_each(read)


def _make_own_tool(name: str, *, sandboxed: bool, by_rule: bool) -> ExtractionTool:
    def load() -> Reader:
        return _load_chain(sandboxed=sandboxed, by_rule=by_rule)

    return ExtractionTool(name, OURSELVES, load, by_rule)


EXTRACTION_TOOLS = (
    _make_own_tool("copydesk (sources)", sandboxed=True, by_rule=True),
    _make_own_tool("copydesk (sources, no sandbox)", sandboxed=False, by_rule=True),
    _make_own_tool("copydesk (generic)", sandboxed=True, by_rule=False),
    _make_own_tool("copydesk (generic, no sandbox)", sandboxed=False, by_rule=False),
    ExtractionTool(BASE, "trafilatura", lambda: _load_trafilatura(precision=False)),
    ExtractionTool("trafilatura, precision", "trafilatura", lambda: _load_trafilatura(precision=True)),
    ExtractionTool("readability-lxml", "readability-lxml", _load_readability),
    ExtractionTool("newspaper4k", "newspaper4k", _load_newspaper),
    ExtractionTool("resiliparse", "resiliparse", _load_resiliparse),
    ExtractionTool("goose3", "goose3", _load_goose),
    ExtractionTool("justext", "justext", _load_justext),
)
"""All tools, in the order of the tables."""


def find_extraction_tool(name: str) -> ExtractionTool:
    """Return the tool of a name."""
    return next(one for one in EXTRACTION_TOOLS if one.name == name)
