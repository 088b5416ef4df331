"""`copydesk db`: migrate the schema, open a shell."""

from __future__ import annotations

import os

import typer

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect, describe_database, get_database_url, schema
from copydesk.pipeline.db.programs import find_program

db_app = typer.Typer(help="Migrate the database schema, or open a database shell.", no_args_is_help=True)


@db_app.command("migrate")
def migrate() -> None:
    """Apply pending migrations, each in its own transaction."""
    settings = load_settings()
    with connect(settings) as connection:
        applied = schema.migrate(connection)
    database = describe_database(settings)
    if applied:
        typer.echo(f"Applied to {database}: {', '.join(applied)}.")
    else:
        typer.echo(f"The schema of {database} is up to date.")


@db_app.command("shell", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def shell(context: typer.Context) -> None:
    """Open psql in the database; all arguments are passed to psql (`copydesk db shell -c 'SELECT 1'`)."""
    settings = load_settings()
    connect(settings).close()  # raises an error with a remedy, unlike psql
    url = get_database_url(settings)
    program = str(find_program("psql"))
    # Through the environment, so that the password does not appear in the process list.
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
