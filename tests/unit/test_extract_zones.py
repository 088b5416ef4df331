"""What class names say about a page's parts, weighed against the text inside."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.extract.zones import find_zone, split_class_names

LINE = "The harbour board of Port Wenlock voted on Thursday to close the northern quay for eleven weeks of repairs."


def zones_of(html: str) -> list[str]:
    body = parse_html(html).body
    assert body is not None
    return [block.zone for block in read_blocks(body)]


def zone_of(names: str, tag: str = "div", **attributes: str | None) -> str:
    return find_zone(tag, attributes, split_class_names(names))


@pytest.mark.parametrize(
    "names",
    [
        "has-drop-cap", "drop-cap", "dropcap", "no-sidebar", "has-ads", "with-sidebar", "sidebar-grid", "ad-free",
        "sidebar-active", "cb-8f1a2f6c2d8cf3586a5ad", "text__kQ5ad", "AdDsWC", "kQadXy", "article-body related",
    ],
)  # fmt: skip
def test_names_that_only_contain_a_zones_word(names: str) -> None:
    assert zone_of(names) == ""


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        ("cap", "caption"), ("photo-caption", "caption"), ("sidebar", "aside"), ("ad-slot", "advert"),
        ("adSlot", "advert"), ("top-ad", "advert"), ("ad300x250", "advert"), ("article-related", "related"),
        ("article-body-newsletter", "newsletter"), ("cta-box", "promo"),
    ],
)  # fmt: skip
def test_names_that_are_a_zones(names: str, zone: str) -> None:
    assert zone_of(names) == zone


def test_generated_names_stay_whole() -> None:
    assert (
        split_class_names("adSlot sc-9f3b7c21ad_ad AdXsWc article_body-2")
        == "ad-slot sc-9f3b7c21ad-ad adxswc article-body-2"
    )


def test_heading_is_not_judged_by_its_anchor() -> None:
    assert zones_of('<h2 id="sharing-with-one">Sharing with one</h2><h2 class="sharing">Share</h2>') == ["", "share"]


def test_text_hidden_from_those_who_do_not_subscribe_is_the_articles() -> None:
    hidden = f'<div class="subscriber-only" style="display: none"><p>{LINE}</p></div>'
    other = f'<div class="tooltip-box" style="display: none"><p>{LINE}</p></div>'
    assert zones_of(f"<p>{LINE}</p>" * 9 + hidden + other) == [""] * 10 + ["hidden"]


def test_element_with_headline_and_text_is_no_zone() -> None:
    menu = f'<div class="related"><p>{LINE}</p></div>' * 8
    for count, zone in ((2, "aside"), (3, "")):
        article = f'<div class="sidebar"><h1>Quay shut</h1>{f"<p>{LINE}</p>" * count}</div>'
        assert zones_of(article + menu)[1 : count + 1] == [zone] * count


def test_dialog_with_a_heading_is_a_dialog_unless_it_contains_the_page() -> None:
    dialog = f'<div class="modal"><h1>Your choices</h1><p>{LINE}</p></div>'
    assert zones_of(f"{dialog}<p>{LINE}</p>") == ["overlay", "overlay", ""]
    assert zones_of(dialog) == ["", ""]


def test_siblings_of_one_name_with_most_of_the_text_are_no_zone() -> None:
    pieces = f'<div class="cta"><p>{LINE}</p></div>' * 5
    assert set(zones_of(f"<main>{pieces}</main><p>{LINE}</p>")) == {""}
    assert "promo" in zones_of(f"<main>{pieces}</main>" + f"<p>{LINE}</p>" * 12)
    comments = f'<div class="comment"><p>{LINE}</p></div>' * 5
    assert zones_of(f"<main>{comments}</main><p>{LINE}</p>").count("comments") == 5


def test_list_of_running_text_without_links_is_the_articles() -> None:
    text, items = f"<p>{LINE}</p>" * 6, f"<li>{LINE}</li>" * 2
    assert zones_of(f"{text}<ul class='story-list'>{items}</ul>")[6:] == ["", ""]
    assert zones_of(f"{text}<ul class='story-list'>{items}<li><a href=x>Quay shut</a></li></ul>")[6:] == ["related"] * 3
    labels = "<li>Ports</li><li>Ferries</li>" * 3
    assert set(zones_of(f"{text}<ul class='story-list'>{labels}</ul>")[6:]) == {"related"}


def test_text_next_to_a_picture_is_its_caption() -> None:
    text = f"<p>{LINE}</p>" * 6
    caption = "Ferries at the northern quay before it was closed. Credit: Ines Palm"
    assert zones_of(f"{text}<div class='photo-1'><img src=x><p>{caption}</p></div>")[-1] == "caption"
    assert zones_of(f"{text}<div class='x'><img src=x><div>{caption}</div></div>")[-1] == "caption"
    assert zones_of(f"{text}<div class='x'><img src=x><p>{caption}</p></div>")[-1] == ""
    marked = f"<div class='photo-1'><img src=x><figcaption>Quay</figcaption><p>{caption}</p></div>"
    assert zones_of(text + marked)[-2:] == ["caption", ""]


def test_pages_that_print_each_part_next_to_a_picture_have_no_such_captions() -> None:
    part = f"<div class='photo'><img src=x><p>{LINE}</p></div>"
    assert set(zones_of(part * 4 + f"<p>{LINE}</p>")) == {""}
