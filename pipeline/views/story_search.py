"""What a search for stories may ask, checked before it reaches the database."""

from __future__ import annotations

import re

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_value

MAX_SEARCH_CHARS = 1_000
"""Length of a search: a long headline has a fifth of it."""

_UNSPACED_SCRIPT = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""A letter of a script without spaces between words."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def make_search_params(connection: Connection[Row], search: str | None) -> dict[str, str | None]:
    """Return the parameters ``search`` and ``contained`` of a query that lists stories; None finds all stories.

    Raises:
        BadInput: The search has no words, or is too long.
    """
    if search is None:
        return {"search": None, "contained": None}
    if len(search) > MAX_SEARCH_CHARS:
        raise BadInput(f"The search has more than {MAX_SEARCH_CHARS} characters.", "Search for fewer words.")
    if not fetch_value(connection, int, queries.browse.count_search_words, {"search": search}):
        raise BadInput(f"The search {search!r} has no words.", "Search for words of the title or the text.")
    return {"search": search, "contained": search if _UNSPACED_SCRIPT.search(search) else None}


def parse_language(text: str) -> str | None:
    """Return a language code in its usual spelling (``en``, ``pt-BR``); None if it is empty.

    Raises:
        BadInput: The text is not a language code.
    """
    if not text:
        return None
    if not _LANGUAGE.fullmatch(text):
        raise BadInput(f"{text!r} is not a language code.", "Use a code such as en or pt-BR.")
    base, *rest = text.split("-")
    return "-".join([base.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
