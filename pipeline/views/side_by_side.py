"""Two texts side by side: the same paragraphs next to each other, with the words that only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from copydesk.pipeline.views.word_diff import Change, ChangeKind


@dataclass(frozen=True, slots=True)
class SideRow:
    """A stretch of both texts up to a line break that both have; the left has no added words, the right no removed."""

    left: list[Change] = field(default_factory=list)
    right: list[Change] = field(default_factory=list)


def align_changes(changes: Sequence[Change]) -> list[SideRow]:
    """Return the rows of a comparison. Each side together is one of the texts, without the line breaks of both."""
    rows = [SideRow()]
    for change in changes:
        if change.kind is ChangeKind.REMOVED:
            rows[-1].left.append(change)
        elif change.kind is ChangeKind.ADDED:
            rows[-1].right.append(change)
        else:
            for number, line in enumerate(change.text.split("\n")):
                if number:
                    rows.append(SideRow())
                if line:
                    rows[-1].left.append(Change(ChangeKind.EQUAL, line))
                    rows[-1].right.append(Change(ChangeKind.EQUAL, line))
    return [row for row in rows if row.left or row.right]
