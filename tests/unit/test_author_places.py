"""Names of authors by form and place: labels in a row, East Asian forms, next to times, at the end, in data."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import NOW

TITLE = "Locusts strip the orchards of Wendle"
LINES = (
    "A swarm of locusts stripped the orchards around Wendle in two days, growers said, and moved on to the north.",
    "The ministry sent four planes to spray the valley, but two of them had to turn back because of the wind there.",
    "Growers want the state to pay for the lost harvest, which was to begin in three weeks, their union said today.",
)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Text: Ada Thorne Foto: Kit Mere", ["Ada Thorne"]),
        ("Texto: Ada Thorne. Fotos: Kit Mere", ["Ada Thorne"]),
        ("Haber: Ada Thorne - Kamera: Kit Mere", ["Ada Thorne"]),
        ("Penulis: Ada Thorne | Editor: Kit Mere", ["Ada Thorne"]),
        ("Reported by: Ada Thorne, Edited by: Kit Mere", ["Ada Thorne"]),
        ("Von Ada Thorne, NDR, und Kit Mere, hafen.example", ["Ada Thorne", "Kit Mere"]),
        ("By Ada Thorne, Harbour Light Staff Writer", ["Ada Thorne"]),
        ("Por Ada Thorne, g1 — Porto Elmo", ["Ada Thorne"]),
        ("oprac. Ada Thorne", ["Ada Thorne"]),
        ("dal nostro inviato Ada Thorne", ["Ada Thorne"]),
        ("Ada Thorne*", ["Ada Thorne"]),
        ("SAN FRANCISCO\nBy\nAda Thorne", ["Ada Thorne"]),
        ("लेखक: मीरा शर्मा", ["मीरा शर्मा"]),
        ("ليلى حداد - مراسلة المرفأ", ["ليلى حداد"]),
        ("2026-03-05 17:42:10　来源：港口日报　作者：林晓", ["林晓"]),
        ("（记者 林晓）", ["林晓"]),
        ("本报记者 林晓 王海", ["林晓", "王海"]),
        ("【记者林晓／台北报导】", ["林晓"]),
        ("新华社记者 林晓 摄", []),
        ("2026/3/5 17:42　文・佐藤美咲　写真・鈴木健", ["佐藤美咲"]),
        ("[항구일보 김서연 기자]", ["김서연"]),
        ("Ein Bericht von Ada Thorne und Kit Mere", ["Ada Thorne", "Kit Mere"]),
        ("By Ada Thorne with files from Kit Mere", ["Ada Thorne"]),
        ("Par Ada Thorne (texte) et Kit Mere (photos)", ["Ada Thorne"]),
        ("Redacción: Ada Thorne | Fotografía: Kit Mere", ["Ada Thorne"]),
        ("Ada Thorne | Harbour Post | Apr 10, 2026", ["Ada Thorne"]),
        ("文／周岚　圖／許明", ["周岚"]),
        ("2026年4月10日 7時00分　高橋結衣記者", ["高橋結衣"]),
        ("김서연·박민수 기자 harbor@harbor.example", ["김서연", "박민수"]),
    ],
)
def test_names_in_forms_of_bylines(line: str, names: list[str]) -> None:
    assert parse_byline(line).people == names


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Thorne / Port Elsen",
        "By Ada Thorne in Port Elsen",
        "By Ada Thorne, Port Elsen",
        "By Ada Thorne, Cedar Falls",
        "Von Ada Thorne, Bad Elmo",
        "Von Ada Thorne / Hamburg",
        "Von Ada Thorne aus Bad Elmo",
        "Par Ada Thorne, Saint-Elme",
        "Par Ada Thorne à Port-Elme",
        "Por Ada Thorne, Villa Elma",
        "Por Ada Thorne / Ciudad Elma",
        "Por Ada Thorne, em Brasília",
        "Por Ada Thorne, de São Bento",
        "di Ada Thorne, da Bruxelles",
        "Di Ada Thorne, Reggio Emilia",
        "Door Ada Thorne, Den Haag",
        "Door Ada Thorne vanuit Oud Elm",
        "Av Ada Thorne, Oslo",
        "Autor: Ada Thorne / Nowy Elm",
        "Oleh Ada Thorne, Kota Elma",
        "Yazan: Ada Thorne / Yeni Elma",
        "Tác giả: Ada Thorne, Hà Nội",
    ],
)
def test_place_behind_a_name_is_no_author(line: str) -> None:
    found = parse_byline(line)
    assert found.people == ["Ada Thorne"]
    assert not found.organizations
    assert found.is_whole(line)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Автор: Иван Петров, Новый Порт", ["Иван Петров"]),
        ("Автор: Иван Петров в Порту", ["Иван Петров"]),
        ("بقلم: أحمد سالم / القاهرة", ["أحمد سالم"]),
        ("โดย สมชาย ใจดี / เชียงใหม่", ["สมชาย ใจดี"]),
        ("เขียนโดย: สมชาย ใจดี", ["สมชาย ใจดี"]),
        ("รายงานโดย สมชาย ใจดี ใน เชียงใหม่", ["สมชาย ใจดี"]),
        ("記者 林晓 / 台北", ["林晓"]),
        ("记者林晓 北京", ["林晓"]),
        ("김서연 기자 / 서울", ["김서연"]),
        ("By Ada Thorne, Kit Mere", ["Ada Thorne", "Kit Mere"]),
        ("By Ada Thorne / Kit Mere", ["Ada Thorne", "Kit Mere"]),
        ("Von Ada Thorne, Kit Mere und Dan Lowe", ["Ada Thorne", "Kit Mere", "Dan Lowe"]),
    ],
)
def test_places_behind_names_in_other_scripts_and_names_behind_names(line: str, names: list[str]) -> None:
    assert parse_byline(line).people == names


def test_place_behind_a_slash_next_to_a_time() -> None:
    time = "<p>March 5, 2026, 14:15</p>"
    assert read(f"{time}<p>Ada Thorne / Port Elsen</p>").author == "Ada Thorne"
    assert read(f"{time}<p>Ada Thorne/HARBOURPIX</p>").author == ""


def test_place_of_the_dateline_is_no_author() -> None:
    dateline = f"<p>HARROW VALE (AP) - {LINES[0]}</p>"
    assert read("<p>By Ada Thorne, Harrow Vale</p>" + dateline).author == "Ada Thorne"
    assert read("<p>By Ada Thorne, Kit Mere</p>" + dateline).author == "Ada Thorne, Kit Mere"


def read(top: str = "", end: str = "", head: str = "") -> Extraction:
    """Extract a page with something between headline and text, behind the text, or in its head."""
    text = "".join(f"<p>{line}</p>" for line in LINES)
    html = (
        f"<!doctype html><html lang=en><head><title>{TITLE}</title>{head}</head><body><nav><a href=/>Home</a>"
        f"<a href=/e>Eastern Valleys</a></nav><main><article><h1>{TITLE}</h1>{top}<div>{text}{end}</div>"
        "</article></main></body></html>"
    )
    return extract(Page(url="https://orchardpost.example/news/locusts", body=html.encode(), fetched_at=NOW))


def declare(author: object) -> str:
    """Return JSON-LD of the article with an author."""
    data = {"@type": "NewsArticle", "headline": TITLE, "author": author}
    return f"<script type='application/ld+json'>{json.dumps(data)}</script>"


@pytest.mark.parametrize(
    ("page", "author"),
    [
        ({"top": "<div><span>Ada Thorne</span> <time>March 5, 2026</time></div>"}, "Ada Thorne"),
        ({"top": "<div><a href=/a>Ada Thorne</a><br>Orchard Post staff<br>Mar 5, 2026</div>"}, "Ada Thorne"),
        ({"top": "<p>Ada Thorne</p><p>March 5, 2026</p>"}, "Ada Thorne"),
        ({"top": "<p>Ada Thorne - orchardTimes</p><p>March 5, 2026</p>"}, "Ada Thorne"),
        ({"top": "<p>Ada Thorne, envoyée spéciale à Wendle</p>"}, "Ada Thorne"),
        ({"top": "<p>Ada Thorne | Orchard Post | athorne@orchardpost.example</p>"}, "Ada Thorne"),
        ({"top": "<p>By</p><p>Ada Thorne</p><p>,</p><p>Kit Mere</p>"}, "Ada Thorne, Kit Mere"),
        ({"top": "<p>By Ada Thorne</p><p>By Kit Mere</p>"}, "Ada Thorne, Kit Mere"),
        ({"top": "<div><img src=a.jpg><div>By Ada Thorne March 5, 2026</div></div>"}, "Ada Thorne"),
        ({"top": "<div class=by>Ada Thorne</div>", "head": declare({"name": "Orchard Post"})}, "Ada Thorne"),
        ({"top": "<p>Ada Thorne</p><p>Port Elsen - March 5, 2026</p>"}, "Ada Thorne"),
        ({"end": "<p>\u2014Ada Thorne</p>"}, "Ada Thorne"),
        ({"end": "<p>Ada Thorne covers farming for the Orchard Post.</p>"}, "Ada Thorne"),
        ({"end": "<p style='text-align:right'><b>Ada Thorne</b></p>"}, "Ada Thorne"),
        ({"end": "<p>(Reporting by Ada Thorne and Kit Mere; editing by Jo Poe)</p>"}, "Ada Thorne, Kit Mere"),
        ({"end": "<p><i>Ada Thorne is a staff writer. Reach her at ada@orchardpost.example.</i></p>"}, "Ada Thorne"),
        ({"head": declare({"name": ["Ada Thorne", "Kit Mere"]})}, "Ada Thorne, Kit Mere"),
        ({"head": declare({"name": "By Ada Thorne, Orchard Post Staff Writer"})}, "Ada Thorne"),
        ({"top": "<div><a href=/e>Eastern Valleys</a> <time>March 5, 2026</time></div>"}, ""),
        ({"top": "<div><span>New Delhi</span> <time>March 5, 2026</time></div>"}, ""),
        ({"top": "<p>Our Correspondent</p>"}, ""),
        ({"end": "<h3>Media Contacts</h3><p>Ada Thorne</p><p>press@orchards.example</p>"}, ""),
    ],
)
def test_author_by_place(page: dict[str, str], author: str) -> None:
    article = read(**page)
    assert article.author == author
    assert article.title == TITLE
    assert [line for line in article.paragraphs if len(line) > 90] == list(LINES)


def test_byline_is_not_part_of_the_text() -> None:
    article = read("<p>Words by Ada Thorne, pictures by Kit Mere</p>")
    assert article.paragraphs == LINES
    assert [piece.text for piece in article.dropped if piece.reason == "byline"] == [
        "Words by Ada Thorne, pictures by Kit Mere"
    ]


def test_headline_of_a_page_that_names_only_its_site() -> None:
    text = "".join(f"<p>{line}</p>" for line in LINES)
    html = f"<html><title>Orchard Post</title><body><div class=headline>{TITLE}</div><div>{text}</div></body></html>"
    page = Page(url="https://orchardpost.example/news/locusts", body=html.encode(), fetched_at=NOW)
    assert extract(page).title == TITLE
