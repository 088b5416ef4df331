"""Parse JSON-LD (schema.org) and the values of its properties, which pages write in many shapes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.text import normalize_line, normalize_text
from copydesk.pipeline.extract.blocks import parse_html, read_blocks

_TRAILING_COMMA = re.compile(r",\s{0,20}([}\]])")
_DATE_FIELD = re.compile(r'"(datePublished|dateModified|headline)"\s{0,9}:\s{0,9}"([^"\\\n]{4,300})"')
# Does not match a Reuters code such as <ABC.N>.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,30}(?:[\s/][^<>]{0,500})?>|<!--[^<>]{0,500}-->")
_STRAY_BRACKET = re.compile(r"<(?!/?[A-Za-z][A-Za-z0-9-]{0,30}[\s/>]|!--)")
# Properties with content other than the page's own article: live blog updates, lists of other stories, comments.
_OTHER_CONTENT_KEYS = frozenset(
    {
        "liveBlogUpdate",
        "hasPart",
        "isPartOf",
        "isBasedOn",
        "itemListElement",
        "comment",
        "mentions",
        "citation",
        "about",
        "review",
    }
)
_JSON_DECODER = json.JSONDecoder(strict=False)
_MAX_OBJECTS = 5_000
# Limit for one-line fields; image URLs may be data URLs.
_MAX_LINE_CHARS = 200_000


def parse_json_ld(source: str) -> Any:
    """Parse JSON-LD, repairing common errors; if that fails, return an article with the dates and headline in it."""
    source = source.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (source, html.unescape(source), _TRAILING_COMMA.sub(r"\1", source)):
        try:
            return _JSON_DECODER.decode(attempt)
        except (ValueError, RecursionError):
            continue
    return {"@type": "Article", **dict(reversed(_DATE_FIELD.findall(source)))}


def walk_objects(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in JSON data, outer ones first, at most ``_MAX_OBJECTS``."""
    queue = [data]
    seen = 0
    while queue and seen < _MAX_OBJECTS:
        item = queue.pop(0)
        seen += 1
        if isinstance(item, dict):
            yield item
            queue.extend(
                value
                for key, value in item.items()
                if isinstance(value, (dict, list)) and key not in _OTHER_CONTENT_KEYS
            )
        elif isinstance(item, list):
            queue.extend(item[:_MAX_OBJECTS])


def get_first_text(value: Any) -> str:
    """Return one line of text from a value that may be a string, a list, or an object with a name or URL."""
    for _ in range(5):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("name") or value.get("url") or value.get("@value") or value.get("@id")
        else:
            break
    return clean_line(value) if isinstance(value, str) else ""


def clean_line(value: str) -> str:
    """Return a value on one line, without entities and markup."""
    value = html.unescape(value[:_MAX_LINE_CHARS])
    if "<" in value:
        value = _TAG.sub("", value)
    return normalize_line(value)


def parse_body_text(value: str) -> str:
    """Return an articleBody, one paragraph per line; it may contain markup, escaped or not."""
    if "&lt;" in value and "<" not in value:
        value = html.unescape(value)
    if not _TAG.search(value):
        return normalize_text(html.unescape(value))
    try:
        root = parse_html(_STRAY_BRACKET.sub("&lt;", value)).body
        blocks = read_blocks(root) if root is not None else []
    except QuarantineError:
        return normalize_text(html.unescape(_TAG.sub("\n", value)))
    return "\n".join(block.text for block in blocks)


def join_names(value: Any) -> str:
    """Return the names in a list of authors, joined by commas."""
    values = value if isinstance(value, list) else [value]
    names = [name for item in values[:8] if (name := get_first_text(item)) and not name.startswith("http")]
    return ", ".join(dict.fromkeys(names))


def get_url(value: Any) -> str:
    """Return the URL of an image or the like: the value itself, or its ``url`` or ``contentUrl``; never its name."""
    for _ in range(5):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict):
            value = value.get("url") or value.get("contentUrl") or value.get("@id")
        else:
            break
    return value.strip() if isinstance(value, str) else ""


def resolve_reference(value: Any, known: dict[str, dict[str, Any]]) -> Any:
    """Return the object that a reference (an object with only an ``@id``) points to, if the page contains it."""
    if isinstance(value, list):
        return [resolve_reference(item, known) for item in value[:8]]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
        return known.get(str(value.get("@id")), value)
    return value


def parse_is_free(item: dict[str, Any]) -> bool | None:
    """Return isAccessibleForFree, which may be a boolean or a word; None if it is neither."""
    value = str(item.get("isAccessibleForFree", "")).strip().rpartition("/")[2].casefold()
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value)


def has_type(item: dict[str, Any], pattern: re.Pattern[str]) -> bool:
    """Return whether one of an object's types matches a pattern."""
    kinds = item.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
    )
