"""Find the headline as the page prints it: the heading that agrees with the page's data, without the site's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.extract.blocks import HEADING_TAGS, Block
from copydesk.pipeline.extract.headings import (
    Heading,
    compute_headline_similarity,
    read_main_headings,
    read_named_headings,
    read_other_headings,
    read_window_title,
    squash_title,
    strip_media_note,
)
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
# An h1 agrees with a declared title from this similarity on; another element must contain it, or be contained.
_MIN_AGREEMENT = 1 / 3
_MIN_OTHER_AGREEMENT = 0.8
# A shorter part of a title agrees with too many.
_MIN_CONTAINED_CHARS = 12
# A shorter heading that no declared title resembles is the name of a section.
_MIN_HEADLINE_WORDS = 3
# Characters of the text in which a headline's words are searched.
_SAMPLE_CHARS = 20_000
_TITLE_TAIL = re.compile(
    r"\s*[|\uff5c\uff1a\u3163]|\s+[|\u2013\u2014\u00b7*-]\s|[\u2013\u2014-](?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])"
)
# What stands between headline, section and site in a window's title, with or without blanks: few headlines have it.
_SECTION_SEPARATOR = re.compile(r"\s*[|\uff5c]\s*|\s*_+\s*|\s*::\s*|\s+[\u00bb\u2022]\s+")
# A dash is one too if the site's name follows; a headline may also have it. In scripts without blanks it has none.
_SITE_DASH = re.compile(
    r"\s+[\u2013\u2014-]+\s+|(?<=[\u3040-\u30ff\u3400-\u9fff\uff01\uff1f])\s?[\u2013\u2014-]+\s?(?=[\u3040-\u30ff\u3400-\u9fff])"
)
# A headline has so many words; the name of a site or section at most so many, and at most half of the letters.
_MAX_SITE_WORDS = 4
_MIN_SITE_RATIO = 2
# A heading of another level than h1 that stands for the headline has at least this share of the declared one.
_MIN_PRINTED_SHARE = 0.6
# A part that is longer than the first one by this factor is the headline; a name stands before it.
_MIN_HEADLINE_RATIO = 1.5
_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u00bb\u2022>-]+\s+|\s*[|\uff5c]\s*|\s+::\s+")


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


def _cut_window_title(title: str) -> str:
    """Return the headline in a window's title that nothing else on the page confirms.

    It is the first part with a headline's words, unless another one is far longer: sections and sites have short names.
    The whole title if no part is a headline.
    """
    parts = [part for part in _SECTION_SEPARATOR.split(title) if count_words(part) >= _MIN_HEADLINE_WORDS]
    if parts:
        longest = max(parts, key=len)
        title = parts[0] if len(longest) < len(parts[0]) * _MIN_HEADLINE_RATIO else longest
    while marks := list(_SITE_DASH.finditer(title)):
        head, tail = title[: marks[-1].start()], title[marks[-1].end() :]
        if count_words(head) < _MIN_HEADLINE_WORDS or not _may_be_site_name(tail, head):
            break
        title = head
    return title


def _may_be_site_name(tail: str, head: str) -> bool:
    """Return whether what follows a headline's dash may be the name of a site or section: short, in capitals if any."""
    words = tail.split()
    is_short = len(words) <= _MAX_SITE_WORDS and len(tail) * _MIN_SITE_RATIO <= len(head)
    return is_short and all(word == word.casefold() != word.upper() or word[:1] == word[:1].upper() for word in words)


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


def _choose_declared(social: str, headline: str, page_title: str) -> str:
    """Return the title that two of the page's declarations share, else the first one; empty if there is none."""
    titles = [title for title in (social, headline, page_title) if title]
    for title in titles:
        if sum(squash_title(title) == squash_title(other) for other in titles) > 1:
            return title
    first = titles[0] if titles else ""
    start = squash_title(first.rstrip(" .\u2026"))
    if start and first.endswith(("...", "\u2026")):
        # Shortened for a preview; another one may be whole.
        return next((title for title in titles[1:] if squash_title(title).startswith(start)), first)
    return first


