"""The README's deployment commands in an existing Airflow in its own environment, and a run there."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.db import embedded
from tests.sample_network import running_network
from tests.stock_airflow import StockAirflow, make_stock_airflow

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
OWN = """
from airflow.sdk import dag, task

@dag(schedule=None)
def own():
    @task
    def rest(): ...

    rest()

own()
"""
SHOW = (
    'from copydesk.dags.ui.routes import show_runs; page = show_runs(); print(page.status_code, b"manual" in page.body)'
)
DAY = datetime(2026, 3, 4, tzinfo=UTC)


@contextmanager
def make_database(server: embedded.EmbeddedServer) -> Iterator[str]:
    """Yield the URL of an empty database."""
    name = f"bare{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield server.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def metadata(server: embedded.EmbeddedServer) -> Iterator[str]:
    """Yield a database for that Airflow's metadata."""
    with make_database(server) as address:
        yield address.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def database(server: embedded.EmbeddedServer) -> Iterator[str]:
    """Yield an empty database for Copydesk."""
    with make_database(server) as address:
        yield address


@pytest.fixture
def stock_airflow(metadata: str, tmp_path: Path) -> StockAirflow:
    """Return an environment with Airflow and Copydesk's dependencies, and a user's DAG."""
    found = make_stock_airflow(tmp_path)
    (tmp_path / "dags" / "own.py").write_text(OWN)
    found.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = metadata
    return found


def read_block(word: str) -> str:
    """Return the README's shell block that contains the word."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (block,) = [block for block in blocks if word in block]
    return str(block)


def list_paused(stock_airflow: StockAirflow) -> dict[str, bool]:
    """Return the DAGs that Airflow lists, and whether they are paused."""
    listed = json.loads(
        stock_airflow.run("airflow dags list --output json").stdout.splitlines()[-1]
    )  # warnings are printed before it
    return {one["dag_id"]: one["is_paused"] == "True" for one in listed}


def test_readme_commands_deploy_into_a_stock_airflow(stock_airflow: StockAirflow, database: str) -> None:
    assert stock_airflow.run(f"{stock_airflow.python} -c 'import copydesk'").returncode != 0
    assert stock_airflow.run("airflow db migrate").returncode == 0
    folder = psycopg.conninfo.conninfo_to_dict(database)
    address = (
        f"postgresql://{folder['user']}@{quote(str(folder['host']), safe='')}/{folder['dbname']}?connect_timeout=9"
    )
    block = read_block("pip install .")
    assert block.count("postgresql://USER:PASSWORD@HOST/DATABASE") == 2
    block = block.replace("postgresql://USER:PASSWORD@HOST/DATABASE", address)
    # Nothing is downloaded, and the build backend is installed.
    block = block.replace("pip install .", f"pip install --no-deps --no-build-isolation --quiet {ROOT}")
    done = stock_airflow.run(f'set -e\n{block}echo "$AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"')
    assert done.returncode == 0
    assert re.search(rf"^Applied to the database .*/{folder['dbname']}: 0001_core, ", done.stdout, re.MULTILINE)
    bundles = stock_airflow.env["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = done.stdout.splitlines()[-1]
    assert [one["name"] for one in json.loads(bundles)] == ["dags-folder", "copydesk"]
    found = stock_airflow.run(f"{stock_airflow.python} -c 'import copydesk.dags; print(copydesk.dags.__file__)'").stdout
    assert found.startswith(str(stock_airflow.folder))

    assert stock_airflow.run("airflow dags reserialize").returncode == 0  # like the DAG processor
    assert list_paused(stock_airflow) == dict.fromkeys(("newswire", "maintain", "refold", "reprocess", "own"), True)
    assert stock_airflow.run(read_block("airflow dags unpause")).returncode == 0
    assert list_paused(stock_airflow) == {
        **dict.fromkeys(("newswire", "maintain", "refold", "reprocess"), False),
        "own": True,
    }

    with running_network(Network(seed=7, per_day=960), now=DAY + timedelta(days=2)) as network:
        stock_airflow.env["COPYDESK_SOURCES"] = str(network.sources_folder)
        conf = {"wires": ["northgate"], "since": "2026-03-04T06:00Z", "until": "2026-03-04T09:00Z"}
        assert stock_airflow.run(f"airflow dags test newswire -c '{json.dumps(conf)}'").returncode == 0
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT state, wires, (summary->>'new_articles')::int FROM copydesk.run").fetchone()
    assert row is not None
    assert row[:2] == ("done", ["northgate"])
    assert row[2] > 3
    # The plugin's pages, which run in the api-server, use the connection too.
    shown = stock_airflow.run(f"_AIRFLOW_PROCESS_CONTEXT=server {stock_airflow.python} -c '{SHOW}'").stdout
    assert "200 True" in shown
    # The connection was used: no embedded database was started.
    assert not (stock_airflow.folder / "copydesk" / "postgres").exists()
