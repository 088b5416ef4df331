"""Find the headline: the h1 that agrees with the page's data, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.text import count_words, normalize_line
from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block
from copydesk.pipeline.extract.refusal import SHORT_BODY_WORDS, is_error_text, is_error_title
from copydesk.pipeline.extract.structured_data import Structured

# Longer titles are cut to this length.
_MAX_TITLE_CHARS = 500
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
# Characters at the beginning of a word that inflection leaves unchanged.
_STEM_CHARS = 5
# A whole article has so many paragraphs, each of at least so many characters (a third of them in scripts without
# blanks), and contains this part of its headline's stems.
_MIN_ARTICLE_PARAGRAPHS = 3
_MIN_PARAGRAPH_CHARS = 40
_MIN_STEM_OVERLAP = 0.4
# A headline stands at most so many blocks above the text.
_MAX_BLOCKS_ABOVE = 14
# Characters of the text in which a headline's words are searched.
_SAMPLE_CHARS = 20_000
_TITLE_TAIL = re.compile(r"\s*[|\uff5c\uff1a]|\s+[|\u2013\u2014\u00b7*-]\s")
_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u00bb\u2022>-]+\s+|\s*[|\uff5c]\s*|\s+:: ")


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


def _is_site_name(part: str, sites: list[str], host: str) -> bool:
    """Return whether a part of a title is the site's name, or its host's."""
    joined = "".join(_WORD.findall(part.casefold()))
    if not joined:
        return True
    if host and (
        joined in host.replace(".", "")
        or (host.split(".")[-2:-1] and host.split(".")[-2] in joined and len(part.split()) <= 4)
    ):
        return True
    return any(
        (name := "".join(_WORD.findall(site.casefold())))
        and (joined == name or (len(name) > 3 and joined.startswith(name) and len(part.split()) <= 5))
        for site in sites
    )


def _strip_site_name(title: str, sites: list[str], host: str) -> str:
    """Return the title without the site's name, before or after it, and without sections beyond that."""
    for site in sites:
        # "The Site: Headline". Any other word before a colon belongs to the headline.
        if len(site) > 3 and title.startswith(f"{site}: "):
            title = title[len(site) + 2 :]
    pieces = _SEPARATOR.split(title)
    marks = _SEPARATOR.findall(title)
    while len(pieces) > 1 and _is_site_name(pieces[-1], sites, host):
        pieces.pop()
        marks.pop()
    while len(pieces) > 1 and _is_site_name(pieces[0], sites, host):
        pieces.pop(0)
        marks.pop(0)
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)).strip() or title


def _strip_title_tail(title: str, others: list[str]) -> str:
    """Return the title up to a separator, if the page gives the part before it as a title elsewhere."""
    for other in others:
        if 15 < len(other) < len(title) and title.startswith(other) and _TITLE_TAIL.match(title, len(other)):
            return other
    return title


def fold_title(title: str) -> str:
    """Return the words of a title, case-folded, for comparison."""
    return " ".join(_WORD.findall(title.casefold().replace("\u2019", "'").replace("\u2018", "'")))


def _read_headings(tree: LexborHTMLParser, known: list[str]) -> list[str]:
    """Return the texts of h1 elements; without any, other headings that agree with a known title."""
    headings = [
        text for node in tree.css("h1")[:30] if (text := normalize_line(node.text(deep=True))) and len(text) < 400
    ]
    if headings or not known:
        return headings
    nodes = tree.css("h2, h3, .headline, .title, b, strong")[:120]
    headings = [text for node in nodes if 15 <= len(text := normalize_line(node.text(deep=True))) < 400]
    headings = [
        text
        for text in headings
        if any(text in title or compute_headline_similarity(text, title) > 0.8 for title in known)
    ]
    # Both parts of "The Site: Headline" may be printed; the second one is the headline.
    behind = {title.partition(f"{text}: ")[2] for text in headings for title in known if title.startswith(f"{text}: ")}
    return [text for text in headings if text in behind] or headings


