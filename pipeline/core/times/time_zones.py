"""Match offsets from UTC and names of time zones in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.names import load_ambiguous_zones, load_default_zone_countries, load_zones
from copydesk.pipeline.core.times.tokens import Token, match_name

_UTC_NAMES = frozenset({"utc", "gmt", "ut", "z", "tu"})
_SIGNS = {"+": 1, "-": -1, "\u2013": -1}
# In use are UTC-12 to UTC+14, in steps of a quarter of an hour.
_MIN_OFFSET, _MAX_OFFSET = timedelta(hours=-12), timedelta(hours=14)
_MINUTES = frozenset({0, 15, 30, 45})


@dataclass(frozen=True, slots=True)
class ZoneMatch:
    """A zone in tokens; without offset and zone it is one that is not known."""

    end: int
    """Position after its last token."""
    offset: timedelta | None = None
    zone: tzinfo | None = None
    countries: tuple[str, ...] = ()
    """Countries that use this name."""
    is_numeric: bool = False


def match_zone(tokens: Sequence[Token], at: int, locale: TimeLocale, *, iso: bool) -> ZoneMatch | None:
    """Return the zone that begins at a token behind a time of day; None if there is none.

    Args:
        tokens: The tokens.
        at: Position of the first one.
        locale: Decides between the meanings of a name.
        iso: Whether an offset may follow the clock without a blank.
    """
    token = tokens[at]
    if token.kind == "zone":
        try:
            return ZoneMatch(at + 1, zone=ZoneInfo(token.text))
        except (KeyError, ValueError, OSError):
            return ZoneMatch(at + 1)
    if token.text in _SIGNS and token.text != "\u2013":
        return _match_offset(tokens, at, bare=not iso)
    if token.kind != "word":
        return None
    if token.text in _UTC_NAMES and (token.text != "z" or not token.spaced or token.raw == "Z"):
        found = _match_offset(tokens, at + 1, bare=False) if at + 1 < len(tokens) else None
        return found or ZoneMatch(at + 1, timedelta())
    return _match_name(tokens, at, locale)


def is_zone_name(tokens: Sequence[Token], at: int) -> bool:
    """Return whether the name of a zone stands at a token, known or not which one of several."""
    if at >= len(tokens) or tokens[at].kind not in {"word", "zone"}:
        return False
    if tokens[at].kind == "zone":
        return True
    if tokens[at].text in _UTC_NAMES and tokens[at].raw.isupper():
        return True
    found = [match_name(tokens, at, names) for names in (load_zones(), load_ambiguous_zones())]
    return any(name is not None and _is_abbreviation_written_so(tokens, at, name[1]) for name in found)


def _match_offset(tokens: Sequence[Token], at: int, *, bare: bool) -> ZoneMatch | None:
    """Match +05:30, -5:00, +0530, -3 and +5.30; bare, a minus needs a blank in front: 10:00-11:00 is a span."""
    sign = _SIGNS.get(tokens[at].text)
    if sign is None or (bare and sign < 0 and not tokens[at].spaced) or at + 1 >= len(tokens):
        return None
    number = tokens[at + 1]
    if number.kind != "number" or number.spaced or len(number.text) not in {1, 2, 3, 4, 6}:
        return None
    end = at + 2
    if len(number.text) <= 2:
        hours, minutes = int(number.text), 0
        if (
            end + 1 < len(tokens)
            and tokens[end].text in {":", "."}
            and not tokens[end].spaced
            and tokens[end + 1].kind == "number"
            and not tokens[end + 1].spaced
        ):
            if len(tokens[end + 1].text) != 2:
                return None
            minutes, end = int(tokens[end + 1].text), end + 2
            if end + 1 < len(tokens) and tokens[end].text == ":" and tokens[end + 1].text == "00":
                end += 2
        elif (
            end < len(tokens)
            and not tokens[end].spaced
            and tokens[end].text in {"/", "-", ".", ":"}
            and end + 1 < len(tokens)
            and tokens[end + 1].kind == "number"
        ):
            return None
    else:
        digits = number.text[:4] if len(number.text) == 6 else number.text
        hours, minutes = int(digits[:-2]), int(digits[-2:])
    offset = sign * timedelta(hours=hours, minutes=minutes)
    if minutes not in _MINUTES or not _MIN_OFFSET <= offset <= _MAX_OFFSET:
        return ZoneMatch(end, is_numeric=True)
    return ZoneMatch(end, offset, is_numeric=True)


def _match_name(tokens: Sequence[Token], at: int, locale: TimeLocale) -> ZoneMatch | None:
    """Match an abbreviation in capitals, or the name of a zone in words."""
    ambiguous = match_name(tokens, at, load_ambiguous_zones())
    certain = match_name(tokens, at, load_zones())
    if certain and (ambiguous is None or certain[1] >= ambiguous[1]):
        value, end = certain
        if not _is_abbreviation_written_so(tokens, at, end):
            return None
        if isinstance(value, timedelta):
            return ZoneMatch(end, value, countries=_get_countries(value, tokens[at].text))
        return ZoneMatch(end, zone=value, countries=("US",) if str(value).startswith("America/") else ("ZZ",))
    if ambiguous is None or not _is_abbreviation_written_so(tokens, at, ambiguous[1]):
        return None
    meanings, end = ambiguous
    country = next((country for country in locale.countries if country in meanings), None)
    if country is None:
        country = load_default_zone_countries().get(tokens[at].text)
    if country is None:
        return ZoneMatch(end, countries=tuple(meanings))
    return ZoneMatch(end, meanings[country], countries=(country,))


def _get_countries(offset: timedelta, key: str) -> tuple[str, ...]:
    """Return the countries that a name shows: one in America or another one; UTC shows none."""
    if key in _UTC_NAMES:
        return ()
    return (
        ("US",)
        if timedelta(hours=-11) < offset < timedelta(hours=-3)
        and key.startswith(("eastern", "central", "mountain", "pacific", "ak", "hst"))
        else ("ZZ",)
    )


def _is_abbreviation_written_so(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Return whether a short Latin name is in capitals; "ist" and "pet" are words."""
    words = [token for token in tokens[at:end] if token.kind == "word"]
    if len(words) > 1 or len(words[0].raw) > 5 or not words[0].raw.isascii():
        return True
    return sum(char.isupper() for char in words[0].raw) * 2 > len(words[0].raw)
