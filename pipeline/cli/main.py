"""The front door: every command of `copydesk`, and how errors are shown."""

from __future__ import annotations

import sys

import psycopg
import typer

from pipeline.cli import clean, crawl, database, dedup, demo, doctor, profiles, service, stories, wires
from pipeline.errors import CopydeskError

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
app.command("demo")(demo.demo)
app.command("crawl")(crawl.crawl)
app.command("clean")(clean.clean)
app.command("dedup")(dedup.dedup)
app.command("stories")(stories.stories)
app.command("story")(stories.story)
app.command("runs")(stories.runs)
app.add_typer(wires.wires_app, name="wires")
app.add_typer(profiles.profiles_app, name="profiles")
app.add_typer(database.db_app, name="db")
app.command("doctor")(doctor.doctor)


def run() -> None:
    """Run the command line; an error made on purpose is one sentence, its remedy, and an exit status that means it."""
    try:
        app()
    except CopydeskError as error:
        sys.stderr.write(f"copydesk: {error}\n")
        sys.exit(error.exit_code)
    except psycopg.Error as error:
        told = " ".join(str(error).split()).removesuffix(".")
        sys.stderr.write(f"copydesk: The database refused: {told}. Run `copydesk doctor`.\n")
        sys.exit(69)
    except KeyboardInterrupt:
        sys.stderr.write("copydesk: interrupted.\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`copydesk stories | head`): no reason to complain.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    run()
