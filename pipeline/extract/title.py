"""The headline: the h1 that agrees with what the page says of itself, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import HEADINGS, Block
from copydesk.pipeline.extract.refusal import SHORT, is_error, says_error
from copydesk.pipeline.extract.structured_data import Structured

# Characters of a title that are read.
_LONGEST = 500
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
# Characters of a word that inflection leaves alone.
_STEM = 5
# A whole article has so many paragraphs, each of so many characters (a third of them in scripts without blanks), and
# takes up this part of its headline's words.
_WHOLE = 3
_PARAGRAPH = 40
_TAKEN_UP = 0.4
# How many blocks above the text its headline stands.
_ABOVE = 14
# The text that a headline's words are looked for in.
_SAMPLE = 20_000
_TAIL = re.compile(r"\s*[|\uff5c\uff1a]|\s+[|\u2013\u2014\u00b7*-]\s")
_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u00bb\u2022>-]+\s+|\s*[|\uff5c]\s*|\s+:: ")


def _words(text: str) -> set[str]:
    """Words, and for scripts without blanks the pairs of characters, so that overlap means something everywhere."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if ord(word[0]) >= 0x2E80 and len(word) > 2:
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.add(word)
    return found


def measure_agreement(one: str, other: str) -> float:
    """How alike two headlines are: shared words over all words, 0 to 1."""
    a, b = _words(one), _words(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def _is_site(part: str, sites: list[str], host: str) -> bool:
    squeezed = "".join(_WORD.findall(part.casefold()))
    if not squeezed:
        return True
    if host and (
        squeezed in host.replace(".", "")
        or (host.split(".")[-2:-1] and host.split(".")[-2] in squeezed and len(part.split()) <= 4)
    ):
        return True
    return any(
        (name := "".join(_WORD.findall(site.casefold())))
        and (squeezed == name or (len(name) > 3 and squeezed.startswith(name) and len(part.split()) <= 5))
        for site in sites
    )


def _cut_site(title: str, sites: list[str], host: str) -> str:
    """The title without the site's name, and the rubrics beyond it, before or after."""
    for site in sites:
        # "The Site: Headline"; a word before a colon that is no site's name is the headline's own.
        if len(site) > 3 and title.startswith(f"{site}: "):
            title = title[len(site) + 2 :]
    pieces = _SEPARATOR.split(title)
    marks = _SEPARATOR.findall(title)
    while len(pieces) > 1 and _is_site(pieces[-1], sites, host):
        pieces.pop()
        marks.pop()
    while len(pieces) > 1 and _is_site(pieces[0], sites, host):
        pieces.pop(0)
        marks.pop(0)
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)).strip() or title


def _cut_tail(title: str, others: list[str]) -> str:
    """The title up to a separator, where what stands before it is a title that the page gives elsewhere."""
    for other in others:
        if 15 < len(other) < len(title) and title.startswith(other) and _TAIL.match(title, len(other)):
            return other
    return title


def fold_title(title: str) -> str:
    """The words of a title, for telling whether two are the same."""
    return " ".join(_WORD.findall(title.casefold().replace("\u2019", "'").replace("\u2018", "'")))


def _read_headings(tree: LexborHTMLParser, known: list[str]) -> list[str]:
    headings = [
        text for node in tree.css("h1")[:30] if (text := normalize_line(node.text(deep=True))) and len(text) < 400
    ]
    if headings or not known:
        return headings
    nodes = tree.css("h2, h3, .headline, .title, b, strong")[:120]
    headings = [text for node in nodes if 15 <= len(text := normalize_line(node.text(deep=True))) < 400]
    headings = [
        text for text in headings if any(text in title or measure_agreement(text, title) > 0.8 for title in known)
    ]
    # Of "The Site: Headline" both parts may be printed; the headline is the one behind.
    behind = {title.partition(f"{text}: ")[2] for text in headings for title in known if title.startswith(f"{text}: ")}
    return [text for text in headings if text in behind] or headings


