"""Whole pages that are not articles, in every language and of every kind; and articles about such pages."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.extract.extraction import extract

DATA = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))
PAGES: dict[str, dict[str, list[str]]] = DATA["pages"]
ARTICLES_ABOUT_PAGES: dict[str, list[str]] = DATA["talk"]
FLASHES: list[list[str]] = DATA["flashes"]["rows"]
OTHERS: list[list[str]] = DATA["others"]["rows"]
KINDS = ("error_page", "bot_wall", "login_wall", "consent_page", "empty_search")


def extract_text(text: str, media_type: str = "text/html") -> Extraction:
    at, kind = datetime(2026, 3, 15, 12, tzinfo=UTC), f"{media_type}; charset=utf-8"
    return extract(Page(url="https://bote.example/a", body=text.encode(), fetched_at=at, content_type=kind))


def write_page(title: str, headline: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>"
        f"<nav><a href=/>Bote</a></nav><main><h1>{headline}</h1>{body}</main>"
        "<footer><a href=/about>Bote 2026</a></footer></body></html>"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", PAGES)
def test_pages_are_refused_in_every_language(language: str, kind: str) -> None:
    title, headline, *paragraphs = PAGES[language][kind]
    assert extract_text(write_page(title, headline, *paragraphs)).refusal_reason == kind
    assert extract_text("\n".join((title, headline, *paragraphs)), "text/plain").refusal_reason == kind


@pytest.mark.parametrize(("kind", "title", "headline", "text"), OTHERS)
def test_pages_are_refused_in_other_words(kind: str, title: str, headline: str, text: str) -> None:
    assert extract_text(write_page(title, headline, text)).refusal_reason == kind
    assert extract_text("\n".join((title, headline, text)), "text/plain").refusal_reason == kind


# --- articles about such pages


@pytest.mark.parametrize("language", ARTICLES_ABOUT_PAGES)
def test_article_about_such_pages_is_kept(language: str) -> None:
    headline, *paragraphs = ARTICLES_ABOUT_PAGES[language]
    for title in (headline, f"{headline} - Bote"):
        found = extract_text(write_page(title, headline, *paragraphs))
        assert (found.refusal_reason, found.paragraphs) == ("", tuple(paragraphs))
    assert extract_text("\n".join(ARTICLES_ABOUT_PAGES[language]), "text/plain").refusal_reason == ""
    # Its first paragraph alone, a flash, is also kept.
    assert extract_text(write_page(headline, headline, paragraphs[0])).refusal_reason == ""


@pytest.mark.parametrize(("headline", "text"), FLASHES)
def test_flash_with_their_words_in_its_headline_is_kept(headline: str, text: str) -> None:
    assert extract_text(write_page(headline, headline, text)).paragraphs == (text,)
    assert extract_text(f"{headline}\n{text}", "text/plain").refusal_reason == ""


TEASERS = {
    "Ferry sails again": "The ferry to the island sails again after the storm, the harbour master said on Tuesday.",
    "Lamp posts stay": "The council voted on Monday to keep the lamp posts on the list of the town's monuments.",
    "Two boats missing": "Two boats were still being looked for near the mole on Monday night, the harbour said.",
    "Fish hall opens": "The mayor of Elstow opened the new fish hall on Sunday before a crowd of three hundred.",
}


@pytest.mark.parametrize("heading", ["Try one of these instead", "Most read"])
def test_other_stories_on_an_error_page_are_not_its_text(heading: str) -> None:
    said = "We can't find that page"
    rows = (f"<h3><a href=/{one[:4]}>{one}</a></h3><p>{TEASERS[one]}</p>" for one in TEASERS)
    teasers = "".join(f"<div>{row}</div>" for row in rows)
    for title, headline in (("Oops!", f"Oops! {said}"), ("Harbour Gazette", said)):
        assert extract_text(write_page(title, headline, f"{heading}{teasers * 2}")).refusal_reason == "error_page"
    lines = (line for pair in TEASERS.items() for line in pair)
    dump = "\n".join(("Harbour Gazette", "404", said, "The page may have been moved.", heading, *lines))
    assert extract_text(dump, "text/plain").refusal_reason == "error_page"


def test_article_between_an_error_banner_and_a_list_of_stories_is_kept() -> None:
    said = "\n".join(ARTICLES_ABOUT_PAGES["en"])
    dump = f"Harbour Gazette\nError 404\nSorry, page not found\n{said}\nMost read\nFerry sails again\nLamp posts stay"
    found = extract_text(dump, "text/plain")
    assert (found.refusal_reason, found.title) == ("", ARTICLES_ABOUT_PAGES["en"][0])


@pytest.mark.parametrize(
    "above",
    [
        "We use cookies. Accept all", "No results found", "Please enable JavaScript", "Forgot your password?",
        "Wir verwenden Cookies", "ログインしてください", "모두 동의",
    ],
)  # fmt: skip
def test_site_notices_above_a_text_do_not_refuse(above: str) -> None:
    headline, *paragraphs = ARTICLES_ABOUT_PAGES["en"]
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = (
        f"<html><head><title>{headline}</title></head><body><div>{above}</div><div>Latest news</div>"
        f"<main><h1>{headline}</h1>{body}</main></body></html>"
    )
    assert extract_text(html).refusal_reason == ""
