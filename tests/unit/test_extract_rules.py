"""The text of a page rule is checked like any other: it may be an error message, a stub, or a part."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.core.source import Discovery, PageRule, Source
from copydesk.pipeline.extract.extraction import extract

SOURCE = Source(
    name="bote", title="Bote", home="https://bote.example/", discovery=Discovery(feeds=("https://bote.example/f",)),
    page=(PageRule(body="div.story > p", title="h1"),),
)  # fmt: skip
LINES = [
    "The lamp lighter of Elstow gave up his round on Monday after forty years, the town hall said in a note.",
    "Nobody had asked for the post since the spring, when the last of the gas lamps on the quay were put out.",
    "His ladder goes to the museum, which has two others, and his coat to the theatre in the old corn market.",
    "The council will vote in June on a plaque at the corner where he began each night, wet or dry, at dusk.",
]


def extract_html(inner: str, title: str = "The lamp lighter", status: int = 200, source: Source = SOURCE) -> Extraction:
    html = f"<html lang=en><title>{title}</title><h1>{title}</h1><div class=story>{inner}</div></html>"
    at = datetime(2026, 3, 15, tzinfo=UTC)
    return extract(Page(url="https://bote.example/a", body=html.encode(), fetched_at=at, status=status), source)


@pytest.mark.parametrize(
    ("title", "text", "status", "reason"),
    [
        ("Page not found", "Sorry, the page you are looking for could not be found.", 200, "error_page"),
        ("The lamp lighter", "Sorry, there is nothing here.", 404, "error_page"),
        ("Log in", "Please log in to continue reading.", 200, "login_wall"),
        ("Bote", "We and our 90 partners use cookies. Accept all to go on.", 200, "consent_page"),
        ("The lamp lighter", LINES[0], 200, ""),
    ],
)
def test_error_in_place_of_the_article_is_refused(title: str, text: str, status: int, reason: str) -> None:
    assert extract_html(f"<p>{text}</p>", title, status).refusal_reason == reason


def test_paywall_in_the_rules_text_is_cut_with_reason() -> None:
    found = extract_html("".join(f"<p>{line}</p>" for line in (*LINES[:2], "Subscribe to continue reading.")))
    assert (found.truncated, found.paragraphs, found.via) == (True, tuple(LINES[:2]), "rule:bote@1970-01-01")
    assert [(piece.reason, piece.text) for piece in found.dropped] == [("paywall", "Subscribe to continue reading.")]


@pytest.mark.parametrize("tag", ["div", "li"])
def test_rule_that_finds_only_a_part_is_skipped(tag: str) -> None:
    rest = "".join(f"<{tag}>{line}</{tag}>" for line in (*LINES[1:], *(f"{line[:-1]} again." for line in LINES[1:])))
    found = extract_html(f"<p>{LINES[0]}</p>{f'<ul>{rest}</ul>' if tag == 'li' else rest}")
    assert not found.via.startswith("rule:")
    assert set(LINES) <= set(found.paragraphs)


def test_short_item_next_to_links_is_whole() -> None:
    links = "".join(f"<div><a href=/{at}>{line}</a></div>" for at, line in enumerate(LINES[1:] * 2))
    found = extract_html(f"<p>{LINES[0]}</p>{links}")
    assert (found.via, found.paragraphs) == ("rule:bote@1970-01-01", (LINES[0],))


def test_removed_text_does_not_count_as_missed() -> None:
    notice = "".join(f"<p>{line}</p>" for line in LINES * 2)
    rule = PageRule(body="div.story > p", title="h1", remove=("div.notice",))
    found = extract_html(
        f"<p>{LINES[0]}</p><div class=notice>{notice}</div>", source=SOURCE.model_copy(update={"page": (rule,)})
    )
    assert (found.via, found.paragraphs) == ("rule:bote@1970-01-01", (LINES[0],))
