"""`copydesk wires`: list the configured wires and the state of their page rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from copydesk.pipeline.cli import boilerplate, wire_enable, wire_pass, wire_rename, wire_show
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import pluralize, print_json, print_table
from copydesk.pipeline.core.configured_sources import load_configured_sources
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import LoadResult, list_source_files, load_valid_sources
from copydesk.pipeline.core.source_values import format_every
from copydesk.pipeline.core.wire_choice import WireSelection
from copydesk.pipeline.db.probe import query_if_available
from copydesk.pipeline.runs.cadence import compute_next_poll, format_poll_time
from copydesk.pipeline.runs.layout_drift import LayoutChange, detect_layout_changes
from copydesk.pipeline.store.wire_polls import WirePoll, read_polls

wires_app = typer.Typer(
    help="List the wires, enable, check or rename them, or review their boilerplate.", invoke_without_command=True
)

wires_app.command("show")(wire_show.show)
wires_app.command("enable")(wire_enable.enable)
wires_app.command("disable")(wire_enable.disable)
wires_app.command("learn")(boilerplate.learn)
wires_app.command("boilerplate")(boilerplate.boilerplate)
wires_app.command("pass")(wire_pass.allow_growth)
wires_app.command("rename")(wire_rename.rename)


@wires_app.callback()
def wires(
    context: typer.Context,
    show_all: Annotated[bool, typer.Option("--all", help="Include all wires of the catalogue.")] = False,
    language: wire_enable.Language = "",
    kind: wire_enable.Kind = "",
    country: wire_enable.Country = "",
    as_json: Json = False,
) -> None:
    """List the wires, enable, check or rename them, or review their boilerplate.

    Without a subcommand, this lists the enabled wires and those with a source file of your own. --language, --kind and
    --country list the wires of the catalogue too.
    """
    if context.invoked_subcommand:
        return
    settings = load_settings()
    selection = WireSelection.make({"language": language, "kind": kind, "country": country})
    result = load_configured_sources(settings)
    configured = len(result.sources)
    if show_all or selection.values:
        everything = load_valid_sources(settings.source_folders)
        off = {name: source.model_copy(update={"enabled": False}) for name, source in everything.sources.items()}
        result = LoadResult(dict(sorted({**off, **result.sources}.items())), {**everything.errors, **result.errors})
    sources = [source for source in result.sources.values() if selection.matches(source)]
    changes, polls = _find_layout_changes(sources), _read_polls(sources)
    rows = [
        {**_source_to_dict(source), **_describe_layout(source, changes), **_describe_poll(source, polls)}
        for source in sources
    ]
    if as_json:
        print_json(rows)
    else:
        if rows:
            print_table(
                ["name", "enabled", "kind", "country", "lang", "discovery", "archive", "every", "next poll", "state",
                 "host", "title"],
                [
                    (row["name"], "yes" if row["enabled"] else "no", row["kind"] or "-", row["country"] or "-",
                     row["language"], " ".join(kind for kind in row["discovery"] if kind != "archive") or "-",
                     "yes" if row["archive"] else "-", row["every"], _format_next_poll(row), row["state"],
                     row["host"], row["title"])
                    for row in rows
                ],
            )  # fmt: skip
        elif selection.values:
            typer.echo(f"No wire has {selection}.")
        available = len(list_source_files(settings.source_folders)) - configured
        if available > 0 and not show_all and not selection.values:
            number = pluralize(available, "more wire is", "more wires are")
            typer.echo(
                f"{chr(10) if rows else 'No wire is enabled yet. '}{number} available: `copydesk wires --all` lists"
                " them, `copydesk wires enable` enables them."
            )
        elif not result.sources and not result.errors:
            folders = " and ".join(map(str, settings.source_folders))
            typer.echo(f"No wires yet: there is no TOML file in {folders}. See docs/sources.md.")
    for error in result.errors.values():
        typer.echo(f"copydesk: {error}", err=True)
    if result.errors:
        raise typer.Exit(next(iter(result.errors.values())).exit_code)


def _find_layout_changes(sources: list[Source]) -> dict[str, LayoutChange] | None:
    """Return the wires with a layout change; None if the database is not available."""
    return query_if_available(
        load_settings(),
        lambda connection: detect_layout_changes(connection, [source.name for source in sources if source.page]),
    )


def _describe_layout(source: Source, changes: dict[str, LayoutChange] | None) -> dict[str, Any]:
    """Return the state of the wire's page rules: whether they still match its pages."""
    change = (changes or {}).get(source.name)
    if change:
        state = f"layout changed since {change.since:%Y-%m-%d %H:%M}"
    elif not source.page:
        state = "no page rules"
    else:
        state = "unknown" if changes is None else "ok"
    return {"state": state, "layout_changed_since": change.since if change else None}


def _read_polls(sources: list[Source]) -> dict[str, WirePoll]:
    """Return the last poll of each wire; none if the database is not available."""
    names = [source.name for source in sources]
    return query_if_available(load_settings(), lambda connection: read_polls(connection, names)) or {}


def _describe_poll(source: Source, polls: dict[str, WirePoll]) -> dict[str, Any]:
    """Return how often the wire is polled, its last poll, what failed in it, and the time of the next one."""
    poll = polls.get(source.name)
    return {
        "every": format_every(source.every),
        "last_poll_at": poll.polled_at if poll else None,
        "next_poll_at": compute_next_poll(poll, source.every) if poll and source.enabled else None,
        "failures": poll.failures if poll else 0,
        "failing_since": poll.failing_since if poll else None,
        "failure_grade": poll.grade if poll else None,
        "failure_reason": poll.reason if poll else "",
        # Instead of the state of the page rules: a wire that cannot be crawled is not ok.
        **({"state": "failing"} if poll and poll.failures else {}),
    }


def _format_next_poll(row: dict[str, Any]) -> str:
    """Return the time of the next poll, and why it is delayed; ``-`` if the wire is not polled."""
    if not row["enabled"]:
        return "-"
    if row["next_poll_at"] is None:
        return "next run"
    now = datetime.now(UTC)
    time = "next run" if row["next_poll_at"] <= now else format_poll_time(row["next_poll_at"], now)
    return f"{time} ({row['failure_reason']})" if row["failures"] else time


def _source_to_dict(source: Source) -> dict[str, Any]:
    """Return the wire as the list shows it: name, title, kind, language, host, discovery, enabled ..."""
    discovery = source.discovery
    kinds = {
        "feeds": discovery.feeds,
        "sitemaps": discovery.sitemaps,
        "archive": discovery.archive,
        "lists": discovery.lists,
    }
    return {
        "name": source.name,
        "title": source.title,
        "kind": source.kind.value if source.kind else "",
        "country": source.country,
        "language": source.language,
        "status": source.status.value if source.status else "",
        "host": source.host,
        "discovery": [kind for kind, value in kinds.items() if value],
        "archive": discovery.archive is not None,
        "enabled": source.enabled,
    }
