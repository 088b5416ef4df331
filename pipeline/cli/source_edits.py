"""Edit source files and keep their comments: replace URLs, or write an override of a shipped file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from copydesk.pipeline.core.errors import BadSource, DataFolderInaccessible
from copydesk.pipeline.core.settings import Settings, list_shipped_sources
from copydesk.pipeline.core.source_files import read_source


def find_editable_path(path: Path, settings: Settings) -> Path:
    """Return the file to edit for a source: itself, or an override in the data folder if it is shipped."""
    if any(path.is_relative_to(folder) for folder in list_shipped_sources()):
        return settings.home / "sources" / path.name
    return path


def replace_urls(path: Path, replacements: Mapping[str, str], target: Path, today: date) -> None:
    """Replace URLs under ``discovery`` of a source file.

    Args:
        path: The file.
        replacements: New URLs by old ones.
        target: The file to write; another one than ``path`` becomes an override, with a note at its top.
        today: The date in that note.

    Raises:
        BadSource: The file is invalid, before or after the change.
        DataFolderInaccessible: The target cannot be written.
    """
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TOMLKitError) as error:
        raise BadSource(f"Cannot edit {path}: {error}.", "Correct the file.") from None
    discovery: Any = document["discovery"]
    for key in ("feeds", "sitemaps"):
        urls: Any = discovery.get(key, [])
        for number, url in enumerate(list(urls)):
            if url in replacements:
                urls[number] = replacements[url]
    for page in discovery.get("lists", []):
        if page["url"] in replacements:
            page["url"] = replacements[page["url"]]
    text = tomlkit.dumps(document)
    if target != path:
        text = f"# Changed by `copydesk wires check --fix` on {today}; overrides the shipped file.\n{text}"
    write_source(target, text)


def write_source(target: Path, text: str) -> None:
    """Write a source file atomically, if it is valid.

    Raises:
        BadSource: The text is not a valid source.
        DataFolderInaccessible: The file cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as folder:
            draft = Path(folder) / target.name
            draft.write_text(text, encoding="utf-8")
            read_source(draft)
            draft.replace(target)
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(target.parent, error) from None
