"""Find and read the settings file ``copydesk.toml``; its keys are checked against the model of the settings."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.settings_tables import get_table, holds_paths

CONFIG_VARIABLE = "COPYDESK_CONFIG"
"""The environment variable with the path of the settings file."""

FILE_NAME = "copydesk.toml"
"""The name of the settings file in the data folder."""


def get_variable(key: str) -> str:
    """Return the environment variable of a dotted key: ``COPYDESK_WIRES__ENABLED`` for ``wires.enabled``."""
    return "COPYDESK_" + key.replace(".", "__").upper()


def get_named_file() -> Path | None:
    """Return the settings file that ``COPYDESK_CONFIG`` names; None if the variable is unset or blank."""
    text = os.environ.get(CONFIG_VARIABLE, "").strip()
    return Path(os.path.expanduser(text)).absolute() if text else None  # noqa: PTH111 - never raises


def locate_settings_file(home: Path) -> Path:
    """Return the path of the settings file, which may be missing.

    Args:
        home: The data folder, where the file is unless ``COPYDESK_CONFIG`` names another.
    """
    return get_named_file() or home / FILE_NAME


def read_settings_file(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    """Return the values in a settings file; empty if it is missing. Relative paths in it start at its folder.

    Args:
        path: The file.
        model: The settings.

    Raises:
        BadSettings: The file cannot be read, is not TOML or has an unknown key; or ``COPYDESK_CONFIG`` names it and it
            is missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if path == get_named_file():
            raise BadSettings(
                f"{CONFIG_VARIABLE} names {path}, which does not exist.",
                f"Create it, for example with `copydesk config set`, or unset {CONFIG_VARIABLE}.",
            ) from None
        return {}
    except PermissionError:
        if path == get_named_file():
            raise BadSettings(f"Cannot read {path}: permission denied.", "Give this user the right.") from None
        return {}  # in a data folder of another user; using the folder fails with a clearer message
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BadSettings(f"Cannot read {path}: {reason}.", "Correct the file.") from None
    return parse_settings(text, path, model)


def parse_settings(text: str, path: Path, model: type[BaseModel]) -> dict[str, Any]:
    """Return the values in the text of a settings file.

    Args:
        text: The TOML text.
        path: The file, for messages and relative paths.
        model: The settings.

    Raises:
        BadSettings: The text is not TOML or has an unknown key.
    """
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSettings(f"{path}: invalid TOML: {error}.", "Correct the file.") from None
    if "home" in values and path != get_named_file():
        raise BadSettings(
            f"{path}: home: a file in the data folder cannot set the data folder.",
            f"Remove the key; set COPYDESK_HOME, or {CONFIG_VARIABLE} to a file elsewhere.",
        )
    for key in find_unknown_keys(values, model):
        raise make_unknown_key_error(f"{path}: ", key, model)
    return _anchor_paths(values, model, path.parent)


def make_settings_error(error: ValidationError, path: Path, model: type[BaseModel]) -> BadSettings:
    """Return the error that names the variable or the key of the file with an invalid value.

    Args:
        error: What pydantic found; only the first problem is reported.
        path: The settings file.
        model: The settings.
    """
    first = error.errors(include_input=False)[0]
    names = [part for part in first["loc"] if isinstance(part, str)]
    key = ".".join(names)
    variables = [get_variable(".".join(names[:length])) for length in range(len(names), 0, -1)]
    variable = next((name for name in variables if name in os.environ), None)
    if first["type"] == "extra_forbidden":
        return make_unknown_key_error(f"{variable}: " if variable else f"{path}: ", key, model)
    reason = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    if variable:
        return BadSettings(f"Invalid value of {variable}: {reason}.", f"Correct {variable} or unset it.")
    return BadSettings(f"{path}: {key}: {reason}.", f"Correct {key} or remove it; docs/settings.md lists all settings.")


def make_unknown_key_error(prefix: str, key: str, model: type[BaseModel]) -> BadSettings:
    """Return the error for an unknown key, with the most similar known ones."""
    similar = suggest_keys(key, model)
    question = f"Did you mean {' or '.join(f'`{name}`' for name in similar)}? " if similar else ""
    return BadSettings(f"{prefix}{key}: unknown key.", f"{question}`copydesk config` lists all keys.")


def find_unknown_keys(values: Mapping[str, Any], model: type[BaseModel], parent: str = "") -> list[str]:
    """Return the dotted keys that the settings do not have."""
    unknown = []
    for name, value in values.items():
        field = model.model_fields.get(name)
        if field is None:
            unknown.append(parent + name)
        elif (table := get_table(field.annotation)) and isinstance(value, Mapping):
            unknown += find_unknown_keys(value, table, f"{parent}{name}.")
    return unknown


def list_keys(model: type[BaseModel], parent: str = "") -> list[str]:
    """Return the dotted keys of all settings, in the order of the model."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        table = get_table(field.annotation)
        keys += list_keys(table, f"{parent}{name}.") if table else [parent + name]
    return keys


def get_field(key: str, model: type[BaseModel]) -> FieldInfo:
    """Return the field of a dotted key.

    Raises:
        BadSettings: There is no such setting.
    """
    *tables, name = key.split(".")
    current: type[BaseModel] | None = model
    for part in tables:
        field = current.model_fields.get(part) if current else None
        current = get_table(field.annotation) if field else None
    found = current.model_fields.get(name) if current else None
    if found is None or get_table(found.annotation):
        raise make_unknown_key_error("", key, model)
    return found


def suggest_keys(key: str, model: type[BaseModel]) -> Sequence[str]:
    """Return the known keys that are most similar to an unknown one, at most two."""
    keys = list_keys(model)
    plain = key.lower().replace("-", "_")
    if exact := [known for known in keys if plain in {known, known.rpartition(".")[2]}]:
        return exact[:2]
    if inside := [known for known in keys if known.startswith(f"{plain}.")]:
        return inside[:2]
    return get_close_matches(plain, keys, n=1, cutoff=0.7)


def _anchor_paths(values: dict[str, Any], model: type[BaseModel], folder: Path) -> dict[str, Any]:
    """Return the values with relative paths resolved against the folder of the file."""
    anchored = dict(values)
    for name, value in values.items():
        annotation = model.model_fields[name].annotation
        if (table := get_table(annotation)) and isinstance(value, dict):
            anchored[name] = _anchor_paths(value, table, folder)
        elif holds_paths(annotation) and isinstance(value, str):
            paths = value.split(os.pathsep) if annotation is not Path else [value]
            anchored[name] = os.pathsep.join(str(_anchor(path, folder)) for path in paths if path.strip())
        elif holds_paths(annotation) and isinstance(value, list):
            anchored[name] = [_anchor(item, folder) if isinstance(item, str) else item for item in value]
    return anchored


def _anchor(path: str, folder: Path) -> str:
    return path if path.startswith("~") else str(folder / path)
