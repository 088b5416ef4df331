"""The wires of some folders: one TOML file each, a later folder's winning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copydesk.pipeline.core.errors import BadSource, NotFound
from copydesk.pipeline.core.source import Source, read_source


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What some folders hold: sources by name, and of each wire whose file is wrong what is wrong with it."""

    sources: dict[str, Source] = field(default_factory=dict)
    errors: dict[str, BadSource] = field(default_factory=dict)


def list_source_files(folders: Iterable[Path]) -> dict[str, Path]:
    """The files of some folders by the name of their wire, sorted.

    Raises:
        BadSource: a folder can't be looked into.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        try:
            found |= {path.stem: path for path in folder.iterdir() if path.suffix == ".toml"}
        except OSError as error:
            raise BadSource(
                f"The folder of sources {folder} can't be read: {error.strerror}.",
                "Correct COPYDESK_SOURCES, or make the folder.",
            ) from None
    return dict(sorted(found.items()))


def load_valid_sources(folders: Iterable[Path]) -> LoadResult:
    """Read all that can be read: one wire's wrong file does no other any harm.

    Raises:
        BadSource: a folder can't be looked into.
    """
    survey = LoadResult()
    for name, path in list_source_files(folders).items():
        try:
            survey.sources[name] = read_source(path)
        except BadSource as error:
            survey.errors[name] = error
    return survey


def read_sources(folders: Iterable[Path]) -> dict[str, Source]:
    """All sources of some folders by name, sorted.

    Raises:
        BadSource: a file is wrong, or a folder can't be looked into.
    """
    return {name: read_source(path) for name, path in list_source_files(folders).items()}


def find_source(name: str, folders: Sequence[Path]) -> Source:
    """The source of that name alone.

    Raises:
        BadSource: its file is wrong.
        NotFound: there is none.
    """
    for folder in reversed(folders):
        path = folder / f"{name}.toml"
        if Path(name).name == name and path.exists():
            return read_source(path)
    raise NotFound(f"No wire is named {name!r}.", "`copydesk wires` lists the known ones.")
