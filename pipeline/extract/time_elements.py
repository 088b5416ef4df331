"""Read the time elements of an article: those next to its headline or in it, not those of other content."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.core.times import Label, ParsedTime
from copydesk.pipeline.extract.blocks import Block
from copydesk.pipeline.extract.dates import Evidence, TimeReader, choose_first, is_same_day
from copydesk.pipeline.extract.printed_times import (
    find_dateline_time,
    find_time_lines,
    read_printed_times,
)
from copydesk.pipeline.extract.zones import OTHER_ZONES, find_zone, split_class_names

_PUBLISHED_ATTRIBUTES = (
    "data-published", "data-published-at", "data-published-date", "data-published-time", "data-publish-date",
    "data-publish-time", "data-publication-date", "data-date-published", "data-pubdate", "data-pub-date",
)  # fmt: skip
_UPDATED_ATTRIBUTES = ("data-updated", "data-updated-at", "data-modified", "data-date-modified", "data-last-updated",
    "data-modify-date-time",
)  # fmt: skip
_TIME_ATTRIBUTES = (
    *_PUBLISHED_ATTRIBUTES, *_UPDATED_ATTRIBUTES, "data-date", "data-datetime", "data-date-time", "data-timestamp",
)  # fmt: skip
_SELECTOR = ", ".join(
    (
        "time", "[itemprop='datePublished']", "[itemprop='dateModified']",
        # The hAtom microformat.
        "abbr.published[title]", "abbr.updated[title]",
        *(f"[{name}]" for name in _TIME_ATTRIBUTES),
    )
)  # fmt: skip
# Of calendars, menus and forms, which have such attributes too.
_CONTROL_TAGS = frozenset({"a", "td", "th", "tr", "li", "button", "input", "option", "select", "form", "img", "script"})
# Lists of stories have hundreds; the article's own is among the first.
_MAX_ELEMENTS = 60
# Quotations and links have times of other texts; an article around neither headline nor text is a teaser.
_OTHER_TAGS = frozenset({"blockquote", "q", "a", "article"})
# A list with so many times lists other stories; one or two may be those of publication and change.
_MIN_STORY_LIST_TIMES = 3
_UPDATED_CLASSES = re.compile(r"(?<![^ -])(?:update|updated|modified|revised|edited|lastmod)(?![^ -])")
_PUBLISHED_CLASSES = re.compile(r"(?<![^ -])(?:publish|published|publication|pubdate|posted|created)(?![^ -])")
# The elements around these paragraphs are those of the whole text.
_TEXT_SAMPLE_PARAGRAPHS = 5
# A text node with a time alone has hardly more than that: the separator in front, or "at".
_MAX_LONE_TIME_CHARS = 60
_MAX_OTHER_CHARS = 12
# A page without any other time has few numbers; lists have many.
_MAX_LONE_TIMES = 200
_INLINE_TAGS = frozenset({"-text", "span", "b", "strong", "i", "em", "small", "label", "time"})
# Longer text around an element is more than its label.
_MAX_CONTEXT_CHARS = 160


@dataclass(frozen=True, slots=True)
class TimeElements:
    """The times in elements, the most reliable first."""

    published: tuple[ParsedTime, ...] = ()
    """Times of publication."""
    modified: tuple[ParsedTime, ...] = ()
    """Times of last change."""


def read_time_elements(tree: LexborHTMLParser, reader: TimeReader, depths: Mapping[int, int]) -> TimeElements:
    """Return the times of elements that belong to the article.

    Left out are those in quotations, embedded posts, side columns, comments, teasers and lists of other stories,
    unless that element also contains the article: then its name means something else. Elements that say that they
    are the time of publication come first, then those that share the innermost element with the article.

    Args:
        tree: The parsed page.
        reader: The page's reader.
        depths: Depth of the elements around the headline and the text, by identity.
    """
    published: list[tuple[bool, int, ParsedTime]] = []
    modified: list[ParsedTime] = []
    for node in tree.css(_SELECTOR)[:_MAX_ELEMENTS]:
        depth = _find_depth(node, depths)
        attributes = node.attributes
        if depth is None or not _may_be_own(node, depths):
            continue
        purpose = f"{attributes.get('itemprop') or ''} {attributes.get('class') or ''}"
        words = split_class_names(purpose)
        says_published = _PUBLISHED_CLASSES.search(words) is not None or not attributes.keys().isdisjoint(
            ("pubdate", *_PUBLISHED_ATTRIBUTES)
        )
        says_updated = not says_published and (
            _UPDATED_CLASSES.search(words) is not None or not attributes.keys().isdisjoint(_UPDATED_ATTRIBUTES)
        )
        for label, at in _read_times(node, reader, Label.UPDATED if says_updated else Label.NONE):
            if label is Label.UPDATED:
                modified.append(at)
            elif label is not Label.OTHER:
                published.append((not (says_published or label is Label.PUBLISHED), -depth, at))
    published.sort(key=lambda entry: entry[:2])
    return TimeElements(tuple(at for _, _, at in published), tuple(modified))


def _may_be_own(node: LexborNode, depths: Mapping[int, int]) -> bool:
    """Return whether an element may have the article's time; one with a ``data-`` attribute alone may be a teaser.

    Such an element counts if it is around the article, or has no more than a time in it.
    """
    attributes = node.attributes
    if node.tag in {"time", "abbr"} or "itemprop" in attributes:
        return True
    if node.tag in _CONTROL_TAGS:
        return False
    if node.mem_id in depths:
        return True
    if node.css_first("a, h1, h2, h3, h4, img") is not None:
        return False
    return len(normalize_line(node.text(deep=True))) <= _MAX_LONE_TIME_CHARS


def find_only_time(
    tree: LexborHTMLParser, reader: TimeReader, depths: Mapping[int, int], excluded: Collection[str]
) -> ParsedTime | None:
    """Return the time that stands alone in an element, anywhere in the page; None if they have different days.

    Times in comments, captions, side columns and lists of other stories do not count, nor those of an update.

    Args:
        tree: The parsed page.
        reader: The page's reader.
        depths: As ``find_article_depths`` returns them.
        excluded: Wordings of times that are known to be others.
    """
    found: list[tuple[Label, ParsedTime]] = []
    nodes = tree.body.traverse(include_text=True) if tree.body is not None else iter(())
    texts = (node for node in nodes if node.tag == "-text" and _may_be_time(node.text_content or ""))
    for node in islice(texts, _MAX_LONE_TIMES):
        text = normalize_line(node.text_content or "")
        own = {at.text for _, at in reader.find(text) if len(text) - len(at.text) <= _MAX_OTHER_CHARS}
        if own and _find_depth(node, depths) is not None:
            labelled = reader.find(_read_context(node, text))
            found += [(label, at) for label, at in labelled if at.text in own and at.text not in excluded]
    times = [at for label, at in found if label is Label.PUBLISHED] or [
        at for label, at in found if label is Label.NONE
    ]
    return choose_first(times) if len({at.day for at in times}) == 1 else None


def _may_be_time(text: str) -> bool:
    return 6 <= len(text) <= _MAX_LONE_TIME_CHARS and any(map(str.isdecimal, text))


def _find_depth(node: LexborNode, depths: Mapping[int, int]) -> int | None:
    """Return the depth of the innermost element that an element shares with the article; None in other content."""
    parent = node.parent
    while parent is not None and parent.tag not in {"body", "html"}:
        if parent.mem_id in depths:
            return depths[parent.mem_id]
        tag, attributes = parent.tag or "", parent.attributes
        words = split_class_names(f"{attributes.get('class') or ''} {attributes.get('id') or ''}") if attributes else ""
        if (tag in _OTHER_TAGS and depths) or find_zone(tag, attributes, words) in OTHER_ZONES:
            return None
        if tag in {"ul", "ol"} and len(parent.css("time")) >= _MIN_STORY_LIST_TIMES:
            return None
        parent = parent.parent
    return -1


def _read_times(node: LexborNode, reader: TimeReader, own_label: Label) -> Iterator[tuple[Label, ParsedTime]]:
    """Yield the times of an element, of its attribute and as it prints them, each with its label.

    The label that is printed next to a time counts, else that of the element: an element of the last change may also
    print the time of publication, on another day.

    Args:
        node: The element.
        reader: The page's reader.
        own_label: What the element's attributes say.
    """
    attributes = node.attributes
    text = normalize_line(node.text(deep=True))
    printed = reader.find(_read_context(node, text)) if text and len(text) <= _MAX_CONTEXT_CHARS else []
    names = ("datetime", "content", *(("title",) if node.tag == "abbr" else ()), *_TIME_ATTRIBUTES)
    value = next((value for name in names if (value := attributes.get(name))), "")
    declared = reader.parse(value) if value else None
    if declared is not None:
        near = [label for label, at in printed if at.day == declared.day or is_same_day(at, declared)]
        yield near[0] if near and near[0] is not Label.NONE else own_label, declared
    own = {at.instant for _, at in reader.find(text)} if printed else set()
    for label, at in printed:
        if at.instant in own:
            is_other = declared is not None and not is_same_day(at, declared)
            yield label if label is not Label.NONE or is_other else own_label, at


def _read_context(node: LexborNode, text: str) -> str:
    """Return an element's text with the inline text right before and after it, which may be its label."""
    while node.prev is None and node.next is None and node.parent is not None and node.parent.tag in _INLINE_TAGS:
        node = node.parent
    before, after = node.prev, node.next
    parts = [text]
    while before is not None and before.tag in _INLINE_TAGS and sum(map(len, parts)) <= _MAX_CONTEXT_CHARS:
        parts.insert(0, normalize_line(before.text(deep=True)))
        before = before.prev
    if after is not None and after.tag in _INLINE_TAGS:
        parts.append(normalize_line(after.text(deep=True)))
    context = " ".join(parts)
    return context if len(context) <= _MAX_CONTEXT_CHARS else text


