"""The environment of the Airflow that `copydesk up` runs contains all settings that it needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copydesk.dags.deploy.airflow_env import install_airflow
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.settings_file import CONFIG_VARIABLE, get_variable, list_keys
from copydesk.pipeline.core.wire_login import LOGIN_PREFIX
from copydesk.pipeline.db import embedded
from copydesk.pipeline.process.fork import NO_FORK

ROOT = Path(__file__).resolve().parents[2]
UP_ONLY = {"ui_port", "parallelism", "sample_port", "sample_seed", "sample_per_day"}
"""Settings that only `up` uses."""
CHOSEN = {
    "COPYDESK_DATABASE_URL": "postgresql://desk:hunter2@db/desk",
    "COPYDESK_SOURCES": "/wires:/more",
    "COPYDESK_UI_PORT": "8181",
    "COPYDESK_SAMPLE_PORT": "9901",
    "COPYDESK_SAMPLE_SEED": "8",
    "COPYDESK_SAMPLE_PER_DAY": "960",
    "COPYDESK_PARALLELISM": "3",
    "COPYDESK_LATE_MINUTES": "20",
    "COPYDESK_APPROVAL_HOURS": "1.5",
    "COPYDESK_NOTIFIER": "channel.Notifier",
    "COPYDESK_NOTIFIER_ARGUMENTS": '{"token": "hunter2"}',
    "COPYDESK_WEBHOOKS": "desk_webhook",
    "COPYDESK_EXTRACT_SECONDS": "7.5",
    "COPYDESK_EXTRACT_MEGABYTES": "256",
    "COPYDESK_CRAWL_MEGABYTES": "300",
    "COPYDESK_MAX_PAGE_BYTES": "4096",
    "COPYDESK_KEEP_PAGE_DAYS": "7",
    "COPYDESK_KEEP_QUARANTINE_DAYS": "30",
    "COPYDESK_PAGE_ARCHIVE__URL": "s3://desk/pages",
    "COPYDESK_PAGE_ARCHIVE__AFTER_DAYS": "45",
    "COPYDESK_WIRES__ENABLED": "menafn,language=de",
    "COPYDESK_WIRES__DISABLED": "kind=agency",
    "COPYDESK_CONTACT": "desk@example.org",
    "COPYDESK_USER_AGENT": "Desk/1.0",
    "COPYDESK_REQUESTS_PER_RUN": "500",
    "COPYDESK_REQUESTS_PER_DAY": "3000",
    **{
        f"COPYDESK_{table}__{key}": value
        for table in ("NEWSWIRE", "REPROCESS", "REFOLD", "MAINTAIN")
        for key, value in {
            "POOL": "desk",
            "QUEUE": "desk",
            "RETRIES": "5",
            "DAG_ID": f"desk_{table}",
            "TAGS": "desk",
        }.items()
    },
    "COPYDESK_REFOLD__MASTER": "local[4]",
    "COPYDESK_REFOLD__CONF": "spark.driver.memory=4g",
    "COPYDESK_REFOLD__SUBMIT": "spark-submit,--verbose",
    "COPYDESK_REFOLD__FOLDER": "/shared/refold",
    "COPYDESK_NEWSWIRE__SCHEDULE": "*/15 * * * *",
    "COPYDESK_NEWSWIRE__WIRES": "menafn",
    "COPYDESK_NEWSWIRE__MAX_ACTIVE_RUNS": "4",
    "COPYDESK_NEWSWIRE__LIVE_CRAWL_MINUTES": "10",
    "COPYDESK_NEWSWIRE__CRAWL_MINUTES": "20",
    "COPYDESK_NEWSWIRE__RUN_HOURS": "2",
    "COPYDESK_MAINTAIN__SCHEDULE": "15 4 * * *",
    "COPYDESK_NO_FORK": "1",
    "COPYDESK_LOGIN_PAID_FEED": "user:hunter2",
}


@pytest.fixture
def environment(server: embedded.EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in CHOSEN.items():
        monkeypatch.setenv(name, value)
    return install_airflow(Settings()).environment


def list_documented() -> set[str]:
    pages = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    return {name for page in pages for name in re.findall(r"COPYDESK_[A-Z_]*[A-Z]", page.read_text("utf-8"))}


def test_documented_settings_reach_airflow(environment: dict[str, str]) -> None:
    settings = set(map(get_variable, list_keys(Settings)))
    of_up = set(map(get_variable, UP_ONLY))
    logins = {name for name in CHOSEN if name.startswith(LOGIN_PREFIX)}
    assert list_documented() <= settings | logins | {NO_FORK, CONFIG_VARIABLE, LOGIN_PREFIX.rstrip("_")}
    assert logins <= environment.keys()
    assert (settings | {NO_FORK}) - of_up <= {name for name, value in environment.items() if value}
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "3"


def test_airflow_reads_the_same_settings(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    here = Settings()
    assert set(map(get_variable, list_keys(Settings))) <= {*CHOSEN, "COPYDESK_HOME"}
    for name in CHOSEN:
        monkeypatch.delenv(name)
    plain = Settings()
    for name in CHOSEN:
        if name in environment:
            monkeypatch.setenv(name, environment[name])
    there = Settings()
    for key in set(list_keys(Settings)) - UP_ONLY - {"home"}:
        assert there.get_value(key) == here.get_value(key) != plain.get_value(key), key
    assert environment[NO_FORK] == "1"
