"""`copydesk articles`: list articles."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.cli.filters import Language, WireFilter, check_wire, describe_no_match
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.views.article_queries import list_articles
from copydesk.pipeline.views.story_search import parse_language


def articles(
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only articles published at or after this time, such as 24h.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only articles published before this time.")] = "",
    wire: WireFilter = "",
    language: Language = "",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List articles, the latest first.

    Withdrawn articles are left out. `copydesk export articles` writes their texts to a file.
    """
    start, end = parse_user_span(since, until)
    code = parse_language(language)
    with connect_to_database() as connection:
        rows = list_articles(
            connection, since=start, until=end, wire=check_wire(connection, wire), language=code, limit=limit
        )
        options: dict[str, object] = {"--since": since, "--until": until, "--wire": wire, "--language": language}
        explanation = "" if rows else describe_no_match(connection, "articles", options)
    if explanation:
        typer.echo(explanation, err=True)
    elif as_json:
        print_json(rows)
    else:
        print_table(
            ["published", "wire", "story", "lang", "versions", "title", "url"],
            [
                (
                    r.published_at,
                    r.wire,
                    str(r.story_id)[:8] if r.story_id else "-",
                    r.language,
                    r.versions,
                    r.title,
                    r.url,
                )
                for r in rows
            ],
            right_aligned="versions",
        )