def extract_stems(text: str) -> set[str]:
    """Return the stems of a text's longer words, and its pairs of characters in scripts without blanks."""
    folded = text.casefold()
    stems = {word[:_STEM_CHARS] for word in _LETTERS.findall(folded) if len(word) > 3}
    if _UNSPACED.search(folded):
        stems |= {folded[at : at + 2] for at in range(len(folded) - 1) if _UNSPACED.match(folded[at])}
    return stems


def find_printed_headline(blocks: Sequence[Block], paragraphs: Sequence[str]) -> str:
    """Return the printed headline of a whole article on a page with an error's title; empty if there is none.

    It is the nearest heading above the first paragraph. What follows is an article's text and contains its words;
    advice below a heading such as "Latest news" does not.
    """
    texts = set(paragraphs)
    running = [
        at
        for at, block in enumerate(blocks)
        if block.text in texts and block.tag not in HEADING_TAGS and not block.zone and block.link_share < 0.3
        and len(block.text) * (3 if _UNSPACED.match(block.text) else 1) >= _MIN_PARAGRAPH_CHARS
    ]  # fmt: skip
    text = " ".join(blocks[at].text for at in running)
    # Each teaser has a heading of its own.
    if running and 2 * sum(block.tag in HEADING_TAGS for block in blocks[running[0] : running[-1]]) >= len(running):
        return ""
    if len(running) < _MIN_ARTICLE_PARAGRAPHS or count_words(text) < SHORT_BODY_WORDS or is_error_text(text):
        return ""
    body = extract_stems(text[:_SAMPLE_CHARS])
    for block in reversed(blocks[max(0, running[0] - _MAX_BLOCKS_ABOVE) : running[0]]):
        stems = extract_stems(block.text) if block.tag in HEADING_TAGS and len(block.text) < _MAX_TITLE_CHARS else set()
        if stems and not is_error_title(block.text) and len(stems & body) >= len(stems) * _MIN_STEM_OVERLAP:
            return block.text
    return ""


def find_title(tree: LexborHTMLParser, data: Structured, url: str = "") -> str:
    """Return the headline, on one line; empty if the page has none.

    Three sources give it: the h1 that shares most words with the others (printed), Open Graph (social), and JSON-LD
    (data).

    - If one contains another, the shorter one wins: the rest is a kicker or a tail.
    - If social and printed agree against data, data has the article's own headline and the others the front page's.
    - If social and printed each stand alone, and data and the page's title agree, those two win.
    - If it is two against two, printed and data win over social and the page's title.
    - A prefix ("At the lamp: ...") that all but the social title have is part of the headline; a layout's kicker would
    only be in the h1.
    - Otherwise the social title wins; without one, the printed one if it shares a third of its words with another
    title.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    node = tree.css_first("title")
    page_title = normalize_line(node.text()) if node else ""
    titles = [
        _strip_site_name(title[:_MAX_TITLE_CHARS], data.site_names, host)
        for title in (data.social_title, data.headline, page_title)
    ]
    known = [title for title in titles if title]
    headings = _read_headings(tree, known)
    if not known:
        return headings[0] if headings else ""
    printed, score = "", 0.0
    for heading in headings:
        agreement = max(compute_headline_similarity(heading, title) for title in known)
        if agreement > score:
            printed, score = heading, agreement
    if score < 1 / 3:
        printed = ""
    others = [title for title in (printed, *known) if title]
    social, headline, page_title = (_strip_title_tail(title, others) for title in titles)
    printed = _strip_title_tail(_strip_site_name(printed, data.site_names, host), others)
    if not social:
        return printed or headline or page_title
    if printed and fold_title(printed) == fold_title(social):
        return headline if headline and compute_headline_similarity(headline, printed) > 0.04 else printed
    if printed and fold_title(printed) in fold_title(social):
        return printed
    same = fold_title(printed) == fold_title(headline) == fold_title(page_title)
    if printed and same and fold_title(printed).endswith(f" {fold_title(social)}"):
        return printed
    if headline and fold_title(headline) == fold_title(page_title) and fold_title(headline) != fold_title(printed):
        return headline
    if printed and fold_title(printed) == fold_title(headline) and fold_title(social) == fold_title(page_title):
        return printed
    return social
