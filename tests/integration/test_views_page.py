"""docs/views.md, which is generated from the comments in the database."""

from __future__ import annotations

import psycopg

from copydesk.pipeline.db.views_page import PAGE_PATH, list_view_columns, render_page


def test_every_view_and_column_has_a_comment(database: str) -> None:
    with psycopg.connect(database) as connection:
        columns = list_view_columns(connection)
    assert len(columns) > 100
    assert [f"{column.view}.{column.name}" for column in columns if not (column.summary and column.meaning)] == []


def test_views_page_is_up_to_date(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert PAGE_PATH.read_text("utf-8") == render_page(list_view_columns(connection)), "run `make docs`"
