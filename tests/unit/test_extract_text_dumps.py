"""Text dumps from crawlers: the article is found among menus, other headlines and comments."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.text import normalize_text
from copydesk.pipeline.extract.text_dump import extract_dump
from copydesk.pipeline.offline.read_page import parse_article

NOW = datetime(2026, 5, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Dump:
    """The lines of a dump, in parts.

    ``opener`` is the dateline before the text, ``reasons`` are those for which the other lines are dropped.
    """

    title: str
    agency: str
    byline: str
    opener: str
    reasons: list[str]
    above: list[str]
    head: list[str]
    text: list[str]
    below: list[str]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.text)

    @property
    def lines(self) -> list[str]:
        return [*self.above, self.title, *self.head, self.opener + self.text[0], *self.text[1:], *self.below]


DUMPS = {
    path.stem: Dump(**tomllib.loads(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parent / "dumps").glob("*.toml"))
}


def clean_dump(lines: list[str]) -> Article:
    page = Page(url="", body="\n".join(lines).encode(), fetched_at=NOW, content_type="text/plain")
    return parse_article(page)


@pytest.mark.parametrize("language", DUMPS)
def test_article_is_found_and_all_else_dropped_with_reason(language: str) -> None:
    dump = DUMPS[language]
    article = clean_dump(dump.lines)
    assert article.title == dump.title
    assert article.paragraphs == dump.paragraphs
    assert article.language == language
    assert set(dump.reasons) <= {piece.reason for piece in article.dropped}
    assert (article.agency, article.byline) == (dump.agency, dump.byline)


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_time_above_the_text_is_parsed(language: str) -> None:
    at = clean_dump(DUMPS[language].lines).published_at
    assert at is not None
    assert (at.year, at.month) == (2026, 4)


@pytest.mark.parametrize("language", DUMPS)
def test_block_printed_twice_is_kept_once(language: str) -> None:
    dump = DUMPS[language]
    at = dump.lines.index(dump.text[-1])
    lines = dump.lines[: at + 1] + dump.text[1:] + dump.lines[at + 1 :]
    assert clean_dump(lines).paragraphs == dump.paragraphs


@pytest.mark.parametrize("language", DUMPS)
def test_text_continues_below_a_box_of_links(language: str) -> None:
    dump = DUMPS[language]
    heading, *others = dump.below[:3]
    at = dump.lines.index(dump.text[1])
    lines = [*dump.lines[:at], heading, *others, *dump.lines[at:]]
    assert clean_dump(lines).paragraphs == dump.paragraphs


def test_window_title_and_breadcrumb_do_not_hide_the_headline() -> None:
    dump = DUMPS["en"]
    lines = [f"{dump.title} - The Wendle Post", *dump.lines[:3], dump.title, *dump.lines[3:]]
    article = clean_dump(lines)
    assert (article.title, article.paragraphs) == (dump.title, dump.paragraphs)


@given(st.data())
def test_no_line_is_lost(data: st.DataObject) -> None:
    """For any lines in any order: each is the headline, a paragraph, or dropped with a reason."""
    pool = [line for dump in DUMPS.values() for line in dump.lines] + ["", "x", "403", "(AP)", "KYIV (AP) —", "a" * 300]
    lines = data.draw(st.lists(st.sampled_from(pool), max_size=40))
    extraction = extract_dump("\n".join(lines), page=Page("", b"", NOW))
    counts = Counter([extraction.title, *extraction.paragraphs, *(piece.text for piece in extraction.dropped)])
    assert counts - Counter([""]) == Counter(normalize_text("\n".join(lines)).split("\n")) - Counter([""])
    assert all(piece.reason for piece in extraction.dropped)


REPORTS = {
    "500 jobs go as lamp works closes": (
        "The lamp works at Elstow is to close in the autumn with the loss of 500 jobs, its owner said on Monday.",
        "The works have made lamps for ships since 1911 and were the town's largest employer, the council said.",
        "A union called the closing a blow and asked the owner for talks on the jobs that go.",
    ),
    "500 killed as dam breaks": (
        "At least 500 people were killed when a dam broke above the town of Orrin on Monday, officials said.",
        "The dam had been inspected in spring and was thought to be sound, the ministry said.",
    ),
    "Error in count reopens vote": (
        "An error in the count of the vote for mayor has led a court to order a new one in Elstow.",
        "The error was found by a clerk who counted the votes again on Sunday night.",
    ),
    "Sorry, says owner of ferry": (
        "The owner of the ferry that ran aground said on Monday that he was sorry for what its passengers bore.",
        "The ferry lay on the sand for eleven hours before a tug came, and nobody was hurt.",
    ),
    "Share prices fall as bank closes branches": (
        "Share prices of the country's banks fell on Monday after the largest said that it would close branches.",
        "The bank closes a third of its branches by the end of the year, and analysts expect others to follow.",
    ),
    "More jobs go at lamp works": (
        "The lamp works at Elstow will cut another 200 jobs in the autumn, its owner said on Monday.",
        "The works had let 300 people go in spring, and the union had hoped that no more would follow.",
    ),
    "Von Arnfels trifft Fischer am Hafen": (
        "Die Ministerin Ada von Arnfels hat sich am Montag mit den Fischern am Hafen von Altwied getroffen.",
        "Sie versprach den Fischern, den Hafen noch in diesem Jahr ausbaggern zu lassen.",
    ),
    "Bakers fined over cookies": (
        "A court fined a chain of bakers two million on Monday for cookies that its site set without asking.",
        "The cookies were set before a visitor to the bakers' site could refuse them, the court found.",
        "“We use cookies as every shop does,” the bakers' lawyer had told the court.",
        "The fine is to be paid by the end of the summer.",
    ),
    "Fehler bei Auszählung: Wahl wird wiederholt": (
        "Nach einem Fehler bei der Auszählung muss die Wahl in Altwied wiederholt werden, so das Gericht am Montag.",
        "Der Fehler bei der Wahl war einer Helferin aufgefallen, die noch einmal gezählt hatte.",
    ),
    "Désolé, dit le patron du bac": (
        "Le patron du bac échoué lundi devant le port s'est dit désolé de ce que les passagers ont enduré.",
        "Le bac est resté onze heures sur le sable avant qu'un remorqueur arrive, et personne n'a été blessé.",
    ),
}


@pytest.mark.parametrize("title", REPORTS)
def test_headline_may_begin_like_an_error(title: str) -> None:
    lines = ["Home", "Sign in", title, "2026-05-01", "01.05.2026 10:20", *REPORTS[title]]
    article = clean_dump(lines)
    assert (article.title, article.paragraphs) == (title, REPORTS[title])
    assert article.published_at == datetime(2026, 5, 1, 10, 20, tzinfo=UTC)


NEWS = [
    "Court fines shop chain over cookies", "Cookies and milk sell well in schools", "Nothing found in search for ferry",
    "The minister said your privacy is at risk from cookies.", "Sorry state of the harbour wall", "Save", "Change",
    "Oops: crane drops boat", "404 homes lose power in storm", "Forbidden fruit sells well", "Document found",
    "Service unavailable for islanders", "Access denied to reporters at port", "Error 404 bar opens in port",
    "The page of the ledger could not be found, the court heard.", "Accept and be damned",
    "Your browser may be spying on you, researchers warn", "Please enable JavaScript, says agency in new guidance",
    "Die Seite setzt Cookies ohne Einwilligung, urteilt das Gericht", "Seite an Seite nicht gefunden",
    "Errore nel conteggio, si rivota", "Erro na contagem reabre votação", "Lo sentimos, dice el dueño de la barca",
    "Si continúa la sequía, el gobierno acepta ayuda", "Refuser de payer", "عذرا يقول صاحب العبارة",
    "Суд оштрафовал магазин за файлы cookie", "Продолжая переговоры, стороны согласились на перемирие",
    "法院因Cookie罚款该公司", "继续使用Cookie的公司将被罚款", "Şirket çerezleri izinsiz kullanmaktadır, dedi kurul",
]  # fmt: skip
BANNERS = [
    "404", "403 Forbidden", "Error 404 - Page not found", "HTTP Error 500: Internal Server Error", "Sorry!!", "Error",
    "Error! Sorry, this page does not exist any more.", "Oops! Something went wrong.",
    "An error occurred. Please try again later.", "The requested URL was not found on this server.", "Access denied",
    "This article has been removed", "Fehler 404 - Seite nicht gefunden", "Entschuldigung", "Erreur 404",
    "Désolé, cette page n'existe plus", "Lo sentimos, la página que busca no existe.", "Errore: pagina non trovata",
    "Erro 404: página não encontrada", "Ошибка 404. Страница не найдена", "Sayfa bulunamadı", "عذرا، الصفحة غير موجودة",
    "很抱歉，您访问的页面不存在", "お探しのページは見つかりませんでした",
]  # fmt: skip
CONSENTS = [
    "We use cookies", "Accept all cookies", "Accept all", "Cookie settings", "Your privacy", "We value your privacy",
    "This site uses cookies to make your visit better.", "To count our readers, we and others use cookies here.",
    "By using this site you accept our use of cookies.", "Please enable JavaScript to view this page.",
    "Your browser is not supported", "You can change your cookie settings at any time.",
    "Wir verwenden Cookies", "Diese Website nutzt Cookies, um Leser zu zählen.", "Alle Cookies akzeptieren",
    "Nous utilisons des cookies", "Ce site utilise des cookies.", "Tout accepter", "Utilizamos cookies propias",
    "Este sitio utiliza cookies", "Questo sito utilizza i cookie", "Este site utiliza cookies",
    "Deze site gebruikt cookies",
    "Мы используем файлы cookie", "На этом сайте используются файлы cookie", "Bu site çerez kullanmaktadır",
    "نستخدم ملفات تعريف الارتباط", "我们使用Cookie", "当サイトではクッキーを使用しています",
    "이 사이트는 쿠키를 사용합니다",
]  # fmt: skip


@pytest.mark.parametrize(("lines", "kinds"), [(NEWS, ("",)), (BANNERS, ("banner",)), (CONSENTS, ("consent",))])
def test_site_messages_are_distinguished_from_news(lines: list[str], kinds: tuple[str]) -> None:
    found = {line: extract_dump("\n".join([line, *REPORTS["500 killed as dam breaks"]])).dropped for line in lines}
    for line, dropped in found.items():
        reasons = {piece.reason for piece in dropped if piece.text == line} & {"banner", "consent"}
        assert (tuple(reasons) or ("",)) == kinds, line
