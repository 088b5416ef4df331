"""Responses as servers really send them: types, encodings, robots.txt, Retry-After, refreshes, secrets in URLs."""

from __future__ import annotations

import gzip
import json
import logging

import pytest
from pydantic import SecretStr
from scrapy.http import HtmlResponse, Response

from copydesk.crawler.accounting.crawl_stats import FeedReport
from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.downloader.content_decoding import decode, parse_encodings
from copydesk.crawler.downloader.credentials import make_authorizations, strip_credentials
from copydesk.crawler.downloader.redirects import MAX_STUB_CHARS, find_refresh_target
from copydesk.crawler.downloader.response import get_media_type, rejection_reason
from copydesk.crawler.downloader.robots import MAX_ROBOTS_BYTES, decode_robots
from copydesk.crawler.downloader.throttle import parse_retry_after
from copydesk.crawler.process.json_log import JsonFormatter
from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.url_secrets import mask_secrets
from copydesk.pipeline.core.wire_login import WireLogin, get_login_variable, load_wire_login

PAGE = b"<!DOCTYPE html><html><body><p>x</p></body></html>"
XHTML = b'<?xml version="1.0"?>\n<!-- c --><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html xmlns="http://www.w3.org/1999/xhtml"/>'
URL = "https://wire.example/a"


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("text/html, text/html; charset=utf-8", PAGE, ""),
        ("text/html;;charset=utf-8", PAGE, ""),
        ("TEXT/HTML ; x", b"<p>no root element", ""),
        ("application/xml", XHTML, ""),
        ("text/xml", XHTML, ""),
        ("application/octet-stream", PAGE, ""),
        ("text/plain", PAGE, ""),
        ("html", PAGE, ""),
        ("application/octet-stream", PAGE.decode().encode("utf-16"), ""),
        ("", b"<p>x", ""),
        ("application/rss+xml", b"<?xml version='1.0'?><rss/>", "content type"),
        ("application/json", b'{"a": "<html>"}', "content type"),
        ("text/plain", b"<p>some text", "content type"),
        ("application/xml", b"<?xml version='1.0' ", "content type"),
        ("application/octet-stream", b"<htmlx>", "content type"),
        ("text/html", b"%PDF-1.7", "content type"),
        ("text/html", b"\x89PNG\r\n", "content type"),
        ("text/html", b"\xef\xbb\xbf \n", "empty"),
    ],
)
def test_page_is_known_by_its_type_or_its_start(content_type: str, body: bytes, reason: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert rejection_reason(Response(URL, headers=headers, body=body)) == reason


def test_first_media_type_counts() -> None:
    assert get_media_type(Response(URL, headers={"Content-Type": "Text/HTML, text/plain; a"})) == "text/html"


@pytest.mark.parametrize(
    "name", ["none", "UTF-8", "iso-8859-1", "8bit", "binary", "text/html", '"identity"', "identity;q=1"]
)
def test_encoding_that_does_not_exist_is_none(name: str) -> None:
    assert decode(PAGE, parse_encodings(name), 1000) == PAGE
    assert decode("User-agent: *\n".encode("utf-16"), parse_encodings(name), 1000)
    if parse_encodings(name):
        with pytest.raises(RequestRejected, match="encoding"):
            decode(b"\x00\x01\x02", parse_encodings(name), 1000)


def test_encoding_that_is_named_twice_may_be_applied_once() -> None:
    assert decode(gzip.compress(PAGE), parse_encodings("gzip, GZIP"), 1000) == PAGE
    assert decode(gzip.compress(gzip.compress(PAGE)), parse_encodings('"gzip",gzip'), 1000) == PAGE


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_robots_is_read_in_the_charset_it_has(codec: str) -> None:
    assert decode_robots("User-agent: *\nDisallow: /é\n".encode(codec)) == "User-agent: *\nDisallow: /é\n"


@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_long_robots_is_cut_at_a_line_end(newline: str) -> None:
    head = f"User-agent: *{newline}"
    filler = "#" * (MAX_ROBOTS_BYTES - len(head) - len(f"{newline}Disallow: /")) + newline
    whole = f"{head}{filler}Disallow: /private/{newline}"
    assert decode_robots(whole.encode()) == head + filler
    assert decode_robots(b"x" * (MAX_ROBOTS_BYTES + 1)) == ""
    exactly = b"x" * MAX_ROBOTS_BYTES
    assert decode_robots(exactly) == exactly.decode()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"2.5", 2.5), (b"120", 120.0), (b" 3 ", 3.0), (b"30s", 30.0), (b"5 seconds", 5.0), (b"-1", None), (b"soon", None),
     (b"1e9", None), (b"", None)],
)  # fmt: skip
def test_retry_after_is_read_as_servers_write_it(value: bytes, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


def find_target(body: str, **headers: str) -> str | None:
    return find_refresh_target(HtmlResponse(URL, body=body.encode(), headers=headers, encoding="utf-8"))


REFRESH = '<html><head><meta http-equiv="refresh" content="{}"></head><body>{}</body></html>'


@pytest.mark.parametrize(
    ("content", "body", "target"),
    [
        ("0; url=/b", "Redirecting to /b", "https://wire.example/b"),
        ("0;URL='/b'", "", "https://wire.example/b"),
        ("5; url=/b", "x" * MAX_STUB_CHARS, "https://wire.example/b"),
        ("0; url=/b", "x" * (MAX_STUB_CHARS + 1), None),
        ("11; url=/b", "", None),
        ("300", "", None),
        ("0; url=/a", "", None),
        ("0; url=/a#top", "", None),
    ],
)
def test_only_a_stub_is_followed(content: str, body: str, target: str | None) -> None:
    assert find_target(REFRESH.format(content, body)) == target


def test_refresh_header_counts_and_one_without_scripts_does_not() -> None:
    assert find_target("<p>x</p>", Refresh="0; url=/b") == "https://wire.example/b"
    inside = (
        REFRESH.format("0; url=/b", "").replace("<meta", "<noscript><meta").replace("</head>", "</noscript></head>")
    )
    assert find_target(inside) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:pa:ss@wire.example/feed", "https://***@wire.example/feed"),
        ("get http://TOKEN@wire.example/ now", "get http://***@wire.example/ now"),
        ("https://w.example/f?token=abc&a=1", "https://w.example/f?token=***&a=1"),
        ("https://w.example/f?a=1&Api_Key=abc#x", "https://w.example/f?a=1&Api_Key=***#x"),
        ("https://w.example/f?rss_access_token=abc", "https://w.example/f?rss_access_token=***"),
        ("https://w.example/f?X-Amz-Signature=abc", "https://w.example/f?X-Amz-Signature=***"),
        ("https://w.example/f?id=1&ref=x", "https://w.example/f?id=1&ref=x"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_secrets_in_urls_are_masked(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


def test_reports_and_logs_have_no_secrets() -> None:
    url = "https://user:canary@wire.example/f?token=canary"
    assert "canary" not in str(FeedReport(url, "feed"))
    record = logging.LogRecord("copydesk", logging.INFO, "", 0, "failed: <GET %s>", (url,), None)
    assert "canary" not in json.dumps(json.loads(JsonFormatter().format(record)))


def make_source(**keys: object) -> Source:
    fields = {"name": "paid", "title": "P", "home": "https://wire.example/", "discovery": {"feeds": [f"{URL}.xml"]}}
    return Source.model_validate(fields | keys)


def test_login_is_read_from_the_environment() -> None:
    source = make_source(login="paid-feed.2")
    variable = get_login_variable(source.login)
    assert variable == "COPYDESK_LOGIN_PAID_FEED_2"
    login = load_wire_login(source, {variable: "user:pa:ss"})
    assert login == WireLogin("user", SecretStr("pa:ss"))
    assert "pa:ss" not in repr(login)
    assert load_wire_login(make_source(), {variable: "user:pass"}) is None
    for environment in ({}, {variable: ""}, {variable: "user"}, {variable: ":pass"}):
        with pytest.raises(BadSettings, match=variable):
            load_wire_login(source, environment)


def test_credentials_go_to_the_wires_own_origins_only() -> None:
    source = make_source(discovery={"feeds": ["https://a%40b:p%2Fw@feeds.example:8443/f"]}, login="x")
    headers = make_authorizations(source, WireLogin("u", SecretStr("p")))
    assert headers == {
        ("https", "wire.example", 443): b"Basic dTpw",
        ("https", "feeds.example", 8443): b"Basic YUBiOnAvdw==",
    }
    assert make_authorizations(make_source(), None) == {}
    assert strip_credentials("https://a%40b:p%2Fw@feeds.example:8443/f?x=1") == "https://feeds.example:8443/f?x=1"
