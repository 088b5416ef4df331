"""Share symbols, Reuters codes and ISINs in a text, and codes that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.clean import clean
from copydesk.pipeline.clean.securities import find_isins, find_tickers, is_isin
from copydesk.pipeline.core.records import Extraction


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("Lampworks Inc. (NYSE: LMPW) lit a new street.", ("NYSE:LMPW",)),
        ("Lampworks (NASDAQ:LMPW) and Wick (Nasdaq: WICK).", ("NASDAQ:LMPW", "NASDAQ:WICK")),
        ("Lampworks (NYSE American: LMP.A)", ("NYSE AMERICAN:LMP.A",)),
        ("Wick Mining (TSXV: WIK; OTCQB: WIKKF; FSE: 4WK)", ("TSXV:WIK", "OTCQB:WIKKF", "FSE:4WK")),
        ("Wick Mining (TSX: WIK, NYSE: WKM)", ("TSX:WIK", "NYSE:WKM")),
        ("Wick Mining (TSX/NYSE: WIK)", ("TSX:WIK", "NYSE:WIK")),
        ("Wick Mining (NYSE and TSX: WIK)", ("NYSE:WIK", "TSX:WIK")),
        ("Lantern Bank (NYSE: LTN.PRA, LTN.PRB)", ("NYSE:LTN.PRA", "NYSE:LTN.PRB")),
        ("灯火集团（HKEX：0700）", ("HKEX:0700",)),
        ("Shares of Lampworks <LMPW.N> rose while <.LMPX> fell.", ("LMPW.N", ".LMPX")),
        ("Lampworks (LMPW.O) rose, Docht AG (DOCG_p.DE) fell.", ("LMPW.O", "DOCG_p.DE")),
        ("Twice (NYSE: LMPW) is once (NYSE:LMPW).", ("NYSE:LMPW",)),
        ("The station (Berlin: ABC) is no exchange.", ()),
        ("The play (Act: II) has a <b.> in it (e.g. this).", ()),
        ("The record (Verse: 3.4) and the U.S. (U.S.) stand (a.m.).", ()),
        ("Doors open (NYSE: see below) at nine.", ()),
        ("NYSE: the bell rang.", ()),
    ],
)
def test_tickers_are_found(text: str, tickers: tuple[str, ...]) -> None:
    assert find_tickers([text]) == tickers


def test_declared_symbols_come_first() -> None:
    assert find_tickers(["Wick (TSX: WIK)"], ["NYSE:LMPW, NASDAQ: OIL"]) == ("NYSE:LMPW", "NASDAQ:OIL", "TSX:WIK")
    assert find_isins([], ["US0378331005"]) == ("US0378331005",)


@pytest.mark.parametrize("code", ["US0378331005", "DE0007164600", "GB0002634946", "AU0000XVGZA3", "XS2010044464"])
def test_isin_needs_a_correct_check_digit(code: str) -> None:
    assert is_isin(code)
    assert not is_isin(code[:-1] + str((int(code[-1]) + 1) % 10))
    assert not is_isin("QQ" + code[2:])
    assert find_isins([f"Lampworks (ISIN: {code}) and {code}; not X{code}1."]) == (code,)


@given(st.text(alphabet="ABCDEFGHIJ0123456789", min_size=9, max_size=9))
def test_exactly_one_of_ten_check_digits_is_correct(middle: str) -> None:
    assert sum(is_isin(f"DE{middle}{digit}") for digit in range(10)) == 1


def test_article_has_securities_and_author() -> None:
    extraction = Extraction(
        title="Lampworks lights a street",
        paragraphs=("Lampworks (NYSE: LMPW, ISIN DE0007164600) lit a street.",),
        author="By Ada Wick, AP",
        symbols=("ISIN: US0378331005",),
        truncated=True,
        modified_source="today",
    )
    article = clean(extraction)
    assert article.tickers == ("NYSE:LMPW",)
    assert article.isins == ("US0378331005", "DE0007164600")
    assert (article.author, article.byline, article.agency) == ("By Ada Wick, AP", "Ada Wick", "AP")
    assert (article.truncated, article.modified_source) == (True, "today")
