"""`copydesk wires check`: in bulk, politely, resumable, with what to change; `--fix` changes it."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from copydesk.pipeline.core.source_files import read_source
from tests.airflow_process import run_command
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site  # noqa: F401 - fixture
from tests.mockserver.many_hosts import CRAWL_DELAY_SECONDS, NOW, ManyHosts, running_hosts

DELAY_SECONDS = 1.0
ARRIVAL_TOLERANCE_SECONDS = 0.25
"""A request arrives later than it starts, on a busy machine by a varying time."""
MAX_SECONDS = 180
FAULTS = ["moved", "gone", "busy", "slow", "forbidden", "no-articles", "stale", "empty", "page", "hang"]
STATES = {
    "moved": "live", "gone": "gone", "busy": "live", "slow": "live", "forbidden": "forbidden",
    "no-articles": "forbidden", "stale": "stale", "empty": "empty", "page": "failed", "hang": "failed", "": "live",
}  # fmt: skip
TOML = """# A note that stays.
name = "{name}"
title = "{name}"
home = "{origin}/"
allow_private = true
[discovery]
feeds = ["{origin}/feed"] # the main feed
sitemaps = ["{origin}/sitemap-index"]
[identity]
id_pattern = '/news/(\\d+)'
[politeness]
delay = {delay}
timeout = 2
retries = 1
"""


@pytest.fixture(autouse=True)
def folder(isolate_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path / "sources"))
    (tmp_path / "sources").mkdir()
    return tmp_path


def write_sources(folder: Path, hosts: ManyHosts) -> dict[str, str]:
    """Write the sources; every fourth host has two. Return the kind of host by wire."""
    kinds: dict[str, str] = {}
    for number, (host, kind) in enumerate(hosts.kinds.items()):
        for copy in "ab" if number % 4 == 3 else "a":
            name = f"wire-{number:03}{copy}"
            text = TOML.format(name=name, origin=hosts.origin(host), delay=DELAY_SECONDS)
            (folder / "sources" / f"{name}.toml").write_text(text)
            kinds[name] = kind
    return kinds


def start_check(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", "wires", "check", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# Each fault occurs at two hosts or more, whatever the number.
@pytest.mark.parametrize("sources", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_bulk_check_is_fast_polite_and_resumable(folder: Path, sources: int) -> None:
    kinds = [FAULTS[n % len(FAULTS)] if n < min(sources // 2, 40) else "" for n in range(sources * 4 // 5)]
    with running_hosts(kinds) as hosts:
        kind_by_wire = write_sources(folder, hosts)
        assert len(kind_by_wire) == sources
        started = time.monotonic()
        interrupted = start_check("--json")
        results = folder / "home" / "checks" / "wires"
        while len(list(results.glob("wire-*"))) < sources // 5:
            assert interrupted.poll() is None, interrupted.communicate()
            assert time.monotonic() - started < MAX_SECONDS
            time.sleep(0.1)
        interrupted.send_signal(signal.SIGINT)
        _, stderr = interrupted.communicate(timeout=30)
        assert interrupted.returncode == 130, stderr
        checked = {path.stem for path in results.glob("wire-*.json")}
        assert 0 < len(checked) < sources
        before = {host: len(log) for host, log in hosts.requests.items()}
        time.sleep(max(DELAY_SECONDS, CRAWL_DELAY_SECONDS))  # another process: it does not know the last requests
        check = start_check("--json")
        stdout, stderr = check.communicate(timeout=MAX_SECONDS)
        elapsed = time.monotonic() - started
    assert f"{len(checked)} of {sources} wires are checked" in stderr
    assert check.returncode == 78, stderr  # the first wire that failed is gone
    rows = {row["name"]: row for row in map(json.loads, stdout.splitlines())}
    assert {name: row["state"] for name, row in rows.items()} == {
        name: STATES[kind] for name, kind in kind_by_wire.items()
    }
    again = {host for host, count in before.items() if len(hosts.requests[host]) > count}
    done = {host for number, host in enumerate(hosts.kinds) if {f"wire-{number:03}a", f"wire-{number:03}b"} & checked}
    assert not {host for host in again & done if not is_shared(hosts, host)}
    assert elapsed < MAX_SECONDS
    print(f"{sources} wires in {elapsed:.0f} s", Counter(row["state"] for row in rows.values()))
    for host, log in hosts.requests.items():
        delay = CRAWL_DELAY_SECONDS if hosts.kinds[host] == "slow" else DELAY_SECONDS
        gaps = [second[0] - first[0] for first, second in itertools.pairwise(log)]
        assert min(gaps, default=delay) > delay - ARRIVAL_TOLERANCE_SECONDS, (host, hosts.kinds[host], log)


def is_shared(hosts: ManyHosts, host: str) -> bool:
    return list(hosts.kinds).index(host) % 4 == 3


def test_new_location_is_accepted_with_fix(site: MockSite, folder: Path) -> None:
    feed = MockResponse.xml(rss([(f"{site.url}/news/100001", NOW)]))
    site.paths = {"/feed": MockResponse(status=301, headers={"Location": "/new"}), "/new": feed, "/sitemap-index": feed}
    path = folder / "sources" / "moving.toml"
    path.write_text(TOML.format(name="moving", origin=site.url, delay=0))
    shown = run_command("wires", "check", "moving")
    assert shown.returncode == 0, shown.stderr
    assert f"feed {site.url}/feed has moved to {site.url}/new: accept with --fix." in shown.stdout
    assert "moving can be crawled (verified 20" in shown.stdout
    assert read_source(path).discovery.feeds == (f"{site.url}/feed",)
    fixed = run_command("wires", "check", "moving", "--fix")
    assert f"changed 1 URL in {path}" in fixed.stderr
    assert read_source(path).discovery.feeds == (f"{site.url}/new",)
    assert path.read_text().startswith("# A note that stays.")
    assert "# the main feed" in path.read_text()
