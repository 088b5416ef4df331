"""The files of the page archive: whole files are written, byte ranges are read."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from copydesk.pipeline.core.errors import BadSettings, PageArchiveUnreachable
from copydesk.pipeline.corpus.file_system import describe_error, hide_query, open_url

REMOTE_REQUESTS = 8
"""Requests to object storage at a time."""

_COPY_BYTES = 1 << 20
_ACCESS_REMEDY = "Check page_archive.url, the network, and the storage's credentials in the environment."


class ArchiveStorage(ABC):
    """The folder of the page archive.

    All methods raise ``PageArchiveUnreachable`` if the storage does not respond or denies access.
    """

    requests: int = 1
    """Requests that may run at a time."""

    def __init__(self, url: str) -> None:
        self.url = hide_query(url).rstrip("/")

    def describe(self, name: str) -> str:
        """Return the full name of a file, for messages."""
        return f"{self.url}/{name}"

    def upload(self, path: Path, name: str) -> None:
        """Copy a local file; it appears under its name, whole, at the end. An existing one is replaced."""
        with self._report("write", name), path.open("rb") as source:
            self._upload(source, name)

    def read_range(self, name: str, offset: int, length: int) -> bytes | None:
        """Return bytes of a file, fewer if it is shorter; None if there is no such file.

        Raises:
            PageArchiveUnreachable: As always, or the whole folder is missing.
        """
        with self._report("read", name):
            try:
                return self._read_range(name, offset, length)
            except FileNotFoundError:
                pass
        self.check_reachable()
        return None

    def get_size(self, name: str) -> int | None:
        """Return the size of a file in bytes; None if there is no such file."""
        with self._report("read", name):
            return self._get_size(name)

    def delete(self, name: str) -> None:
        """Delete a file, and what an interrupted upload has left of it; a missing one is ignored."""
        with self._report("delete", name):
            self._delete(name)

    def check_reachable(self) -> None:
        """Check that the folder can be read and is there: a storage that is not mounted has no files either.

        Raises:
            PageArchiveUnreachable: It cannot be read, or there is no such folder.
        """
        with self._report("read", ""):
            exists = self._exists()
        if not exists:
            raise PageArchiveUnreachable(f"There is no folder {self.url}.", _ACCESS_REMEDY)

    @contextmanager
    def _report(self, what: str, name: str) -> Iterator[None]:
        """Turn errors of the storage into ``PageArchiveUnreachable``."""
        try:
            yield
        except (OSError, ValueError) as error:  # Arrow's exceptions are of these classes
            whole = self.describe(name) if name else self.url
            raise PageArchiveUnreachable(f"Cannot {what} {whole}: {describe_error(error)}.", _ACCESS_REMEDY) from None

    @abstractmethod
    def _upload(self, source: IO[bytes], name: str) -> None: ...

    @abstractmethod
    def _read_range(self, name: str, offset: int, length: int) -> bytes: ...

    @abstractmethod
    def _get_size(self, name: str) -> int | None: ...

    @abstractmethod
    def _delete(self, name: str) -> None: ...

    @abstractmethod
    def _exists(self) -> bool: ...


class LocalFolder(ArchiveStorage):
    """A folder of this machine. It needs no package and no thread, so that a process that reads it can fork."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._root = Path(unquote(self.url.removeprefix("file://")))

    def _upload(self, source: IO[bytes], name: str) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _name_partial(target)
        with partial.open("wb") as stream:
            shutil.copyfileobj(source, stream, _COPY_BYTES)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # the pages are deleted from the database next
        finally:
            os.close(descriptor)

    def _read_range(self, name: str, offset: int, length: int) -> bytes:
        with (self._root / name).open("rb", buffering=0) as stream:
            stream.seek(offset)
            parts = []
            while length and (part := stream.read(length)):
                parts.append(part)
                length -= len(part)
        return b"".join(parts)

    def _get_size(self, name: str) -> int | None:
        try:
            return (self._root / name).stat().st_size
        except FileNotFoundError:
            return None

    def _delete(self, name: str) -> None:
        target = self._root / name
        _name_partial(target).unlink(missing_ok=True)
        target.unlink(missing_ok=True)

    def _exists(self) -> bool:
        return self._root.is_dir()


class ObjectStorage(ArchiveStorage):
    """A folder of a bucket, through Arrow or fsspec.

    Raises:
        BadSettings: A package is missing, or there is no file system for the URL.
    """

    requests = REMOTE_REQUESTS

    def __init__(self, url: str) -> None:
        super().__init__(url)
        try:
            self._system, root = open_url(url)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise BadSettings(
                f"Cannot open page_archive.url = {self.url}: {describe_error(error)}.",
                'Install what it needs (pip install "copydesk[archive]", and for schemes other than s3, gs and az the'
                " fsspec package of the storage), or use another URL.",
            ) from None
        self._root = root.rstrip("/")

    def _upload(self, source: IO[bytes], name: str) -> None:
        # By default, Arrow would compress a file with this suffix once more.
        with self._system.open_output_stream(f"{self._root}/{name}", compression=None) as upload:
            shutil.copyfileobj(source, upload, _COPY_BYTES)

    def _read_range(self, name: str, offset: int, length: int) -> bytes:
        with self._system.open_input_file(f"{self._root}/{name}") as stream:
            return bytes(stream.read_at(length, offset))

    def _get_size(self, name: str) -> int | None:
        size: int | None = self._system.get_file_info(f"{self._root}/{name}").size
        return size

    def _delete(self, name: str) -> None:
        if self._get_size(name) is not None:
            self._system.delete_file(f"{self._root}/{name}")

    def _exists(self) -> bool:
        found: Any = self._system.get_file_info(self._root)
        return bool(found.type.name != "NotFound")


@cache
def open_storage(url: str) -> ArchiveStorage:
    """Return the storage of a URL, as in the setting ``page_archive.url``; this process shares its connections.

    Raises:
        BadSettings: The URL is empty, a package is missing, or there is no file system for the URL.
    """
    if not url:
        raise BadSettings(
            "Pages of this database are in WARC files, and page_archive.url is not set.",
            "Set it to the folder that has these files (COPYDESK_PAGE_ARCHIVE__URL).",
        )
    check_packages()
    return LocalFolder(url) if url.startswith("file://") else ObjectStorage(url)


# Arrow's connections have background threads, which a forked process does not have.
os.register_at_fork(after_in_child=open_storage.cache_clear)


def find_missing_files(storage: ArchiveStorage, sizes: Mapping[str, int]) -> list[str]:
    """Return the names of files that are missing or have another size in bytes.

    Raises:
        PageArchiveUnreachable: The storage cannot be read, or the whole folder is missing.
    """
    if not sizes:  # the folder comes with the first file
        return []
    storage.check_reachable()
    with ThreadPoolExecutor(storage.requests, "page-archive") as pool:
        found = dict(zip(sizes, pool.map(storage.get_size, sizes), strict=True))
    return [name for name, size in sizes.items() if found[name] != size]


def check_packages() -> None:
    """Check that the packages that write and read WARC files are installed.

    Raises:
        BadSettings: One of them is missing.
    """
    try:
        import fastwarc  # noqa: F401
        import warcio  # noqa: F401
    except ImportError as error:
        raise BadSettings(
            f"The page archive needs {(error.name or 'a package').partition('.')[0]}, which is not installed.",
            'Install it: pip install "copydesk[archive]".',
        ) from None


def _name_partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")
