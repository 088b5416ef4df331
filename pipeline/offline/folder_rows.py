"""Read the rows of a folder of Parquet files: an export of Copydesk, or a data set of anyone's."""

from __future__ import annotations

from collections.abc import Iterator

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, check_schema
from copydesk.pipeline.offline.fields import FieldMap
from copydesk.pipeline.offline.file_rows import PARQUET_BATCH_ROWS, Row


def read_folder_rows(name: str, fields: FieldMap) -> Iterator[Row]:
    """Yield the rows of all Parquet files of a folder and of its folders, in the order of their names.

    Args:
        name: A path or a URL, as in ``ParquetFolder``.
        fields: As in ``read_rows``.

    Raises:
        BadInput: The folder cannot be read or has no Parquet files, or a newer version of Copydesk wrote one.
    """
    folder = ParquetFolder(name)
    files = folder.list_files()
    if not files:
        raise BadInput(f"Cannot read {folder.describe('')}: there are no Parquet files.", "Check the path.")
    for file in files:
        with folder.open_file(file) as table:
            check_schema(table.schema_arrow, folder.describe(file), CorpusTable.DOCUMENTS)
            columns = list(table.schema_arrow.names)
            unused = set(fields.list_unused(columns))
            wanted = [column for column in columns if column not in unused]
            number = 0
            for batch in table.iter_batches(PARQUET_BATCH_ROWS, columns=wanted or columns):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, values, folder.describe(file))
