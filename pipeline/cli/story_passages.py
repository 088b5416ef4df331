"""`copydesk story ID --passages`: which earlier article each paragraph of a copy comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import typer
from psycopg import Connection

from copydesk.pipeline.cli.story_diff import find_copy
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.db import Row
from copydesk.pipeline.store.profiles import read_live_profile
from copydesk.pipeline.views.article_queries import read_article_text
from copydesk.pipeline.views.passage_queries import Passage, list_passages
from copydesk.pipeline.views.story_queries import StoryCopy


def print_passages(connection: Connection[Row], copies: Sequence[StoryCopy], name: str, *, as_json: bool) -> None:
    """Print the paragraphs of one copy with the earliest article that has each, and the share of each wire.

    Args:
        connection: An open connection.
        copies: The copies of the story.
        name: The copy: its number, its wire, or the beginning of its ID.
        as_json: Print JSON.

    Raises:
        NotFound: There is no such copy.
        BadInput: There are several.
    """
    copy = copies[find_copy(copies, name)]
    _, body = read_article_text(connection, copy.article_id)
    passages = list_passages(connection, read_live_profile(connection), copy.article_id, body)
    if as_json:
        print_json([asdict(passage) for passage in passages])
        return
    print_table(
        ["#", "words", "first in", "published", "text"],
        [
            (number, passage.words, passage.wire or "this copy", passage.published_at or "", passage.text[:80])
            for number, passage in enumerate(passages, 1)
        ],
        right_aligned="# words",
    )
    typer.echo(f"\n{_format_shares(passages)}")


def _format_shares(passages: Sequence[Passage]) -> str:
    words: Counter[str] = Counter()
    for passage in passages:
        words[passage.wire] += passage.words
    total = max(words.total(), 1)
    shares = [f"{wire} {count / total:.0%}" for wire, count in words.most_common() if wire]
    earlier = (total - words[""]) / total
    return f"{earlier:.0%} of the words are in earlier articles" + (f": {', '.join(shares)}." if shares else ".")
