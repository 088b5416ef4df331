"""Parameters that several routes have in common, of pages and of the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

MAX_BIGINT = 2**63 - 1

Text = Annotated[str, Query(max_length=2_000)]
"""A field of a form or a filter."""


def parse_row_id(text: str) -> int | None:
    """Return the number of a row, such as that of a page in quarantine; None if no row can have it."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= 30
    return int(text) if is_number and int(text) <= MAX_BIGINT else None


def read_story_fields(
    q: Text = "",
    since: Text = "",
    until: Text = "",
    wire: Text = "",
    agency: Text = "",
    language: Text = "",
    section: Text = "",
    length: Text = "",
    copies: Text = "",
    min_copies: Text = "",
    state: Text = "",
    sort: Text = "",
) -> dict[str, str]:
    """Return the fields of the search of stories, for ``story_filter.parse_story_filter``."""
    fields = {
        "q": q, "since": since, "until": until, "wire": wire, "agency": agency, "language": language,
        "section": section, "length": length, "copies": copies, "min_copies": min_copies, "state": state, "sort": sort,
    }  # fmt: skip
    return {name: text.strip() for name, text in fields.items()}


StoryFields = Annotated[dict[str, str], Depends(read_story_fields)]
"""The fields of the search of stories, as a parameter of a route."""
