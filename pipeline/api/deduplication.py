"""``copydesk.dedup``: group documents in memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from copydesk.pipeline.api.results import StoryGroup
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import ArticleKind, Document

_ID_FIELDS = ("id", "url", "path")


def dedup(documents: Any, *, window_hours: int | None = None) -> list[StoryGroup]:
    """Group documents into stories, with the same code as the pipeline and without a database.

    >>> import copydesk
    >>> text = (
    ...     "The ferry to the island sails again after the storm, the harbour master said on Tuesday. Two hundred "
    ...     "passengers had waited since Monday, and the first boat was full within minutes, he said."
    ... )
    >>> other = (
    ...     "Talks on the city charter ended without a result on Wednesday, the mayor said. Both parties blamed each "
    ...     "other for the failure, and no date was set for another meeting in the town hall."
    ... )
    >>> for story in copydesk.dedup([text, other, text]):
    ...     print(story.copies, story.members)
    2 ('0', '2')
    1 ('1',)

    Args:
        documents: What ``clean`` returns, mappings with the usual keys (id, title, body, published_at; see
            docs/files.md), strings, or a DataFrame of pandas or Polars with such columns. A document without an ID gets
            its position. Refused pages are left out.
        window_hours: Maximum difference in publication time between copies, in hours; 0 for no limit, None for the
            default.

    Returns:
        The stories, full articles before briefs, then by time. Every document is in exactly one.

    Raises:
        BadInput: A document has no usable text or ID, or two have the same ID; the message has its position.

    Warns:
        UserWarning: A publication time cannot be read; the document then has none.
    """
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.offline.deduplicate import deduplicate

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    read: dict[str, Document] = {}
    for position, row in enumerate(_iterate_rows(documents)):
        document = _make_document(position, row)
        if document is None:
            continue
        if document.id in read:
            raise BadInput(f"Document {position}: duplicate id {document.id!r}.", "Give each document its own id.")
        read[document.id] = document
    if not read:
        return []
    groups = deduplicate(list(read.values()), profile).clusters
    return [_make_group(group.representative, group.members, read) for group in groups]


def _make_group(representative: str, members: Iterable[str], documents: Mapping[str, Document]) -> StoryGroup:
    others = sorted(set(members) - {representative})
    first = documents[representative]
    return StoryGroup(first.id, first.title, first.published_at, len(others) + 1, (representative, *others))


def _iterate_rows(documents: Any) -> Iterator[Any]:
    """Yield the documents; of a DataFrame its rows as mappings."""
    if isinstance(documents, str | bytes | Mapping):
        raise BadInput("dedup takes many documents, not one.", "Pass a list.")
    if hasattr(documents, "iter_rows"):  # Polars
        yield from documents.iter_rows(named=True)
    elif hasattr(documents, "columns") and hasattr(documents, "to_dict"):  # pandas
        yield from documents.to_dict("records")
    else:
        yield from documents


def _make_document(position: int, row: Any) -> Document | None:
    from copydesk.pipeline.offline.documents import parse_document

    if isinstance(row, Document):
        return row
    if isinstance(row, str):
        values: dict[str, Any] = {"body": row}
    elif isinstance(row, Mapping):
        values = dict(row)
    elif is_dataclass(row) and not isinstance(row, type):
        values = {field.name: getattr(row, field.name) for field in fields(row)}
    elif hasattr(row, "_asdict"):
        values = row._asdict()
    else:
        raise BadInput(f"Document {position} is a {type(row).__name__}.", "Pass mappings, strings or articles.")
    if values.get("kind") == ArticleKind.REFUSED:
        return None
    if not any(_is_usable_id(values.get(name)) for name in _ID_FIELDS):
        values = {**values, "id": str(position)}
    try:
        document, remarks = parse_document(values)
    except ValueError as error:
        raise BadInput(f"Document {position}: {error}.", "Correct it, or leave it out.") from None
    for remark in remarks:
        warnings.warn(f"Document {position}: {remark}.", stacklevel=4)
    return document


def _is_usable_id(value: object) -> bool:
    return value is not None and value != "" and value == value  # noqa: PLR0124 - NaN
