"""Webhooks from Airflow connections, and that nothing about them fails the task that sends events."""

from __future__ import annotations

import json

from tests.airflow_process import run_with_airflow

CODE = """
import json, sys
from airflow.sdk import Connection
from copydesk.dags.alerts.event_webhooks import find_pages_url, load_webhooks, log_and_send_events
from copydesk.dags.support.airflow_settings import load_settings

found = [[one.name, one.url, one.key.decode(), one.kinds] for one in load_webhooks(load_settings())]
log_and_send_events(load_settings())
print(json.dumps([found, find_pages_url()]))
"""

CONNECTIONS = {
    "whole": {"conn_type": "http", "host": "https://one.example/", "password": "a", "extra": {"path": "/x/y?z=1"}},
    "parts": {"conn_type": "http", "host": "10.0.0.7", "schema": "http", "port": 8088, "password": "b",
              "extra": {"events": ["founded", "story.killed"]}},
    "no_secret": {"conn_type": "http", "host": "https://one.example"},
    "no_address": {"conn_type": "http", "host": "ftp://one.example", "password": "a"},
    "bad_kind": {"conn_type": "http", "host": "h", "password": "a", "extra": {"events": ["found"]}},
    "no_host": {"conn_type": "http", "password": "a"},
    "bad_events": {"conn_type": "http", "host": "h", "password": "a", "extra": {"events": "founded"}},
}  # fmt: skip


def test_connections_become_webhooks_and_wrong_ones_are_left_out() -> None:
    variables = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(values) for name, values in CONNECTIONS.items()}
    done = run_with_airflow(
        CODE,
        **variables,
        COPYDESK_WEBHOOKS=",".join(CONNECTIONS),
        COPYDESK_DATABASE_URL="postgresql://127.0.0.1:1/nothing",
        AIRFLOW__API__BASE_URL="https://airflow.example/base",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found, base = json.loads(done.stdout.splitlines()[-1])
    assert found == [
        ["whole", "https://one.example/x/y?z=1", "a", None],
        ["parts", "http://10.0.0.7:8088/", "b", ["founded", "killed"]],
    ]
    assert base == "https://airflow.example/base/copydesk/"
    printed = done.stdout + done.stderr
    for part in (
        "has no secret",
        "has no host",
        "no valid address",
        "of the kind 'found'",
        "is not a list",
        "The webhooks failed",
    ):
        assert part in printed
