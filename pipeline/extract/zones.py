"""Find the zone of an element (caption, navigation, hidden, ...) by its tag, role and class names (``zones.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from copydesk.pipeline.core.alternatives import join_words
from copydesk.pipeline.core.data_files import read_toml

OTHER_ZONES = frozenset({
    "related", "comments", "advert", "navigation", "aside", "footer", "embed", "caption", "newsletter", "gallery",
    "overlay", "paywall", "audio",
})  # fmt: skip
"""Zones of content other than the article; the rest, such as that of the author, may contain its time."""
# Characters of a style attribute that are searched.
_STYLE_SCAN_CHARS = 2000
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NAME_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")
# A figure may also be a table or a quotation.
_NON_PICTURE_FIGURE = re.compile(r"table|quote|embed|list")
# A name that a compiler generated, such as "c4f8e21bd0", "kQ5ad" or "AdXsWC": digits between letters, except in a size
# ("ad300x250"), or capitals all over.
_DIGITS_BETWEEN = re.compile(r"[A-Za-z][0-9]+[A-Za-z]")
_SIZE = re.compile(r"[0-9]x[0-9]")
_MIN_GENERATED_CHARS = 4
# Letters of the words in a name that people write, on average; generated names have fewer between their capitals.
_MIN_WORD_CHARS = 2.5
# Characters of the longest word that negates a zone's, with the hyphens around it.
_MAX_NEGATION_CHARS = 9
# Number of class attributes to remember: those of some fifty layouts.
_CACHED_NAMES = 16384
_HIDDEN_STYLE = re.compile(r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ZoneRules:
    """The data of ``zones.toml``, compiled."""

    skipped_tags: frozenset[str]
    """Elements that never contain an article's text."""
    inline_tags: frozenset[str]
    """Elements that do not begin a new block."""
    zone_by_tag: dict[str, str]
    """Zone of each element name that always opens one."""
    zone_by_role: dict[str, str]
    """Zone of each ARIA role that opens one."""
    zone_words: re.Pattern[str]
    """Pattern of all class words that open a zone."""
    zone_by_word: dict[str, str]
    """Zone of each of these words."""
    standfirst_words: re.Pattern[str]
    """Pattern of the class words of a standfirst."""
    screen_reader_words: re.Pattern[str]
    """Pattern of the class words of inline elements that are not visible."""
    article_names: frozenset[str]
    """Class names of the article's own text."""
    metered_words: re.Pattern[str]
    """Pattern of the class words of text that is hidden from those who do not subscribe."""
    negating_word: re.Pattern[str]
    """Pattern of what stands before a zone's word that describes the layout around the zone, or its absence."""
    layout_word: re.Pattern[str]
    """Pattern of what stands after such a word."""
    hiding_classes: frozenset[str]
    """Class names that hide an element."""
    showing_class: re.Pattern[str]
    """Pattern of class names that show it again on some screens."""


def compile_word_list(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of whole words, as ``split_class_names`` separates them; the longest first."""
    return re.compile(rf"(?<![^ -])(?:{join_words(words)})(?![^ -])")


@cache
def load_zone_rules() -> ZoneRules:
    """Load the rules; once per process."""
    data = read_toml(Path(__file__).with_name("zones.toml"))
    reasons = {word: reason for reason, words in data["words"].items() for word in words}
    return ZoneRules(
        skipped_tags=frozenset(data["skip"]),
        inline_tags=frozenset(data["inline"]),
        zone_by_tag=data["tags"],
        zone_by_role=data["roles"],
        zone_words=compile_word_list(reasons),
        zone_by_word=reasons,
        standfirst_words=compile_word_list(data["standfirst"]),
        screen_reader_words=compile_word_list(data["silent"]),
        article_names=frozenset(data["article"]),
        metered_words=compile_word_list(data["metered"]),
        negating_word=re.compile(rf"(?<![^ -])(?:{'|'.join(data['before'])})-$"),
        layout_word=re.compile(rf"-(?:{'|'.join(data['after'])})(?![^ -])"),
        hiding_classes=frozenset(data["unseen"]),
        showing_class=re.compile(rf"-(?:{'|'.join(data['seen'])})(?![^ ])"),
    )


def _is_generated_name(part: str) -> bool:
    """Return whether a part of a class name, between hyphens, was generated and has no words in it."""
    if len(part) < _MIN_GENERATED_CHARS:
        return False
    if _DIGITS_BETWEEN.search(part):
        return _SIZE.search(part) is None
    words = _WORD.findall(part)
    return len(words) > 1 and sum(map(len, words)) < len(words) * _MIN_WORD_CHARS


@lru_cache(maxsize=_CACHED_NAMES)
def split_class_names(names: str) -> str:
    """Return the words of a class or id attribute in lower case.

    Words of one name are joined by hyphens, names by blanks: ``articleBody main_text`` gives ``article-body
    main-text``. Parts of names that a compiler generated stay whole.
    """
    return " ".join(map(_split_name, names[:400].split()))


@lru_cache(maxsize=_CACHED_NAMES)
def _split_name(name: str) -> str:
    """Return the words of one name. Cached: pages combine the same names in many ways."""
    if name.isalpha() and name.islower():
        return name if name.isascii() else ""
    parts = filter(None, _NAME_SEPARATOR.split(name))
    words = (
        part if (part.isalpha() and part.islower()) or _is_generated_name(part) else "-".join(_WORD.findall(part))
        for part in parts
    )
    return "-".join(words).lower()


@lru_cache(maxsize=_CACHED_NAMES)
def is_metered_name(words: str) -> bool:
    """Return whether class words mark text for subscribers."""
    return load_zone_rules().metered_words.search(words) is not None


def find_zone(tag: str, attributes: dict[str, str | None], words: str) -> str:
    """Return the zone that an element opens; empty if none."""
    zones = load_zone_rules()
    if not attributes and not words:
        return zones.zone_by_tag.get(tag, "")
    if tag in zones.zone_by_tag and not (tag == "figure" and _NON_PICTURE_FIGURE.search(words)):
        return zones.zone_by_tag[tag]
    role = attributes.get("role")
    if role and role in zones.zone_by_role:
        return zones.zone_by_role[role]
    if words and is_metered_name(words):
        return ""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return "hidden"
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style[:_STYLE_SCAN_CHARS]):
        return "hidden"
    return _find_zone_by_words(words) if words else ""


@lru_cache(maxsize=_CACHED_NAMES)
def _find_zone_by_words(words: str) -> str:
    """Return the zone that an element's class words stand for; empty if none. Cached: pages repeat the same words."""
    zones = load_zone_rules()
    if not zones.hiding_classes.isdisjoint(words.split()) and not zones.showing_class.search(words):
        return "hidden"
    if not zones.article_names.isdisjoint(words.split()):
        return ""
    for match in zones.zone_words.finditer(words):
        before = words[max(0, match.start() - _MAX_NEGATION_CHARS) : match.start()]
        if not zones.negating_word.search(before) and not zones.layout_word.match(words, match.end()):
            return zones.zone_by_word[match.group()]
    return ""
