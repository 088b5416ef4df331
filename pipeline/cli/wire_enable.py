"""`copydesk wires enable` and `disable`: choose the wires that runs process; the choice is stored in the settings."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import Annotated

import typer

from copydesk.pipeline.config.write import change_setting
from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.tables import pluralize
from copydesk.pipeline.core.configured_sources import load_configured_sources
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.settings_file import get_variable
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import find_source_file, load_valid_sources
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.core.wire_choice import WireSelection

MAX_PRINTED_NAMES = 40

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", autocompletion=complete_wire, help="Names of wires.")
]
Language = Annotated[str, typer.Option(metavar="CODE", help="All wires in a language, such as `de`.")]
Kind = Annotated[
    str,
    typer.Option(help="All wires of a kind: agency, press-release, institution, broadcaster, newspaper or aggregator."),
]
Country = Annotated[str, typer.Option(metavar="CODE", help="All wires of a country, such as `in`.")]


def enable(names: Names = None, language: Language = "", kind: Kind = "", country: Country = "") -> None:
    """Enable wires of the catalogue by name, or all that have the given language, kind and country.

    A selection also applies to wires that later versions of the catalogue add. `copydesk crawl NAME` and sources of
    your own need no enabling.
    """
    settings = load_settings()
    wanted, selection, matching = _resolve(settings, names, language, kind, country)
    if names:
        change_setting("wires.disabled", lambda present: _remove(present, names))
        change_setting("wires.enabled", lambda present: _add(present, names))
    if selection:
        change_setting("wires.disabled", lambda present: _remove(present, [str(selection)]))
        change_setting("wires.enabled", lambda present: _add(present, [str(selection)]))
    _print_result(wanted, matching, expected=True)


def disable(names: Names = None, language: Language = "", kind: Kind = "", country: Country = "") -> None:
    """Disable wires by name, or all that have the given language, kind and country, including sources of your own."""
    settings = load_settings()
    wanted, selection, matching = _resolve(settings, names, language, kind, country)
    # Names of the selection's wires go too: a name has precedence over a selection.
    dropped = {*wanted, *matching, *([str(selection)] if selection else [])}
    change_setting("wires.enabled", lambda present: _remove(present, dropped))
    load_settings.cache_clear()
    enabled = _list_enabled(load_settings())
    added = [name for name in wanted if name in enabled]
    if selection and enabled & matching.keys():
        added.append(str(selection))
    if added:
        change_setting("wires.disabled", lambda present: _add(present, added))
    _print_result(wanted, matching, expected=False)


def keep_disabled(name: str) -> None:
    """Store that a wire is disabled, before it gets a file of the user's own, which would enable it."""
    change_setting("wires.disabled", lambda present: _add(present, [name]))


def _resolve(
    settings: Settings, names: Collection[str] | None, language: str, kind: str, country: str
) -> tuple[list[str], WireSelection | None, dict[str, Source]]:
    """Return the names, the selection if there is one, and its wires.

    Raises:
        BadInput: Neither a name nor a selection was given.
        NotFound: A name does not exist, or no wire matches the selection.
    """
    selection = WireSelection.make({"language": language, "kind": kind, "country": country})
    if not names and not selection.values:
        raise BadInput("No wires were given.", "Pass names, or --language, --kind or --country.")
    for name in names or ():
        find_source_file(name, settings.source_folders)
    if not selection.values:
        return list(names or ()), None, {}
    sources = load_valid_sources(settings.source_folders).sources
    matching = {name: source for name, source in sources.items() if selection.matches(source)}
    if not matching:
        raise NotFound(f"No wire has {selection}.", _suggest_values(selection, sources.values()))
    return list(names or ()), selection, matching


def _suggest_values(selection: WireSelection, sources: Iterable[Source]) -> str:
    """Return a remedy that lists the values of the first key that no wire has."""
    sources = list(sources)
    for key, value in selection.values:
        known = sorted({str(getattr(source, key)).lower() for source in sources if getattr(source, key)})
        if value not in known:
            return f"{suggest_names(value, known)} Values of {key}: {', '.join(known)}.".strip()
    return "Each value exists, but no wire has all of them."


def _add(present: Iterable[str], items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*present, *items]))


def _remove(present: Iterable[str], items: Collection[str]) -> list[str]:
    return [item for item in present if item not in items]


def _list_enabled(settings: Settings) -> set[str]:
    return {name for name, source in load_configured_sources(settings).sources.items() if source.enabled}


def _print_result(names: Collection[str], matching: Collection[str], *, expected: bool) -> None:
    """Print what the wires are now, and which of them the environment keeps as they were."""
    load_settings.cache_clear()
    settings = load_settings()
    enabled = _list_enabled(settings)
    wires = sorted({*names, *matching})
    changed = [name for name in wires if (name in enabled) == expected]
    word = "enabled" if expected else "disabled"
    if changed:
        shown = ", ".join(changed[:MAX_PRINTED_NAMES])
        more = f" and {len(changed) - MAX_PRINTED_NAMES} more" if len(changed) > MAX_PRINTED_NAMES else ""
        verb = "is" if len(changed) == 1 else "are"
        typer.echo(f"{pluralize(len(changed), 'wire')} {verb} {word}: {shown}{more}.")
    if kept := [name for name in wires if name not in changed]:
        names_kept = ", ".join(kept[:MAX_PRINTED_NAMES])
        typer.echo(f"Not {word}, because another entry has precedence: {names_kept}.", err=True)
    for key in ("wires.enabled", "wires.disabled"):
        if (variable := get_variable(key)) in os.environ:
            typer.echo(f"The environment variable {variable} has precedence over the settings file.", err=True)
