"""Numbers in parameters with a tracker's name, fragments that stand for a path, and parameters escaped twice."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.urls import canonicalize

BASE = "https://wire.example"


@pytest.mark.parametrize(
    "path",
    ["/text.do?icid=%s", "/cgi-bin/r.cgi?spm=%s", "/en/report?awc=%s", "/read.jsp?cmpid=%s&lang=en", "/?ftag=%s"],
)
@pytest.mark.parametrize("value", ["7", "1024", "a-31", "n88"])
def test_number_stays_if_nothing_else_identifies_the_article(path: str, value: str) -> None:
    assert canonicalize(BASE + path % value) == BASE + path % value


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("/text.do?icid=newsletter", "/text.do"),
        ("/text.do?fbclid=IwAR3x9Qm2dPq0LkZ81", "/text.do"),
        ("/text.do?utm_id=55", "/text.do"),
        ("/text.do?id=4&icid=7", "/text.do?id=4"),
        ("/2026/quay-closes-for-repairs?icid=7", "/2026/quay-closes-for-repairs"),
        ("/news/quay-closes?icid=7", "/news/quay-closes"),
        ("/report/250911?icid=7", "/report/250911"),
    ],
)
def test_campaign_is_left_out(url: str, canonical: str) -> None:
    assert canonicalize(BASE + url) == BASE + canonical


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("/#!/quay/12", "/#!/quay/12"),
        ("/app#!quay", "/app#!quay"),
        ("/#!", "/"),
        ("/#!/", "/"),
        ("/quay#comments", "/quay"),
    ],
)
def test_hash_bang_identifies(url: str, canonical: str) -> None:
    assert canonicalize(BASE + url) == BASE + canonical
    assert canonicalize(canonicalize(BASE + url)) == BASE + canonical


@pytest.mark.parametrize(
    "query", ["amp;utm_medium=x", "page=2&amp;utm_medium=x", "amp;amp;gclid=q&page=2", "sfnsn=mo&page=2", "gaa_ts=6a"]
)
def test_tracker_is_left_out_in_every_form(query: str) -> None:
    assert canonicalize(f"{BASE}/quay?{query}") == f"{BASE}/quay" + ("?page=2" if "page" in query else "")
