"""Crawler traffic: content decoding under one limit, Retry-After, throttling, and single-line log records."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from time import monotonic

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.accounting.outcomes import RequestDeferred, RequestRejected
from copydesk.crawler.downloader.content_decoding import TruncatedBodyError, decode
from copydesk.crawler.downloader.throttle import (
    MAX_CONSECUTIVE_PAUSES,
    RETRY_AFTER_MAX_SECONDS,
    Throttle,
    parse_retry_after,
)
from copydesk.crawler.process.json_log import JsonFormatter, escape_line
from copydesk.crawler.scrapy_settings import BASE_SETTINGS
from copydesk.pipeline.core.errors import BadSource

LIMIT = 100_000
ENCODERS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@given(body=st.binary(max_size=2000), encodings=st.lists(st.sampled_from(sorted(ENCODERS)), max_size=3))
def test_encodings_are_decoded(body: bytes, encodings: list[str]) -> None:
    sent = body
    for name in encodings:
        sent = ENCODERS[name](sent)
    assert decode(sent, encodings, LIMIT) == body


@pytest.mark.parametrize("name", ENCODERS)
def test_compression_bomb_is_refused_at_the_limit(name: str) -> None:
    with pytest.raises(RequestRejected, match="too large"):
        decode(ENCODERS[name](bytes(LIMIT + 1)), [name], LIMIT)
    assert len(decode(ENCODERS[name](bytes(LIMIT)), [name], LIMIT)) == LIMIT


def test_nested_encodings_share_one_limit() -> None:
    body = bytes(range(256)) * (LIMIT * 2 // 3 // 256)
    nested = gzip.compress(gzip.compress(body, 0, mtime=0), mtime=0)
    assert decode(gzip.compress(body, mtime=0), ["gzip"], LIMIT) == body
    with pytest.raises(RequestRejected, match="too large"):
        decode(nested, ["gzip", "gzip"], LIMIT)
    with pytest.raises(RequestRejected, match="encoding"):
        decode(b"", ["gzip"] * 5, LIMIT)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_truncated_stream_is_an_error(name: str, keep: float) -> None:
    whole = ENCODERS[name](bytes(range(256)) * 200)
    with pytest.raises(TruncatedBodyError):
        decode(whole[: int(len(whole) * keep)], [name], LIMIT)
    with pytest.raises(TruncatedBodyError):
        decode(b"<html>not compressed at all", [name], LIMIT)


def test_raw_deflate_and_multiple_gzip_members_are_decoded() -> None:
    coder = zlib.compressobj(wbits=-15)
    assert decode(coder.compress(b"bare") + coder.flush(), ["deflate"], LIMIT) == b"bare"
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two") + b"padding", ["gzip"], LIMIT) == b"one two"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(b"120", 120.0), (b" 0 ", 0.0), (b"", None), (None, None), (b"soon", None), (b"-5", None), (b"\xb2", None)],
)
def test_retry_after_seconds_are_parsed(header: bytes | None, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_retry_after_date_is_parsed() -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    header = format_datetime(now + timedelta(seconds=90), usegmt=True).encode()
    assert parse_retry_after(header, now) == 90
    assert parse_retry_after(format_datetime(now - timedelta(days=1), usegmt=True).encode(), now) == 0


def test_throttle_spaces_requests_per_host() -> None:
    async def run_requests() -> list[float]:
        throttle = Throttle(delay=0.05, concurrency=2)
        began, times = monotonic(), []

        async def send_request(host: str) -> None:
            async with throttle.acquire(host):
                times.append(monotonic() - began)

        throttle.pause("paused", 30)
        waiting = asyncio.ensure_future(send_request("paused"))
        await asyncio.gather(*(send_request("host") for _ in range(4)))
        waiting.cancel()
        return times

    times = asyncio.run(run_requests())
    assert len(times) == 4
    assert all(later - earlier >= 0.03 for earlier, later in pairwise(times))


def test_throttle_limits_concurrent_requests() -> None:
    async def run_requests() -> int:
        throttle, now, most = Throttle(delay=0, concurrency=3), 0, 0

        async def send_request() -> None:
            nonlocal now, most
            async with throttle.acquire("host"):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(send_request() for _ in range(20)))
        return most

    assert asyncio.run(run_requests()) == 3


def test_pauses_of_a_busy_host_grow_beyond_the_limit() -> None:
    throttle = Throttle(delay=0, concurrency=1)
    pauses = []
    for _ in range(MAX_CONSECUTIVE_PAUSES + 1):
        throttle.pause("host", None)
        pauses.append(throttle.remaining_pause_seconds("host"))
    assert all(later > earlier * 1.5 for earlier, later in pairwise(pauses))
    assert max(pauses[:-1]) < RETRY_AFTER_MAX_SECONDS < pauses[-1]


def test_pause_beyond_the_limit_fails_at_once() -> None:
    throttle = Throttle(delay=0, concurrency=1)
    throttle.pause("host", RETRY_AFTER_MAX_SECONDS + 1)

    async def send_request() -> None:
        async with throttle.acquire("host"):
            raise AssertionError

    with pytest.raises(RequestDeferred, match="host busy"):
        asyncio.run(send_request())


@given(st.text())
def test_log_record_is_one_escaped_line(text: str) -> None:
    record = logging.LogRecord("crawler", logging.INFO, "", 0, "%s", (text,), None)
    line = JsonFormatter().format(record)
    message = json.loads(line)["message"]
    assert len(line.splitlines()) == 1
    assert "\x1b" not in message + line
    assert message == escape_line(text)[:4000]
    assert len(message.splitlines()) <= 1


def test_known_error_is_logged_without_traceback() -> None:
    error = BadSource("It is broken.", "Mend it.")
    record = logging.LogRecord("crawler", logging.ERROR, "", 0, "failed", (), (BadSource, error, None))
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "It is broken. Mend it."
    assert "trace" not in line


def test_risky_scrapy_features_are_disabled() -> None:
    assert {scheme for scheme, handler in BASE_SETTINGS["DOWNLOAD_HANDLERS"].items() if handler} == {"http", "https"}
    assert BASE_SETTINGS["DOWNLOAD_VERIFY_CERTIFICATES"] is True
    for door in ("TELNETCONSOLE", "REMOTE_CONTROL", "COOKIES", "METAREFRESH", "HTTPPROXY", "HTTPCACHE"):
        assert BASE_SETTINGS[f"{door}_ENABLED"] is False
