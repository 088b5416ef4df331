"""The SSRF guard connects only to the public addresses of a name."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Request
from twisted.internet.address import IPv4Address, IPv6Address

from copydesk.crawler.accounting.outcomes import RequestRejected
from copydesk.crawler.downloader.allowed_hosts import AllowedHosts
from copydesk.crawler.downloader.ssrf_guard import (
    SAME_SITE_META,
    GuardedResolver,
    GuardMiddleware,
)
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.urls import MAX_URL_CHARS


class FakeResolver:
    """A resolver that answers each lookup with the next of its answers, and records what a receiver gets."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.nameResolver = self
        self.got: list[str] = []
        self.complete = 0

    def resolveHostName(self, receiver: Any, name: str, port: int, *_: Any) -> object:  # noqa: N802
        for text in self._answers.pop(0):
            receiver.addressResolved((IPv6Address if ":" in text else IPv4Address)("TCP", text, port))
        receiver.resolutionComplete()
        return self

    def resolutionBegan(self, _: Any) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.got.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete += 1


def make_source(home: str = "https://wire.example", *, allow_private: bool = False) -> Source:
    return Source.model_validate(
        {"name": "w", "title": "W", "home": home, "allow_private": allow_private, "discovery": {"feeds": [home]}}
    )


def test_resolver_drops_private_addresses() -> None:
    names = FakeResolver(["8.8.8.8", "10.0.0.1", "::1", "2606:4700::1111"])
    GuardedResolver(names, AllowedHosts(make_source())).resolveHostName(names, "wire.example", 443)
    assert names.got == ["8.8.8.8", "2606:4700::1111"]
    assert names.complete == 1


def test_dns_rebinding_to_private_address_is_refused() -> None:
    names = FakeResolver(["8.8.8.8"], ["169.254.169.254"], ["8.8.4.4"])
    resolver = GuardedResolver(names, AllowedHosts(make_source()))
    refused = []
    for _ in range(3):
        resolver.resolveHostName(names, "wire.example", 443)
        refused.append("wire.example" in resolver.blocked_hosts)
    assert refused == [False, True, False]
    assert names.got == ["8.8.8.8", "8.8.4.4"]


def test_private_wire_is_allowed_at_its_own_port() -> None:
    names = FakeResolver(["127.0.0.1"], ["127.0.0.1"])
    resolver = GuardedResolver(names, AllowedHosts(make_source("http://localhost:8801", allow_private=True)))
    resolver.resolveHostName(names, "localhost", 8801)
    resolver.resolveHostName(names, "localhost", 5432)
    assert names.got == ["127.0.0.1"]
    assert resolver.blocked_hosts == {"localhost"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://wire.example/a", ""),
        ("https://www.wire.example/a", ""),
        ("https://other.example/a", "off-site"),
        ("http://127.0.0.1/a", "private address"),
        ("http://[::ffff:10.0.0.1]/a", "private address"),
        ("https://wire.example/" + "a" * MAX_URL_CHARS, "url too long"),
        ("ftp://wire.example/a", "scheme"),
    ],
)
def test_every_request_of_an_article_is_checked(url: str, reason: str) -> None:
    guard = GuardMiddleware(AllowedHosts(make_source()))
    request = Request(url, meta={SAME_SITE_META: True})
    if not reason:
        guard.process_request(request)
        return
    with pytest.raises(RequestRejected) as caught:
        guard.process_request(request)
    assert caught.value.reason == reason
