"""Names of months, weekdays, parts of the day and labels, from the tables of this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.times.tokens import make_key


def _load(name: str) -> dict[str, Any]:
    return read_toml(Path(__file__).with_name(name))


def _index_names(row: str) -> dict[str, int]:
    """Return the number of each name in a row of a table: groups separated by ``|``, names by commas."""
    groups = (group.split(",") for group in row.split("|"))
    return {key: number for number, names in enumerate(groups, 1) for name in names if (key := make_key(name))}


@cache
def _index_table(table: str) -> Mapping[str, Mapping[str, int]]:
    """Return the numbers of the names in a table of ``names.toml`` by language."""
    return {language: _index_names(row) for language, row in _load("names.toml")[table].items()}


@cache
def _index_common_names(table: str) -> Mapping[str, int]:
    """Return the number of each name of all languages; 0 for one that means different numbers."""
    merged: dict[str, int] = {}
    for names in _index_table(table).values():
        for key, number in names.items():
            merged[key] = number if merged.get(key, number) == number else 0
    return merged


@lru_cache(maxsize=128)
def load_months(language: str) -> Mapping[str, int]:
    """Return the months 1 to 12 by name; a name that differs between languages counts in the given one only."""
    common = {key: number for key, number in _index_common_names("months").items() if number}
    return common | dict(_index_table("months").get(language, {}))


@lru_cache(maxsize=128)
def load_weekdays(language: str) -> Mapping[str, int]:
    """Return the weekdays by name, 1 for Monday to 7; 0 for a name that differs between languages."""
    return {**_index_common_names("weekdays"), **_index_table("weekdays").get(language, {})}


@cache
def load_jalali_months() -> Mapping[str, int]:
    """Return the months of the Persian calendar by name."""
    return _index_names(_load("names.toml")["calendars"]["jalali"])


@cache
def load_hijri_months() -> Mapping[str, int]:
    """Return the months of the Islamic calendar by name."""
    return _index_names(_load("names.toml")["calendars"]["hijri"])


def _index_words(groups: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {make_key(word): group for group, words in groups.items() for word in words}


@cache
def load_words(group: str) -> frozenset[str]:
    """Return the keys of the words inside dates and times: ``joiners``, ``ordinals``, ``hour`` ..."""
    return frozenset(map(make_key, _load("vocabulary.toml")["inside"][group]))


@cache
def load_relative_words() -> Mapping[str, str]:
    """Return the words of times such as "2 hours ago", as keys."""
    return _index_words({"relative": _load("vocabulary.toml")["relative"]["words"]})


@cache
def load_periods() -> Mapping[str, str]:
    """Return the parts of the day by name: ``am``, ``pm``, ``morning`` ..."""
    return _index_words(_load("vocabulary.toml")["periods"])


@cache
def load_clock_units() -> Mapping[str, str]:
    """Return ``hour``, ``minute`` or ``second`` by the words behind such numbers."""
    return _index_words(_load("vocabulary.toml")["clock"])


@cache
def load_noise() -> Mapping[str, str]:
    """Return the words that say nothing about a time, as keys."""
    return _index_words({"noise": _load("vocabulary.toml")["noise"]["words"]})


@cache
def load_era_marks() -> Mapping[str, str]:
    """Return the marks of our own era behind a year, as keys."""
    return _index_words({"era": _load("vocabulary.toml")["noise"]["era"]})


@cache
def load_labels() -> Mapping[str, str]:
    """Return ``published``, ``updated`` or ``other`` by the words of labels."""
    return _index_words(_load("vocabulary.toml")["labels"])


@cache
def load_zones() -> Mapping[str, timedelta | tzinfo]:
    """Return the zones with one meaning by key: an offset, or an IANA zone."""
    return {make_key(name): _parse_zone(value) for name, value in _load("time_zones.toml")["fixed"].items()}


@cache
def load_ambiguous_zones() -> Mapping[str, Mapping[str, timedelta]]:
    """Return the offset by country of the zones with several meanings."""
    table = _load("time_zones.toml")["ambiguous"]
    return {make_key(name): {c: _parse_offset(v) for c, v in row.items()} for name, row in table.items()}


@cache
def load_default_zone_countries() -> Mapping[str, str]:
    """Return the country that counts for an ambiguous zone if nothing shows another."""
    return {make_key(name): country for name, country in _load("time_zones.toml")["default"].items()}


@cache
def load_zone_countries() -> Mapping[str, str]:
    """Return the country of IANA zones, if abbreviations or the order of day and month depend on it."""
    table: dict[str, list[str]] = _load("time_zones.toml")["countries"]
    return {zone: country for country, zones in table.items() for zone in zones}


def _parse_zone(value: str) -> timedelta | tzinfo:
    return _parse_offset(value) if value[0] in "+-" else ZoneInfo(value)


def _parse_offset(value: str) -> timedelta:
    offset = timedelta(hours=int(value[1:3]), minutes=int(value[4:]))
    return -offset if value[0] == "-" else offset
