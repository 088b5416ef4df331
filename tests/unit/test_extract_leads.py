"""A text's first paragraph is printed above the element with the rest of it, under any name or none."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.records import Article
from copydesk.pipeline.offline.read_page import parse_article
from tests.page_builder import make_page

TITLE = "Osterby votes to keep its swing bridge"
LEAD = "The swing bridge of Osterby stays where it is: the council voted on Wednesday against pulling it down."
PARAGRAPHS = [
    "Barges from the brickworks pass it twice a day, and the harbour master opens it by hand with a crank.",
    "New bearings will be cast in the foundry upstream, which still owns the moulds of the year it was built.",
    "Traffic is led over the weir until the autumn, and the bus to the railway station stops at the old mill.",
    "The engineers who had advised against it were heard for three hours before the vote, and left before it.",
]
TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def read(between: str, *, around: str = "{}") -> Article:
    body = around.format(f"<h1>{TITLE}</h1>{between}<div class='article-inner'>{TEXT}</div>")
    return parse_article(make_page(f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"))


@pytest.mark.parametrize("around", ["{}", "<main>{}</main>", "<p><a href=/>Home</a></p><div class=page>{}</div>"])
@pytest.mark.parametrize(
    "lead",
    [
        "<p>{}</p>", "<p class=perex>{}</p>", "<div class=anons>{}</div>", "<p><strong>{}</strong></p>", "<h2>{}</h2>",
        "<h3 class=ingress>{}</h3>", "<div class=top><div><p>{}</p></div></div>", "<p class=c1><b><em>{}</em></b></p>",
    ],
)  # fmt: skip
def test_lead_above_the_box_with_the_text_is_kept(lead: str, around: str) -> None:
    article = read(lead.format(LEAD), around=around)
    assert article.paragraphs == (LEAD, *PARAGRAPHS)


@pytest.mark.parametrize(
    "other",
    [
        "<p class=byline>By Ines Palm, who covers the harbour and the canals for the Osterby Post, from the quay.</p>",
        "<p>By Ines Palm</p><p>4 March 2026, 10:12</p>",
        f"<figure><img src=a><figcaption>{LEAD}</figcaption></figure>",
        "<ul class=share><li>Share on the one network</li><li>Share on the other network</li></ul>",
        f"<p><a href=/other>{LEAD}</a></p>",
        f"<p>{PARAGRAPHS[0]}</p>",
        "<p>Listen to this story.</p>",
        "<h3>Will the swing bridge of Osterby outlive the brickworks and its barges?</h3>",
    ],
)
def test_other_lines_above_it_are_not(other: str) -> None:
    assert read(other).paragraphs == tuple(PARAGRAPHS)


def test_doubtful_text_above_it_is_dropped_with_a_reason() -> None:
    doubtful = "What the council has decided on the old bridge, and what it will cost"
    article = read(f"<p>{doubtful}</p>")
    assert article.paragraphs == tuple(PARAGRAPHS)
    assert ("outside", doubtful) in [(piece.reason, piece.text) for piece in article.dropped]


def test_lead_is_kept_from_a_length_on() -> None:
    for length, count in ((59, 4), (60, 5)):
        line = "The council of Osterby voted on it for the second time this year"[: length - 1] + "."
        assert len(read(f"<div>{line}</div>").paragraphs) == count


def test_text_above_the_headline_is_not_a_lead() -> None:
    assert read("", around=f"<div>{LEAD}</div><div>{{}}</div>").paragraphs == tuple(PARAGRAPHS)
