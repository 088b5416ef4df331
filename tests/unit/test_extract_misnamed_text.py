"""Texts with a zone's name on each paragraph, or printed only for browsers without scripts."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.records import Article
from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.offline.read_page import parse_article
from tests.page_builder import make_page

TITLE = "Osterby votes to keep its swing bridge"
PARAGRAPHS = [
    "The council of Osterby voted on Wednesday to keep the swing bridge that engineers had wanted to pull down.",
    "Barges from the brickworks pass it twice a day, and the harbour master opens it by hand with a crank.",
    "New bearings will be cast in the foundry upstream, which still owns the moulds of the year it was built.",
    "Traffic is led over the weir until the autumn, and the bus to the railway station stops at the old mill.",
]
TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def read(body: str) -> Article:
    html = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{body}</body></html>"
    return parse_article(make_page(html))


@pytest.mark.parametrize(
    "name",
    [
        "teaser-text-content", "teaser-content", "caption-text", "story-list", "related-none", "comment-text",
        "modal-text", "embed-body popup", "gallery-item", "promo-line", "share-line", "ad-line", "nav-line",
    ],
)  # fmt: skip
def test_text_with_a_zones_name_on_each_paragraph_is_read(name: str) -> None:
    text = TEXT.replace("<p>", f'<p class="{name}">')
    for body in (text, f"<div>{text}</div>", f"<article><section>{text}</section></article>"):
        assert read(body).paragraphs == tuple(PARAGRAPHS)


def test_such_names_are_believed_next_to_a_text_of_its_own() -> None:
    more = TEXT.replace("<p>", '<p class="comment-text">')
    assert read(f"<article>{TEXT}</article><div>{more.replace('barge', 'boat')}</div>").paragraphs == tuple(PARAGRAPHS)


def find_zones(unzoned_chars: int, paragraph: str = '<p class="caption">{}</p>') -> set[str]:
    pieces = "".join(paragraph.format(text) for text in PARAGRAPHS)
    body = parse_html(f"<p>{'x' * unzoned_chars}</p><div>{pieces}</div>").body
    assert body is not None
    return {block.zone for block in read_blocks(body)}


def test_such_names_next_to_text_outside_all_elements() -> None:
    text = TEXT.replace("<p>", '<p class="caption">')
    assert read(f"Osterby Post{text}Osterby Post").paragraphs == tuple(PARAGRAPHS)


def test_such_names_are_believed_from_a_length_of_other_text_on() -> None:
    assert find_zones(249) == {""}
    assert find_zones(250) == {"", "caption"}


def test_captions_between_pictures_are_captions() -> None:
    assert "caption" in find_zones(0, '<img src="a"><p class="caption">{}</p>')


def test_comments_with_names_and_times_are_comments() -> None:
    assert "comments" in find_zones(0, '<div class="comment"><b>Pia</b> <i>2 h</i><p>{}</p></div>')


@pytest.mark.parametrize(
    "body",
    [
        f"<noscript>{TEXT}</noscript>",
        f"<article><noscript>{TEXT}</noscript></article>",
        f"<main><div id=app></div><noscript>{TEXT}</noscript></main>",
        f"<div id=app>One moment</div><noscript><div>{TEXT}</div></noscript>",
        f"<p>Please wait for the text.</p><noscript>{TEXT}</noscript><footer>Osterby Post</footer>",
    ],
)
def test_text_for_browsers_without_scripts_is_read(body: str) -> None:
    assert read(body).paragraphs[-4:] == tuple(PARAGRAPHS)
