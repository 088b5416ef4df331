"""The base of the settings, which reads values as text, and the tables of the settings file, such as ``[wires]``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationInfo, field_validator

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class TextValues(BaseModel):
    """A model that accepts each value as text too, as environment variables and the command line have it."""

    @field_validator("*", mode="before")
    @classmethod
    def _parse_text(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str) or info.field_name is None:
            return value
        field = cls.model_fields[info.field_name]
        if not value.strip():  # a blank variable has no value
            return None if is_optional(field.annotation) else field.get_default(call_default_factory=True)
        return parse_text(value, field.annotation)


class SettingsTable(TextValues):
    """A table of the settings file. Its keys are read from ``COPYDESK_<TABLE>__<KEY>`` too."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WiresSettings(SettingsTable):
    """The wires that runs crawl."""

    enabled: tuple[str, ...] = ()
    """Wires of the catalogue that are crawled: names, and selections such as `language=de`,
    `kind=agency` or `country=in`."""

    disabled: tuple[str, ...] = ()
    """Wires that are not crawled: names, and selections. A name has precedence over a selection."""


def is_optional(annotation: Any) -> bool:
    """Return whether a field of this type may be None."""
    return get_origin(annotation) in {Union, UnionType} and NoneType in get_args(annotation)


def get_table(annotation: Any) -> type[SettingsTable] | None:
    """Return the model of a field that is a table, else None."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, SettingsTable) else None


def holds_paths(annotation: Any) -> bool:
    """Return whether a field of this type is a path or has paths as its items."""
    return annotation is Path or Path in get_args(annotation)


def holds_mapping(annotation: Any) -> bool:
    """Return whether a field of this type is a free mapping, which the settings do not look into."""
    return get_origin(_unwrap_optional(annotation)) is dict


def may_hold_secret(annotation: Any) -> bool:
    """Return whether a value of this type may contain a password: it must not be shown or recorded."""
    return annotation is SecretStr or SecretStr in get_args(annotation) or holds_mapping(annotation)


def parse_text(text: str, annotation: Any) -> object:
    """Return the value of a field from its text: lists and mappings are split or parsed, the rest is left to pydantic.

    Args:
        text: Items separated by commas, or by ``:`` if they are paths; or JSON.
        annotation: The type of the field.

    Raises:
        ValueError: The text is not JSON, where JSON is expected.
    """
    kind = get_origin(_unwrap_optional(annotation))
    if kind is dict or (kind is tuple and text.lstrip().startswith("[")):
        try:
            return json.loads(text)
        except ValueError:
            raise ValueError(f"not a JSON {'object' if kind is dict else 'array'}") from None
    if kind is tuple:
        separator = os.pathsep if holds_paths(annotation) else ","
        return tuple(part.strip() for part in text.split(separator) if part.strip())
    return text


def format_text(value: object) -> str:
    """Return the text from which a field with this value is read; an empty tuple and None are empty texts."""
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple) and all(isinstance(item, Path) for item in value):
        return os.pathsep.join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # as defaults are written
    plain = to_plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain)


def to_plain(value: object) -> Any:
    """Return the value as JSON types."""
    return _ANY.dump_python(value, mode="json")


def _unwrap_optional(annotation: Any) -> Any:
    return (
        next(part for part in get_args(annotation) if part is not NoneType) if is_optional(annotation) else annotation
    )


def resolve_path(path: Path) -> Path:
    """Return the absolute path, because Airflow and the spiders run in other working directories.

    Raises:
        ValueError: There is no such user.
    """
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(str(error).rstrip(".")) from None
