"""Canonical URLs: one article, one URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.ids import make_article_id
from copydesk.pipeline.core.source import Identity
from copydesk.pipeline.core.urls import canonicalize, hash_url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://Example.COM:443/a?b=2&a=1#top", "https://example.com/a?a=1&b=2"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com/a?utm_source=x&id=7&fbclid=y", "http://example.com/a?id=7"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://example.com./a?", "http://example.com/a"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
    ],
)
def test_url_is_canonicalized(url: str, canonical: str) -> None:
    assert canonicalize(url) == canonical


def test_source_adds_query_parameters_to_strip() -> None:
    identity = Identity(strip_query=("src", "Social"))
    assert canonicalize("https://w.example/1?src=RSS&Social=on&p=2", identity) == "https://w.example/1?p=2"


def test_id_pattern_makes_url_variants_equal() -> None:
    identity = Identity(id_pattern=r"/(\d{10})/")
    forms = ["https://w.example/1100001234/One-Title", "https://w.example/1100001234/Another?src=RSS"]
    assert len({canonicalize(form, identity) for form in forms}) == 1


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_canonicalizing_is_idempotent(path: str) -> None:
    once = canonicalize(f"http://example.com/{path}")
    assert canonicalize(once) == once


def test_url_keys_have_a_fixed_length() -> None:
    assert len(hash_url("http://example.com/" + "x" * 10_000)) == 32
    assert make_article_id("http://example.com/a") != make_article_id("http://example.com/b")
