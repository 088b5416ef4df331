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
# Readable parts of broken JSON: an object's type, an author's name, and fields of one line.
_SALVAGED = re.compile(
    r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?P<kind>[^"\\\n]{2,60})"'
    r'|"author"\s{0,9}:\s{0,9}[\[{\s]{1,9}(?:"@type"\s{0,9}:\s{0,9}"Person"\s{0,9},\s{0,9})?"name"\s{0,9}:\s{0,9}"(?P<name>[^"\\\n]{2,80})"'
    r'|"(?P<key>datePublished|dateModified|headline)"\s{0,9}:\s{0,9}"(?P<value>[^"\\\n]{4,300})"'
)
_PART_TYPES = frozenset({"Person", "Organization", "NewsMediaOrganization", "ImageObject", "WebPage", "WebSite"})
ARTICLE_TYPE = re.compile(r"(Article|BlogPosting|Report|LiveBlogPosting|PressRelease|(?<!Claim)Review)$")
"""Ending of the types of articles."""
_VALUE_START = re.compile(r"[{\[]")
_COMMENT = re.compile(r"(?m)^\s{0,40}//[^\n]{0,400}$|/\*[^*]{0,400}\*/|<!--|-->")
_INVALID_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_ORGANIZATION_TYPE = re.compile(r"Organization$|Corporation$|^(?:\w{0,20}[:/])?Brand$")
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
        "subjectOf",
        "associatedArticle",
        "relatedArticle",
        "isRelatedTo",
    }
)
_MAX_AUTHORS = 30
_JSON_DECODER = json.JSONDecoder(strict=False)
_MAX_OBJECTS = 5_000
# Values in one script.
_MAX_VALUES = 200
# Limit for one-line fields; image URLs may be data URLs.
_MAX_LINE_CHARS = 200_000


def parse_json_ld(source: str) -> list[Any]:
    """Parse the JSON values in a JSON-LD script, repairing common errors.

    Around and between the values anything may stand: comments, CDATA marks, semicolons. What is not JSON even then
    gives an object with the fields that can be read from it, if they are an article's.
    """
    for attempt in _list_repairs(source.strip()):
        if values := _decode_values(attempt):
            return values
    return _salvage_fields(source)


def _list_repairs(source: str) -> Iterator[str]:
    """Yield a script's text with more and more of the usual errors repaired."""
    yield source
    if "&" in source:
        yield html.unescape(source)
    source = _INVALID_ESCAPE.sub(r"\\\\", _COMMENT.sub("", source))
    yield _TRAILING_COMMA.sub(r"\1", source)


def _decode_values(source: str) -> list[Any]:
    """Return the JSON objects and arrays in a text, one after the other; none if the first one is not valid."""
    values: list[Any] = []
    source = source.replace("<![CDATA[", "", 1)
    at = _find_value(source, 0)
    while at >= 0 and len(values) < _MAX_VALUES:
        try:
            value, end = _JSON_DECODER.raw_decode(source, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        at = _find_value(source, end)
    return values


def _find_value(source: str, start: int) -> int:
    """Return where the next object or array begins; -1 if there is none."""
    match = _VALUE_START.search(source, start)
    return match.start() if match else -1


def _salvage_fields(source: str) -> list[Any]:
    """Return the fields of an article that can be read from broken JSON; none if they are another object's."""
    kind, fields = "", dict[str, Any]()
    for match in _SALVAGED.finditer(source):
        if match["kind"]:
            # The publisher's and the author's types stand between an article's fields.
            kind = kind if match["kind"] in _PART_TYPES else match["kind"]
        elif ARTICLE_TYPE.search(kind):
            fields.setdefault("@type", kind)
            if match["name"]:
                fields.setdefault("author", {"@type": "Person", "name": match["name"]})
            else:
                fields.setdefault(match["key"], match["value"])
    return [fields] if fields else []


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


def list_authors(value: Any) -> tuple[list[str], list[str]]:
    """Return the names of a list of authors, as (people and names without a type, organizations)."""
    people: list[str] = []
    organizations: list[str] = []
    for item in (value if isinstance(value, list) else [value])[:_MAX_AUTHORS]:
        named = item.get("name") if isinstance(item, dict) else None
        is_organization = isinstance(item, dict) and has_type(item, _ORGANIZATION_TYPE)
        names = named[:_MAX_AUTHORS] if isinstance(named, list) else [item]
        for name in filter(None, map(get_first_text, names)):
            if not name.startswith("http"):
                (organizations if is_organization else people).append(name)
    return list(dict.fromkeys(people)), list(dict.fromkeys(organizations))


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
        return [resolve_reference(item, known) for item in value[:_MAX_AUTHORS]]
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
