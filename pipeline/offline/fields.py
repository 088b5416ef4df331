"""Which column of a file is which field: by the usual names, or as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from copydesk.pipeline.core.errors import BadInput

DOCUMENT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "path", "url", "link", "guid"),
    "title": ("title", "headline"),
    "body": ("body", "text", "content", "maintext", "article", "articlebody", "full_text", "content_text"),
    "published_at": (
        "published_at", "published", "date", "datetime", "publish_date", "date_publish", "date_published",
        "datepublished", "pubdate", "publication_date", "timestamp",
    ),
    "agency": ("agency",),
    "dateline": ("dateline",),
    "language": ("language", "lang"),
    "notice": ("notice",),
    "kind": ("kind",),
}  # fmt: skip
"""The names of a column for each field of a document, the preferred one first: our own, those of data sets (Hugging
Face, Common Crawl, news-please), of JSON Feed and of schema.org. Case is ignored."""

PAGE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "path"),
    "url": ("url", "link", "canonical_url"),
    "html": ("html", "raw_html", "page", "content", "body", "text", "maintext"),
    "fetched_at": ("fetched_at", "date_download", "crawled_at", "timestamp"),
}
"""The same for saved pages."""


_MAX_REMEMBERED = 1_000
"""Fields and columns that are remembered: rows of JSON may each have other columns."""


@dataclass(frozen=True)
class FieldMap:
    """Finds the fields of rows."""

    names: Mapping[str, tuple[str, ...]]
    """For each field the names of its column, in lower case, the preferred one first."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    """The columns that the user chose, by field; they replace the usual names."""

    _found: dict[tuple[str, tuple[str, ...]], list[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The columns of each field that were found, by the columns of a row: most rows have the same ones."""

    @classmethod
    def parse(cls, names: Mapping[str, tuple[str, ...]], choices: Sequence[str]) -> FieldMap:
        """Return the usual names, changed by choices such as ``body=COLUMN``.

        Raises:
            BadInput: A choice has another form, or there is no such field.
        """
        chosen = {}
        for choice in choices:
            name, sign, column = choice.partition("=")
            if not sign or not column or name.strip() not in names:
                raise BadInput(
                    f"Invalid field {choice!r}; expected FIELD=COLUMN.", f"The fields are {', '.join(names)}."
                )
            chosen[name.strip()] = column
        return cls(names, chosen)

    def find_column(self, name: str, columns: Iterable[str]) -> str | None:
        """Return the column that a field is in; None if there is none."""
        return next(iter(self._find_columns(name, list(columns))), None)

    def get(self, name: str, row: Mapping[str, object]) -> object:
        """Return the value of a field, the first that is not empty; None if there is none."""
        key = (name, tuple(row))
        columns = self._found.get(key)
        if columns is None:
            if len(self._found) >= _MAX_REMEMBERED:
                self._found.clear()
            columns = self._found[key] = self._find_columns(name, key[1])
        for column in columns:
            value = row[column]
            if value is not None and value != "":
                return value
        return None

    def list_unused(self, columns: Iterable[str]) -> list[str]:
        """Return the columns in which no field is."""
        known = {name for names in self.names.values() for name in names}
        return [column for column in columns if column.casefold() not in known and column not in self.chosen.values()]

    def _find_columns(self, name: str, columns: Sequence[str]) -> list[str]:
        if name in self.chosen:
            return [self.chosen[name]] if self.chosen[name] in columns else []
        names = self.names[name]
        found = [column for column in names if column in columns]
        if not found:
            folded = {column.strip().casefold(): column for column in columns}
            found = [folded[column] for column in names if column in folded]
        return found
