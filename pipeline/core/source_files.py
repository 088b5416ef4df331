"""Find and read source files: one TOML file per wire, in a list of folders of which a later one overrides."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from copydesk.pipeline.core.errors import BadSource, NotFound
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.suggestions import suggest_names


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The sources in a list of folders, and the errors in their files."""

    sources: dict[str, Source] = field(default_factory=dict)
    """The valid sources by wire."""

    errors: dict[str, BadSource] = field(default_factory=dict)
    """The error of each invalid file by wire."""


def list_source_files(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the source files by wire, sorted; a file in a later folder overrides the same name in an earlier one.

    A folder is searched together with the folders in it, one level deep.

    Raises:
        BadSource: A folder cannot be read.
    """
    return {name: paths[0] for name, paths in _list_paths(folders).items()}


def _list_paths(folders: Iterable[Path]) -> dict[str, list[Path]]:
    """Return all files with a wire's name in the last folder that has any: one, unless the name is not unique."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        found |= _list_folder(folder)
    return dict(sorted(found.items()))


def _list_folder(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    try:
        entries = sorted(folder.iterdir())
        for entry in entries:
            inner = sorted(entry.iterdir()) if entry.suffix != ".toml" and entry.is_dir() else [entry]
            for path in inner:
                if path.suffix == ".toml":
                    found.setdefault(path.stem, []).append(path)
    except OSError as error:
        raise BadSource(
            f"Cannot read the sources folder {folder}: {error.strerror}.",
            "Correct COPYDESK_SOURCES, or create the folder.",
        ) from None
    return found


def load_valid_sources(folders: Iterable[Path], names: Container[str] | None = None) -> LoadResult:
    """Read source files, and collect the errors of invalid ones instead of raising them.

    Args:
        folders: Where to search.
        names: Read only the files of these wires; None for all.

    Raises:
        BadSource: A folder cannot be read.
    """
    result = LoadResult()
    for name, paths in _list_paths(folders).items():
        if names is not None and name not in names:
            continue
        try:
            result.sources[name] = read_source(_get_only(paths))
        except BadSource as error:
            result.errors[name] = error
    return result


def read_sources(folders: Iterable[Path]) -> dict[str, Source]:
    """Return all sources by wire, sorted.

    Raises:
        BadSource: A file is invalid, a name is not unique, or a folder cannot be read.
    """
    return {name: read_source(_get_only(paths)) for name, paths in _list_paths(folders).items()}


def find_source(name: str, folders: Sequence[Path]) -> Source:
    """Return the source of one wire; no other file is read.

    Raises:
        BadSource: The file is invalid, or the name is not unique.
        NotFound: There is no such wire; the remedy suggests similar names.
    """
    return read_source(find_source_file(name, folders))


def find_source_file(name: str, folders: Iterable[Path]) -> Path:
    """Return the source file of one wire, which may be invalid.

    Raises:
        BadSource: The name is not unique.
        NotFound: There is no such wire; the remedy suggests similar names.
    """
    paths = _list_paths(folders)
    if name not in paths:
        suggestion = suggest_names(name, paths)
        raise NotFound(f"No wire named {name!r}.", f"{suggestion} `copydesk wires --all` lists all wires.".strip())
    return _get_only(paths[name])


def _get_only(paths: Sequence[Path]) -> Path:
    """Return the only file with a wire's name."""
    if len(paths) > 1:
        raise BadSource(
            f"Two files describe the wire {paths[0].stem!r}: {paths[0]} and {paths[1]}.",
            "Remove or rename one of them.",
        )
    return paths[0]


def read_source(path: Path) -> Source:
    """Read one source file.

    Raises:
        BadSource: The file cannot be read or a key is invalid; the message names the file and the key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSource(
            f"Cannot read {path}: {error.strerror}.", "Check that the file exists and that you may read it."
        ) from None
    except (ValueError, RecursionError) as error:  # also invalid UTF-8, huge numbers, excessive nesting
        raise BadSource(f"{path}: invalid TOML: {error}.", "Correct the file.") from None
    try:
        source = Source.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = format_key_path(first["loc"]) or "(whole file)"
        reason, remedy = {
            "missing": ("the key is missing", f"Add the key {key}."),
            "extra_forbidden": ("unknown key", f"Remove or correct {key}; docs/sources.md lists all keys."),
        }.get(
            first["type"],
            (first["msg"].removeprefix("Value error, "), f"Correct {key}; docs/sources.md describes all keys."),
        )
        raise BadSource(f"{path}: {key}: {reason}.", remedy) from None
    if source.name != path.stem:
        raise BadSource(
            f"{path}: name: {source.name!r} does not match the file name {path.stem!r}.",
            "Give the file and the wire the same name.",
        )
    return source


def format_key_path(location: Sequence[str | int]) -> str:
    """Return a readable path of a key, such as ``discovery.feeds`` or ``body of the 3rd [[page]]``.

    Args:
        location: Keys and 0-based indexes, outermost first.
    """
    parent, path = "", ""
    for index, part in enumerate(location):
        if isinstance(part, str):
            path = f"{path}.{part}" if path else part
            continue
        array = f"[[{path}]]" if index < len(location) - 1 else f"item of {path}"
        parent, path = f"the {_format_ordinal(part + 1)} {array}{f' of {parent}' if parent else ''}", ""
    return f"{path} of {parent}" if path and parent else path or parent


def _format_ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