def _rate_heading(text: str, known: Sequence[str]) -> float:
    """Return how much a heading agrees with the declared titles, 0 to 1; one that contains another nearly equals it."""
    squashed, best = squash_title(text), 0.0
    for title in known:
        other = squash_title(title)
        shorter, longer = sorted((squashed, other), key=len)
        rate = compute_headline_similarity(text, title)
        if squashed == other:
            rate = 1.0
        elif len(shorter) >= _MIN_CONTAINED_CHARS and shorter in longer:
            # Of "The Site: Headline" both parts may be printed.
            rate = max(rate, 0.85 if title.startswith(f"{text}: ") else 0.9)
        # The window's title may be the site's name alone, which is printed too.
        best = max(best, rate if title == known[0] or title != known[-1] else rate * 0.95)
    return best


def _find_agreeing(headings: Sequence[Heading], known: Sequence[str], least: float) -> str:
    """Return the first heading of those that agree most with the declared titles; empty if none does enough."""
    best, best_rate = "", least
    for heading in headings:
        text = heading.read_as(known)
        rate = _rate_heading(text, known)
        if rate > best_rate or (rate == best_rate and not best):
            best, best_rate = text, rate
    return best


def _find_unrelated(headings: Sequence[Heading], about: str, sites: list[str], host: str) -> str:
    """Return the first main heading that may be a headline although the declared titles are worded differently.

    Desks write other titles for search engines and links than they print. But the heading may also be the name of the
    site or of a section: a headline has several words, and shares one with what the page says about itself.

    Args:
        headings: The main headings.
        about: The declared titles, the summaries and the URL; empty if there are no titles.
        sites: Names of the site.
        host: The page's host.
    """
    stems = extract_stems(about)
    for heading in sorted(headings, key=lambda heading: (heading.in_other_part, not heading.in_article)):
        text = heading.text
        if _is_site_name(text, sites, host) or heading.in_other_part:
            continue
        if not about or (count_words(text) >= _MIN_HEADLINE_WORDS and stems & extract_stems(text)):
            return text
    return ""


def find_title(tree: LexborHTMLParser, data: Structured, url: str = "") -> str:
    """Return the headline as the page prints it, on one line; empty if the page has none.

    It is the h1 that agrees most with the declared titles (Open Graph, JSON-LD, the window's title), else another
    heading that equals one of them, else an h1 in words of its own. Labels and hidden text inside it, the site's name
    and notes such as "(video)" are left out. A page that prints no headline has the title that two of its declarations
    share, else the first one; of the window's title alone, the part that reads like a headline.

    Args:
        tree: The parsed page.
        data: Its structured data.
        url: Its URL.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    page_title = read_window_title(tree)
    titles = [
        _strip_site_name(title[:_MAX_TITLE_CHARS], data.site_names, host)
        for title in (data.social_title, data.headline, page_title)
    ]
    known = [title for title in titles if title]
    # The window of some pages has the site's name alone.
    is_unnamed = not (data.social_title or data.headline) and (
        count_words(titles[-1]) < _MIN_HEADLINE_WORDS or _is_site_name(titles[-1], data.site_names, host)
    )
    mains = read_main_headings(tree)
    printed = _find_agreeing(mains, known, _MIN_AGREEMENT)
    if not printed and known:
        printed = _find_agreeing(read_other_headings(tree), known, _MIN_OTHER_AGREEMENT)
        if mains and len(printed) < min(map(len, known)) * _MIN_PRINTED_SHARE:
            # A heading within the text has some words of the headline.
            printed = ""
    if not printed:
        about = " ".join([*known, *data.descriptions[:2], urlsplit(url).path]) if known else ""
        printed = _find_unrelated(mains, about, data.site_names, host)
    if is_unnamed and not mains:
        named = (heading.text for heading in read_named_headings(tree) if not heading.in_other_part)
        printed = next((text for text in named if count_words(text) >= _MIN_HEADLINE_WORDS), printed)
    others = [title for title in (printed, *known) if title]
    social, headline, page_title = (_strip_title_tail(title, others) for title in titles)
    if not (printed or social or headline):
        page_title = _cut_window_title(page_title)
    declared = _choose_declared(social, headline, page_title)
    title = _strip_site_name(printed, data.site_names, host) or declared
    return strip_media_note(title)[:_MAX_TITLE_CHARS]
