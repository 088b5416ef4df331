"""Find an article's text in the data that a page carries for its scripts, where the page prints nothing or a stub.

Sources are JSON in script elements and ``data-`` attributes, objects assigned to variables, JSON in string literals,
and the rows that React's server components stream. The shapes differ from site to site, so none is assumed: the text is
the innermost list of pieces, or the one string of markup, that contains what the page prints and goes on; or, where the
page prints next to nothing, the longest one next to its headline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from unicodedata import east_asian_width

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.extract.proposal import fold_text
from copydesk.pipeline.extract.script_literals import parse_literals
from copydesk.pipeline.extract.script_text import is_prose, read_pieces

# Longer printed texts are whole; data are searched below this, in characters.
MAX_PRINTED_CHARS = 3_000
# Data with fewer characters have no article.
_MIN_DATA_CHARS = 500
_MAX_DATA_CHARS = 4_000_000
_MAX_NODES = 200_000
# A text in data with fewer characters, folded, is a summary.
_MIN_TEXT_CHARS = 250
# A printed text with fewer characters, folded, is a label or a message: it does not identify the article.
_MIN_PRINTED_CHARS = 60
# The data's text continues what is printed if it contains this part of it, and has so many times its characters.
_MIN_COVERED_SHARE = 0.7
_MIN_CONTINUATION_RATIO = 1.5
# Words that are searched in a script before it is parsed, in characters, and paragraphs that they are taken from.
_PROBE_CHARS = 14
_PROBE_SCAN_CHARS = 400
_MAX_PROBES = 6
_ASSIGNMENT = re.compile(r"[=(] ?(?=[{\[])")
_MAX_ASSIGNMENTS = 40
_STRING_ARGUMENT = re.compile(r"(?:JSON\.parse\(|\.push\(\[\d,) ?(?=\")")
_FLIGHT_ROW = re.compile(rb"[0-9a-f]{1,8}:(?:T([0-9a-f]{1,8}),|[A-Z]{0,3})")
_DATA_ATTRIBUTES = ("data-page", "data-props", "data-react-props", "data-state", "data-json")
# Properties with other stories.
_OTHER_KEYS = (
    "related", "recirc", "recommend", "more", "popular", "trending", "latest", "comments", "teaser", "sidebar", "promo",
)  # fmt: skip
_MAX_KEY_CHARS = 80
_MAX_DEPTH = 60
_TITLE_KEY = re.compile(r"^(?:\w{0,9}_)?(?:head(?:line)?s?|title)$", re.IGNORECASE)
_MIN_TITLE_CHARS = 15
_MAX_TITLE_CHARS = 400
_DECODER = json.JSONDecoder(strict=False)


def find_script_text(tree: LexborHTMLParser, title: str, printed: Iterable[str]) -> list[str]:
    """Return the paragraphs of the article in the page's script data; none if they add nothing to what is printed.

    Args:
        tree: The parsed page.
        title: Its headline.
        printed: The paragraphs that it prints.
    """
    texts = list(printed)
    keys = [key for text in texts if len(key := fold_text(text)) >= _PROBE_CHARS]
    size = sum(map(len, keys))
    best: list[str] = []
    probes = _make_probes([*texts, title])
    for value in _list_data(tree, probes):
        search = _Search(fold_text(title), keys if size >= _MIN_PRINTED_CHARS else [], probes)
        search.visit(value)
        best = max(best, search.best, key=_measure)
    return best if _measure(best) >= max(_MIN_TEXT_CHARS, size * _MIN_CONTINUATION_RATIO) else []


def _measure(paragraphs: list[str]) -> int:
    return sum(len(fold_text(text)) for text in paragraphs)


def _make_probes(texts: list[str]) -> list[str]:
    """Return pieces of texts that data with the same text contain literally, raw or with escaped letters."""
    runs = [run[:_PROBE_CHARS].rstrip() for text in texts if (run := _find_plain_words(text))]
    probes = runs[: _MAX_PROBES - 1] + runs[-1:]
    return [*probes, *(json.dumps(probe)[1:-1] for probe in probes if not probe.isascii())]


def _find_plain_words(text: str) -> str:
    """Return the first characters in a row of a text's beginning that are letters, digits or blanks, if enough.

    A wide character, as of Han or Hangul, counts as two: it says as much.
    """
    run, width = "", 0
    for char in text[:_PROBE_SCAN_CHARS]:
        if not (char.isalnum() or (char == " " and run)):
            run, width = "", 0
            continue
        run += char
        width += 2 if east_asian_width(char) in "WF" else 1
        if width >= _PROBE_CHARS:
            return run
    return ""


def _list_data(tree: LexborHTMLParser, probes: list[str]) -> Iterator[Any]:
    """Yield the values in a page's data that contain any of the probes."""
    stream: list[str] = []
    for node in tree.css("script:not([src])"):
        source = node.text()
        if len(source) > _MAX_DATA_CHARS or "ld+json" in (node.attributes.get("type") or ""):
            continue
        if "__next_f" in source:
            stream += _list_strings(source)
        elif len(source) >= _MIN_DATA_CHARS and any(probe in source for probe in probes):
            yield from _parse_script(source)
    rows = "".join(stream)
    if any(probe in rows for probe in probes):
        yield list(_parse_flight_rows(rows.encode("utf-8", "replace")))
    for name in _DATA_ATTRIBUTES:
        for node in tree.css(f"[{name}]"):
            source = node.attributes.get(name) or ""
            if _MIN_DATA_CHARS <= len(source) <= _MAX_DATA_CHARS and any(probe in source for probe in probes):
                yield from _decode(source)


