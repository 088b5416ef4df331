"""`copydesk export`: stories, copies or articles into a file of lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from copydesk.pipeline.cli.stories import open_database
from copydesk.pipeline.console.output_file import STANDARD, Target
from copydesk.pipeline.console.tables import count_noun, show_progress
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.views.exports import Form, Noun, read_rows, write_lines

NOUNS = {Noun.STORIES: ("story", "stories"), Noun.COPIES: ("copy", "copies"), Noun.ARTICLES: ("article", "articles")}
STEP = 100


def export(
    noun: Annotated[Noun, typer.Argument(help="What is exported.")] = Noun.STORIES,
    output: Annotated[str, typer.Option("-o", "--output", help="The file; without it, standard output.")] = "",
    form: Annotated[Form | None, typer.Option("--format", help="Unset: by the file's ending, else jsonl.")] = None,
    since: Annotated[str, typer.Option(help="Only what was published from this time on (ISO 8601, UTC).")] = "",
    until: Annotated[str, typer.Option(help="Only what was published before this time.")] = "",
    wire: Annotated[str, typer.Option(help="Only this wire's; of stories, those that it was the first to have.")] = "",
) -> None:
    """Write stories, copies or articles as JSON lines or CSV, with the columns of the views of the same name.

    In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    chosen = form or (Form.CSV if output.lower().endswith(".csv") else Form.JSONL)
    times = {name: parse_time(text) if text else None for name, text in (("since", since), ("until", until))}
    count = 0
    with open_database() as connection, Target(output) as target, show_progress({"rows": noun.value}) as progress:

        def tell(lines: Iterator[str]) -> Iterator[str]:
            nonlocal count
            for line in lines:
                yield line
                count += 1
                if count % STEP == 0:
                    progress("rows", count, None)

        target.write(tell(write_lines(read_rows(connection, noun, **times, wire=wire or None), chosen)))
    rows = max(count - 1, 0) if chosen is Form.CSV else count
    if output and output not in STANDARD:
        typer.echo(f"{count_noun(rows, *NOUNS[noun])}.", err=True)
