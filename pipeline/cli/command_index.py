"""The commands of `copydesk --help`: their panels, their order, and their summaries.

The summaries are the first sentences of the commands' docstrings. They are repeated here, and compared by a test, so
that the help and the completion of command names load no command: loading all takes more than a second.
"""

from __future__ import annotations

PANELS: dict[str, dict[str, str]] = {
    "Set up and run": {
        "up": "Start the database and Airflow with its UI; processes that are already running are kept.",
        "down": "Stop everything that `up` started; interrupted tasks are retried after the next `up`.",
        "status": "Show which processes are running; exit with status 3 if one is not.",
        "open": "Open the page of a story or a run in the browser, and print its address.",
        "demo": "Start everything with the sample wires, run `newswire`, backfill three hours, and show the stories.",
        "doctor": "Check the data folder, sources, database, schema, data and Airflow; exit with status 1 if a check"
        " fails.",
    },
    "Wires": {
        "run": "Crawl wires, clean and fold what is new, and print the stories: one run of `newswire`, without"
        " Airflow.",
        "wires": "List the wires, enable, check or rename them, or review their boilerplate.",
        "crawl": "Fetch a wire's pages of the last hour, or of a window, and store them in the database.",
        "import": "Import pages from WARC files, WET files or saved pages into the database.",
        "quarantine": "List the pages in quarantine, show one, or replay them.",
    },
    "Stories": {
        "stories": "List stories, the most copied first.",
        "story": "Show one story: its text, its origin, its outlets and their sources, its copies and its versions.",
        "articles": "List articles, the latest first.",
        "searches": "Save searches of stories, list or remove them. Each reports a story once.",
        "webhooks": "List the deliveries of story events to webhooks, or retry them.",
        "export": "Export stories, copies or articles to a CSV, JSON Lines or Parquet file.",
    },
    "Runs": {
        "runs": "List runs with their counts, the latest window first.",
        "warnings": "List the warnings of runs, the latest first: silent or failing wires, changed layouts, jumps in"
        " refusals.",
        "logs": "Print the log of a task of a run in the embedded Airflow; without a task, list the tasks and their"
        " states.",
        "backfill": "Backfill past hours of wires: create the runs in the embedded Airflow.",
        "backfills": "List, pause, unpause or cancel backfills in the embedded Airflow.",
    },
    "Files (no database needed)": {
        "clean": "Clean saved pages and print one JSON line per page.",
        "dedup": "Group documents into stories and write one line per document: its ID, a tab, the ID of its story.",
    },
    "Administration": {
        "config": "Show the settings and where each one comes from; change the settings file.",
        "db": "Show the database and its tables, migrate its schema, or open a shell.",
        "profiles": "List, build, compare, swap and retire generations of stories. Each generation has a profile of"
        " parameters.",
        "airflow": "Run an Airflow command in the embedded Airflow, for example `copydesk airflow dags list`.",
        "bundle": "Print the DAG bundle configuration that adds the DAGs of Copydesk to an existing Airflow.",
    },
}
"""For each panel its commands with their summaries, in the order of the help."""

OTHER_PANEL = "Other"
"""The panel of commands that are not listed above."""


def find_panel(command: str) -> str:
    """Return the panel that a command is shown in."""
    return next((panel for panel, commands in PANELS.items() if command in commands), OTHER_PANEL)


def find_summary(command: str) -> str | None:
    """Return the summary of a command; None if it is not listed."""
    return next((commands[command] for commands in PANELS.values() if command in commands), None)


def list_commands() -> list[str]:
    """Return the listed commands in the order of the help."""
    return [command for commands in PANELS.values() for command in commands]
