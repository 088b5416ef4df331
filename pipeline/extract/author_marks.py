"""Find the elements that a page marks up as naming its authors: by class, ``rel=author``, microdata or a link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from copydesk.pipeline.core.byline_words import is_person
from copydesk.pipeline.extract.author_bios import read_bio
from copydesk.pipeline.extract.zones import find_zone, load_zone_rules, split_class_names

# Parts of class names of bylines and of those who write them, in the languages of the wires.
_NAMES = (
    "author", "Author", "byline", "Byline", "ByLine", "by-line", "autor", "Autor", "auteur", "verfasser", "redakteur",
    "writer", "Writer", "journalist", "reporter", "Reporter", "contributor", "Contributor", "posted-by", "signature",
    "firma", "forfatter", "skribent", "penulis", "yazar", "muhabir",
)  # fmt: skip
_SELECTOR = ", ".join(
    ["[rel~='author']", "[itemprop~='author']", "[itemprop~='creator']", "[id*='author']", "[id*='byline']",
     "[data-testid*='yline']", "[data-testid*='uthor']", "[class~='by']", "[class~='fn']", "[class~='username']",
     "[class*='journalista']", "[class*='createdby']", "[class*='field--name-uid']",
     *(f"[class*='{name}']" for name in _NAMES)]
)  # fmt: skip
# Parts of the addresses of pages about those who write, in the languages of the wires.
_PROFILES = (
    "/author/", "/authors/", "/auteur/", "/auteurs/", "/autor/", "/autores/", "/autoren/", "/autore/", "/autori/",
    "/journalist/", "/journalists/", "/reporter/", "/reporters/", "/contributor/", "/contributors/", "/profile/",
    "/redaktoer/", "/skribent/", "/yazar/", "/yazarlar/",
)  # fmt: skip
_PROFILE_SELECTOR = ", ".join(f"a[href*='{part}']" for part in _PROFILES)
# Class names with these endings are about something else of the author's.
_ASIDE = re.compile(
    r"(?:bio|biography|avatar|image|img|photo|pic|picture|social|follow|twitter|facebook|email|mail|description|desc|about|role|title|job"
    r"|position|date|time|share|icon|count|login|more|posts|articles|stories|topics|tags|url)$"
)
# Zones with names of other people.
_OTHER_ZONES = frozenset(
    {"comments", "related", "navigation", "footer", "advert", "newsletter", "share", "overlay", "caption", "embed"}
)
_MAX_MARKS = 60
# Characters of a class attribute that are read, and of the ending of each name.
_MAX_CLASS_CHARS = 400
_MAX_ENDING_CHARS = 20
_MAX_LEVELS = 40
_MAX_DEPTH = 12


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_ASIDE]


def _walk_text(node: LexborNode, depth: int = 0) -> Iterator[str]:
    """Yield the visible text nodes under an element, and a line break where an element begins or ends."""
    skipped = load_zone_rules().skipped_tags
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            yield child.text_content or ""
        elif not tag.startswith(("-", "_", "!")) and tag not in skipped - {"button"} and depth < _MAX_DEPTH:
            yield "\n"
            yield from _walk_text(child, depth + 1)
            yield "\n"


def _is_elsewhere(node: LexborNode) -> bool:
    """Return whether an element stands in a part of the page with other people's names."""
    parent = node.parent
    for _ in range(_MAX_LEVELS):
        if parent is None or parent.tag in {"body", "article", "main"}:
            return False
        attributes = parent.attributes
        words = split_class_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}")
        if find_zone(parent.tag or "", attributes, words) in _OTHER_ZONES:
            return True
        parent = parent.parent
    return False


def _read_mark(node: LexborNode) -> Byline | None:
    """Return what an element says about its authors; None if it names nobody, or says more than a byline."""
    name = node.css_first("[itemprop='name']") if node.attributes.get("itemprop") else None
    if name is not None:
        node = name
    content = node.attributes.get("content") if node.tag == "meta" else None
    pieces = content or "".join(_walk_text(node))
    text = " ".join(pieces.split())
    if not text or len(text) > MAX_BYLINE_CHARS:
        return None
    found = parse_byline(pieces, marked=True)
    if found.rest or not found.has_full_name:
        # One name in several elements, or one word twice.
        whole = parse_byline(text, marked=True)
        found = whole if whole.people and not whole.rest and len({*text.split()}) == len(text.split()) else found
    if found.rest:
        return Byline(people=[person]) if (person := read_bio(text)) else None
    if found.has_full_name:
        # Next to a full name a single word is a place, a section or a label.
        found.people = [name for name in found.people if is_person(name)]
    elif found.segments > 1:
        found.people = []
    return found if found.people or found.organizations else None


def read_author_links(tree: LexborHTMLParser) -> list[Byline]:
    """Return the names on links to pages about authors, in page order, except in comments and teasers."""
    nodes = [node for node in tree.css(_PROFILE_SELECTOR)[:_MAX_MARKS] if not _is_elsewhere(node)]
    return [found for found in map(_read_mark, nodes) if found is not None and found.has_full_name]


def read_author_marks(tree: LexborHTMLParser) -> list[Byline]:
    """Return what the page's marked elements say about authors, in page order, except in comments and teasers."""
    marks: list[Byline] = []
    for node in tree.css(_SELECTOR)[:_MAX_MARKS]:
        names = [name[-_MAX_ENDING_CHARS:] for name in (node.attributes.get("class") or "")[:_MAX_CLASS_CHARS].split()]
        is_about_author = (
            "rel" in node.attributes or "itemprop" in node.attributes or not any(map(_ASIDE.search, names))
        )
        if is_about_author and node.tag not in {"body", "html", "article", "main"} and not _is_elsewhere(node):
            found = _read_mark(node)
            if found:
                marks.append(found)
    return marks
