"""Find the securities in a text: share symbols with their exchange, Reuters codes, ISINs (``securities.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml

_DATA_PATH = Path(__file__).with_name("securities.toml")
# A symbol stands in brackets; longer brackets are prose. (NYSE: ABC), [TSX/NYSE: ABC], <ABC.N>
_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]{3,160})[)\]）】]")
_ANGLES = re.compile(r"<([^<>\s]{3,24})>")
_EXCHANGE_AND_SYMBOLS = re.compile(r"(?P<names>[^:：;]{2,60})[:：]\s?(?P<symbols>[^:：;]{1,60})")
_SYMBOL = re.compile(r"\$?(?P<symbol>[A-Z0-9][A-Z0-9&]{0,9}(?:[.-][A-Z0-9]{1,4}){0,2})")
_BETWEEN_NAMES = re.compile(r"\s?(?:/|,|;|&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\|)\s?", re.IGNORECASE)
_BETWEEN_SYMBOLS = re.compile(r"\s?(?:/|,|\band\b|\|)\s?")
# Other kinds of codes that stand next to a symbol.
_OTHER_CODES = frozenset({"ISIN", "WKN", "CUSIP", "SEDOL", "LEI", "RIC"})
_LABEL_PREFIX = re.compile(r"^(?:ticker|symbol|stock symbol|trading symbol|shares?)\s", re.IGNORECASE)
# Reuters instrument codes (RIC). Some systems write an index with a point first: <.SPX>.
_REUTERS_CODE = re.compile(r"\.[A-Z0-9]{2,8}|[A-Z0-9]{1,8}(?:_p|[a-z])?\.(?P<exchange>[A-Z]{1,3})")
# The character before is checked afterwards: a lookbehind would make the search slower.
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d(?![A-Z0-9])")
# Characters of one paragraph that are searched; no paragraph of news has more.
_MAX_PARAGRAPH_CHARS = 200_000
# Characters of one group of symbols; longer brackets are prose.
_MAX_PAIRS_CHARS = 200
# A text with more of them is a price list, not an article about shares.
_MAX_SECURITIES = 60


@cache
def _load_exchanges() -> frozenset[str]:
    """Return the names of known exchanges, case-folded."""
    return frozenset(name.casefold() for name in read_toml(_DATA_PATH)["exchanges"])


@cache
def _load_reuters_exchanges() -> frozenset[str]:
    """Return the exchange suffixes of Reuters codes."""
    return frozenset(read_toml(_DATA_PATH)["reuters"])


@cache
def _load_isin_prefixes() -> frozenset[str]:
    """Return the country codes of ISINs."""
    return frozenset(read_toml(_DATA_PATH)["isin_prefixes"].split())


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [
        _BRACKETS,
        _ANGLES,
        _EXCHANGE_AND_SYMBOLS,
        _SYMBOL,
        _BETWEEN_NAMES,
        _BETWEEN_SYMBOLS,
        _LABEL_PREFIX,
        _REUTERS_CODE,
        _ISIN,
    ]


def is_isin(code: str) -> bool:
    """Return whether a code is an ISIN (ISO 6166): a country code, nine characters, and a correct check digit.

    The check digit is Luhn's, over the digits of all characters, with A as 10 and Z as 35.
    """
    if not _ISIN.fullmatch(code) or code[:2] not in _load_isin_prefixes():
        return False
    digits = "".join(str(int(char, 36)) for char in code)
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _find_exchange_symbols(text: str) -> Iterator[str]:
    """Yield the symbols of ``TSX/NYSE: ABC; OTCQB: ABCDF``, each with its exchange."""
    # "NYSE: ABC, LSE: DEF": a comma before the next exchange separates pairs like a semicolon.
    for match in _EXCHANGE_AND_SYMBOLS.finditer(re.sub(r",\s?(?=[^,:;]{2,30}[:：])", ";", text[:_MAX_PAIRS_CHARS])):
        names = _LABEL_PREFIX.sub("", match["names"].strip())
        parts = [names] if names.casefold() in _load_exchanges() else _BETWEEN_NAMES.split(names)
        if not parts or any(part.strip().casefold() not in _load_exchanges() for part in parts):
            continue
        for piece in _BETWEEN_SYMBOLS.split(match["symbols"].strip()):
            symbol = _SYMBOL.fullmatch(piece.strip(" .\"'"))
            if not symbol or symbol["symbol"] in _OTHER_CODES:
                break
            yield from (f"{part.strip().upper()}:{symbol['symbol']}" for part in parts)


def _find_reuters_codes(text: str) -> Iterator[str]:
    """Yield the Reuters codes with a known exchange, or of an index."""
    for piece in re.split(r"[\s,;]+", text):
        match = _REUTERS_CODE.fullmatch(piece)
        if match and (match["exchange"] is None or match["exchange"] in _load_reuters_exchanges()):
            yield piece


def find_tickers(texts: Iterable[str], declared: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the share symbols of a page, each once: those in its data first, then those in brackets in its texts.

    Only known exchanges count: ``(Berlin: ABC)`` is not a share. At most 60 are returned.

    Args:
        texts: Title and paragraphs.
        declared: Wordings of symbols in the page's data.

    Returns:
        ``NYSE:ABC``, the exchange in capitals, or a Reuters code ``ABC.N``, which contains its exchange.
    """
    found: dict[str, None] = {}
    for text in declared:
        found.update(dict.fromkeys(_find_exchange_symbols(text)))
        found.update(dict.fromkeys(_find_reuters_codes(text)))
    for text in (paragraph[:_MAX_PARAGRAPH_CHARS] for paragraph in texts):
        if ":" in text or "：" in text or "." in text:
            for match in _BRACKETS.finditer(text):
                found.update(dict.fromkeys(_find_exchange_symbols(match[1])))
                if len(match[1]) <= 24 and ":" not in match[1]:
                    found.update(dict.fromkeys(_find_reuters_codes(match[1])))
        for match in _ANGLES.finditer(text):
            found.update(dict.fromkeys(_find_reuters_codes(match[1])))
        if len(found) > _MAX_SECURITIES:
            break
    return tuple(found)[:_MAX_SECURITIES]


def find_isins(texts: Iterable[str], declared: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the ISINs of a page with a correct check digit, each once: those in its data first. At most 60."""
    text = "\n".join(paragraph[:_MAX_PARAGRAPH_CHARS] for paragraph in (*declared, *texts))
    found = (
        match.group()
        for match in _ISIN.finditer(text)
        if not (before := text[max(0, match.start() - 1) : match.start()]).isascii() or not before.isalnum()
    )
    return tuple(dict.fromkeys(code for code in found if is_isin(code)))[:_MAX_SECURITIES]
