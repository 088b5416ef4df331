"""List the settings with their values, where each one comes from, and what it means."""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from copydesk.pipeline.core.running_up import get_default_home, read_fixed_settings, resolve_default_home
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.settings_file import (
    get_field,
    get_variable,
    list_keys,
    locate_settings_file,
    read_settings_file,
)
from copydesk.pipeline.core.settings_tables import format_text, get_table, holds_mapping, may_hold_secret

Origin = Literal["environment", "running up", "file", "default"]
"""Where a value comes from: a variable, the `up` that is running, the settings file, or the code."""

MASK = "********"
"""Shown instead of a value that may contain a password."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting and its value."""

    key: str
    """The dotted key in the file."""

    value: str
    """The value as text; masked if it may contain a password."""

    origin: Origin
    """Where the value comes from."""

    variable: str
    """Its environment variable."""


def list_settings(settings: Settings) -> list[SettingRow]:
    """Return all settings with their values and origins, in the order of the model.

    Args:
        settings: The settings of this process.

    Raises:
        BadSettings: The settings file cannot be read.
    """
    stored = read_settings_file(locate_settings_file(settings.home), Settings)
    running = read_fixed_settings(settings.home)
    rows = []
    for key in list_keys(Settings):
        variable = get_variable(key)
        annotation = get_field(key, Settings).annotation
        value = format_text(settings.get_value(key))
        if may_hold_secret(annotation) and value not in ("", "{}"):
            value = MASK
        origin: Origin = "default"
        if _is_in_environment(key, is_mapping=holds_mapping(annotation)):
            origin = "environment"
        elif key in running or (key == "home" and settings.home == resolve_default_home() != get_default_home()):
            origin = "running up"
        elif _is_in_file(key, stored):
            origin = "file"
        rows.append(SettingRow(key, value, origin, variable))
    return rows


def list_unknown_variables() -> list[str]:
    """Return the environment variables that look like settings with a typing error: similar to one, but not one."""
    from difflib import get_close_matches

    known = {get_variable(key) for key in list_keys(Settings)}
    tables = {get_variable(name) for name, field in Settings.model_fields.items() if get_table(field.annotation)}
    candidates = {name for name in os.environ if name.startswith("COPYDESK_")} - known - tables
    return sorted(name for name in candidates if get_close_matches(name, known, n=1, cutoff=0.85))


@cache
def read_descriptions(model: type[BaseModel], parent: str = "") -> dict[str, str]:
    """Return the docstring below each field by its dotted key, as one line."""
    descriptions: dict[str, str] = {}
    for base in model.__bases__:  # the fields that it inherits from models of ours
        if issubclass(base, BaseModel) and base.__module__.startswith("copydesk."):
            descriptions |= read_descriptions(base, parent)
    lines, _ = inspect.getsourcelines(model)
    body = ast.parse(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(body, ast.ClassDef):
        return descriptions
    for field, text in zip(body.body, body.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        name = field.target.id
        if name in model.model_fields and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            descriptions[parent + name] = " ".join(str(text.value.value).split())
            if table := get_table(model.model_fields[name].annotation):
                descriptions |= read_descriptions(table, f"{parent}{name}.")
    return descriptions


def _is_in_environment(key: str, *, is_mapping: bool) -> bool:
    variable = get_variable(key)
    table = get_variable(key.partition(".")[0]) if "." in key else ""
    prefix = f"{variable}__"
    return (
        variable in os.environ
        or (table in os.environ)
        or (is_mapping and any(name.startswith(prefix) for name in os.environ))
    )


def _is_in_file(key: str, stored: dict[str, Any]) -> bool:
    value: Any = stored
    for name in key.split("."):
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True
