"""Folders of Parquet files, on disk or in object storage, through the file systems of Arrow or of fsspec."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.corpus.file_system import describe_error, hide_query, open_url
from copydesk.pipeline.corpus.schemas import load_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIX = ".parquet"


def is_folder_name(name: str) -> bool:
    """Return whether a name means a folder: it ends with a slash, is a URL, or there is such a folder."""
    return "://" in name or name.endswith(("/", os.sep)) or (bool(name) and name != "-" and Path(name).is_dir())


class ParquetFolder:
    """A folder of Parquet files.

    Args:
        name: A path, or a URL: ``s3://bucket/path``, ``gs://``, ``az://`` or ``abfs://``, ``file://``; any other scheme
            needs the fsspec package of that storage. Credentials come from the environment, as usual for each storage;
            ``?endpoint_override=HOST:PORT&scheme=http`` sets another S3 server.

    Raises:
        BadInput: pyarrow is not installed, or there is no file system for the URL.
    """

    def __init__(self, name: str) -> None:
        load_pyarrow()
        import pyarrow as pa
        from pyarrow import fs

        self.name = name
        try:
            if "://" not in name:
                self._system, self._root = fs.LocalFileSystem(), str(Path(name).absolute())
            else:
                self._system, self._root = open_url(name)
        except (pa.ArrowException, OSError, ValueError, ImportError) as error:
            raise BadInput(
                f"Cannot open {hide_query(name)}: {describe_error(error)}.",
                "Use a path, or a URL with the scheme s3, gs, az or file.",
            ) from None
        self._root = self._root.rstrip("/")
        self._is_local = isinstance(self._system, fs.LocalFileSystem)

    def list_files(self) -> list[str]:
        """Return the names of all Parquet files, relative to the folder, sorted; hidden ones are ignored.

        Raises:
            BadInput: The folder cannot be read.
        """
        from pyarrow import fs

        with self._report("read"):
            infos = self._system.get_file_info(fs.FileSelector(self._root, allow_not_found=True, recursive=True))
        names = [info.path[len(self._root) + 1 :] for info in infos if info.type == fs.FileType.File]
        return sorted(
            name for name in names if name.endswith(SUFFIX) and not any(part[0] in "._" for part in name.split("/"))
        )

    def describe(self, name: str) -> str:
        """Return the full name of a file, for messages."""
        return f"{hide_query(self.name).rstrip('/')}/{name}"

    @contextmanager
    def open_file(self, name: str) -> Iterator[Any]:
        """Open a file as ``pyarrow.parquet.ParquetFile``.

        Raises:
            BadInput: It cannot be read, or is not a Parquet file.
        """
        from pyarrow import parquet

        with self._report("read", name), self._system.open_input_file(f"{self._root}/{name}") as stream:
            yield parquet.ParquetFile(stream)

    def read_metadata(self, name: str) -> dict[bytes, bytes]:
        """Return the metadata of a file's schema; empty if there is no such file, or it is not a Parquet file."""
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with self._system.open_input_file(f"{self._root}/{name}") as stream:
                return dict(parquet.read_schema(stream).metadata or {})
        except (OSError, pa.ArrowException):
            return {}

    @contextmanager
    def create_file(self, name: str) -> Iterator[BinaryIO]:
        """Open a new file for writing; it appears under its name, whole, when the block ends without an exception.

        Raises:
            BadInput: It cannot be written.
        """
        target = f"{self._root}/{name}"
        with self._report("write", name):
            folder = target.rpartition("/")[0]
            if self._is_local:  # object storage has no folders, only names with slashes
                self._system.create_dir(folder, recursive=True)
            # An upload would be whole as soon as it is closed, so what is uploaded is written to the disk first.
            descriptor, partial = tempfile.mkstemp(
                prefix=".", suffix=".partial", dir=folder if self._is_local else None
            )
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    yield stream
                if self._is_local:
                    Path(partial).chmod(0o666 & ~_read_umask())
                    Path(partial).replace(target)
                else:
                    with Path(partial).open("rb") as source, self._system.open_output_stream(target) as upload:
                        shutil.copyfileobj(source, upload)
            finally:
                Path(partial).unlink(missing_ok=True)

    @contextmanager
    def _report(self, what: str, name: str = "") -> Iterator[None]:
        """Turn errors of Arrow and of the storage into ``BadInput``."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError) as error:
            whole = self.describe(name) if name else hide_query(self.name)
            raise BadInput(
                f"Cannot {what} {whole}: {describe_error(error)}.",
                "Check that it is there, complete, and accessible to you.",
            ) from None


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def make_schema(columns: pa.Schema, metadata: dict[bytes, bytes]) -> pa.Schema:
    """Return a schema with more metadata."""
    return columns.with_metadata({**(columns.metadata or {}), **metadata})
