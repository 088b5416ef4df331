"""`copydesk doctor`: check the installation and the data, and say how to fix what is wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from copydesk.dags.deploy.airflow_env import EMBEDDED_VARIABLE, find_airflow
from copydesk.pipeline.console.tables import pluralize
from copydesk.pipeline.core.configured_sources import ENABLE_REMEDY, load_configured_sources
from copydesk.pipeline.core.errors import CopydeskError, NotFound, Permanent
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.db import read_transaction, schema
from copydesk.pipeline.db.session import existing_server
from copydesk.pipeline.generations.invariants import find_violations, list_busy_generations
from copydesk.pipeline.generations.swap import count_missing_articles
from copydesk.pipeline.page_archive.storage import find_missing_files, open_storage
from copydesk.pipeline.store.profiles import describe_outdated_profile, read_live_profile
from copydesk.pipeline.store.runs import count_running_runs
from copydesk.pipeline.store.warc_files import list_complete_files

MIN_FREE_BYTES = 1 << 30
"""Free disk space below which the check fails: PostgreSQL stops when the disk is full."""


AIRFLOW_TIMEOUT_SECONDS = 120
"""Time limit of the checks of Airflow: they take seconds, and a minute on a busy machine."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check."""

    check: str
    """The name of the check."""

    passed: bool
    """Whether it passed."""

    message: str
    """What was found; if the check failed, with a remedy."""