def _decode(source: str) -> list[Any]:
    """Return the JSON value that a text consists of, in a list; none if it is not JSON."""
    try:
        return [_DECODER.decode(source)]
    except (ValueError, RecursionError):
        return []


def _parse_script(source: str) -> Iterator[Any]:
    """Yield the values in a script: it is JSON, assigns JSON or other literals, or has JSON or markup in strings."""
    if values := _decode(source.strip().removesuffix(";")):
        yield from values
        return
    at, failures, successes = 0, 0, 0
    for _ in range(_MAX_ASSIGNMENTS):
        match = _ASSIGNMENT.search(source, at)
        if match is None:
            break
        try:
            value, at = _DECODER.raw_decode(source, match.end())
        except (ValueError, RecursionError):
            at = match.end()
            failures += 1
            continue
        successes += 1
        yield value
    if failures or not successes:
        yield from parse_literals(source)
    for text in _list_strings(source):
        yield from _decode(text) or [text]


def _list_strings(source: str) -> list[str]:
    """Return the string arguments of the calls with which scripts pass data on."""
    found: list[str] = []
    at = 0
    while match := _STRING_ARGUMENT.search(source, at):
        try:
            text, at = _DECODER.raw_decode(source, match.end())
        except (ValueError, RecursionError):
            break
        found.append(text)
    return found


def _parse_flight_rows(stream: bytes) -> Iterator[Any]:
    """Yield the values in React's streamed rows: ``id:JSON`` on a line, or ``id:Tlength,text``, its length in bytes."""
    at = 0
    while at < len(stream):
        match = _FLIGHT_ROW.match(stream, at)
        end = stream.find(b"\n", at)
        end = len(stream) if end < 0 else end
        if match and match[1]:
            end = min(len(stream), match.end() + int(match[1], 16))
            yield stream[match.end() : end].decode("utf-8", "replace")
            at = end
            continue
        if match:
            yield from _decode(stream[match.end() : end].decode("utf-8", "replace"))
        at = end + 1


class _Search:
    """Finds the article's text in a value: see the module's description."""

    def __init__(self, title: str, printed: list[str], probes: list[str]) -> None:
        self.title = title
        self.printed = printed
        self.probes = probes
        self.best: list[str] = []
        self.nodes_left = _MAX_NODES

    def visit(self, node: Any, *, depth: int = 0, has_title: bool = False) -> tuple[bool, bool]:
        """Visit a value.

        Returns:
            Whether it may contain the printed text, and whether it, or a value inside, does.
        """
        self.nodes_left -= 1
        if depth > _MAX_DEPTH or self.nodes_left < 0:
            return False, False
        if isinstance(node, str):
            inner = _decode(node) if node[:1] in {"[", "{"} and len(node) >= _MIN_TEXT_CHARS else []
            if inner:
                return self.visit(inner[0], depth=depth + 1, has_title=has_title)
            may_match = not self.printed or any(probe in node for probe in self.probes)
            is_long = len(node) >= _MIN_TEXT_CHARS
            return may_match, may_match and is_long and self._weigh(node, has_title)
        if isinstance(node, dict):
            if not self.printed:
                headline = _find_headline(node, self.title)
                has_title = headline == self.title if headline else has_title
            children = [child for key, child in node.items() if not _names_other_stories(key)]
        else:
            children = node
        found = [
            self.visit(child, depth=depth + 1, has_title=has_title)
            for child in children
            if isinstance(child, (dict, list, str))
        ]
        may_match = any(may for may, _ in found)
        is_covered = any(does for _, does in found)
        if isinstance(node, dict) or not may_match or (self.printed and is_covered):
            return may_match, is_covered
        return True, self._weigh(node, has_title)

    def _weigh(self, node: Any, has_title: bool) -> bool:
        """Remember a text if it is the best yet; return whether it contains what is printed."""
        if not self.printed and not has_title:
            return False
        paragraphs = read_pieces(node)
        if self.printed:
            text = "".join(map(fold_text, paragraphs))
            covered = sum(len(piece) for piece in self.printed if piece in text)
            if len(text) < _MIN_TEXT_CHARS or covered < sum(map(len, self.printed)) * _MIN_COVERED_SHARE:
                return False
        if is_prose(paragraphs):
            self.best = max(self.best, paragraphs, key=_measure)
        return True


@lru_cache(maxsize=4096)
def _names_other_stories(key: str) -> bool:
    """Return whether a property has other stories, by its name. Cached: objects repeat the same names."""
    name = key[:_MAX_KEY_CHARS].lower()
    return any(word in name for word in _OTHER_KEYS)


def _find_headline(node: dict[str, Any], title: str) -> str:
    """Return an object's headline, folded; the page's, if that is among its values; empty if it has none."""
    values = [value for value in node.values() if isinstance(value, str)]
    named = [value for key, value in node.items() if _TITLE_KEY.search(key)]
    nested = [value for child in named if isinstance(child, dict) for value in child.values()]
    texts = [value for value in (*values, *nested) if isinstance(value, str) and len(value) < _MAX_TITLE_CHARS]
    if title and any(fold_text(text) == title for text in texts):
        return title
    return next((fold_text(value) for value in named if isinstance(value, str) and len(value) > _MIN_TITLE_CHARS), "")
