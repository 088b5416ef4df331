"""Export of rows as Parquet, in row groups of limited size, so that memory does not grow with the number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import IO, Any

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.views.exports import ColumnType, ExportRows

ROW_GROUP_ROWS = 5_000
ROW_GROUP_CHARS = 16_000_000
"""A row group is written as soon as it has so many rows or characters: its values are in memory until then."""

PYARROW_REMEDY = "Install it with `pip install 'copydesk[parquet]'`, or export to .jsonl or .csv."


def check_pyarrow() -> None:
    """Check that Parquet can be written.

    Raises:
        BadInput: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise BadInput("Writing Parquet needs pyarrow, which is not installed.", PYARROW_REMEDY) from None


def write_parquet(rows: ExportRows, stream: IO[bytes], metadata: Mapping[bytes, bytes] | None = None) -> None:
    """Write the rows as a Parquet file, compressed with zstd.

    Times are timestamps in UTC with microseconds, durations are seconds, lists of texts are lists, and JSON is text.

    Args:
        rows: The rows.
        stream: Where to write; it need not be seekable.
        metadata: The metadata of the file's schema.

    Raises:
        BadInput: pyarrow is not installed.
    """
    check_pyarrow()
    import pyarrow as pa
    from pyarrow import parquet

    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.TIME: pa.timestamp("us", tz="UTC"),
        ColumnType.SECONDS: pa.float64(),
        ColumnType.TEXTS: pa.list_(pa.string()),
        ColumnType.JSON: pa.string(),
    }
    schema = pa.schema([(name, types[column]) for name, column in rows.columns.items()], metadata=metadata)
    columns = list(rows.columns.values())
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _split_into_groups(rows.rows, columns):
            arrays = [pa.array(values, field.type) for values, field in zip(group, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema), row_group_size=ROW_GROUP_ROWS)


def _split_into_groups(rows: Iterable[tuple[Any, ...]], columns: list[ColumnType]) -> Iterable[list[list[Any]]]:
    """Yield the converted values of each row group by column."""
    group: list[list[Any]] = [[] for _ in columns]
    chars = 0
    for row in rows:
        for values, value, column in zip(group, row, columns, strict=True):
            converted = _convert(value, column)
            values.append(converted)
            chars += len(converted) if isinstance(converted, str) else 0
        if len(group[0]) >= ROW_GROUP_ROWS or chars >= ROW_GROUP_CHARS:
            yield group
            group, chars = [[] for _ in columns], 0
    if group[0]:
        yield group


def _convert(value: Any, column: ColumnType) -> Any:
    if value is None:
        return None
    if column is ColumnType.JSON:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if column is ColumnType.TEXT else value
