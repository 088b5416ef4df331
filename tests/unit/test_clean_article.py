"""Cleaning as a whole: what is cut and what is kept."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.clean import clean
from copydesk.pipeline.clean.cut_rules import load_rules
from copydesk.pipeline.core.records import ArticleKind, Extraction
from copydesk.pipeline.core.source import Discovery, Source
from copydesk.pipeline.core.text import normalize_text
from tests.article_builder import BODY, clean_with_lines


@pytest.mark.parametrize("lines", [("Nell Harrow", *BODY), (*BODY, "Nell Harrow"), ("von Nell Harrow, Bote", *BODY)])
def test_author_name_alone_is_cut(lines: tuple[str, ...]) -> None:
    article = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=lines, author="Nell Harrow"))
    assert (article.paragraphs, article.byline) == (BODY, "Nell Harrow")
    other = clean(Extraction(title="The lamp lighter of Elstow", paragraphs=(*BODY, "Nell Harrow"), author="Ada Marl"))
    assert other.paragraphs == (*BODY, "Nell Harrow")


FIGURES = (
    "Nikkei 38,120 +1.2%",
    "Hang Seng 19,300 -0.4%",
    "Kospi 2,710 +0.3%",
    "ASX 200 7,800 +0.1%",
    "Sensex 73,900 -0.6%",
)
DATES = (
    "Saturday, May 2", "Orle v Harrow (1500)", "Wendle v Elstow (1500)",
    "Sunday, May 3", "Pell v Quay City (1400)", "Hask v Dunmore (1630)",
)  # fmt: skip


@pytest.mark.parametrize("lines", [FIGURES, DATES])
def test_list_of_figures_keeps_every_line(lines: tuple[str, ...]) -> None:
    printed = ("The figures at the close, as the exchange and the league gave them out on Friday evening:", *lines)
    assert clean(Extraction(title="Figures", paragraphs=printed)).paragraphs == printed


def test_figures_below_an_article_are_cut_as_widget() -> None:
    assert clean_with_lines(*FIGURES)[0] == BODY


def test_everything_from_most_popular_on_is_cut() -> None:
    paragraphs, dropped = clean_with_lines(
        "Most popular stories", "Market Research", "-", "Acme Ledger wins a licence for its new exchange"
    )
    assert paragraphs == BODY
    assert set(dropped.values()) == {"most_popular", "related"}


def test_heading_in_the_middle_does_not_cut_the_text() -> None:
    article = clean(Extraction(title="T", paragraphs=(BODY[0], "Related stories", *BODY[1:])))
    assert article.paragraphs == BODY


def test_banner_above_the_text_is_cut() -> None:
    paragraphs, dropped = clean_with_lines(
        above=("404", "Sorry!!", "Error! We are sorry, this page has sailed without you.")
    )
    assert paragraphs == BODY
    assert set(dropped.values()) == {"banner"}


@pytest.mark.parametrize(
    "banner", ["Fehler! Die gesuchte Seite ist erloschen.", "¡Lo sentimos!", "404 Erreur ! La page est éteinte."]
)
def test_banner_in_other_languages_is_cut(banner: str) -> None:
    paragraphs, dropped = clean_with_lines(above=(banner,))
    assert (paragraphs, dropped) == (BODY, {banner: "banner"})


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("ELSTOW, Mar. 2, 2026 /LAMPWIRE/ -- Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
        ("Elstow (elw) - Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
        ("Lamp lighter keeps his post.", "Lamp lighter keeps his post."),
    ],
)
def test_flash_that_repeats_its_headline_is_kept(printed: str, text: str) -> None:
    around = ("Home | World | Sport | Lamps", "Town | Mar 02, 2026, 10:15 ET Lamp lighter keeps his post", printed)
    article = clean(Extraction(title="Lamp lighter keeps his post", paragraphs=(*around, "About us | Terms | Privacy")))
    assert article.paragraphs == (text,)


def test_roundup_item_keeps_its_label() -> None:
    items = tuple(f"{place}: {BODY[at]}" for at, place in enumerate(("ELSTOW", "BEDFORD", "KEMPSTON")))
    assert clean(Extraction(title="Lamps today", paragraphs=items)).paragraphs == items
    capitals = "ELSTOW: LAMP LIGHTER KEEPS HIS POST - " + BODY[0]
    assert clean(Extraction(title="Lamps today", paragraphs=(capitals, *BODY[1:]))).paragraphs[0] == capitals


@pytest.mark.parametrize(
    "paragraph",
    [
        "Comments by the mayor were met with laughter.",
        "Read my lips, the lamp lighter said.",
        "Share prices of the gas works fell by a third on the day that the lamps went out for good.",
        "Photographs of the round hang in the town hall, beside those of the mayors.",
        "Copyright law was of no help to the painter of the lamps, the judge said on Monday.",
        "„Ich zünde nur an“, sagte er.",
        "他说，灯还要点下去。",
        "Advertisement revenue fell at the town's paper.",
        "404 people came to the lamp lighter's birthday.",
        "Follow the river and you will come to his house.",
    ],
)
def test_running_text_is_kept(paragraph: str) -> None:
    assert (
        clean(Extraction(title="T", paragraphs=(*BODY, paragraph, BODY[0] + " So it goes."))).paragraphs[3] == paragraph
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Posted on Nov. 3, the notice named two new lamps.",
        "Read more slowly, the judge told the clerk, and the hall laughed.",
        "Register today or lose your lamp, the council told the owners of the old houses.",
        "À lire les conclusions du rapport, la lampe aurait pu tomber dès l'été.",
        "للمزيد من الضوء اجتمع العمال في الساحة يوم الأربعاء.",
    ],
)
def test_whole_sentence_within_the_text_is_kept(sentence: str) -> None:
    """A sentence with text on both sides is not a teaser, even if it begins like one."""
    article = clean(Extraction(title="T", paragraphs=(*BODY, sentence, BODY[0] + " So it goes.")))
    assert article.paragraphs[3] == sentence


def test_certain_match_within_the_text_is_cut() -> None:
    lines = (
        "Sign up for our newsletter and get it in your inbox every morning.",
        "This article is for information purposes only and does not constitute legal advice about lamps.",
        "Published on Nov. 3, 2026 at 10 a.m.",
    )
    article = clean(Extraction(title="T", paragraphs=(BODY[0], *lines, *BODY[1:])))
    assert article.paragraphs == BODY


def test_source_boilerplate_applies_to_that_source_only() -> None:
    source = Source(
        name="lamp", title="Lamp", home="https://lamp.example", agency="LAMP", boilerplate=("The Lamp shines for ",),
        discovery=Discovery(feeds=("https://lamp.example/rss",)),
    )  # fmt: skip
    extraction = Extraction(
        title="T", paragraphs=("(LAMP - Wick) " + BODY[0], *BODY[1:], "The Lamp shines for all of Elstow.")
    )
    article = clean(extraction, source=source)
    assert (article.paragraphs, article.agency, article.credit) == (BODY, "LAMP", "Wick")
    assert clean(extraction).paragraphs[-1] == "The Lamp shines for all of Elstow."


@pytest.mark.parametrize(
    ("lines", "dateline", "credit"),
    [
        (("(MENAFN - GlobeNewsWire - Nasdaq) ELSTOW, England, Nov. 18, 2026 (GLOBE NEWSWIRE) -- ",),
         "ELSTOW, England, Nov. 18, 2026", "GlobeNewswire"),
        (("(MENAFN- IANS) New Delhi, Nov 18 (IANS) ",), "New Delhi, Nov 18", "IANS"),
        (("(MENAFN- PR Newswire)", "ELSTOW, England, Nov. 18, 2026 /PRNewswire/ -- "),
         "ELSTOW, England, Nov. 18, 2026", "PR Newswire"),
        (("(MENAFN- Trend) BAKU, Azerbaijan, November 18. ",), "BAKU, Azerbaijan, November 18", "Trend"),
        (("(MENAFN) DUBAI, Nov 18 (WAM) -- ",), "DUBAI, Nov 18", "WAM"),
    ],
)  # fmt: skip
def test_provider_dateline_behind_a_syndicator_mark_is_split(
    lines: tuple[str, ...], dateline: str, credit: str
) -> None:
    article = clean(Extraction(title="T", paragraphs=(*lines[:-1], lines[-1] + BODY[0], *BODY[1:])))
    assert article.paragraphs == BODY
    assert (article.agency, article.dateline, article.credit) == ("MENAFN", dateline, credit)


@pytest.mark.parametrize("printed", [(BODY[0], "ELSTOW (AP) — " + BODY[0]), ("ELSTOW (AP) — " + BODY[0], BODY[0])])
def test_lead_printed_with_and_without_dateline_is_kept_once(printed: tuple[str, ...]) -> None:
    article = clean(Extraction(title="T", paragraphs=(*printed, *BODY[1:])))
    assert (article.paragraphs, article.agency, article.dateline) == (BODY, "AP", "ELSTOW")


def test_desk_mark_on_its_own_line_is_not_an_agency() -> None:
    article = clean(Extraction(title="T", paragraphs=("(ROUNDUP)", *BODY)))
    assert (article.paragraphs, article.agency) == (BODY, "")


def test_refused_page_gives_a_refused_article() -> None:
    article = clean(Extraction(refusal_reason="login_wall", paragraphs=BODY))
    assert (article.kind, article.reason, article.paragraphs) == (ArticleKind.REFUSED, "login_wall", ())


def test_article_has_the_version_of_the_rules() -> None:
    assert clean(Extraction(paragraphs=BODY)).cleaner == f"rules-{load_rules().version}"


@given(st.lists(st.text(max_size=80), max_size=8), st.text(max_size=40))
def test_no_letter_is_lost(paragraphs: list[str], title: str) -> None:
    """Every letter of the extraction is in the text or in what was dropped, as often as before."""
    article = clean(Extraction(title=title, paragraphs=tuple(paragraphs)))
    kept = Counter("".join((*article.paragraphs, *(piece.text for piece in article.dropped))))
    given_letters = Counter("".join(normalize_text(paragraph) for paragraph in paragraphs))
    assert all(kept[char] >= count for char, count in given_letters.items() if not char.isspace())


@given(st.text(max_size=300))
def test_normalizing_is_idempotent(text: str) -> None:
    once = normalize_text(text)
    assert normalize_text(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert "\x00" not in once


def test_normalize_text_fixes_invisible_characters() -> None:
    assert normalize_text("soft\u00adware is\u200b  mended\u202e \r\n\r\n here\x00\ud800") == "software is mended\nhere"
    assert (
        normalize_text("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")
        == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )
    assert normalize_text("e\u0301") == "\u00e9"
