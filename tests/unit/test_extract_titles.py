"""The headline is what the page prints for a reader."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.blocks import parse_html
from copydesk.pipeline.extract.headings import read_main_headings
from copydesk.pipeline.extract.structured_data import read_structured
from copydesk.pipeline.extract.title import find_title

HEADLINE = "Fog closes the harbour for a third day"


def find(html: str, url: str = "https://www.post.example/news/1") -> str:
    tree = parse_html(html)
    return find_title(tree, read_structured(tree, url), url)


def declare(social: str, window: str = "", data: str = "") -> str:
    """Return a head with titles for link previews, the window, and in JSON-LD."""
    script = (
        f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{data}"}}</script>' if data else ""
    )
    title = f"<title>{window}</title>" if window else ""
    return f"<head>{title}<meta property=og:title content='{social}'>{script}</head>"


@pytest.mark.parametrize(
    "other",
    [
        declare("Why nobody sails from the harbour", "Why nobody sails from the harbour"),
        declare("Harbour closed by fog", "Harbour closed by fog", "Harbour closed by fog"),
        declare("Fog closes the harbour", f"{HEADLINE} | The Post", "Fog closes the harbour"),
        declare(f"{HEADLINE} - The Post"),
        declare("Fog closes the harbour for a ..."),
        "",
    ],
)
def test_main_heading_wins_over_metadata_titles(other: str) -> None:
    assert find(f"{other}<h1>{HEADLINE}</h1>") == HEADLINE


@pytest.mark.parametrize(
    "heading",
    [
        f"<span class=sr-only>Headline: </span>{HEADLINE}",
        f"<span class=visually-hidden>Article</span> {HEADLINE}",
        f"<span style='display:none'>Premium</span>{HEADLINE}",
        f"<span hidden>Plus</span>{HEADLINE}",
        f"<span class=kicker>Weather</span>{HEADLINE}",
        f"<span class=article__overline>Weather</span> <span>{HEADLINE}</span>",
        f"<a class=section-label href=/w>Weather</a><br>{HEADLINE}",
        f"{HEADLINE}<span class=subtitle>Ferries stay in port</span>",
        f"{HEADLINE} <svg><title>Share</title></svg><button>Save</button>",
        f"{HEADLINE} <small class=comment-count>12</small>",
        f"{HEADLINE} (Video)",
        f"{HEADLINE} [VIDEO]",
        f"[Photos] {HEADLINE}",
        f"{HEADLINE} (Foto + Video)",
        f"{HEADLINE} | The Post",
        "<em>Fog</em> closes the <span>harbour</span> for a third day",
    ],
)
def test_labels_hidden_text_and_notes_are_left_out(heading: str) -> None:
    assert find(f"<meta property=og:site_name content='The Post'><h1>{heading}</h1>") == HEADLINE


def test_heading_part_missing_from_other_titles_is_cut() -> None:
    page = f"<h1><div>Weather</div><div>{HEADLINE}</div></h1>"
    assert find(declare(HEADLINE) + page) == HEADLINE
    assert find(page) == f"Weather {HEADLINE}"


def test_label_in_other_titles_is_kept() -> None:
    page = f"<h1><span class=kicker>Weather</span><span class=sr-only>: </span><span>{HEADLINE}</span></h1>"
    assert find(declare(f"Weather: {HEADLINE}") + page) == f"Weather: {HEADLINE}"
    assert find(declare(HEADLINE) + page) == HEADLINE


@pytest.mark.parametrize(
    "headings",
    [
        f"<h1>The Post</h1><h1>{HEADLINE}</h1>",
        f"<h1><a href=/><svg><title>The Post</title></svg></a></h1><h1>{HEADLINE}</h1>",
        f"<h1>{HEADLINE}</h1><h1>Sign up for our newsletter</h1><h1>Almost done!</h1>",
        f"<nav><h1>Weather</h1></nav><article><h1>{HEADLINE}</h1></article>",
        f"<h1>Weather</h1><h2>{HEADLINE}</h2>",
        f"<h1></h1><h2 class=entry-title>{HEADLINE}</h2>",
        f"<div class=headline>{HEADLINE}</div><h2>More weather</h2>",
        f"<div itemprop=headline>{HEADLINE}</div>",
        f"<b>{HEADLINE}</b>",
    ],
)
def test_heading_that_matches_other_titles_is_the_headline(headings: str) -> None:
    assert find(declare(HEADLINE, f"{HEADLINE} - The Post") + headings) == HEADLINE


def test_differently_worded_heading_on_the_same_subject_wins() -> None:
    other = declare("Ferries stay in port as fog thickens", "Ferries stay in port as fog thickens")
    assert (
        find(f"{other}<h1>Third day of fog keeps ferries at Wendle</h1>") == "Third day of fog keeps ferries at Wendle"
    )
    assert find(f"{other}<h1>Latest stories from readers</h1>") == "Ferries stay in port as fog thickens"
    assert find(f"{other}<h1>Weather</h1>") == "Ferries stay in port as fog thickens"
    assert find(f"{other}<h1>Neues aus Wendle</h1>", "https://post.example/wendle-fog-neues") == "Neues aus Wendle"


def test_without_a_heading_two_declarations_that_agree_win() -> None:
    assert find(declare("Fog!", "Fog closes harbour - Post", "Fog closes harbour - Post")) == "Fog closes harbour"
    assert find(declare("Fog closes the harbour", "Harbour news")) == "Fog closes the harbour"
    assert find(declare("Fog closes the har...", "", HEADLINE)) == HEADLINE


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<h1>港の北埠頭、十一週間閉鎖へ</h1><title>北埠頭を閉鎖 | 港新聞</title>", "港の北埠頭、十一週間閉鎖へ"),
        (
            "<h1><span class=label>独自</span>港の北埠頭を閉鎖へ</h1><title>港の北埠頭を閉鎖へ</title>",
            "港の北埠頭を閉鎖へ",
        ),
        ("<h1>– Vi venter på vinden</h1><title>Venter på vinden</title>", "– Vi venter på vinden"),
        ("<h1>“We wait”: fog closes harbour</h1>", "“We wait”: fog closes harbour"),
    ],
)
def test_headlines_of_other_scripts_and_with_quotes_are_kept_as_printed(html: str, title: str) -> None:
    assert find(html) == title


def test_headings_of_hostile_depth_and_number_are_bounded() -> None:
    deep = "<h1>" + "<span>" * 400 + HEADLINE + "</span>" * 400 + "</h1>"
    assert find(deep) in {"", HEADLINE}
    many = "<h1>" + "".join(f"<span>word{number} </span>" for number in range(40)) + "</h1>"
    assert read_main_headings(parse_html(many))[0].read_as(["word1 word2"]).startswith("word0")
