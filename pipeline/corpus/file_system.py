"""File systems by URL: local folders and object storage, through Arrow or fsspec."""

from __future__ import annotations

from typing import Any

_ARROW_SCHEMES = ("file", "s3", "gs", "gcs", "abfs", "abfss", "hdfs")
_ALIASES = {"az": "abfs"}


def open_url(url: str) -> tuple[Any, str]:
    """Return the file system of a URL (``pyarrow.fs.FileSystem``), and the path in it.

    Raises:
        ImportError, OSError, ValueError, pyarrow.ArrowException: There is no file system for the URL.
    """
    from pyarrow import fs

    scheme, _, rest = url.partition("://")
    scheme = _ALIASES.get(scheme, scheme)
    if scheme in _ARROW_SCHEMES:
        system, path = fs.FileSystem.from_uri(f"{scheme}://{rest}")
        return system, path
    import fsspec

    system, path = fsspec.url_to_fs(url)
    return fs.PyFileSystem(fs.FSSpecHandler(system)), path


def hide_query(name: str) -> str:
    """Return a URL without its query, which may have secrets."""
    return name.partition("?")[0] if "://" in name else name


def describe_error(error: Exception) -> str:
    """Return the first line of an error of Arrow or of the operating system, without the full stop."""
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return message.splitlines()[0].rstrip(".") if message else type(error).__name__