def read_stems(text: str) -> set[str]:
    """The beginnings of a text's words of some length, and in scripts without blanks its pairs of characters."""
    folded = text.casefold()
    stems = {word[:_STEM] for word in _LETTERS.findall(folded) if len(word) > 3}
    if _UNSPACED.search(folded):
        stems |= {folded[at : at + 2] for at in range(len(folded) - 1) if _UNSPACED.match(folded[at])}
    return stems


def find_own_headline(blocks: Sequence[Block], paragraphs: Sequence[str]) -> str:
    """The printed heading of a whole article, on a page whose title is an error's; empty where there is none.

    It is the nearest heading above the first paragraph, or stands first among the paragraphs; what follows is an
    article's text and takes up its words, as no advice below "Latest news" does.
    """
    texts = set(paragraphs)
    running = [
        at
        for at, block in enumerate(blocks)
        if block.text in texts and block.tag not in HEADINGS and not block.zone and block.link_share < 0.3  # no teaser
        and len(block.text) * (3 if _UNSPACED.match(block.text) else 1) >= _PARAGRAPH
    ]  # fmt: skip
    said = " ".join(blocks[at].text for at in running)
    # Teasers have a heading each.
    if running and 2 * sum(block.tag in HEADINGS for block in blocks[running[0] : running[-1]]) >= len(running):
        return ""
    if len(running) < _WHOLE or count_words(said) < SHORT or says_error(said):
        return ""
    body = read_stems(said[:_SAMPLE])
    for block in reversed(blocks[max(0, running[0] - _ABOVE) : running[0]]):
        own = read_stems(block.text) if block.tag in HEADINGS and len(block.text) < _LONGEST else set()
        if own and not is_error(block.text) and len(own & body) >= len(own) * _TAKEN_UP:
            return block.text
    return ""


def find_title(tree: LexborHTMLParser, data: Structured, url: str = "") -> str:
    """The headline, on one line; empty where the page has none.

    Three say what it is: the h1 that shares most words with the rest (printed), Open Graph (told), JSON-LD (data).
    Where one holds another wholly the shorter is taken: the rest is a kicker or a tail. Where told and printed agree
    against the data, the data's is the article's own headline and theirs the front page's. Where each of those two
    stands alone, and the data and the page's title agree, two witnesses outweigh one; where it is two against two, what
    is printed and in the data outweighs what is told and on the window. An opening ("At the lamp: ...")
    that all but the told title have is the headline's own: a layout's kicker stands in the h1 only. Else what is told
    counts, and without it what is printed, if it shares a third of its words with the data or the page's title.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    node = tree.css_first("title")
    page_title = normalize_line(node.text()) if node else ""
    given = [
        _cut_site(title[:_LONGEST], data.site_names, host) for title in (data.told_title, data.headline, page_title)
    ]
    known = [title for title in given if title]
    headings = _read_headings(tree, known)
    if not known:
        return headings[0] if headings else ""
    printed, score = "", 0.0
    for heading in headings:
        agreement = max(measure_agreement(heading, title) for title in known)
        if agreement > score:
            printed, score = heading, agreement
    if score < 1 / 3:
        printed = ""
    others = [title for title in (printed, *known) if title]
    told, headline, page_title = (_cut_tail(title, others) for title in given)
    printed = _cut_tail(_cut_site(printed, data.site_names, host), others)
    if not told:
        return printed or headline or page_title
    if printed and fold_title(printed) == fold_title(told):
        return headline if headline and measure_agreement(headline, printed) > 0.04 else printed
    if printed and fold_title(printed) in fold_title(told):
        return printed
    same = fold_title(printed) == fold_title(headline) == fold_title(page_title)
    if printed and same and fold_title(printed).endswith(f" {fold_title(told)}"):
        return printed
    if headline and fold_title(headline) == fold_title(page_title) and fold_title(headline) != fold_title(printed):
        return headline
    if printed and fold_title(printed) == fold_title(headline) and fold_title(told) == fold_title(page_title):
        return printed
    return told
