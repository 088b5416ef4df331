"""SQL by name: ``-- name: save_page`` headings in the files of ``pipeline/db/sql``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import LiteralString

_SQL_FOLDER = Path(__file__).parent / "sql"
_HEADING = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


@cache
def load_queries(file_stem: str) -> MappingProxyType[str, LiteralString]:
    """The named queries of ``sql/<noun>.sql``. They are part of the program, hence ``LiteralString``.

    Raises:
        ValueError: a name stands twice in the file.
    """
    text = (_SQL_FOLDER / f"{file_stem}.sql").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"sql/{file_stem}.sql names a query twice")
    found: dict[str, LiteralString] = {name: body.strip().rstrip(";") for name, body in zip(names, bodies, strict=True)}
    return MappingProxyType(found)
