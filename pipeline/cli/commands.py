"""Every command of `copydesk`."""

from __future__ import annotations

import typer

from pipeline.cli import (
    clean,
    crawl,
    database,
    dedup,
    demo,
    doctor,
    export,
    profiles,
    quarantine,
    service,
    stories,
    wires,
)

app = typer.Typer(
    name="copydesk",
    help="Fetches wire news on a schedule, cleans it, folds the copies into stories, keeps them in PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(service.up)
app.command("down")(service.down)
app.command("status")(service.status)
app.command("airflow", context_settings=service.ALL_ARGUMENTS, add_help_option=False)(service.airflow)
app.command("bundle")(service.bundle)
app.command("demo")(demo.demo)
app.command("crawl")(crawl.crawl)
app.command("clean")(clean.clean)
app.command("dedup")(dedup.dedup)
app.command("stories")(stories.stories)
app.command("story")(stories.story)
app.command("runs")(stories.runs)
app.command("export")(export.export)
app.add_typer(wires.wires_app, name="wires")
app.add_typer(profiles.profiles_app, name="profiles")
app.add_typer(quarantine.quarantine_app, name="quarantine")
app.add_typer(database.db_app, name="db")
app.command("doctor")(doctor.doctor)
