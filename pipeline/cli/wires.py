"""`copydesk wires`: which wires there are, and whether one can be crawled."""

from __future__ import annotations

from typing import Any

import typer

from copydesk.pipeline.cli import boilerplate, wire_pass
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import load_valid_sources
from copydesk.pipeline.db.probe import _query_if_available
from copydesk.pipeline.runs.layout_drift import LayoutChange, detect_layout_changes

wires_app = typer.Typer(help="List the wires, or check one.", invoke_without_command=True)

wires_app.command("learn")(boilerplate.learn)
wires_app.command("boilerplate")(boilerplate.boilerplate)
wires_app.command("pass")(wire_pass.allow_growth)


@wires_app.callback()
def wires(context: typer.Context, as_json: Json = False) -> None:
    """List the wires; a file that can't be read is told, and the others are listed all the same."""
    if context.invoked_subcommand:
        return
    survey = load_valid_sources(load_settings().source_folders)
    found, broken = list(survey.sources.values()), list(survey.errors.values())
    changes = _find_layout_changes(found)
    described = [{**_source_to_dict(source), **_describe_layout(source, changes)} for source in found]
    if as_json:
        print_json(described)
    elif found:
        print_table(
            ["name", "on", "lang", "discovery", "archive", "state", "host", "wire"],
            [
                (row["name"], "yes" if row["enabled"] else "no", row["language"],
                 " ".join(kind for kind in row["discovery"] if kind != "archive") or "-",
                 "yes" if row["archive"] else "-", row["state"], row["host"], row["title"])
                for row in described
            ],
        )  # fmt: skip
    elif not broken:
        searched = " and ".join(map(str, load_settings().source_folders))
        typer.echo(f"No wire yet: no TOML file lies in {searched}; see docs/sources.md.")
    for error in broken:
        typer.echo(f"copydesk: {error}", err=True)
    if broken:
        raise typer.Exit(broken[0].exit_code)


def _find_layout_changes(sources: list[Source]) -> dict[str, LayoutChange] | None:
    """The wires whose layout has changed; None where no database can be asked."""
    return _query_if_available(
        lambda connection: detect_layout_changes(connection, [source.name for source in sources if source.page])
    )


def _describe_layout(source: Source, changes: dict[str, LayoutChange] | None) -> dict[str, Any]:
    """``state``: what is the matter with the wire's page rules, as far as is known."""
    change = (changes or {}).get(source.name)
    if change:
        state = f"layout changed since {change.since:%Y-%m-%d %H:%M}"
    elif not source.page:
        state = "no page rules"
    else:
        state = "unknown" if changes is None else "ok"
    return {"state": state, "layout_changed_since": change.since if change else None}


def _source_to_dict(source: Source) -> dict[str, Any]:
    """A wire as the listings show it: name, title, language, host, discovery, archive, enabled."""
    found = source.discovery
    kinds = {"feeds": found.feeds, "sitemaps": found.sitemaps, "archive": found.archive, "lists": found.lists}
    return {
        "name": source.name,
        "title": source.title,
        "language": source.language,
        "host": source.host,
        "discovery": [kind for kind, value in kinds.items() if value],
        "archive": found.archive is not None,
        "enabled": source.enabled,
    }
