"""Which text of a page is the article: pages of kinds that mislead extractors."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.core.records import Article
from copydesk.pipeline.offline.read_page import parse_article
from tests.page_builder import make_page

PARAGRAPHS = [
    "The harbour board of Port Wenlock voted on Thursday to close its northern quay for eleven weeks of repairs.",
    "Three ferry companies had asked the board to wait until October, when fewer passengers cross in the morning.",
    "Engineers said that the wall would not stand another storm from the east, and showed what a barge had done.",
    "The repair is put at 4.2 million crowns, of which the insurer of the barge has agreed to pay a little over half.",
    "Ferries will leave from the grain terminal, and a bus will run to the railway station every quarter of an hour.",
]
TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
TITLE = "Port Wenlock closes northern quay"


def read(body: str, data: dict[str, object] | None = None) -> Article:
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>' if data else ""
    return parse_article(make_page(f"<html><head><title>{TITLE}</title>{script}</head><body>{body}</body></html>"))


def make_data(text: str, **fields: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": TITLE, "articleBody": text, **fields}


def test_declared_text_that_is_a_stub_of_the_printed_one_is_not_believed() -> None:
    stub = " ".join(PARAGRAPHS[:2])
    more = "".join(f"<p>{text} It is the {number}th time.</p>" for number, text in enumerate(PARAGRAPHS[2:] * 3))
    article = read(f"<article><h1>{TITLE}</h1>{TEXT}{more}</article>", make_data(stub))
    assert len(article.paragraphs) == 14


def test_declared_text_is_believed_against_comments() -> None:
    comments = "".join(
        f"<div class=reader><p>I have sailed there {at} times, and never saw it shut.</p></div>" for at in range(30)
    )
    article = read(
        f"<article><h1>{TITLE}</h1>{TEXT}</article><section>{comments}</section>", make_data(" ".join(PARAGRAPHS))
    )
    assert article.paragraphs == tuple(PARAGRAPHS)


def test_text_hidden_from_those_who_do_not_subscribe_is_kept() -> None:
    hidden = "".join(
        f'<div class="subscriber-only" style="display:none"><p>{text}</p></div>' for text in PARAGRAPHS[1:]
    )
    article = read(f"<h1>{TITLE}</h1><div id=body><div><p>{PARAGRAPHS[0]}</p></div>{hidden}</div>")
    assert article.paragraphs == tuple(PARAGRAPHS)


def test_source_that_wraps_lines_by_hand_is_read_whole() -> None:
    wrapped = TEXT.replace(" board ", "\nboard\n").replace(" from ", "\r\n   from\n").replace("the ", "the\n")
    assert read(f"<article><h1>{TITLE}</h1>{wrapped}</article>").paragraphs == tuple(PARAGRAPHS)


def test_text_is_found_where_extractors_find_only_captions() -> None:
    figures = "<figure><a href=/1><img src=x></a><figcaption><a href=/1>The quay in March</a></figcaption></figure>" * 2
    spans = "".join(f"<div>{text}</div>" for text in PARAGRAPHS)
    article = read(f"<h1>{TITLE}</h1>{figures}<div>{spans}</div>")
    assert article.kind == "article"
    assert set(PARAGRAPHS) <= set(article.paragraphs)


def test_pull_quote_is_dropped_as_a_repeat() -> None:
    quote = '<aside class="pullquote"><p>the wall would not stand another storm</p></aside>'
    article = read(f"<article><h1>{TITLE}</h1>{TEXT}{quote}<p>{PARAGRAPHS[0]} Work starts soon.</p></article>")
    assert "the wall would not stand another storm" not in article.paragraphs
    assert any(piece.text == "the wall would not stand another storm" for piece in article.dropped)


def test_second_copy_of_the_text_is_not_taken() -> None:
    summary = f"<div class=short><p>{PARAGRAPHS[0]}</p></div>"
    article = read(f"{summary}<main><h1>{TITLE}</h1><div class=long>{TEXT}</div></main>")
    assert article.paragraphs == tuple(PARAGRAPHS)


def test_parts_of_an_article_with_adverts_between_are_all_found() -> None:
    def part(texts: list[str]) -> str:
        lines = "".join(f'<p class="story-p">{text}</p>' for text in texts)
        return f'<section><div><div class="row"><div><div class="text">{lines}</div></div></div></div></section>'

    advert = '<div class="ad"><p>Advertisement</p></div>'
    article = read(f"<h1>{TITLE}</h1>{part(PARAGRAPHS[:4])}{advert}{part(PARAGRAPHS[4:])}")
    assert article.paragraphs == tuple(PARAGRAPHS)


def test_removed_text_is_recorded() -> None:
    lines = "<div>Photo desk</div><ul><li><a href=/2>Ferry timetable for the summer months</a></li></ul>"
    article = read(f"<article><h1>{TITLE}</h1><div>{TEXT}{lines}{TEXT.replace('Thursday', 'Friday')}</div></article>")
    kept = {*article.paragraphs, *(piece.text for piece in article.dropped)}
    assert {"Photo desk", "Ferry timetable for the summer months"} <= kept


def test_references_that_were_escaped_twice_are_characters() -> None:
    line = "La r&amp;eacute;gion paie 3 &amp;amp;euro; d&amp;#8217;un coup."
    article = read(f"<article><h1>{TITLE}</h1><p>{line}</p>{TEXT}</article>")
    assert article.paragraphs[0] == "La région paie 3 € d\u2019un coup."


@pytest.mark.parametrize(
    "line",
    [
        "5 марта 2026, 14:15 МСК", "2026年3月5日 14:15", "2026년 3월 5일 오후 2:15", "الخميس 5 مارس 2026 14:15",
        "5 มีนาคม 2569 เวลา 14:15 น.", "۱۴ اسفند ۱۴۰۴ - ۱۴:۱۵", "Mar 5, 2:15 p.m. ET", "2 hours ago", "vor 2 Stunden",
        "il y a 3 heures", "2小时前", "3시간 전", "2026-03-05 14:15:00",
    ],
)  # fmt: skip
def test_printed_time_is_not_text(line: str) -> None:
    article = read(f"<article><h1>{TITLE}</h1><p>{line}</p>{TEXT}</article>")
    assert article.paragraphs == tuple(PARAGRAPHS)


@pytest.mark.parametrize("line", ["12 dead, 3 missing", "May 5 be a better day", "Mars 5 is lost"])
def test_line_with_a_figure_is_text(line: str) -> None:
    assert line in read(f"<article><h1>{TITLE}</h1><p>{line}</p>{TEXT}</article>").paragraphs
