"""What `copydesk dedup` reads and writes, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from copydesk.pipeline.core.dedup_records import Edge
    from copydesk.pipeline.core.records import Document
    from copydesk.pipeline.offline.documents import InvalidLine

MAX_REPORTED_LINES = 20
"""Lines that are reported one by one: a file in another format would have a report for each."""

_WHOLE_ONLY = "it joins only documents with exactly the same text"


class DocumentReader:
    """Passes documents on, and reports what is invalid.

    Attributes:
        skipped: The number of invalid lines.
    """

    def __init__(self, items: Iterable[Document | InvalidLine]) -> None:
        self.skipped = 0
        self._items = items

    def iterate_documents(self) -> Iterator[Document]:
        """Yield the documents."""
        from copydesk.pipeline.core.records import Document
        from copydesk.pipeline.sign.long_texts import is_too_long

        reported = 0
        for item in self._items:
            if isinstance(item, Document):
                if is_too_long(item):
                    typer.echo(f"The text of {item.id} is too long to compare in part: {_WHOLE_ONLY}.", err=True)
                yield item
                continue
            self.skipped += item.is_skipped
            reported += 1
            if reported <= MAX_REPORTED_LINES or not item.line_number:
                typer.echo(str(item), err=True)
        if reported > MAX_REPORTED_LINES:
            typer.echo(f"{reported - MAX_REPORTED_LINES} more lines are not listed.", err=True)


def report_large_stories(stories: Iterable[tuple[str, int]]) -> None:
    """Report stories with very many copies, each with its representative and their number."""
    for representative, copies in stories:
        typer.echo(
            f"The story of {representative} has {copies} copies; check that they share article text, not a footer"
            " or a notice.",
            err=True,
        )


def edge_to_dict(edge: Edge) -> dict[str, object]:
    """Return an edge as the file of ``--edges`` has it."""
    return {
        "a": edge.a,
        "b": edge.b,
        "kind": edge.kind,
        "merges": edge.merges,
        "is_near_identical": edge.is_near_identical,
        "rule": edge.rule,
        "container_id": edge.container_id or None,
        "shared": edge.shared,
        "size_a": edge.size_a,
        "size_b": edge.size_b,
        "evidence": edge.evidence,
    }
