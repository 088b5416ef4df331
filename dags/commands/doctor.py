"""`copydesk doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer
from psycopg import IsolationLevel

from copydesk.pipeline.console.tables import pluralize
from copydesk.pipeline.core.errors import CopydeskError, Permanent
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.db import connect, load_queries, schema
from copydesk.pipeline.generations.swap import count_missing_articles
from copydesk.pipeline.store.profiles import describe_outdated_profile, read_live_profile

MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: whether it passed, and what it found."""

    check: str
    passed: bool
    message: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Check packages, folder, sources, database, schema and the stories' invariants; exit status 1 where one fails."""
    settings = load_settings()
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("data folder", check_folder),
        ("sources", check_sources),
        ("database", check_database),
        ("schema", check_schema),
        ("invariants", check_invariants),
        ("profile", check_profile),
    ]
    findings: list[CheckResult] = []
    for name, check in checks:
        database_failed = any(one.check == "database" and not one.passed for one in findings)
        findings.append(
            CheckResult(name, False, "not looked at: the database does not answer.")
            if database_failed
            else run_check(name, check, settings)
        )
    for finding in findings:
        if as_json:
            typer.echo(json.dumps({"check": finding.check, "passed": finding.passed, "message": finding.message}))
        else:
            typer.echo(f"{'ok  ' if finding.passed else 'BAD '} {finding.check:13} {finding.message}")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(1)


def run_check(name: str, check: Callable[[Settings], str], settings: Settings) -> CheckResult:
    """One check; an error made on purpose is a finding, and so is what the system refuses."""
    try:
        return CheckResult(name, True, check(settings))
    except CopydeskError as error:
        return CheckResult(name, False, str(error))
    except OSError as error:
        return CheckResult(name, False, f"{error.filename or 'The system'}: {error.strerror or error}.")


def check_folder(settings: Settings) -> str:
    """The data folder can be used and has room."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        message = f"{settings.home} can't be used: {error.strerror}."
        raise Permanent(message, "Set COPYDESK_HOME to a folder of your own.") from None
    if free < MIN_FREE_BYTES:
        raise Permanent(f"{settings.home} has {free >> 20} MiB left.", "Make room: PostgreSQL stops when it is full.")
    return f"{settings.home}, {free >> 30} GiB free"


def check_sources(settings: Settings) -> str:
    """Every source file is right."""
    sources = read_sources(settings.source_folders)
    if not sources:
        searched = " and ".join(map(str, settings.source_folders))
        raise Permanent(
            f"No source file was found in {searched}.", "Put one TOML file a wire into a folder of COPYDESK_SOURCES."
        )
    return f"{pluralize(len(sources), 'wire')}, {sum(source.enabled for source in sources.values())} enabled"


def check_database(settings: Settings) -> str:
    """The database answers."""
    with connect(settings) as connection:
        version = connection.info.server_version
    return f"PostgreSQL {version // 10000}.{version % 10000}, {'own' if settings.database_url else 'embedded'}"


def check_schema(settings: Settings) -> str:
    """No migration is missing."""
    with connect(settings, autocommit=True) as connection:
        missing = schema.list_pending_migrations(connection)
    if missing:
        raise schema.make_schema_outdated_error(settings, missing)
    return "up to date"


def check_profile(settings: Settings) -> str:
    """This version can work with the live profile; what is newer, and what failed runs left undone, is told."""
    check_schema(settings)
    with connect(settings) as connection:
        live = read_live_profile(connection)
        messages = [f"{live.profile_id} is live", describe_outdated_profile(connection)]
        waiting = count_missing_articles(connection, live.profile_id)
        open_runs = connection.execute(load_queries("run")["count_running"]).fetchone()
    if waiting:
        missing = f"{pluralize(waiting, 'article')} not in a story as they are now"
        remedy = f"`copydesk profiles build {live.profile_id}` settles them."
        if not (open_runs and open_runs[0]):
            raise Permanent(f"{missing}, and no run is at work.", remedy)
        messages.append(f"{missing}: a run is at work, or was killed and not run again; {remedy}")
    return ". ".join(part.removesuffix(".") for part in messages if part)


def check_invariants(settings: Settings) -> str:
    """Every article in one story, every story with one representative, and whatever else the script holds.

    Between signing and folding it can't hold; a generation in the middle of that is passed over.
    """
    queries = load_queries("invariants")
    broken: list[str] = []
    check_schema(settings)
    with connect(settings) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ  # all of it as it is at one moment
        busy = {row[0] for row in connection.execute(load_queries("unsettled")["list_busy_generations"])}
        for query in queries.values():
            rows = [row for row in connection.execute(query) if row[1] not in busy][:5]
            if rows:
                broken.append(f"{rows[0][0]} ({', '.join(str(row[-1]) for row in rows)})")
    if broken:
        raise Permanent(f"Broken: {'; '.join(broken)}.", "Run `copydesk doctor --json` and report what it says.")
    passed = f"; not looked at while articles wait to be folded: {', '.join(sorted(busy))}" if busy else ""
    return f"{len(queries)} hold{passed}"
