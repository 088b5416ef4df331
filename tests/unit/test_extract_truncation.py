"""Stubs and short articles: which pages show only the beginning of an article, in every form and language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.core.source import Discovery, PageRule, Source
from copydesk.pipeline.extract import truncation
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.extract.truncation import is_paywall_line, is_truncated, may_contain_paywall, split_paywall

LEAD = "The town of Elstow still pays a lamp lighter, though its last gas lamp was sold to a museum in 1968."
NEXT = "He walks the old round at dusk with a pole on his shoulder."
BROKEN = "The council has tried four times to strike the post, and four times the vote ..."
LONG = tuple(f"{LEAD} This is told on page {number} of the town's book." for number in range(14))
WALLS = [
    "Subscribe to continue reading", "Log in or subscribe to read the full article.",
    "This article is for subscribers only.",
    "You've reached your limit of free articles.", "Already a subscriber? Sign in",
    "Dieser Artikel ist exklusiv für Abonnenten.", "Jetzt weiterlesen mit dem Abo", "Sie sind bereits Abonnent?",
    "Cet article est réservé aux abonnés.", "Il vous reste 70% de cet article à lire.",
    "Contenido exclusivo para suscriptores",
    "Suscríbase para seguir leyendo", "Conteúdo exclusivo para assinantes", "Assine para continuar lendo",
    "Contenuto riservato agli abbonati", "Материал доступен только подписчикам", "Abonelere özel içerik",
    "هذا المحتوى حصري للمشتركين",
    "付费后可阅读全文", "この記事は有料会員限定です。残り 512文字", "구독자 전용 기사입니다",
]  # fmt: skip


SAID = [regex for kind in ("wall", "subscribe") for _, regex in truncation._load_patterns()[kind]]


@given(st.sampled_from(SAID).flatmap(st.from_regex))
def test_prefilter_excludes_no_paywall(text: str) -> None:
    assert may_contain_paywall(text)


@pytest.mark.parametrize("line", WALLS)
def test_paywall_line_is_recognized(line: str) -> None:
    assert is_paywall_line(line)
    assert is_truncated([LEAD, NEXT], [line, "Home"])
    assert split_paywall([LEAD, NEXT, line]) == ([LEAD, NEXT], [line])


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe to our newsletter", "Read more: Who pays for the light", "Sign up for the weekly letter",
        "Subscribers of the gas works pay less.", "Newsletter abonnieren", "Más leídas", "Teilen", "関連記事",
        "The registrar said that members of the club would continue to be admitted at the door.",
    ],
)  # fmt: skip
def test_line_below_a_whole_item_is_not_a_paywall(line: str) -> None:
    assert not is_paywall_line(line)
    assert not is_truncated([LEAD, NEXT], [line])


def test_short_whole_item_is_not_truncated() -> None:
    assert not is_truncated([LEAD], [])
    assert not is_truncated([LEAD], ["Subscribe"], is_free=True)


def test_text_that_breaks_off_above_an_invitation_is_truncated() -> None:
    assert is_truncated([LEAD, BROKEN], ["Read more"])
    assert is_truncated([LEAD, BROKEN], ["Abonnieren Sie jetzt"])
    assert not is_truncated([LEAD, BROKEN], ["Share"])
    assert not is_truncated([LEAD, BROKEN], [])
    assert not is_truncated([LEAD, BROKEN], ["More to come", "Subscribe"])


def test_declared_access_and_length_count() -> None:
    assert is_truncated([LEAD, NEXT], [], is_free=False)
    assert not is_truncated([LEAD, NEXT], [], is_free=False, declared_word_count=35)
    assert is_truncated([LEAD, NEXT], [], is_free=False, declared_word_count=400)
    assert not is_truncated(LONG, [], is_free=False)


def test_metered_page_with_the_whole_text_is_not_truncated() -> None:
    assert not is_truncated(LONG, ["Subscribe to continue reading"])


def read_page(body: str, head: str = "", url: str = "https://bote.example/lamp/lighter") -> Extraction:
    html = f"<html lang=en><head><title>The lamp lighter of Elstow</title>{head}</head><body>{body}</body></html>"
    return extract(Page(url=url, body=html.encode(), fetched_at=datetime(2026, 3, 15, 12, tzinfo=UTC)))


def test_stub_is_an_article_marked_as_truncated() -> None:
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>'
    text = f"<h1>The lamp lighter of Elstow</h1><article><p>{LEAD}<p>{BROKEN}</article>"
    found = read_page(f"{text}<div class=wall><p>Subscribe to continue reading</p></div>", data)
    assert (found.refusal_reason, found.truncated, found.paragraphs) == ("", True, (LEAD, BROKEN))
    assert not read_page(f"<h1>The lamp lighter of Elstow</h1><article><p>{LEAD}<p>{NEXT}</article>").truncated


@pytest.mark.parametrize("wall", ["<p>Subscribe to continue reading</p>", "<p>Related</p><p>About us</p>"])
def test_lines_below_the_text_of_a_rule_are_checked(wall: str) -> None:
    source = Source(
        name="bote", title="Bote", home="https://bote.example/", discovery=Discovery(feeds=("https://bote.example/f",)),
        page=(PageRule(body="article p", published="time@datetime"),),
    )  # fmt: skip
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{LEAD} {NEXT}"}}</script>'
    html = (
        f"<html lang=en><head><title>The lamp lighter</title></head><body><h1>The lamp lighter</h1>"
        f'<time datetime="2026-03-15T10:00Z"></time><article><p>{LEAD}<p>{NEXT}</article>{wall}{data}</body></html>'
    )
    page = Page(url="https://bote.example/a", body=html.encode(), fetched_at=datetime(2026, 3, 15, 12, tzinfo=UTC))
    found = extract(page, source)
    assert found.via.startswith("rule:")
    assert found.truncated is ("Subscribe" in wall)


def test_paywall_inside_the_text_is_cut_with_its_reason() -> None:
    found = read_page(f"<h1>The lamp lighter</h1><article><p>{LEAD}<p>{NEXT}<p>{WALLS[2]}</article>")
    assert (found.truncated, found.paragraphs) == (True, (LEAD, NEXT))
    assert WALLS[2] in {piece.text for piece in found.dropped if piece.reason == "paywall"}


def test_dump_of_a_stub_is_truncated() -> None:
    text = f"The lamp lighter of Elstow\n{LEAD}\n{NEXT}\n{WALLS[0]}\nMost popular stories\nOther news"
    page = Page(url="", body=text.encode(), fetched_at=datetime(2026, 3, 15, tzinfo=UTC), content_type="text/plain")
    assert (extract(page).truncated, extract(page).paragraphs) == (True, (LEAD, NEXT))


SHORT_LEAD = "Elstow still pays a lamp lighter, though its last lamp was sold in 1968."


@pytest.mark.parametrize("wall", WALLS)
def test_beginning_of_a_sentence_above_a_paywall_is_a_stub(wall: str) -> None:
    found = read_page(f"<h1>The lamp lighter of Elstow</h1><article><p>{SHORT_LEAD}<p>{wall}</article>")
    assert (found.refusal_reason, found.truncated, found.paragraphs) == ("", True, (SHORT_LEAD,))
    assert wall in {piece.text for piece in found.dropped}


def test_greeting_above_a_paywall_is_not_an_article() -> None:
    greeting = "Welcome back to the Harbour Gazette and its readers. Forgot your password? Not a member? Register now."
    assert read_page(f"<h1>Sign in</h1><article><p>{greeting}<p>{WALLS[0]}</article>").refusal_reason == "login_wall"
    assert read_page(f"<article><p>Log in<p>{WALLS[0]}</article>").refusal_reason == "login_wall"
    dump = f"Sign in\n{greeting}\n{WALLS[0]}"
    page = Page(url="", body=dump.encode(), fetched_at=datetime(2026, 3, 15, tzinfo=UTC), content_type="text/plain")
    assert extract(page).refusal_reason == "login_wall"


def test_quoted_paywall_is_not_one() -> None:
    said = "The paper's wall says “Subscribe to continue reading”, and nobody in Elstow has ever done so."
    found = read_page(f"<h1>The wall of the paper</h1><article><p>{LEAD}<p>{said}</article>")
    assert (found.truncated, found.paragraphs) == (False, (LEAD, said))


# --- pages that are cut off

HEADLINE = "<h1>The lamp lighter of Elstow</h1>"
BEGUN = {
    "en": "The council has trie", "de": "Der Rat hat viermal versu", "fr": "Le conseil a tenté quatre fois, ",
    "ru": "Совет четыре раза пыта", "ar": "حاول المجلس أربع مر",
    "zh": "市议会曾四次试图取消这个职", "ko": "시의회는 네 번이나 그 자리를 없애",
}  # fmt: skip


def read_truncated_page(body: str) -> Extraction:
    html = f"<html lang=en><head><meta charset=utf-8><title>The lamp lighter of Elstow</title></head><body>{body}"
    url = "https://bote.example/lamp/lighter"
    return extract(Page(url=url, body=html.encode(), fetched_at=datetime(2026, 3, 15, 12, tzinfo=UTC)))


@pytest.mark.parametrize("language", BEGUN)
def test_page_cut_off_within_a_sentence_is_truncated(language: str) -> None:
    for end in ("", " <a hre", " <b>"):
        found = read_truncated_page(f"{HEADLINE}<article><p>{LEAD}</p><p>{NEXT}</p><p>{BEGUN[language]}{end}")
        assert (found.refusal_reason, found.truncated) == ("", True)
    assert read_truncated_page(f"{HEADLINE}<div>{LEAD}<br>{NEXT}<br>{BEGUN[language]}").truncated


@pytest.mark.parametrize(
    "end",
    [
        "</p></article></body></html>", "</p></article></BODY>", "</p></article>", ".", "…</p>",
        "</p></article><footer><p>All rights reserved by the Harbour Gaz",
        "</p></article><div>All rights reserved by the Harbour Gaz", "</p></article><p>mk/ab", "</p><script>let a = b",
    ],
)  # fmt: skip
def test_page_closed_or_cut_off_elsewhere_is_not_truncated(end: str) -> None:
    text = f"{HEADLINE}<article><p>{LEAD}</p><p>{NEXT}</p><p>The council has tried to strike the post four times"
    assert not read_truncated_page(f"{text}{end}").truncated


def test_dump_that_breaks_off_is_not_truncated() -> None:
    page = Page(
        url="", body=f"The lamp lighter of Elstow\n{LEAD}\n{NEXT}\n{BEGUN['en']}".encode(),
        fetched_at=datetime(2026, 3, 15, tzinfo=UTC), content_type="text/plain",
    )  # fmt: skip
    assert not extract(page).truncated


# --- structured data

DATA = """<script type="application/ld+json">{"@graph": [
{"@type": "NewsArticle", "headline": "The lamp lighter", "author": {"@id": "#ada"}, "image": {"@id": "#lamp"},
 "datePublished": "2026-03-15T10:00:00+01:00", "dateModified": "2026-03-15T11:30:00+01:00"},
{"@type": "Person", "@id": "#ada", "name": "Ada Wick"},
{"@type": "ImageObject", "@id": "#lamp", "name": "A lamp", "url": "/img/lamp.jpg"}]}</script>"""


def test_references_are_followed_and_urls_made_absolute() -> None:
    found = read_page(f"<article><p>{LEAD}<p>{NEXT}</article>", DATA + '<link rel=canonical href="/lamp/lighter">')
    assert (found.author, found.image_url) == ("Ada Wick", "https://bote.example/img/lamp.jpg")
    assert found.canonical_url == "https://bote.example/lamp/lighter"
    assert found.modified_at == datetime(2026, 3, 15, 10, 30, tzinfo=UTC)
    assert found.modified_source == "2026-03-15T11:30:00+01:00"


def test_canonical_url_of_the_front_page_is_ignored() -> None:
    head = (
        '<link rel=canonical href="https://bote.example/"><meta property="og:image" content="data:image/png;base64,AA">'
    )
    found = read_page(f"<article><p>{LEAD}<p>{NEXT}</article>", head)
    assert (found.canonical_url, found.image_url) == ("", "")


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2026-03-15T12:20:00Z", datetime(2026, 3, 15, 12, tzinfo=UTC)),
        ("2026-03-16", datetime(2026, 3, 15, 12, tzinfo=UTC)),
        ("2026-03-17T18:00:00Z", None),
        ("2027-01-01", None),
    ],
)
def test_timestamps_are_clamped_to_the_fetch(given: str, at: datetime | None) -> None:
    """Clocks differ, and a day begins earlier in the east: such times become the time of the fetch; later ones are
    ignored.
    """
    head = f'<meta property="article:published_time" content="{given}">'
    found = read_page(f"<article><p>{LEAD}<p>{NEXT}</article>", head)
    assert (found.published_at, found.published_source) == (at, given)
