"""``copydesk.crawl``: run the pipeline once for some wires, in a child process."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from copydesk.crawler.accounting.crawl_stats import ErrorInfo
from copydesk.pipeline.api.arguments import Time, to_time
from copydesk.pipeline.api.results import Article
from copydesk.pipeline.api.story_database import read_articles
from copydesk.pipeline.core.child_environment import make_child_environment
from copydesk.pipeline.core.errors import CopydeskError, Transient
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.wire_login import LOGIN_PREFIX
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.process.fork import prevent_library_threads
from copydesk.pipeline.store.articles import list_articles

STOP_SECONDS = 15.0
"""How long the child process may take to stop its spiders when the caller is interrupted."""

logger = logging.getLogger("copydesk")


def crawl(*wires: str, since: Time = None, until: Time = None, mode: str = "auto", seconds: float = 0) -> list[Article]:
    """Crawl wires, clean and fold what is new, and return the articles: `copydesk run` as a function.

    Everything runs in a child process, so it can be called from a notebook or a thread. What is fetched is stored in
    the database of the settings, which is created if it is missing; ``copydesk.connect().stories()`` has the stories.

    Args:
        wires: Names of wires; without any, all that are enabled.
        since: Start of the window, such as ``"24h"``; unknown articles that are older are not fetched. None: an hour
            before the end, and everything that is listed and unknown.
        until: End of the window; None for now.
        mode: ``auto``, ``live``, ``archive`` or ``stored``, as for `copydesk run`.
        seconds: Seconds after which the crawl of a wire stops; what it has fetched is kept (0: no limit).

    Returns:
        The articles that the wires list in the window, new or known, the latest first.

    Raises:
        NotFound: There is no such wire.
        BadWindow: The window is invalid, or no wire can be crawled for it.
        Permanent: Every wire failed.

    Warns:
        UserWarning: A wire failed; the others' articles are returned.
    """
    start, end = to_time(since, "since"), to_time(until, "until")
    settings = load_settings()
    request = {
        "wires": wires,
        "since": start.isoformat() if start else None,
        "until": end.isoformat() if end else None,
        "mode": mode,
        "seconds": seconds,
    }
    with database_session(settings, create=True):
        result = _run_child(settings, request)
        with read_transaction(settings) as connection:
            articles = read_articles(connection, articles=list_articles(connection, UUID(result["run_key"])))
    for wire, error in json.loads(result["failed"]).items():
        warnings.warn(f"{wire}: {error}", stacklevel=2)
    return articles


def _run_child(settings: Settings, request: Mapping[str, object]) -> dict[str, str]:
    environment = {
        **make_child_environment(with_libpq=True),
        **{name: value for name, value in os.environ.items() if name.startswith(LOGIN_PREFIX)},
        **settings.to_environment(),
    }
    command = [sys.executable, "-P", "-m", "copydesk.crawler.api"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            output, log = child.communicate(json.dumps(request))
        except BaseException:  # Ctrl-C, or a notebook's interrupt
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
            raise
    for line in log.splitlines():
        logger.info("%s", line)
    try:
        result: dict[str, str] = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        raise Transient(f"The crawl ended with status {child.returncode}: {log[-300:]}.", "Try again.") from None
    if "message" in result:
        raise ErrorInfo(**result).to_error()
    return result


def run_as_child() -> None:
    """Run the request on standard input, and print the key of the run, or the error, as a line of JSON."""
    prevent_library_threads()
    from copydesk.crawler.run_once import RunRequest, run_once
    from copydesk.pipeline.core.ids import make_run_key
    from copydesk.pipeline.core.strategy import RunMode

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    values = json.load(sys.stdin)
    try:
        request = RunRequest(
            wires=values["wires"],
            since=datetime.fromisoformat(values["since"]) if values["since"] else None,
            until=datetime.fromisoformat(values["until"]) if values["until"] else None,
            mode=RunMode(values["mode"]),
            seconds=values["seconds"],
        )
        finished = run_once(load_settings(), request, lambda _, __: None)
        finished.report.raise_for_error()
    except CopydeskError as error:
        result = asdict(ErrorInfo.from_error(error))
    else:
        failed = {crawl.wire: crawl.error for crawl in finished.crawls if crawl.error}
        run_key = make_run_key(finished.dag_id, finished.run_id)
        result = {"run_key": str(run_key), "failed": json.dumps(failed)}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    run_as_child()
