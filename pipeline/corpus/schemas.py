"""The Arrow schemas of what is exchanged as Parquet. Each file names its table and version in the schema's metadata."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from copydesk.pipeline.core.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_KEY, VERSION_KEY = b"copydesk.table", b"copydesk.version"

VERSION = 1
"""Raised when a column changes its meaning or is removed. A new column that readers can do without raises nothing."""


class CorpusTable(StrEnum):
    """What the rows of a file are."""

    DOCUMENTS = "documents"
    """The input of signing; further columns may follow."""

    SKETCHES = "sketches"
    """What is compared (``sketch_rows``). Arrays are little-endian, as in the tables of PostgreSQL; numbers of 64 bits
    without a sign are stored with the same bits as ones with a sign, because engines on the JVM have no others."""

    EDGES = "edges"
    """Verified pairs, ``a`` < ``b``."""

    MEMBERS = "members"
    """One row per document: its story."""

    STORIES = "stories"
    """One row per story: its representative."""


def load_pyarrow() -> None:
    """Check that Parquet can be read and written.

    Raises:
        BadInput: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise BadInput(
            "Reading and writing Parquet needs pyarrow, which is not installed.",
            'Install it with `pip install "copydesk[parquet]"`, or use CSV or JSON Lines.',
        ) from None


@cache
def load_schema(table: CorpusTable) -> pa.Schema:
    """Return the schema of a table, with its version in the metadata.

    Raises:
        BadInput: pyarrow is not installed.
    """
    load_pyarrow()
    import pyarrow as pa

    time = pa.timestamp("us", tz="UTC")
    text, count, flag, packed = pa.string(), pa.int32(), pa.bool_(), pa.binary()
    columns: dict[CorpusTable, list[tuple[str, pa.DataType, bool]]] = {
        CorpusTable.DOCUMENTS: [
            ("id", text, False), ("title", text, True), ("body", text, True), ("published_at", time, True),
            ("agency", text, True), ("dateline", text, True), ("language", text, True), ("notice", text, True),
        ],
        CorpusTable.SKETCHES: [
            ("id", text, False), ("published_at", time, True), ("content_hash", pa.int64(), False),
            ("text_hash", pa.int64(), False), ("title_hash", pa.int64(), False), ("word_count", count, False),
            ("notice", text, False), ("is_headline_only", flag, False), ("is_brief", flag, False),
            ("is_digest", flag, False), ("keys", pa.list_(pa.int64()), False),
            ("item_keys", pa.list_(pa.int64()), False), ("low_bits", packed, False), ("minhash", packed, False),
            ("shingles", packed, False), ("title", packed, False), ("lead", packed, False),
            ("numbers", packed, False), ("names", packed, False), ("vocabulary", packed, False),
            ("opening", packed, False), ("place", packed, False), ("agencies", packed, False),
        ],
        CorpusTable.EDGES: [
            ("a", text, False), ("b", text, False), ("kind", text, True), ("merges", flag, False),
            ("is_near_identical", flag, False), ("rule", text, False), ("container_id", text, True),
            ("shared", count, False), ("size_a", count, False), ("size_b", count, False), ("evidence", text, False),
        ],
        CorpusTable.MEMBERS: [("id", text, False), ("story", text, False)],
        CorpusTable.STORIES: [("story", text, False), ("copies", pa.int64(), False), ("published_at", time, True)],
    }  # fmt: skip
    fields = [pa.field(name, kind, nullable=nullable) for name, kind, nullable in columns[table]]
    return pa.schema(fields, metadata={TABLE_KEY: table.encode(), VERSION_KEY: str(VERSION).encode()})


def check_schema(schema: pa.Schema, file: str, table: CorpusTable | None = None) -> None:
    """Check that this version can read a file; one that another program wrote has no version and is accepted.

    Args:
        schema: That of the file.
        file: Its name, for messages.
        table: What the rows must be, if the file says what they are; None for any.

    Raises:
        BadInput: A newer version of Copydesk wrote the file, or its rows are something else.
    """
    metadata = schema.metadata or {}
    version = metadata.get(VERSION_KEY, b"").decode("utf-8", "replace")
    if version and not (version.isdecimal() and int(version) <= VERSION):
        raise BadInput(
            f"Cannot read {file}: a newer version of Copydesk wrote it (format {version}, this one reads up to"
            f" {VERSION}).",
            "Update Copydesk, or write the file again with this version.",
        )
    found = metadata.get(TABLE_KEY, b"").decode("utf-8", "replace")
    if table is not None and found and found != table:
        raise BadInput(f"Cannot read {file}: it has {found}, not {table}.", f"Pass a folder of {table}.")
