"""Names in bylines next to roles, employers, titles, times and the names of others."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.byline import parse_byline


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ada Thorne Contributing Editor", ["Ada Thorne"]),
        ("By Ada Thorne Politics Reporter", ["Ada Thorne"]),
        ("By Ada May Thorne Staff Reporter", ["Ada May Thorne"]),
        ("By ADA THORNE Harbour Weekly Staff Reporter", ["ADA THORNE"]),
        ("By Ada Thorne NPR News", ["Ada Thorne"]),
        ("By Ada K. Thorne Culture Critic", ["Ada K. Thorne"]),
        ("By staff writer Ada Thorne", ["Ada Thorne"]),
        ("By our climate editor Ada Thorne", ["Ada Thorne"]),
        ("Von unserer Redakteurin Ada Thorne", ["Ada Thorne"]),
        ("Par notre correspondante Ada Thorne", ["Ada Thorne"]),
        ("De nuestra corresponsal Ada Thorne", ["Ada Thorne"]),
        ("By Dr. Ada Thorne", ["Ada Thorne"]),
        ("By Prof. Dr. Ada Thorne", ["Ada Thorne"]),
        ("By Sir Kit Thorne and Dame Ada Mere", ["Kit Thorne", "Ada Mere"]),
        ("By Dan Mere and Ada Thorne", ["Dan Mere", "Ada Thorne"]),
        ("By Kit Mere, Dan Thorne, and Ada Lowe", ["Kit Mere", "Dan Thorne", "Ada Lowe"]),
        ("By E Ada Thorne", ["E Ada Thorne"]),
        ("By Y A Mere", ["Y A Mere"]),
        ("BY KIT MERE, DAN THORNE AND ADA LOWE", ["KIT MERE", "DAN THORNE", "ADA LOWE"]),
        ("Oleh Kit Mere dan Ada Thorne", ["Kit Mere", "Ada Thorne"]),
        ("Story by Ada Thorne, pictures by Kit Mere", ["Ada Thorne"]),
        ("Texto: Ada Thorne, fotos: Kit Mere", ["Ada Thorne"]),
        ("Words by Ada Thorne and photographs by Kit Mere", ["Ada Thorne"]),
        ("Reporting by Ada Thorne; editing by Kit Mere", ["Ada Thorne"]),
        ("Posted on March 5, 2026 by Ada Thorne in Harbours", ["Ada Thorne"]),
        ("Veröffentlicht am 5. März 2026 von Ada Thorne", ["Ada Thorne"]),
        ("Publicado el 5 de marzo de 2026 por Ada Thorne", ["Ada Thorne"]),
        ("Textos de Ada Thorne", ["Ada Thorne"]),
        ("Opracował: Kit Mere", ["Kit Mere"]),
        ("By Ada ThorneMar 5, 2026", ["Ada Thorne"]),
        ("By Ada ThorneThursday 5 March 2026", ["Ada Thorne"]),
        ("By Ada ThorneReporter", ["Ada Thorne"]),
        ("By Ada McDonald 12 March 2026", ["Ada McDonald"]),
        ("By Ada Thorne, HARBOUR TODAY", ["Ada Thorne"]),
        ("By Ada Guest", ["Ada Guest"]),
        ("By Guest Writer", []),
        ("By Harbour Light Agency", []),
        ("By HARBOUR TIMES OF WENDLE", []),
        ("N/A", []),
    ],
)
def test_names_without_what_stands_around_them(line: str, names: list[str]) -> None:
    assert parse_byline(line).people == names
    assert parse_byline(line, marked=True).people == names


def test_line_above_a_text_in_a_script_without_blanks() -> None:
    from copydesk.pipeline.core.records import Page
    from copydesk.pipeline.extract.extraction import extract
    from tests.page_builder import NOW

    text = "港は霧のため月曜日に閉鎖され、連絡船はすべて運休したと港長が正午に発表し、住民に説明した。"
    top = "<html lang=ja><title>霧で港が閉鎖</title><h1>霧で港が閉鎖</h1><p>森田花子記者</p>"
    html = f"{top}<article>{f'<p>{text}</p>' * 3}</article>"
    assert extract(Page(url="https://post.example/news/fog", body=html.encode(), fetched_at=NOW)).author == "森田花子"
