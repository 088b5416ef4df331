"""The securities that a text names: share symbols with their exchange, Reuters codes, ISINs (``securities.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

# What stands in brackets is a symbol's place; longer brackets are prose. (NYSE: ABC), [TSX/NYSE: ABC], <ABC.N>
_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]{3,160})[)\]）】]")
_ANGLES = re.compile(r"<([^<>\s]{3,24})>")
_NAMED = re.compile(r"(?P<names>[^:：;]{2,60})[:：]\s?(?P<symbols>[^:：;]{1,60})")
_SYMBOL = re.compile(r"\$?(?P<symbol>[A-Z0-9][A-Z0-9&]{0,9}(?:[.-][A-Z0-9]{1,4}){0,2})")
_BETWEEN_NAMES = re.compile(r"\s?(?:/|,|;|&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\|)\s?", re.IGNORECASE)
_BETWEEN_SYMBOLS = re.compile(r"\s?(?:/|,|\band\b|\|)\s?")
# Codes of other kinds that stand beside a symbol.
_OTHER_CODES = frozenset({"ISIN", "WKN", "CUSIP", "SEDOL", "LEI", "RIC"})
_PREFIX = re.compile(r"^(?:ticker|symbol|stock symbol|trading symbol|shares?)\s", re.IGNORECASE)
# Some systems write an index with a point first: <.SPX>.
_REUTERS = re.compile(r"\.[A-Z0-9]{2,8}|[A-Z0-9]{1,8}(?:_p|[a-z])?\.(?P<exchange>[A-Z]{1,3})")
# What stands before is looked at afterwards: so the search runs at the speed of its first characters.
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d(?![A-Z0-9])")
# Characters of one paragraph that are searched; no paragraph of news has more.
_REACH = 200_000
# Characters of one place for symbols; brackets that hold more are prose.
_PAIRS = 200
# A text of more is a list of prices, not an article about shares.
_MOST = 60


@cache
def _read_data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "securities.toml").read_text(encoding="utf-8"))


@cache
def _exchanges() -> frozenset[str]:
    return frozenset(name.casefold() for name in _read_data()["exchanges"])


@cache
def _reuters() -> frozenset[str]:
    return frozenset(_read_data()["reuters"])


@cache
def _prefixes() -> frozenset[str]:
    return frozenset(_read_data()["isin_prefixes"].split())


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [_BRACKETS, _ANGLES, _NAMED, _SYMBOL, _BETWEEN_NAMES, _BETWEEN_SYMBOLS, _PREFIX, _REUTERS, _ISIN]


def is_isin(code: str) -> bool:
    """Whether twelve characters are an ISIN: a country, nine characters, a check digit that is right (ISO 6166).

    The check is Luhn's over the digits that the characters stand for, A being 10 and Z 35.
    """
    if not _ISIN.fullmatch(code) or code[:2] not in _prefixes():
        return False
    digits = "".join(str(int(char, 36)) for char in code)
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _read_pairs(text: str) -> Iterator[str]:
    """The symbols of ``TSX/NYSE: ABC; OTCQB: ABCDF``, each with its exchange."""
    # "NYSE: ABC, LSE: DEF": a comma before the next exchange parts pairs as a semicolon does.
    for match in _NAMED.finditer(re.sub(r",\s?(?=[^,:;]{2,30}[:：])", ";", text[:_PAIRS])):
        names = _PREFIX.sub("", match["names"].strip())
        parts = [names] if names.casefold() in _exchanges() else _BETWEEN_NAMES.split(names)
        if not parts or any(part.strip().casefold() not in _exchanges() for part in parts):
            continue
        for piece in _BETWEEN_SYMBOLS.split(match["symbols"].strip()):
            symbol = _SYMBOL.fullmatch(piece.strip(" .\"'"))
            if not symbol or symbol["symbol"] in _OTHER_CODES:
                break
            yield from (f"{part.strip().upper()}:{symbol['symbol']}" for part in parts)


def _read_reuters(text: str) -> Iterator[str]:
    for piece in re.split(r"[\s,;]+", text):
        match = _REUTERS.fullmatch(piece)
        if match and (match["exchange"] is None or match["exchange"] in _reuters()):
            yield piece


def find_tickers(texts: Iterable[str], told: Iterable[str] = ()) -> tuple[str, ...]:
    """The symbols that texts print in brackets, and before them those that the page's data tell; each once, in order.

    ``NYSE:ABC`` is exchange and symbol as printed, the exchange in capitals; ``ABC.N`` is a Reuters code, which names
    its exchange itself. Only known exchanges count: ``(Berlin: ABC)`` is no share.
    """
    found: dict[str, None] = {}
    for text in told:
        found.update(dict.fromkeys(_read_pairs(text)))
        found.update(dict.fromkeys(_read_reuters(text)))
    for text in (one[:_REACH] for one in texts):
        if ":" in text or "：" in text or "." in text:
            for match in _BRACKETS.finditer(text):
                found.update(dict.fromkeys(_read_pairs(match[1])))
                if len(match[1]) <= 24 and ":" not in match[1]:
                    found.update(dict.fromkeys(_read_reuters(match[1])))
        for match in _ANGLES.finditer(text):
            found.update(dict.fromkeys(_read_reuters(match[1])))
        if len(found) > _MOST:
            break
    return tuple(found)[:_MOST]


def find_isins(texts: Iterable[str], told: Iterable[str] = ()) -> tuple[str, ...]:
    """The ISINs whose check digit is right, in the page's data and in texts; each once, in order."""
    text = "\n".join(one[:_REACH] for one in (*told, *texts))
    found = (
        match.group()
        for match in _ISIN.finditer(text)
        if not (before := text[max(0, match.start() - 1) : match.start()]).isascii() or not before.isalnum()
    )
    return tuple(dict.fromkeys(code for code in found if is_isin(code)))[:_MOST]
