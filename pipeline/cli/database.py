"""`copydesk db`: the schema and a shell."""

from __future__ import annotations

import os

import typer

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect, describe_database, get_database_url, schema
from copydesk.pipeline.db.programs import find_program

db_app = typer.Typer(help="The database: bring its schema up to date, or open a shell in it.", no_args_is_help=True)


@db_app.command("migrate")
def migrate() -> None:
    """Apply what is missing of the schema; each step whole or not at all."""
    settings = load_settings()
    with connect(settings, autocommit=True) as connection:
        done = schema.migrate(connection)
    where = describe_database(settings)
    typer.echo(f"Applied to {where}: {', '.join(done)}." if done else f"The schema of {where} is up to date.")


@db_app.command("shell", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def shell(context: typer.Context) -> None:
    """Open psql in the database; what follows is passed on to it (`copydesk db shell -c 'SELECT 1'`)."""
    settings = load_settings()
    connect(settings).close()  # psql's own words of what does not answer name no remedy
    url = get_database_url(settings)
    program = str(find_program("psql"))
    # By the environment, so that no password stands in the list of processes.
    os.execve(program, [program, *context.args], {**os.environ, **_make_libpq_environment(url)})  # noqa: S606


def _make_libpq_environment(url: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    names = {
        "host": "PGHOST",
        "hostaddr": "PGHOSTADDR",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "service": "PGSERVICE",
    }
    return {names[key]: str(value) for key, value in conninfo_to_dict(url).items() if key in names and value}
