"""Who wrote an article: every place where pages name authors, and what is never one."""

from __future__ import annotations

import json

import pytest

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import NOW

TITLE = "Fog closes the harbour for a third day"
TEXT = "".join(
    f"<p>{line}</p>"
    for line in (
        "The harbour of Wendle was closed on Monday because of the fog, its master said at noon. Ferries stayed.",
        "Two freighters waited off the pier, and a third one turned back to Orle, where the light could still be seen.",
        "The fog is expected to lift on Wednesday, when the wind turns to the north, the coast's weather service said.",
    )
)


def read(top: str = "", *, head: str = "", end: str = "", after: str = "", lead: str = "") -> Extraction:
    """Extract a page with something below its headline, in its head, below its text, or after its article."""
    html = (
        f"<!doctype html><html lang=en><head><title>{TITLE} | The Post</title>"
        f"<meta property=og:site_name content='The Post'>{head}</head>"
        "<body><nav><a href=/>Home</a> <a href=/x>World</a></nav>"
        f"<main><article><h1>{TITLE}</h1>{lead}{top}<div class=text>{TEXT}</div>{end}</article></main>{after}"
        "<footer><p>The Post. All rights reserved.</p></footer></body></html>"
    )
    return extract(Page(url="https://post.example/news/fog", body=html.encode(), fetched_at=NOW))


def data(author: object, **more: object) -> str:
    """Return JSON-LD of the page's article with an author."""
    item = {"@type": "NewsArticle", "headline": TITLE, "url": "https://post.example/news/fog", "author": author, **more}
    return f"<script type='application/ld+json'>{json.dumps(item)}</script>"


@pytest.mark.parametrize(
    "top",
    [
        "<p>By Jane Marlowe</p>",
        "<div>BY JANE MARLOWE</div>",
        "<p>By: Jane Marlowe</p>",
        "<div><span>By</span><span>Jane Marlowe</span></div>",
        "<div>By</div><div>Jane Marlowe</div>",
        "<div>By <b>Jane</b> <b>Marlowe</b></div>",
        "<p>Written by Jane Marlowe</p>",
        "<p>Posted by Jane Marlowe on March 5, 2026</p>",
        "<p>March 5, 2026 by Jane Marlowe</p>",
        "<p>By Jane Marlowe March 5, 2026</p>",
        "<p>By Jane Marlowe Updated March 5, 2026 10:15 am</p>",
        "<p>By Jane Marlowe, Staff Writer</p>",
        "<p>By Jane Marlowe, Senior Political Correspondent</p>",
        "<p>By Jane Marlowe in Wendle</p>",
        "<p>By Jane Marlowe, Editor-at-large</p>",
        "<p>By Jane Marlowe Special to The Post</p>",
        "<p>By Jane Marlowe | The Post</p>",
        "<p>By Jane Marlowe • 5 min read</p>",
        "<p>By Jane Marlowe · Mar 5, 2026</p>",
        "<p>By Jane Marlowe / Associated Press</p>",
        "<p>WENDLE | By Jane Marlowe</p>",
        "<p>March 5, 2026 10:15 | Jane Marlowe</p>",
        "<p>Jane Marlowe, Associated Press</p>",
        "<p>Jane Marlowe</p><p>Associated Press</p>",
        "<p>Jane Marlowe</p><p>Staff Writer</p>",
        "<div class=byline>Jane Marlowe</div>",
        "<div class=byline>By <a href=/j>Jane Marlowe</a><span>March 5, 2026</span></div>",
        "<div class='article-author'><span>Jane Marlowe</span><span>Reporter</span></div>",
        "<span class=author>Jane Marlowe</span>",
        "<div class=post-meta>by <span class='author vcard'><a class='url fn n' href=/j>Jane Marlowe</a></span></div>",
        "<div class=c-byline__author>Jane Marlowe</div>",
        "<div class=StoryByline><a href=/j>Jane Marlowe</a></div>",
        "<div data-testid=byline-name>Jane Marlowe</div>",
        "<a rel=author href=/j>Jane Marlowe</a>",
        "<a href=/j rel='author nofollow'>Jane Marlowe</a>",
        "<span itemprop=author>Jane Marlowe</span>",
        "<div itemprop=author itemscope><span itemprop=name>Jane Marlowe</span></div>",
        "<meta itemprop=author content='Jane Marlowe'>",
        "<p class=author-bio>Jane Marlowe is a reporter on the coast.</p><div class=byline>Jane Marlowe</div>",
        "<aside class=meta><p>By Jane Marlowe</p></aside>",
        "<div class=share><p>Share</p></div><p>By Jane Marlowe</p>",
        "<div class=byline>By <a href=/j>Jane Marlowe</a> <a href='https://x.example/jm'>@jmarlowe</a></div>",
        "<div class=byline>By <a href=/j>Jane Marlowe</a> jane@post.example</div>",
        "<div class=byline><img alt='Bob Ray' src=/b.jpg>By Jane Marlowe</div>",
    ],
)  # fmt: skip
def test_printed_bylines(top: str) -> None:
    found = read(top)
    assert found.author.casefold() == "jane marlowe"
    assert len(found.paragraphs) >= 3


