"""Generate docs/views.md from the comments on the public views; `make docs` runs this, and a test checks the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from copydesk.pipeline.db import queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.db.schema_dump import open_scratch_database

PAGE_PATH = Path(__file__).resolve().parents[2] / "docs" / "views.md"
_HEADER = """# Views

Generated from the comments in the database by `make docs`. These views are the interface for your own queries and
tools: until a major release, columns are added but none is removed or renamed. All other tables may change.

```sh
.venv/bin/copydesk db shell -c 'SELECT title, copies, wires FROM copydesk.v_stories ORDER BY copies DESC LIMIT 5'
```
"""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a public view."""

    view: str
    summary: str
    """The comment on the view; empty if it has none."""
    name: str
    type: str
    meaning: str
    """The comment on the column; empty if it has none."""


def list_view_columns(connection: psycopg.Connection[Any]) -> list[ViewColumn]:
    """Return the columns of all public views, in their order."""
    return fetch_all(connection, ViewColumn, queries.database.list_view_columns)


def render_page(columns: list[ViewColumn]) -> str:
    """Return the page for these columns."""
    parts = [_HEADER]
    for (view, summary), group in groupby(columns, key=lambda column: (column.view, column.summary)):
        parts.append(f"## {view}\n\n{summary}\n\n| column | type | meaning |\n|---|---|---|")
        parts += [f"| `{column.name}` | {column.type} | {column.meaning} |" for column in group]
        parts.append("")
    return "\n".join(parts)


def main() -> None:
    """Write the page."""
    with open_scratch_database() as url, psycopg.connect(url) as connection:
        PAGE_PATH.write_text(render_page(list_view_columns(connection)), "utf-8")


if __name__ == "__main__":
    main()
