"""Read the headings of a page as a reader sees them: without hidden text, and with their labels set apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.alternatives import join_words
from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.zones import compile_word_list, find_zone, load_zone_rules, split_class_names

_DATA_PATH = Path(__file__).with_name("headings.toml")
# Headings that are read, and the length of the longest: longer ones are texts marked up as headings.
_MAX_HEADINGS = 30
_MAX_OTHER_HEADINGS = 120
_MAX_HEADING_CHARS = 400
# Shorter elements with a headline's class name are labels.
_MIN_OTHER_HEADING_CHARS = 12
# A heading of more pieces is read whole: the number of runs grows with the square.
_MAX_PIECES = 12
# Levels of elements inside a heading, and names of elements around it, that are looked at.
_MAX_DEPTH = 20
_MAX_ANCESTOR_TAGS = 30
_WORD = re.compile(r"\w+")
# What is left at the ends of a heading when a label goes.
_EDGES = " :|\u00b7\u2022\u2013\u2014"
# No blank stands before these, but styles may set them apart.
_STOPS = tuple(":,.;?!")
_ARTICLE_PARTS = frozenset({"article", "main"})
# Parts of a page with headings other than the article's.
_OTHER_PARTS = frozenset({"nav", "aside", "footer", "form", "dialog"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text of one text node of a heading."""

    text: str
    """The text with its whitespace."""
    is_label: bool
    """Whether an element around it, inside the heading, is a label."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its pieces."""

    pieces: tuple[_Piece, ...]
    """The visible pieces, in page order."""
    in_article: bool
    """Whether it stands in an ``article`` or ``main`` element."""
    in_other_part: bool
    """Whether it stands in the navigation, a form, the footer or the like."""

    @property
    def text(self) -> str:
        """The heading without its labels; with them if it has nothing else."""
        unlabelled = [piece for piece in self.pieces if not piece.is_label]
        whole = _join(self.pieces)
        return (_join(unlabelled).strip(_EDGES) or whole) if len(unlabelled) < len(self.pieces) else whole

    def read_as(self, titles: Collection[str]) -> str:
        """Return the heading, or the longest run of its pieces, that one of the titles equals; else its text.

        Spaces and punctuation do not matter. So a label stays if the page's other titles have it, and a part without
        a class name of its own goes if they do not.
        """
        wanted = {squash_title(title) for title in titles} - {""}
        number = len(self.pieces) if len(self.pieces) <= _MAX_PIECES else 1
        for length in range(len(self.pieces), 0, -1) if number > 1 else ():
            for start in range(len(self.pieces) - length + 1):
                run = _join(self.pieces[start : start + length])
                if squash_title(run) in wanted:
                    return run if length == len(self.pieces) else run.strip(_EDGES)
        return self.text


@cache
def get_class_words(name: str) -> re.Pattern[str]:
    """Return the pattern of a list of class words in ``headings.toml``."""
    return compile_word_list(read_toml(_DATA_PATH)[name])


@cache
def _load_media_note() -> re.Pattern[str]:
    """Return the pattern of a note about media, in brackets, before or behind a headline."""
    words = join_words(read_toml(_DATA_PATH)["media"])
    note = rf"[(\[（【](?:with |\+ ?|con |mit |avec )?(?:{words})(?:\s?[/,+&]\s?(?:{words}))?[)\]）】]"
    return re.compile(rf"^{note}\s?[:|-]?\s?(?=\S)|(?<=\S)\s?[|-]?\s?{note}$", re.IGNORECASE)


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_WORD, _load_media_note(), get_class_words("label"), get_class_words("headline")]


def squash_title(title: str) -> str:
    """Return a title's letters and digits, case-folded, for comparison."""
    return "".join(_WORD.findall(title.casefold()))


def _word_set(text: str) -> set[str]:
    """Return a text's words, case-folded; for scripts without blanks the pairs of characters, so that overlap means
    something.
    """
    words: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if ord(word[0]) >= 0x2E80 and len(word) > 2:
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        else:
            words.add(word)
    return words


