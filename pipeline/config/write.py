"""Change the settings file: comments and order stay, writers wait for each other, and readers see one whole version."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import SecretStr, ValidationError
from tomlkit.container import Container
from tomlkit.items import Table

from copydesk.pipeline.core.errors import BadSettings, DataFolderInaccessible
from copydesk.pipeline.core.file_lock import file_lock
from copydesk.pipeline.core.private_folder import make_private_folder
from copydesk.pipeline.core.settings import Settings, StoredSettings
from copydesk.pipeline.core.settings_file import get_field, get_named_file, make_settings_error, parse_settings
from copydesk.pipeline.core.settings_sources import find_settings_file
from copydesk.pipeline.core.settings_tables import format_text, to_plain


def write_setting(key: str, value: object) -> Path:
    """Set a key in the settings file, which is created if it is missing.

    Args:
        key: The dotted key, such as ``wires.enabled``.
        value: The value, or its text as an environment variable has it; None removes the key.

    Returns:
        The path of the file.

    Raises:
        BadSettings: The key is unknown, the value is invalid, or the file was invalid before. Nothing is changed.
        DataFolderInaccessible: The file cannot be written.
    """
    get_field(key, Settings)
    path = find_settings_file()
    if value is None and not path.exists():
        return path  # there is nothing to remove, and nothing is created for it
    return change_setting(key, lambda _: value)


def change_setting(key: str, change: Callable[[Any], object]) -> Path:
    """Set a key in the settings file to a value that depends on the present one, under a lock.

    Args:
        key: The dotted key, such as ``wires.enabled``.
        change: Returns the new value; None removes the key. Its argument is the value that the file sets, or the
            default.

    Returns:
        The path of the file.

    Raises:
        BadSettings: The key is unknown, the value is invalid, or the file was invalid before. Nothing is changed.
        DataFolderInaccessible: The file cannot be written.
    """
    get_field(key, Settings)
    path = find_settings_file()
    if key == "home" and path != get_named_file():
        raise BadSettings(
            "home: a file in the data folder cannot set the data folder.",
            "Set COPYDESK_HOME, or COPYDESK_CONFIG to a file elsewhere.",
        )
    path = path.resolve()  # a link stays a link
    try:
        make_private_folder(path.parent)
        with file_lock(path.with_name(f".{path.name}.lock")):
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            _replace(path, _change_text(text, path, key, change))
    except OSError as error:
        raise DataFolderInaccessible(
            f"Cannot write {path}: {error.strerror}.", "Allow this user to write the file and its folder."
        ) from None
    return path


def _change_text(text: str, path: Path, key: str, change: Callable[[Any], object]) -> str:
    present = _validate(text, path)
    value = change(present.get_value(key))
    document = tomlkit.parse(text)
    *tables, name = key.split(".")
    table: Container | Table = document
    for part in tables:
        if part not in table:
            table[part] = tomlkit.table()
        found = table[part]
        if not isinstance(found, Table):  # an inline table
            raise BadSettings(f"{path}: {part}: not a [{part}] table.", f"Write it as [{part}] and one line per key.")
        table = found
    if value is None:
        table.pop(name, None)
        return tomlkit.dumps(document)
    # Without the present value, so that the new one alone decides.
    validated = _validate_value(key, value, path)
    plain = validated.get_secret_value() if isinstance(validated, SecretStr) else to_plain(validated)
    if plain is None:
        plain = ""  # TOML has no null; a blank text unsets the value
    table[name] = _make_item(plain)
    changed = tomlkit.dumps(document)
    _validate(changed, path)
    return changed


def _validate_value(key: str, value: object, path: Path) -> Any:
    nested: Any = value if isinstance(value, str | list | tuple | dict | int | float) else format_text(value)
    for name in reversed(key.split(".")):
        nested = {name: nested}
    try:
        return StoredSettings(**nested).get_value(key)
    except ValidationError as error:
        raise make_settings_error(error, path, Settings) from None


def _validate(text: str, path: Path) -> Settings:
    """Return the settings in the text of the file, without the environment.

    Raises:
        BadSettings: A key is unknown or has an invalid value.
    """
    try:
        return StoredSettings(**parse_settings(text, path, Settings))
    except ValidationError as error:
        raise make_settings_error(error, path, Settings) from None


def _make_item(plain: Any) -> Any:
    item = tomlkit.item(plain)
    if isinstance(plain, list) and len(plain) > 4:
        item.multiline(True)
    return item


def _replace(path: Path, text: str) -> None:
    """Write the file under another name and rename it. Only this user can read it: it may contain passwords."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o777)
        partial.rename(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