def test_standfirst_may_precede_the_byline() -> None:
    lead = "<p>A third day of fog has closed the harbour, and nobody can say when ferries to the islands will sail.</p>"
    assert read("<div>By Jane Marlowe</div>", lead=lead).author == "Jane Marlowe"


@pytest.mark.parametrize(
    ("top", "names"),
    [
        ("<p>Von Felix Ufer</p>", "Felix Ufer"),
        ("<p>Von Felix Ufer und Jana Meier</p>", "Felix Ufer, Jana Meier"),
        ("<p>Ein Beitrag von Felix Ufer, Wendle</p>", "Felix Ufer"),
        ("<p>Felix Ufer, Redakteur</p><p>Redakteur</p>", "Felix Ufer"),
        ("<p>Par Jeanne Duval</p>", "Jeanne Duval"),
        ("<p>Par Jeanne Duval et Luc Marin, publié le 5 mars 2026 à 10h15</p>", "Jeanne Duval, Luc Marin"),
        ("<p>Por Ana Ríos</p>", "Ana Ríos"),
        ("<p>Por Ana Ríos y Luis Vega</p>", "Ana Ríos, Luis Vega"),
        ("<p>di Marco Rossi</p>", "Marco Rossi"),
        ("<p>a cura di Marco Rossi</p>", "Marco Rossi"),
        ("<p>Por João da Silva e Maria Souza</p>", "João da Silva, Maria Souza"),
        ("<p>Door Jan de Vries</p>", "Jan de Vries"),
        ("<p>Av Kari Nordmann</p>", "Kari Nordmann"),
        ("<p>Af Søren Holm</p>", "Søren Holm"),
        ("<p>Text: Eva Lund</p>", "Eva Lund"),
        ("<p>Автор: Иван Петров</p>", "Иван Петров"),
        ("<p>Текст: Анна Орлова</p>", "Анна Орлова"),
        ("<p>Yazan: Ayşe Yılmaz</p>", "Ayşe Yılmaz"),
        ("<p>بقلم: ليلى حداد</p>", "ليلى حداد"),
        ("<p>作者：王小明</p>", "王小明"),
        ("<p>记者 王小明</p><p>新华社</p>", "王小明"),
        ("<p>文／佐藤花子</p>", "佐藤花子"),
        ("<div class=reporter>홍길동 기자</div>", "홍길동"),
        ("<p>Oleh Budi Santoso</p>", "Budi Santoso"),
        ("<p>Tác giả: Nguyễn Văn An</p>", "Nguyễn Văn An"),
        ("<p>Autor: Jan Kowalski</p>", "Jan Kowalski"),
    ],
)
def test_bylines_in_other_languages(top: str, names: str) -> None:
    assert read(top).author == names