def compute_headline_similarity(title: str, other: str) -> float:
    """Return the Jaccard similarity of two headlines' words, 0 to 1."""
    a, b = _word_set(title), _word_set(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def strip_media_note(title: str) -> str:
    """Return a headline without ``(video)`` and the like before or behind it."""
    return _load_media_note().sub("", title) if title[-1:] in ")]）】" or title[:1] in "([（【" else title


def _join(pieces: Sequence[_Piece]) -> str:
    """Return the text of some pieces on one line."""
    return normalize_line("".join(piece.text for piece in pieces)).strip()


def _walk_pieces(node: LexborNode, *, is_label: bool, hidden: bool, depth: int = 0) -> Iterator[_Piece]:
    """Yield the text nodes under an element, with a blank where styles set parts of it apart.

    Hidden text without letters, such as a colon for screen readers, counts as visible: it separates such parts.
    """
    zones = load_zone_rules()
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            text = child.text_content or ""
            if not hidden or not any(map(str.isalnum, text)):
                yield _Piece(text, is_label)
        elif tag == "br":
            yield _Piece(" ", is_label)
        elif not tag.startswith(("-", "_", "!")) and tag not in zones.skipped_tags and depth < _MAX_DEPTH:
            attributes = child.attributes
            words = split_class_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}")
            opens_label = bool(words) and get_class_words("label").search(words) is not None
            is_silent = find_zone(tag, attributes, words) == "hidden" or bool(zones.screen_reader_words.search(words))
            apart = [_Piece(" ", is_label)] if opens_label or tag not in zones.inline_tags else []
            yield from apart
            yield from _walk_pieces(
                child, is_label=is_label or opens_label, hidden=hidden or is_silent, depth=depth + 1
            )
            yield from apart


def _read_pieces(node: LexborNode) -> tuple[_Piece, ...]:
    """Return the visible pieces of a heading; blanks and punctuation belong to the piece before them."""
    pieces: list[_Piece] = []
    for piece in _walk_pieces(node, is_label=False, hidden=False):
        if pieces and not any(map(str.isalnum, piece.text)):
            before = pieces[-1].text.rstrip() if piece.text.lstrip()[:1] in _STOPS else pieces[-1].text
            pieces[-1] = _Piece(before + piece.text, pieces[-1].is_label)
        elif piece.text.strip():
            pieces.append(piece)
    return tuple(pieces)


def _read_heading(node: LexborNode) -> Heading | None:
    """Read a heading; return None if it is empty or too long for one."""
    pieces = _read_pieces(node)
    if not pieces or sum(len(piece.text) for piece in pieces) > _MAX_HEADING_CHARS * 2:
        return None
    around: set[str] = set()
    parent = node.parent
    while parent is not None and len(around) < _MAX_ANCESTOR_TAGS:
        around.add(parent.tag or "")
        parent = parent.parent
    heading = Heading(pieces, not around.isdisjoint(_ARTICLE_PARTS), not around.isdisjoint(_OTHER_PARTS))
    return heading if 0 < len(heading.text) < _MAX_HEADING_CHARS else None


def read_window_title(tree: LexborHTMLParser) -> str:
    """Return the title of the browser's window; empty if there is none. Drawings have titles too."""
    nodes = (node for node in tree.css("title")[:_MAX_HEADINGS] if not node.parent or node.parent.tag != "svg")
    node = next(nodes, None)
    return normalize_line(node.text()) if node else ""


def read_main_headings(tree: LexborHTMLParser) -> list[Heading]:
    """Return the h1 elements with visible text, in page order."""
    return [heading for node in tree.css("h1")[:_MAX_HEADINGS] if (heading := _read_heading(node))]


def _find_named_headings(tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the elements with a headline's class name or property."""
    return [
        node
        for node in tree.css(
            "[itemprop~='headline'], [class*='itle'], [class*='eadline'], [class*='eading'], [class*='tit']"
        )
        if get_class_words("headline").search(split_class_names(node.attributes.get("class") or ""))
        or (node.attributes.get("itemprop") or "")
    ][:_MAX_OTHER_HEADINGS]


def _read_headings(nodes: Iterable[LexborNode]) -> list[Heading]:
    """Return the headings that are longer than a label."""
    headings = [heading for node in nodes if (heading := _read_heading(node))]
    return [heading for heading in headings if len(heading.text) >= _MIN_OTHER_HEADING_CHARS]


def read_named_headings(tree: LexborHTMLParser) -> list[Heading]:
    """Return the headings with a class name or property that says so, in page order."""
    return _read_headings(_find_named_headings(tree))


def read_other_headings(tree: LexborHTMLParser) -> list[Heading]:
    """Return what may print the headline on a page without an h1 of its own, the most likely elements first."""
    return _read_headings([*_find_named_headings(tree), *tree.css("h2, h3, b, strong")[:_MAX_OTHER_HEADINGS]])
