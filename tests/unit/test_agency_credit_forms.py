"""Credits of agencies in the forms of many newsrooms: around the text, at its end, and as datelines."""

from __future__ import annotations

import pytest

from copydesk.pipeline.clean.clean_article import clean
from copydesk.pipeline.clean.credit import parse_credit, parse_last_mark, split_end_mark
from copydesk.pipeline.clean.dateline import split_dateline
from copydesk.pipeline.core.agencies import find_agencies, find_agency
from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import NOW
from tests.unit.test_credits_on_carriers import TEXT, read


@pytest.mark.parametrize(
    ("line", "agency", "people"),
    [
        ("From The Associated Press", "AP", []),
        ("From AP", "AP", []),
        ("Ruth Amsel via Reuters", "Reuters", ["Ruth Amsel"]),
        ("Ruth Amsel via AP", "AP", ["Ruth Amsel"]),
        ("Via AP news wire", "AP", []),
        ("via AFP", "AFP", []),
        ("Par Odile Verney (avec Reuters)", "Reuters", ["Odile Verney"]),
        ("Von Ute Ahrens (mit dpa)", "dpa", ["Ute Ahrens"]),
        ("ASSOCIATED PRESSMarch 5, 2026", "AP", []),
        ("05.03.2026 10:10 Quelle: dpa", "dpa", []),
        ("2026-03-05 10:10:00 来源： 新华网", "Xinhua", []),
        ("WENDLE, Ohio (AP) —", "AP", []),
        ("NEW YORK (AP) —", "AP", []),
        ("Wendle/Marl (dpa) –", "dpa", []),
    ],
)
def test_printed_line_credits_the_agency(line: str, agency: str, people: list[str]) -> None:
    found = parse_byline(line)
    assert found.is_whole(line)
    assert [find_agency(name) for name in found.organizations] == [agency]
    assert found.people == people


def test_name_with_an_agency_in_brackets_is_a_person() -> None:
    assert parse_byline("Ruth Amsel (AP)").people == ["Ruth Amsel"]
    assert parse_byline("By Ruth Amsel (AP) —").people == ["Ruth Amsel"]


@pytest.mark.parametrize("line", ["Updates from the harbour", "From the archive (1)"])
def test_other_lines_credit_no_agency(line: str) -> None:
    found = parse_byline(line)
    assert not (found.has_agency and found.is_whole(line))


@pytest.mark.parametrize(
    ("mark", "agencies"),
    [("abc/dpa", ["dpa"]), ("abc/de/AFP", ["AFP"]), ("dpa/abc", ["dpa"]), ("he, AP", []), ("and/or", [])],
)
def test_editors_sign_stands_before_or_behind_the_agency(mark: str, agencies: list[str]) -> None:
    assert find_agencies(mark) == agencies


@pytest.mark.parametrize(
    ("line", "agencies"),
    [("abc/dpa", ("dpa",)), ("ab/cd AFP", ("AFP",)), ("ab/cd", ()), ("ab/cd Harbour", None)],
)
def test_last_line_with_editors_signs(line: str, agencies: tuple[str, ...] | None) -> None:
    found = parse_last_mark(line)
    assert (found and found.agencies) == agencies


@pytest.mark.parametrize(
    ("end", "agencies"),
    [
        (" – Reuters", ("Reuters",)),
        (" — AFP", ("AFP",)),
        (" - Agence France-Presse.", ("AFP",)),
        (" (dpa/abc)", ("dpa",)),
        (" – Ruth Amsel", ()),
        (" – then rain", ()),
    ],
)
def test_mark_at_the_end_of_the_last_sentence(end: str, agencies: tuple[str, ...]) -> None:
    text = "The ferry leaves from the grain pier until spring."
    assert split_end_mark(text + end) == (text if agencies else text + end, agencies)


def test_agency_after_a_quotation_is_its_source() -> None:
    text = "“A gripping tale of the sea.” – Reuters"
    assert split_end_mark(text) == (text, ())


def test_copyright_line_with_an_address() -> None:
    found = parse_credit("Copyright 2026, dpa (www.dpa.de). Alle Rechte vorbehalten")
    assert found is not None
    assert found.agencies == ("dpa",)


