"""The wires of an installation: the user's own, and those of the shipped catalogue that are enabled."""

from __future__ import annotations

from collections.abc import Collection

from copydesk.pipeline.core.errors import BadSource
from copydesk.pipeline.core.settings import Settings, list_shipped_sources
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import (
    LoadResult,
    find_source_file,
    list_source_files,
    load_valid_sources,
    read_source,
)
from copydesk.pipeline.core.wire_choice import WireChoice

ENABLE_REMEDY = (
    "Enable wires of the catalogue with `copydesk wires enable` (`copydesk wires --all` lists them), or put a source"
    " file of your own into the `sources` folder of the data folder."
)
"""What to do if no wire is enabled."""


def load_configured_sources(settings: Settings, also: Collection[str] = ()) -> LoadResult:
    """Read the sources of an installation; files of the catalogue that are not enabled are not read.

    Args:
        settings: The settings.
        also: Wires that are included even if they are not enabled, such as those that a command names.

    Returns:
        The user's own sources and the enabled ones of the catalogue, with ``enabled`` as the settings have it. A wire
        that is enabled by name but does not exist is among the errors.

    Raises:
        BadSource: A folder cannot be read.
        BadSettings: A selection of wires in the settings is invalid.
    """
    choice = WireChoice(settings.wires.enabled, settings.wires.disabled)
    shipped = set(list_shipped_sources())
    result = load_valid_sources(folder for folder in settings.source_folders if folder not in shipped)
    own = {*result.sources, *result.errors}
    result.sources.update({name: _enable(source, choice, own=True) for name, source in result.sources.items()})
    named = {*choice.enabled_names, *also} - own
    if named or choice.has_selections:
        catalogue = [folder for folder in settings.source_folders if folder in shipped]
        loaded = load_valid_sources(catalogue, None if choice.has_selections else named)
        for name, source in loaded.sources.items():
            found = _enable(source, choice, own=False)
            if name not in own and (found.enabled or name in also):
                result.sources[name] = found
        result.errors.update({name: error for name, error in loaded.errors.items() if name in named})
    missing = choice.enabled_names - result.sources.keys() - result.errors.keys()
    if missing:
        for name in sorted(missing - list_source_files(settings.source_folders).keys()):
            result.errors[name] = BadSource(
                f"The wire {name!r} is enabled in the settings, but no source file has this name.",
                f"Run `copydesk wires disable {name}`, or restore its file.",
            )
    return LoadResult(dict(sorted(result.sources.items())), dict(sorted(result.errors.items())))


def find_configured_source(name: str, settings: Settings) -> Source:
    """Return the source of one wire, enabled or not, with ``enabled`` as the settings have it.

    Raises:
        BadSource: The file is invalid, or the name is not unique.
        BadSettings: A selection of wires in the settings is invalid.
        NotFound: There is no such wire.
    """
    path = find_source_file(name, settings.source_folders)
    own = not any(path.is_relative_to(folder) for folder in list_shipped_sources())
    return _enable(read_source(path), WireChoice(settings.wires.enabled, settings.wires.disabled), own=own)


def _enable(source: Source, choice: WireChoice, *, own: bool) -> Source:
    enabled = choice.is_enabled(source, own=own)
    return source if source.enabled == enabled else source.model_copy(update={"enabled": enabled})
