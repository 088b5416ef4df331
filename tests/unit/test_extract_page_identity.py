"""Which declared objects and addresses are the page's own."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.extract.blocks import parse_html
from copydesk.pipeline.extract.json_ld import parse_json_ld
from copydesk.pipeline.extract.structured_data import Structured, read_structured

URL = "https://www.post.example/news/fog-harbour-12.html"
OWN = "Fog closes the harbour for a third day"
OTHER = "Growers expect a larger crop of pears"


def article(headline: str, **more: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": headline, **more}


def read(*objects: object, head: str = "", url: str = URL, heading: str = OWN) -> Structured:
    scripts = "".join(
        f"<script type='application/ld+json'>{item if isinstance(item, str) else json.dumps(item)}</script>"
        for item in objects
    )
    return read_structured(parse_html(f"<html><head>{head}{scripts}</head><body><h1>{heading}</h1></body></html>"), url)


FULL = {
    "datePublished": "2026-01-02",
    "author": "Ines Palm",
    "articleBody": "Pears.",
    "mainEntityOfPage": "https://www.post.example/p",
}


@pytest.mark.parametrize(
    "own",
    [
        {"url": URL},
        {"url": "https://m.post.example/news/fog-harbour-12"},
        {"url": f"{URL}?utm_source=feed"},
        {"url": "/news/fog-harbour-12.html"},
        {"mainEntityOfPage": URL},
        {"mainEntityOfPage": {"@type": "WebPage", "@id": f"{URL}#article"}},
        {"@id": f"{URL}#article"},
        {"url": "https://www.post.example/"},
        {},
    ],
)
def test_own_object_wins_over_a_more_detailed_one(own: dict[str, object]) -> None:
    for objects in ([article(OTHER, **FULL), article(OWN, **own)], [article(OWN, **own), article(OTHER, **FULL)]):
        found = read(*objects)
        assert (found.headline, found.body, found.authors, found.dates) == (OWN, "", [], [])


def test_canonical_url_identifies_the_page_too() -> None:
    head = "<link rel=canonical href='https://www.wire.example/w/777'>"
    found = read(article("Fog again", url="https://www.wire.example/w/777"), head=head)
    assert found.headline == "Fog again"


def test_another_storys_object_alone_is_not_the_pages() -> None:
    found = read(article(OTHER, url="https://www.post.example/news/pears", **FULL))
    assert (found.is_article, found.headline, found.authors, found.body) == (False, "", [], "")


def test_object_without_contradiction_is_used() -> None:
    assert read(article("A headline for search engines", author="Jane Roe")).authors == ["Jane Roe"]
    assert read({"@type": "NewsArticle", "author": "Jane Roe"}).authors == ["Jane Roe"]
    several = [article(f"{OTHER} {number}", author="Ines Palm") for number in "abc"]
    assert read(*several).authors == []


def test_query_distinguishes_articles() -> None:
    url = "https://www.post.example/article.php?id=12"
    found = read(
        article(OTHER, url="https://www.post.example/article.php?id=13", author="Ines Palm"),
        article("Harbour", url="https://www.post.example/article.php?id=12&ref=home", author="Jane Roe"),
        url=url,
    )
    assert found.authors == ["Jane Roe"]


def test_objects_of_one_article_complete_each_other() -> None:
    found = read(article(OWN, url=URL, datePublished="2026-03-05"), article(OWN, author="Jane Roe"))
    assert (found.authors, found.dates[0]) == (["Jane Roe"], "2026-03-05")


def test_reviewed_claim_is_not_the_article() -> None:
    review = {"@type": "ClaimReview", "url": URL, "datePublished": "2019-01-02", "author": "Checker", "headline": OWN}
    assert read(review, article(OWN, url=URL, datePublished="2026-03-05")).dates[0] == "2026-03-05"


@pytest.mark.parametrize(
    "wrapping",
    [
        "{0}", "\n//<![CDATA[\n{0}\n//]]>\n", "<![CDATA[{0}]]>", "/*<![CDATA[*/{0}/*]]>*/", "<!-- {0} -->", "{0};",
        "// data\n{0}", "/* data */ {0}", "{0}{{}}", '{{"@type":"WebSite","name":"Post"}}\n{0}', "{0} and more",
        "\ufeff{0}", "[{0}]", '{{"@graph":[{0}]}}',
    ],
)  # fmt: skip
def test_wrapping_of_the_data_does_not_matter(wrapping: str) -> None:
    found = read(wrapping.format(json.dumps(article(OWN, author="Jane Roe"))))
    assert (found.headline, found.authors) == (OWN, ["Jane Roe"])


@pytest.mark.parametrize(
    "source",
    [
        '{"@type":"NewsArticle","headline":"OWN","author":{"@type":"Person","name":"Jane Roe"},}',
        '{"@type":"NewsArticle","headline":"OWN","author":{"@type":"Person","name":"Jane Roe"},"description":"a "b""}',
        '{"@type":"NewsArticle","headline":"OWN","author":"Jane Roe","description":"it\\\'s fog"}',
        '{&quot;@type&quot;:&quot;Article&quot;,&quot;headline&quot;:&quot;OWN&quot;,&quot;author&quot;:&quot;Jane Roe&quot;}',  # noqa: E501
    ],
)  # fmt: skip
def test_broken_data_is_repaired_or_read_in_part(source: str) -> None:
    found = read(source.replace("OWN", OWN))
    assert (found.headline, found.authors) == (OWN, ["Jane Roe"])


def test_broken_data_of_a_video_is_not_the_article() -> None:
    broken = '{"@type":"VideoObject","name":"clip "x"","headline":"OWN","datePublished":"2019-01-02"}'.replace(
        "OWN", OWN
    )
    assert (read(broken).is_article, read(broken).dates) == (False, [])
    assert parse_json_ld("{" * 5000) == []
    assert parse_json_ld("") == []


@pytest.mark.parametrize(
    ("address", "resolved"),
    [
        ("2/fog.html", "https://www.post.example/news/2/fog.html"),
        ("https://www.post.example/fog", "https://www.post.example/fog"),
        ("https://web.archive.org/web/20260305101500/https://www.post.example/fog", "https://www.post.example/fog"),
        ("/web/20260305101500im_/https://www.post.example/fog", "https://www.post.example/fog"),
        ("https://archive.ph/AbC12", ""),
        ("https://webcache.googleusercontent.com/search?q=cache:x", ""),
        ("undefined", ""),
        ("https://www.post.example/undefined", ""),
        ("https://www.post.example/{{ slug }}", ""),
        ("null", ""),
        ("http://localhost:3000/fog", ""),
        ("http://127.0.0.1/fog", ""),
        ("http://10.1.2.3/fog", ""),
        ("http://cms/fog", ""),
        ("http://cms.local/fog", ""),
        ("https://www.post.example/", ""),
        ("javascript:void(0)", ""),
        ("", ""),
    ],
)
def test_canonical_addresses(address: str, resolved: str) -> None:
    assert read(head=f"<link rel=canonical href='{address}'>").canonical_url == resolved


def test_useless_canonical_link_falls_back_to_the_preview_url() -> None:
    head = "<link rel=canonical href=undefined><meta property=og:url content='https://www.post.example/fog'>"
    assert read(head=head).canonical_url == "https://www.post.example/fog"


def test_relative_addresses_refer_to_the_base() -> None:
    image = "<meta property=og:image content='i/a.jpg'>"
    head = f"<base href='https://cdn.post.example/x/'><link rel=canonical href=fog>{image}"
    found = read(head=head)
    assert (found.canonical_url, found.image_url) == (
        "https://cdn.post.example/x/fog",
        "https://cdn.post.example/x/i/a.jpg",
    )
    assert (
        read(head="<base href='data:x'><link rel=canonical href=/fog>").canonical_url == "https://www.post.example/fog"
    )


def test_archived_image_url_is_unwrapped() -> None:
    image = "https://web.archive.org/web/20260305im_/https://www.post.example/a.jpg"
    assert read(head=f"<meta property=og:image content='{image}'>").image_url == "https://www.post.example/a.jpg"