def doctor(
    airflow: Annotated[
        bool | None,
        typer.Option(
            "--airflow/--no-airflow", help="Also check Airflow. Default: if AIRFLOW_HOME is set, or after `up`."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Check the data folder, sources, database, schema, data and Airflow; exit with status 1 if a check fails."""
    settings = load_settings()
    results = [run_check("data folder", check_folder, settings), run_check("sources", check_sources, settings)]
    results += check_data(settings, has_folder=results[0].passed)
    if airflow or (airflow is None and has_airflow(settings)):
        results += check_airflow(settings)
    for result in results:
        if as_json:
            typer.echo(json.dumps({"check": result.check, "passed": result.passed, "message": result.message}))
        else:
            typer.echo(f"{'ok    ' if result.passed else 'FAILED'} {result.check:18} {result.message}")
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def check_data(settings: Settings, *, has_folder: bool) -> list[CheckResult]:
    """Check the database and what is in it. Without any data yet, nothing is created, and nothing is wrong, if the
    data folder can be used."""
    data_checks = {
        "schema": check_schema,
        "invariants": check_invariants,
        "page archive": check_page_archive,
        "profile": check_profile,
    }
    try:
        with existing_server(settings):
            results = [run_check("database", check_database, settings)]
            if results[0].passed:
                return results + [run_check(name, check, settings) for name, check in data_checks.items()]
            reason = "the database does not respond"
    except NotFound:
        message = "none yet: the first command that stores something creates it" if has_folder else "none yet"
        results = [CheckResult("database", has_folder, message)]
        reason = "there is no data yet"
    except CopydeskError as error:
        results = [CheckResult("database", False, str(error))]
        reason = "the database cannot be used"
    return results + [CheckResult(name, results[0].passed, f"skipped: {reason}.") for name in data_checks]


def run_check(name: str, check: Callable[[Settings], str], settings: Settings) -> CheckResult:
    """Run one check; expected errors and errors of the operating system become a failed result."""
    try:
        return CheckResult(name, True, check(settings))
    except CopydeskError as error:
        return CheckResult(name, False, str(error))
    except OSError as error:
        return CheckResult(name, False, f"{error.filename or 'System error'}: {error.strerror or error}.")


def has_airflow(settings: Settings) -> bool:
    """Return whether this environment has an Airflow to check: an existing one, or one that `up` has installed."""
    return "AIRFLOW_HOME" in os.environ or (settings.airflow_home / "secrets.json").exists()


def check_airflow(settings: Settings) -> list[CheckResult]:
    """Check the existing Airflow if AIRFLOW_HOME is set, else the one of `up`, in a process of its own."""
    environment = dict(os.environ)
    if "AIRFLOW_HOME" not in environment and (settings.airflow_home / "secrets.json").exists():
        environment |= find_airflow(settings).environment | {EMBEDDED_VARIABLE: "1"}
    command = [sys.executable, "-P", "-m", "copydesk.dags.deploy.airflow_checks"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=AIRFLOW_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        remedy = "Check that its metadata database responds."
        return [CheckResult("airflow", False, f"Airflow did not respond in {AIRFLOW_TIMEOUT_SECONDS} s. {remedy}")]
    lines = [line.removeprefix("CHECK ") for line in done.stdout.splitlines() if line.startswith("CHECK ")]
    if done.returncode or not lines:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return [CheckResult("airflow", False, f"Airflow cannot be imported: {reason}. Correct its configuration.")]
    return [CheckResult(*json.loads(line)) for line in lines]


def check_folder(settings: Settings) -> str:
    """Check that the data folder is writable and has free space, or can be created."""
    try:
        folder = next(path for path in (settings.home, *settings.home.absolute().parents) if path.exists())
        if folder == settings.home:
            with tempfile.TemporaryFile(dir=folder):
                pass
        elif not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        free = shutil.disk_usage(folder).free
    except OSError as error:
        message = f"Cannot use {settings.home}: {error.strerror}."
        raise Permanent(message, "Set COPYDESK_HOME to a folder that you own.") from None
    if free < MIN_FREE_BYTES:
        raise Permanent(
            f"{settings.home} has only {free >> 20} MiB free.",
            "Free some disk space; PostgreSQL stops when the disk is full.",
        )
    state = "" if folder == settings.home else " (does not exist yet)"
    return f"{settings.home}{state}, {free >> 30} GiB free"


def check_sources(settings: Settings) -> str:
    """Check that every source file is valid."""
    sources = read_sources(settings.source_folders)
    configured = load_configured_sources(settings)
    for error in configured.errors.values():
        raise error
    enabled = sum(source.enabled for source in configured.sources.values())
    available = f"{len(sources) - enabled} more available"
    if not enabled:
        return f"no wire enabled, {available}. {ENABLE_REMEDY}"
    return f"{pluralize(enabled, 'wire')} enabled, {available}"


def check_database(settings: Settings) -> str:
    """Check that the database responds."""
    with read_transaction(settings) as connection:
        version = connection.info.server_version
    return f"PostgreSQL {version // 10000}.{version % 10000}, {'external' if settings.database_url else 'embedded'}"


def check_schema(settings: Settings) -> str:
    """Check that all migrations are applied."""
    with read_transaction(settings) as connection:
        missing = schema.list_pending_migrations(connection)
    if missing:
        raise schema.make_schema_outdated_error(settings, missing)
    return "up to date"


def check_profile(settings: Settings) -> str:
    """Check that this version supports the live profile, and that no article is missing from the stories.

    A newer default profile is reported, but is not an error.
    """
    check_schema(settings)
    with read_transaction(settings) as connection:
        live = read_live_profile(connection)
        messages = [f"{live.profile_id} is live", describe_outdated_profile(connection)]
        missing = count_missing_articles(connection, live.profile_id)
        running = count_running_runs(connection)
    if missing:
        finding = f"{pluralize(missing, 'current version')} not in a story"
        remedy = f"Run `copydesk profiles build {live.profile_id}` to add them."
        if not running:
            raise Permanent(f"{finding}, and no run is in progress.", remedy)
        messages.append(f"{finding}, because a run is in progress or was killed and not run again. {remedy}")
    return ". ".join(part.removesuffix(".") for part in messages if part)


def check_invariants(settings: Settings) -> str:
    """Check the invariants in ``invariants.sql`` and ``page_invariants.sql``, such as: every article is in one story.

    A generation between signing and folding does not satisfy them, and is skipped.
    """
    check_schema(settings)
    with read_transaction(settings, snapshot=True) as connection:
        busy = list_busy_generations(connection)
        results = list(find_violations(connection))
    broken = [f"{rows[0].what} ({', '.join(str(row.id) for row in rows[:5])})" for rows in results if rows]
    if broken:
        raise Permanent(
            f"Violated: {'; '.join(broken)}.", "Report this as a bug, with the output of `copydesk doctor --json`."
        )
    skipped = f"; skipped while articles are being folded: {', '.join(sorted(busy))}" if busy else ""
    return f"all {len(results)} satisfied{skipped}"


def check_page_archive(settings: Settings) -> str:
    """Check that each WARC file that has pages is there and has its size."""
    check_schema(settings)
    with read_transaction(settings) as connection:
        files = list_complete_files(connection)
    url = settings.page_archive.url
    if not files and not url:
        return "none"
    missing = find_missing_files(open_storage(url), {file.name: file.size for file in files})
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise Permanent(
            f"{pluralize(len(missing), 'WARC file')} missing or of another size: {', '.join(missing[:5])}{more}.",
            "Restore them from a backup, or set page_archive.url to the folder that has them.",
        )
    return f"{pluralize(len(files), 'WARC file')}, {sum(file.size for file in files) / 1e6:.1f} MB"
