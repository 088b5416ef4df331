"""Pages that only send the browser elsewhere are refused; articles that reload themselves are not."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import TEXT, make_page


@pytest.mark.parametrize(
    "html",
    [
        '<meta http-equiv="refresh" content="0;URL=\'/new\'"><title>Quay</title><p>Please wait a moment.</p>',
        '<META HTTP-EQUIV="Refresh" CONTENT="10; url=https://post.example/2"><p>Weiter geht es hier.</p>',
        "<title>Quay</title><script>window.location.replace('/2');</script><p>One moment</p>",
        "<title>Quay</title><script>location.href = \"https://post.example/2\"</script><p>One moment</p>",
        "<title>301 Moved Permanently</title><h1>Moved</h1><p>The document has moved <a href=/>here</a>.</p>",
        "<title>Weiterleitung</title><p>Sie werden in Kürze weitergeleitet.</p>",
        "<title>Quay</title><p>You are being redirected to another page. If you are not redirected, click here.</p>",
    ],
)  # fmt: skip
def test_redirect_stub_is_refused(html: str) -> None:
    assert extract(make_page(f"<html><body>{html}</body></html>")).refusal_reason == "redirect"


@pytest.mark.parametrize(
    "html",
    [
        f'<meta http-equiv="refresh" content="300"><h1>Quay shut</h1>{TEXT}',
        f'<meta http-equiv="refresh" content="0; url=/other"><h1>Quay shut</h1>{TEXT}{TEXT}',
        f"<script>if (old) location.href = '/m/1'</script><h1>Quay shut</h1>{TEXT}{TEXT}",
        '<meta http-equiv="refresh" content="11; url=/2"><h1>Quay shut</h1><p>The harbour was closed on Monday.</p>',
        '<meta http-equiv="refresh" content="0; url=/1"><h1>Quay shut</h1><p>The harbour was closed on Monday.</p>',
        "<h1>Ministry moved to new house</h1><p>The ministry has moved to the corn exchange, it said.</p>",
    ],
)  # fmt: skip
def test_article_with_a_refresh_is_not_refused(html: str) -> None:
    assert extract(make_page(f"<html><body>{html}</body></html>")).refusal_reason == ""
