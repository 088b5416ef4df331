"""Forked child processes behave like new interpreters, inherit no secrets or locks, and end with their parent."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from copydesk.pipeline.process import fork
from tests.mockserver import MockRequest, MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)

SPIDER = """
import json, sys
from datetime import datetime
from copydesk.crawler.process import spider_preload
from copydesk.crawler.process.spider_process import SpiderProcess
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.process.fork import ForkedProcess

spider_preload.preload_spider()
assert spider_preload.can_fork()
lines = []
child = SpiderProcess("mock", "newswire", sys.argv[1], *map(datetime.fromisoformat, sys.argv[2:4]), WireStrategy.LIVE)
stats = child.run(lambda level, line: lines.append(line))
assert isinstance(child._process, ForkedProcess)
print(json.dumps({"reason": stats.finish_reason, "recorded": stats.recorded, "lines": lines}))
"""

SANDBOX = """
import json, sys, os
from datetime import UTC, datetime
from copydesk.pipeline.process import fork
from copydesk.pipeline.process.sandbox import Sandbox
from copydesk.pipeline.process.fork import ForkedProcess
from copydesk.pipeline.core.records import Page
from tests.hostile import misbehaving

work = "tests.hostile.misbehaving:parse"
fork.mark_preloaded(work)
results = []
with Sandbox(int(sys.argv[1]), cpu_seconds=0.5, memory_mib=64, entry_point=work) as box:
    assert all(isinstance(one._process, ForkedProcess) for one in box._workers)
    for body in (b"one", b"spin", b"eat", b"segfault", b"exit", b"raise", b"print", b"two"):
        (result,) = box.map([Page("http://h.example/1", body, datetime(2026, 1, 1, tzinfo=UTC))])
        results.append(getattr(result, "reason", None) or result.title)
    children = [one._process.pid for one in box._workers if one._process]
print(json.dumps({"results": results, "left": [pid for pid in children if os.path.exists(f"/proc/{pid}")]}))
"""


def run_script(script: str, *arguments: str) -> dict[str, Any]:
    """Run the script; return its last line, parsed as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_forked_spider_fetches_and_reports(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])),
        "/a": MockResponse.page("<p>A page.</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    result = run_script(SPIDER, "run", START.isoformat(), END.isoformat())
    assert (result["reason"], result["recorded"]["stored"]) == ("finished", 1)
    assert any("1 URLs" in line for line in result["lines"])
    assert set(read_outcomes(database, site.url).values()) == {("stored", "")}


def test_forked_spider_ends_with_its_parent(site: MockSite, wire: MockWire, database: str) -> None:
    asked = threading.Event()

    def hang(_: MockRequest) -> MockResponse:
        asked.set()
        return bad_responses.endless_body(site.closing)

    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": hang}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"timeout": 60})
    parent = subprocess.Popen([sys.executable, "-c", SPIDER, "run", START.isoformat(), END.isoformat()])
    assert asked.wait(120)
    spiders = psutil.Process(parent.pid).children()
    assert spiders
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(spiders, timeout=10)
    assert alive == []


@pytest.mark.parametrize("workers", [1, 2])
def test_forked_sandbox_worker_has_its_limits(workers: int) -> None:
    result = run_script(SANDBOX, str(workers))
    assert result["results"] == ["one", "timeout", "memory", "crashed", "crashed", "crashed", "print", "two"]
    assert result["left"] == []


def test_process_with_other_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork, "_preloaded", {"work"})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(fork, "_count_threads", lambda: 2)  # a library runs its own thread
    assert not fork.can_fork("work")
    monkeypatch.setattr(fork, "_count_threads", lambda: 1)
    assert fork.can_fork("work")
    assert not fork.can_fork("something else")
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    monkeypatch.setattr(fork, "_count_threads", lambda: 2)
    assert not fork.can_fork("work")
