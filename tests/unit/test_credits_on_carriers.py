"""The agency of copy on other sites, wherever they name it: around the text, in the data, in twelve languages."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.clean.clean_article import clean
from copydesk.pipeline.core.records import Article, Extraction, Page
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import NOW

TITLE = "Port closes northern quay for eleven weeks"
TEXT = (
    "The harbour board of Port Wenlock voted on Thursday to close the northern quay while divers repair its wall.",
    "Three ferry companies had asked the board to wait until October, when fewer passengers cross to the islands.",
    "The repair is put at 4.2 million crowns, of which the insurer of the barge will pay a little over half.",
    "Ferries will leave from the grain terminal during the works, and a bus will run to it, the board said.",
)


def read(head: str = "", top: str = "", first: str = "", lead: str = "", last: str = "", end: str = "") -> Article:
    """Clean a carrier's page: in its head, above its text, as first and last paragraph, below its text."""
    text = "".join(f"<p>{line}</p>" for line in (lead + TEXT[0], *TEXT[1:]))
    html = (
        f"<!doctype html><html lang=en><head><title>{TITLE}</title>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<main><article><h1>{TITLE}</h1>{top}<div class=text>{first}{text}{last}</div>{end}</article></main>"
        "<footer><p>Harbour Post. All rights reserved.</p></footer></body></html>"
    )
    page = Page(url="https://post.example/news/port", body=html.encode(), fetched_at=NOW)
    return clean(extract(page), page)


def data(**fields: object) -> str:
    item = {"@type": "NewsArticle", "headline": TITLE, **fields}
    return f"<script type='application/ld+json'>{json.dumps(item)}</script>"


ABOVE = [
    ("By JANE MARLOWE / Associated Press", "AP", "JANE MARLOWE"),
    ("By Jane Marlowe, Associated Press", "AP", "Jane Marlowe"),
    ("By Jane Marlowe, AP Business Writer", "AP", "Jane Marlowe"),
    ("JANE MARLOWE AP Sports Writer", "AP", "JANE MARLOWE"),
    ("Jane Marlowe, Associated Press", "AP", "Jane Marlowe"),
    ("Jane Marlowe of The Associated Press", "AP", "Jane Marlowe"),
    ("By Jane Marlowe | Reuters", "Reuters", "Jane Marlowe"),
    ("The Associated Press — By", "AP", ""),
    ("By — Associated Press", "AP", ""),
    ("By The Associated Press", "AP", ""),
    ("By Reuters", "Reuters", ""),
    ("By Reuters Staff", "Reuters", ""),
    ("Source: The Associated Press", "AP", ""),
    ("Associated Press • March 5, 2026", "AP", ""),
    ("AFP, MANILA", "AFP", ""),
    ("PTI | Updated: Mar 05, 2026, 10:10 IST", "PTI", ""),
    ("Le Figaro et AFP", "AFP", ""),
    ("Par Le Courrier avec AFP", "AFP", ""),
    ("Par Jeanne Duval avec AFP", "AFP", "Jeanne Duval"),
    ("Von dpa", "dpa", ""),
    ("(dpa)", "dpa", ""),
    ("Quelle: dpa", "dpa", ""),
    ("Agencia EFE", "EFE", ""),
    ("Redacción / EFE", "EFE", ""),
    ("Redazione ANSA", "ANSA", ""),
    ("di Marco Rossi - ANSA", "ANSA", "Marco Rossi"),
    ("Por Lusa", "Lusa", ""),
    ("Da Agência Brasil", "Agência Brasil", ""),
    ("Bron: ANP", "ANP", ""),
    ("Źródło: PAP", "PAP", ""),
    ("Av NTB", "NTB", ""),
    ("Källa: TT", "TT", ""),
    ("Источник: ТАСС", "TASS", ""),
    ("Автор: РИА Новости", "RIA Novosti", ""),
    ("المصدر: رويترز", "Reuters", ""),
    ("القاهرة - رويترز", "Reuters", ""),
    ("Kaynak: AA", "Anadolu", ""),
    ("来源：新华社", "Xinhua", ""),
    ("来源: 新华社 2026-03-05 10:10", "Xinhua", ""),
    ("共同通信", "Kyodo", ""),
    ("연합뉴스", "Yonhap", ""),
]


@pytest.mark.parametrize(("line", "credit", "author"), ABOVE)
@pytest.mark.parametrize("place", ["top", "first"])
def test_credits_above_the_text(place: str, line: str, credit: str, author: str) -> None:
    article = read(**{place: f"<p>{line}</p>"})
    assert (article.credit, article.author) == (credit, author)
    assert article.paragraphs[-len(TEXT) :] == TEXT
    if place == "first":
        assert line not in article.body
        assert line in [piece.text for piece in article.dropped]


