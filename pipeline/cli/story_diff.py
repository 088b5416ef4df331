"""`copydesk story ID --diff A B`: two copies or two versions of a story, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import typer
from psycopg import Connection
from rich.console import Console
from rich.text import Text

from copydesk.pipeline.console.tables import pluralize, print_json, sanitize_cell
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.db import Row
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.article_queries import read_article_text, read_version_text
from copydesk.pipeline.views.story_versions import Version
from copydesk.pipeline.views.word_diff import Change, ChangeKind, count_words, diff_words

VERSION_PREFIX = "v"

_STYLES = {ChangeKind.REMOVED: "red strike", ChangeKind.ADDED: "green bold"}
_MARKS = {ChangeKind.REMOVED: ("[-", "-]"), ChangeKind.ADDED: ("{+", "+}")}
"""Those of ``git diff --word-diff``."""


@dataclass(frozen=True, slots=True)
class DiffText:
    """One side of a difference: a label, and its title and body."""

    label: str
    title: str
    body: str


def print_diff(
    connection: Connection[Row],
    copies: Sequence[story_queries.StoryCopy],
    versions: Sequence[Version],
    names: tuple[str, str],
    *,
    as_json: bool,
) -> None:
    """Print the difference of two texts of a story; with colours on a terminal, with marks elsewhere.

    Args:
        connection: An open connection.
        copies: The copies of the story, in the order of the list.
        versions: Its versions, likewise.
        names: What to compare: numbers of copies, names of their wires, prefixes of their IDs; or versions (``v1``).

    Raises:
        NotFound: There is no such copy or version.
        BadInput: A name matches several copies.
    """
    before, after = (_find_text(connection, copies, versions, name) for name in names)
    titles, bodies = diff_words(before.title, after.title), diff_words(before.body, after.body)
    if as_json:
        changes = {"title": list(map(asdict, titles)), "body": list(map(asdict, bodies))}
        print_json([{"a": before.label, "b": after.label, **changes}])
        return
    console = Console(highlight=False, soft_wrap=True)
    for mark, text in (("---", before), ("+++", after)):
        console.print(f"{mark} {sanitize_cell(text.label)}", style="bold", markup=False)
    console.print()
    console.print(_render(titles, colored=console.is_terminal and not console.no_color))
    console.print()
    console.print(_render(bodies, colored=console.is_terminal and not console.no_color))
    removed, added = (
        count_words(titles, kind) + count_words(bodies, kind) for kind in (ChangeKind.REMOVED, ChangeKind.ADDED)
    )
    console.print()
    typer.echo(
        f"{pluralize(removed, 'word')} removed, {pluralize(added, 'word')} added."
        if removed or added
        else "The two texts have the same words."
    )


def _render(changes: Sequence[Change], *, colored: bool) -> Text:
    text = Text()
    for change in changes:
        piece = "\n".join(sanitize_cell(line) for line in change.text.split("\n"))
        if colored:
            text.append(piece, _STYLES.get(change.kind, ""))
        else:
            opening, closing = _MARKS.get(change.kind, ("", ""))
            text.append(f"{opening}{piece}{closing}")
    return text


def _find_text(
    connection: Connection[Row], copies: Sequence[story_queries.StoryCopy], versions: Sequence[Version], name: str
) -> DiffText:
    number = name.removeprefix(VERSION_PREFIX)
    if name.startswith(VERSION_PREFIX) and number.isdecimal():
        if not 1 <= int(number) <= len(versions):
            raise NotFound(
                f"The story has no version {name}.",
                f"It has {pluralize(len(versions), 'version')}; `copydesk story ID --versions` lists them.",
            )
        version = versions[int(number) - 1]
        title, body = read_version_text(connection, version.version_id)
        return DiffText(f"{name}: {version.name}, {sanitize_cell(version.at)}, {version.wire}", title, body)
    copy = copies[find_copy(copies, name)]
    title, body = read_article_text(connection, copy.article_id)
    return DiffText(f"{copy.wire}, {sanitize_cell(copy.published_at)}, {copy.url}", title, body)


def find_copy(copies: Sequence[story_queries.StoryCopy], name: str) -> int:
    """Return the index of the copy with this number, this wire, or an ID that starts so.

    Raises:
        NotFound: There is none.
        BadInput: There are several.
    """
    if name.isdecimal() and 1 <= int(name) <= len(copies):
        return int(name) - 1
    found = [index for index, copy in enumerate(copies) if copy.wire == name or _starts_with(copy.article_id, name)]
    if len(found) > 1:
        numbers = " and ".join(str(index + 1) for index in found[:5])
        raise BadInput(f"{name!r} matches several copies.", f"Use the number of one: {numbers}.")
    if not found:
        suggestion = suggest_names(name, {copy.wire for copy in copies})
        raise NotFound(
            f"The story has no copy {name!r}.",
            f"{suggestion} Use a number from `copydesk story ID --copies`, a wire, or a version such as v1.".strip(),
        )
    return found[0]


def _starts_with(article_id: UUID, prefix: str) -> bool:
    return len(prefix) >= 4 and str(article_id).startswith(prefix.lower())