def find_article_depths(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> dict[int, int]:
    """Return the depth of each element around the headline and the beginning of the text, by its identity."""
    texts = set(paragraphs[:_TEXT_SAMPLE_PARAGRAPHS])
    article = (block for block in blocks if block.text in texts or (title and title in block.text))
    return {identity: depth for block in article for depth, identity in enumerate(block.ancestor_ids)}


def add_page_evidence(
    times: Evidence, tree: LexborHTMLParser, blocks: Sequence[Block], paragraphs: Sequence[str], title: str,
    reader: TimeReader, *, is_certain: bool,
) -> Evidence:  # fmt: skip
    """Return the declared times with those that time elements and printed lines add.

    To certain times only a printed line adds something: the page's own zone, if they are in UTC.

    Args:
        times: The declared times.
        tree: The parsed page.
        blocks: Its blocks.
        paragraphs: The text.
        title: The headline.
        reader: The page's reader.
        is_certain: Whether the declared times need no other evidence.
    """
    if is_certain and not times.is_in_utc:
        return times
    printed = read_printed_times(find_time_lines(blocks, paragraphs, title), reader)
    if is_certain:
        return replace(times, printed=printed.published)
    depths = find_article_depths(blocks, paragraphs, title)
    elements = read_time_elements(tree, reader, depths)
    # What a time element of the last change prints is not the publication.
    changes = {at.text for at in elements.modified}
    published = printed.published if printed.published and printed.published.text not in changes else None
    if published is None and not times.declared and not elements.published:
        published = find_dateline_time(paragraphs, reader) or find_only_time(tree, reader, depths, changes)
    modified = (*times.modified, *elements.modified, *((printed.modified,) if printed.modified else ()))
    return replace(times, elements=elements.published, printed=published, modified=modified)