@pytest.mark.parametrize(
    ("printed", "place", "agency", "credit"),
    [
        ("Wendle (España), 5 mar (EFE).- ", "Wendle (España), 5 mar", "EFE", ""),
        ("Wendle. (dpa) ", "Wendle", "dpa", ""),
        ("Marl am Wendle. (AFP) – ", "Marl am Wendle", "AFP", ""),
        ("Wendle (dts Nachrichtenagentur) - ", "Wendle", "dts", ""),
        ("AGI - ", "", "AGI", ""),
        ("ANSA – ", "", "ANSA", ""),
        ("ロンドン（ＡＰ）", "ロンドン", "AP", ""),
        ("東京（共同）", "東京", "Kyodo", ""),
        ("路透北京3月5日 - ", "北京3月5日", "Reuters", ""),
        ("【路透北京3月5日电】", "北京3月5日", "Reuters", ""),
        ("（中央社記者陳小明高雄5日電）", "高雄5日", "CNA", ""),
        ("（中央社台北5日電）", "台北5日", "CNA", ""),
        ("(부산 AFP=연합뉴스) ", "부산", "AFP", "AFP/Yonhap"),
        ("(부산=연합뉴스) ", "부산", "Yonhap", ""),
    ],
)
def test_datelines_of_agencies(printed: str, place: str, agency: str, credit: str) -> None:
    rest = "The harbour reopened on Monday."
    found = split_dateline(printed + rest)
    assert found is not None
    assert (found.text, found.agency, found.credit, found.rest) == (place, agency, credit, rest)


def test_reporter_in_a_taiwanese_dateline() -> None:
    found = split_dateline("（中央社記者陳小明高雄5日電）港口週一重新開放。")
    assert found is not None
    assert found.byline == "陳小明"


@pytest.mark.parametrize(
    "text",
    [
        "AGI — the machine that thinks like people — is years away.",
        "AGI: The party presented its list on Monday.",
        "It rained. (dpa) reporters waited.",
        "路透社表示，港口5日 - 重新开放。",
        "会社は（共同）で発表した。",
    ],
)
def test_sentences_are_not_datelines(text: str) -> None:
    found = split_dateline(text)
    assert found is None or not found.agency


@pytest.mark.parametrize(
    "line",
    [
        "The Associated Press contributed to this report.",
        "Reuters and AFP contributed to this story.",
        "(With inputs from Reuters)",
        "With reporting by Reuters",
    ],
)
def test_contributing_agency_is_credited_but_the_text_is_not_its_own(line: str) -> None:
    article = read(last=f"<p>{line}</p>")
    assert article.agency == ""
    assert article.credit in {"AP", "Reuters", "Reuters/AFP"}
    assert article.paragraphs == TEXT


@pytest.mark.parametrize("line", ["Con información de Reuters", "(avec AFP)", "mit dpa", "Source: AP"])
def test_agency_that_provides_the_text_is_its_agency(line: str) -> None:
    assert read(last=f"<p>{line}</p>").agency


def _read_text(*paragraphs: str) -> Article:
    """Return the article of a page with some paragraphs."""
    html = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = Page(
        "https://paper.example/a",
        f"<html><body><article><h1>Pier closes</h1>{html}</article></body></html>".encode(),
        NOW,
    )
    return clean(extract(page), page)


def test_dateline_on_a_line_of_its_own() -> None:
    article = _read_text("WENDLE, Ohio (AP) —", *TEXT)
    assert (article.agency, article.dateline) == ("AP", "WENDLE, Ohio")
    assert article.paragraphs == TEXT


def test_last_paragraph_with_an_editors_sign_is_not_a_caption() -> None:
    article = _read_text(*TEXT[:-1], f"{TEXT[-1]} (dpa/abc)")
    assert (article.agency, article.paragraphs) == ("dpa", TEXT)


def test_credit_above_a_chinese_text() -> None:
    text = (
        "港务局周一宣布，北码头的工程推迟到明年春天，因为潜水员发现墙体裂缝比预期更长。",
        "渡轮暂时改从粮食码头出发，乘客须提前半小时到达，行李可以在旧仓库寄存一天。",
        "修理费用由地区议会承担，议员们将在下周的会议上讨论贷款和新的收费办法。",
    )
    for line in ("来源：美联社", "2026-03-05 10:10:00 来源： 美联社"):
        html = "".join(f"<p>{part}</p>" for part in text)
        body = f"<main><h1>北码头工程推迟</h1><div>{line}</div><article>{html}</article></main>"
        page = Page(
            "https://paper.example/a", f'<html lang="zh"><meta charset="utf-8"><body>{body}</body></html>'.encode(), NOW
        )
        article = clean(extract(page), page)
        assert (article.agency, article.paragraphs) == ("AP", text)
