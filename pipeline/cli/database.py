"""`copydesk db`: migrate the schema, open a shell."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import typer

from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect, describe_database, locate_database, schema
from copydesk.pipeline.db.programs import find_program
from copydesk.pipeline.db.session import database_session, is_temporary, temporary_server
from copydesk.pipeline.views.database_summary import list_tables, read_database_size

db_app = typer.Typer(
    help="Show the database and its tables, migrate its schema, or open a shell.", invoke_without_command=True
)


@db_app.callback()
def db(context: typer.Context, as_json: Json = False) -> None:
    """Show the database, its size and its tables if there is no subcommand."""
    if context.invoked_subcommand is not None:
        return
    with connect_to_database() as connection:
        version, size = connection.info.server_version, read_database_size(connection)
        tables = list_tables(connection)
    if as_json:
        print_json(tables)
        return
    typer.echo(
        f"{describe_database(load_settings())}: PostgreSQL {version // 10000}.{version % 10000}, {size / 1e6:.0f} MB\n"
    )
    print_table(
        ["table", "rows (estimate)", "MB"],
        [(table.name, table.row_estimate, f"{table.size_bytes / 1e6:.1f}") for table in tables],
        right_aligned="MB",
    )


@db_app.command("migrate")
def migrate() -> None:
    """Apply pending migrations, each in its own transaction."""
    settings = load_settings()
    # Not a session, which would migrate the embedded database before this command could report it.
    session = nullcontext() if settings.database_url else temporary_server(settings)
    with session, connect(settings) as connection:
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
    with database_session(settings):
        connect(settings).close()  # raises an error with a remedy, unlike psql
        command = [str(find_program("psql")), *context.args]
        # Through the environment, so that the password does not appear in the process list.
        environment = {**os.environ, **_make_libpq_environment(locate_database(settings))}
        if not is_temporary(settings):
            os.execve(command[0], command, environment)  # noqa: S606
        with _ignore_interrupts():  # Ctrl-C ends a query of psql, not this process, which stops the server afterwards
            done = subprocess.run(command, env=environment, check=False)
    raise typer.Exit(done.returncode)


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    previous = signal.signal(signal.SIGINT, lambda *_: None)  # a handler, unlike SIG_IGN, is not inherited
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


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