@pytest.mark.parametrize(
    ("top", "names"),
    [
        ("<p>By Jane Marlowe and John Roe</p>", "Jane Marlowe, John Roe"),
        ("<p>By Jane Marlowe, John Roe and Ann O'Hara</p>", "Jane Marlowe, John Roe, Ann O'Hara"),
        ("<p>By Jane Marlowe &amp; John Roe</p>", "Jane Marlowe, John Roe"),
        ("<p>By Jane Marlowe in Wendle and John Roe in Orle</p>", "Jane Marlowe, John Roe"),
        ("<p>By José Ortega y Gasset</p>", "José Ortega y Gasset"),
        ("<p>By Ursula von der Leyden and Martin Roe, Jr.</p>", "Ursula von der Leyden, Martin Roe Jr."),
        ("<div class=byline><a href=/j>Jane Marlowe</a><a href=/r>John Roe</a></div>", "Jane Marlowe, John Roe"),
        ("<p>By <a rel=author>Jane Marlowe</a> and <a rel=author>John Roe</a></p>", "Jane Marlowe, John Roe"),
        ("<ul class=authors><li>Jane Marlowe</li><li>John Roe</li></ul>", "Jane Marlowe, John Roe"),
        ("<span itemprop=author>Jane Marlowe</span><span itemprop=author>John Roe</span>", "Jane Marlowe, John Roe"),
    ],
)  # fmt: skip
def test_several_authors(top: str, names: str) -> None:
    assert read(top).author == names


@pytest.mark.parametrize(
    "head",
    [
        "<meta name=author content='Jane Marlowe'>",
        "<meta name=Author content='By Jane Marlowe'>",
        "<meta property=article:author content='Jane Marlowe'>",
        "<meta name=article.author content='Jane Marlowe'>",
        "<meta name=dc.creator content='Jane Marlowe'>",
        "<meta name=DCTERMS.creator content='Jane Marlowe'>",
        "<meta name=parsely-author content='Jane Marlowe'>",
        "<meta name=sailthru.author content='Jane Marlowe'>",
        "<meta name=byl content='By Jane Marlowe'>",
        "<meta name=citation_author content='Marlowe, Jane'>",
        "<meta name=cXenseParse:author content='Jane Marlowe'>",
        "<meta name='dable:author' content='Jane Marlowe'>",
        "<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Jane Marlowe'>",
        "<meta name=author content='jane@post.example (Jane Marlowe)'>",
        "<meta name=author content='https://post.example/jane'><meta name=byline content='Jane Marlowe'>",
        data({"@type": "Person", "name": "Jane Marlowe"}),
        data("Jane Marlowe"),
        data([{"@type": "Person", "name": "By Jane Marlowe, Staff Writer"}]),
        data([{"@type": "Person", "name": "Jane Marlowe"}, {"@type": "Organization", "name": "The Post"}]),
        data(None, creator=["Jane Marlowe"]),
    ],
)
def test_declared_authors(head: str) -> None:
    assert read(head=head).author == "Jane Marlowe"


@pytest.mark.parametrize(
    "name",
    [
        "{{ post.author }}", "{author}", "<%= author %>", "[[author]]", "%author%", "None", "null", "undefined",
        "admin", "Administrator", "Staff", "Staff Writer", "staff reporter", "Editor", "Web Desk", "News Desk",
        "Newsroom", "Unknown", "Anonymous", "Guest", "The Post", "The Post Staff", "Redaktion", "Redazione",
        "Rédaction", "Redacción", "Редакция", "编辑", "Harbour Media Group", "Marlowe Publishing Ltd",
        "https://post.example/author/1", "www.post.example", "info@post.example", "Associated Press",
        "The Associated Press", "Reuters", "AFP", "dpa", "Agence France-Presse", "AP Newsroom", "Reuters Staff",
        "Agenzia ANSA", "新华社", "post.example", "POST.EXAMPLE", "Post-Redaktion", "Harbour Technologies",
        "Multiple Authors", "-", "1", "2026-03-05",
    ],
)  # fmt: skip
def test_never_an_author(name: str) -> None:
    assert read(head=f"<meta name=author content='{name}'>").author == ""
    assert read(f"<div class=byline>By {name}</div>".replace("<%", "&lt;%")).author == ""
    assert read(head=data({"@type": "Person", "name": name})).author == ""


