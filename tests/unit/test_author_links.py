"""A link to the page of an author next to the text names the author; links in teasers do not."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import TEXT, make_page

LINK = '<a href="https://post.example{path}">Orla Kestrel</a>'


def read_author(top: str, below: str = "") -> str:
    html = f"<html><body><main><h1>Ferry line adds a night crossing</h1>{top}{TEXT}{below}</main></body></html>"
    return extract(make_page(html)).author


@pytest.mark.parametrize(
    "path",
    ["/author/orla-kestrel", "/authors/12/", "/auteur/orla-kestrel", "/autor/o-kestrel", "/profile/orla-kestrel"],
)
def test_link_to_an_authors_page_names_the_author(path: str) -> None:
    assert read_author(f"<div>{LINK.format(path=path)}</div><div>12 November 2026</div>") == "Orla Kestrel"


def test_link_to_another_page_names_nobody() -> None:
    assert read_author(f"<div>{LINK.format(path='/tag/orla-kestrel')}</div>") == ""


def test_linked_name_in_a_teaser_is_not_the_author() -> None:
    teaser = f'<div class="related"><h3>Harbour fees rise</h3><p>{LINK.format(path="/author/orla-kestrel")}</p></div>'
    assert read_author("<div>12 November 2026</div>", teaser) == ""