@pytest.mark.parametrize(
    "top", ["<p>Jane Marlowe</p><p>Associated Press</p>", "<div>By Jane Marlowe</div><div>The Associated Press</div>"]
)
def test_agency_on_the_next_line_is_found(top: str) -> None:
    article = read(top=top)
    assert (article.credit, article.author, article.byline) == ("AP", "Jane Marlowe", "Jane Marlowe")


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("— Associated Press", "AP"),
        ("—AP", "AP"),
        ("(dpa)", "dpa"),
        ("dpa/AFP", "dpa/AFP"),
        ("(AFP/dpa)", "AFP/dpa"),
        ("© 2026 AFP", "AFP"),
        ("© 2026 The Canadian Press", "Canadian Press"),
        ("The Associated Press contributed to this report.", "AP"),
        (
            "Copyright 2026 The Associated Press. All rights reserved. This material may not be broadcast.",
            "AP",
        ),
        ("By The Associated Press", "AP"),
        ("With wire reports from Reuters", "Reuters"),
        ("(With inputs from PTI)", "PTI"),
        ("Con información de EFE", "EFE"),
        ("(avec AFP)", "AFP"),
        ("Fonte: ANSA", "ANSA"),
        ("Bron: ANP", "ANP"),
        ("Källa: TT", "TT"),
        ("Kaynak: Anadolu Ajansı", "Anadolu"),
        ("(新华社)", "Xinhua"),
        ("（共同）", "Kyodo"),
        ("Πηγή: ΑΠΕ-ΜΠΕ", "ANA-MPA"),
    ],
)
def test_credits_below_the_text(line: str, credit: str) -> None:
    article = read(last=f"<p>{line}</p>")
    assert (article.credit, article.paragraphs) == (credit, TEXT)
    assert line in [piece.text for piece in article.dropped]


def test_copyright_line_below_the_article_gives_the_agency() -> None:
    for line in ("Copyright 2026 The Associated Press. All rights reserved.", "© 2026 The Associated Press"):
        assert read(end=f"<div class=copyright>{line}</div>").credit == "AP"
    assert read(end="<div class=copyright>© 2026 Harbour Post</div>").credit == ""


@pytest.mark.parametrize(
    ("head", "credit"),
    [
        ("<meta name=author content='The Associated Press'>", "AP"),
        ("<meta name=author content='Jane Marlowe, Associated Press'>", "AP"),
        ("<meta property=article:author content='Reuters'>", "Reuters"),
        ("<meta property=article:author content='Associated Press in Valencia'>", "AP"),
        ("<meta name=byl content='By The Associated Press'>", "AP"),
        ("<meta name=source content='AFP'>", "AFP"),
        ("<meta name=dc.source content='dpa'>", "dpa"),
        ("<meta name=agency content='EFE'>", "EFE"),
        ("<meta property=article:provider content='AP'>", "AP"),
        ("<meta name=copyright content='Copyright 2026 The Associated Press. All rights reserved.'>", "AP"),
        (data(author={"@type": "Organization", "name": "The Associated Press"}), "AP"),
        (data(author={"@type": "Person", "name": "Associated Press"}), "AP"),
        (data(author=["Jane Marlowe", {"@type": "NewsMediaOrganization", "name": "Reuters"}]), "Reuters"),
        (data(sourceOrganization={"@type": "Organization", "name": "AFP"}), "AFP"),
        ("<meta name=news_keywords content='AP, Reuters'>", ""),
        (data(publisher={"@type": "Organization", "name": "Harbour Post"}), ""),
    ],
)
def test_credits_in_the_data(head: str, credit: str) -> None:
    assert read(head=head).credit == credit


@pytest.mark.parametrize(
    "line",
    [
        "REUTERS/Jane Marlowe",
        "Photo: AP",
        "Jane Marlowe/AFP",
        "(AP Photo/Jane Marlowe)",
        "Foto: dpa",
        "Jane Marlowe/AFP via Getty Images",
        "Join the Conversation",
    ],
)
def test_pictures_and_buttons_credit_nobody(line: str) -> None:
    article = read(top=f"<p>{line}</p>")
    assert (article.credit, article.author) == ("", "")


@pytest.mark.parametrize(
    "caption",
    [
        "FILE - A barge lies off the northern quay of Port Wenlock on May 3. (AP Photo/Jane Marlowe, File)",
        "LONDON, ENGLAND - MAY 3: A barge lies off the quay of Port Wenlock. (Photo by Jane Marlowe/Getty Images)",
        "ORLE (AFP) - A barge lies off the quay of Port Wenlock. Jane Marlowe/AFP via Getty Images",
    ],
)
def test_dateline_of_a_caption_is_not_that_of_the_article(caption: str) -> None:
    article = read(first=f"<p>{caption}</p>", lead="PORT WENLOCK (AP) — ")
    assert (article.dateline, article.agency, article.credit) == ("PORT WENLOCK", "AP", "AP")
    assert article.paragraphs[-len(TEXT) :] == TEXT


@pytest.mark.parametrize(
    "bar", ["Join the Conversation", "Comments", "Share", "Related articles", "Most popular", "Leave a comment"]
)
def test_bars_above_the_text_do_not_end_the_article(bar: str) -> None:
    article = read(first=f"<p>{bar}</p><p>Facebook</p><p>Email</p>", lead="PORT WENLOCK (AP) — ")
    assert (article.paragraphs, article.agency) == (TEXT, "AP")


@pytest.mark.parametrize("bar", ["Join the Conversation", "Comments", "Most popular"])
def test_bar_between_caption_and_a_short_text_does_not_end_it(bar: str) -> None:
    caption = "A barge lies off the northern quay of Port Wenlock on a day in May."
    short = (
        "The northern quay was closed on Thursday for eleven weeks, the harbour board said.",
        "Ferries leave from the terminal.",
    )
    article = clean(Extraction(title=TITLE, paragraphs=(caption, bar, *short)))
    assert article.paragraphs == (caption, *short)


def test_bar_below_a_text_ends_it() -> None:
    article = clean(
        Extraction(title=TITLE, paragraphs=(*TEXT, "Comments", "What a barge that is, says a reader of ours today."))
    )
    assert article.paragraphs == TEXT