def test_printed_name_wins_over_company_and_placeholder() -> None:
    for name in ("Marlow Nast", "{{ author }}", "admin", "Post Media"):
        assert read("<p class=byline>By Jane Roe</p>", head=f"<meta name=author content='{name}'>").author == "Jane Roe"


def test_declared_name_is_kept_without_the_text_around_it() -> None:
    head = data({"@type": "Person", "name": "Jane Marlowe"})
    top = "<div class=byline>Jane Marlowe, a reporter in Wendle who has covered the coast since the fog of 1998</div>"
    assert read(top, head=head).author == "Jane Marlowe"


def test_printed_byline_may_have_more_names_than_the_data() -> None:
    head = data({"@type": "Person", "name": "Jane Marlowe"})
    assert read("<p>By Jane Marlowe and John Roe</p>", head=head).author == "Jane Marlowe, John Roe"


def test_names_of_other_stories_comments_and_pictures_are_not_the_authors() -> None:
    cards = "".join(
        f"<div class=card><h3>Another story {letter}</h3><span class=author>By Author Number{letter}</span></div>"
        for letter in "abcde"
    )
    comments = (
        "<div class=comments><div class=comment-author>Nosy Reader</div><p>What a fog it was on Monday.</p></div>"
    )
    picture = "<figure><img src=/a.jpg><figcaption>The pier. Photo by Paula Lens/AP</figcaption></figure>"
    assert read(picture, after=f"<section>{cards}</section>{comments}").author == ""
    assert read(picture + "<p>By Jane Marlowe</p>", after=cards + comments).author == "Jane Marlowe"


@pytest.mark.parametrize(
    "top",
    [
        "<p>Photo by Paula Lens</p>",
        "<p>Edited by: Paula Lens</p>",
        "<p>Photo: Paula Lens/AP</p>",
        "<p>Foto: Paula Lens</p>",
    ],
)
def test_photographers_and_editors_are_not_the_authors(top: str) -> None:
    assert read(top).author == ""


def test_name_below_the_text_is_used_if_there_is_no_other() -> None:
    assert read(end="<div class=author-name>Jane Marlowe</div>").author == "Jane Marlowe"
    assert read(end="<p>By Jane Marlowe</p>").author == "Jane Marlowe"


def test_sentences_that_begin_like_bylines_are_not() -> None:
    for line in (
        "By noon on Monday the pier was empty.",
        "From Wendle to Orle, nobody sails",
        "Von hier aus sieht man das Meer",
    ):
        assert read(f"<p>{line}</p>").author == ""


def test_name_as_first_paragraph_is_dropped_with_its_reason() -> None:
    from copydesk.pipeline.clean.clean_article import clean

    found = read("<span itemprop=author><span itemprop=name>Jane Marlowe</span></span>")
    article = clean(found)
    assert (article.author, article.byline) == ("Jane Marlowe", "Jane Marlowe")
    assert "Jane Marlowe" not in article.body
    if "Jane Marlowe" in found.paragraphs:
        assert any(piece.text == "Jane Marlowe" for piece in article.dropped)


@pytest.mark.parametrize(
    "line",
    [
        "A book about the fog by Jane Marlowe",
        "LONDON, ENGLAND - MAY 3: Boats lie off the pier of Wendle. (Photo by Jane Marlowe/Getty Images)",
    ],
)
def test_name_in_a_sentence_is_not_the_author(line: str) -> None:
    assert read(f"<p>{line}</p>").author == ""


def test_agencies_and_companies_are_credits() -> None:
    found = read("<p>By Jane Marlowe, Associated Press</p>", head=data({"@type": "Organization", "name": "Reuters"}))
    assert found.author == "Jane Marlowe"
    assert {"Associated Press", "Reuters"} <= set(found.credits)
