"""The sample network as a server: each wire on its own port, faults on request, a clean exit."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import httpx
import pytest
from lxml import etree

from copydesk.crawler.sample.faults import BOMB_BYTES
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.pipeline.core.errors import BadInput, NotFound, PortBusy
from copydesk.pipeline.core.source_files import read_sources
from tests.sample_network import RunningNetwork, running_network

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(7, 200), now=NOW) as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


@pytest.fixture
def article(network: RunningNetwork) -> Iterator[str]:
    """Yield the URL of an article of the wire that gets faults; they are cleared afterwards."""
    yield next(one.url for one in network.truth(NOW - timedelta(hours=6), NOW) if one.wire == "meridian")
    network.clear_faults()


def test_every_wire_serves_robots_feed_and_source_urls(network: RunningNetwork, client: httpx.Client) -> None:
    since = NOW - timedelta(hours=36)
    true = {one.url for one in network.truth(since, NOW, NOW)}
    for name, source in read_sources([network.sources_folder]).items():
        wire, origin = load_wires()[name], network.origins[name]
        assert "User-agent: *" in client.get(f"{origin}/robots.txt").text
        feed = feedparser.parse(client.get(source.discovery.feeds[0]).content)
        assert not feed.bozo
        links = [entry.link for entry in feed.entries]
        assert links
        assert {link.split("?")[0] for link in links} <= true
        assert all(link.endswith(wire.feed_noise) for link in links)
        times = [entry.published_parsed for entry in feed.entries]
        assert times == sorted(times, reverse=True)
        for address in source.discovery.sitemaps:
            tree = etree.fromstring(client.get(address).content)
            assert {node.text for node in tree.iter("{*}loc")} >= {url for url in true if url.startswith(origin)}
        for page in source.discovery.lists:
            assert client.get(page.url).text.count('class="headline"') > 5


def test_pages_have_their_encoding_and_ignore_query_noise(network: RunningNetwork, client: httpx.Client) -> None:
    for one in network.truth(NOW - timedelta(hours=8), NOW, NOW):
        reply = client.get(one.url + "?utm_source=feed&src=RSS")
        assert reply.status_code == 200
        if load_wires()[one.wire].encoding == "utf-8":
            assert one.paragraphs[-1].replace("'", "&#39;").replace('"', "&#34;") in reply.text.replace("\u00ad", "")
        again = client.get(one.url, headers={"If-None-Match": reply.headers["etag"]})
        assert again.status_code == 304
    assert "charset" not in client.get(network.origins["pressline"]).headers["content-type"]
    assert "iso-8859-1" in client.get(network.origins["rheinblatt"]).headers["content-type"]


def test_truth_is_served_over_http(network: RunningNetwork, client: httpx.Client) -> None:
    since = NOW - timedelta(hours=2)
    rows = client.get(
        f"{network.control_url}/truth.json", params={"since": since.isoformat(), "until": NOW.isoformat()}
    )
    assert [row["url"] for row in rows.json()] == [one.url for one in network.truth(since, NOW)]
    assert client.get(f"{network.control_url}/truth.json").status_code == 400
    assert client.get(network.control_url).json()["wires"]["hfd"]["origin"] == network.origins["hfd"]


@pytest.mark.parametrize(("kind", "status"), [("503", 503), ("429", 429), ("redirect", 302), ("error-page", 200)])
def test_fault_applies_the_given_number_of_times(
    network: RunningNetwork, client: httpx.Client, article: str, kind: str, status: int
) -> None:
    healthy = client.get(article)
    response = client.post(f"{network.control_url}/fault", json={"wire": "meridian", "kind": kind, "times": 2})
    assert response.status_code == 200
    faulty = [client.get(article) for _ in range(2)]
    assert [reply.status_code for reply in faulty] == [status, status]
    assert faulty[0].content != healthy.content
    assert ("retry-after" in faulty[0].headers) == (kind == "429")
    assert client.get(article).content == healthy.content
    assert client.get(network.origins["meridian"] + "/robots.txt").status_code == 200


def test_robots_fault_leaves_pages_working(network: RunningNetwork, client: httpx.Client, article: str) -> None:
    network.inject_fault("meridian", "robots-503")
    assert client.get(network.origins["meridian"] + "/robots.txt").status_code == 503
    assert client.get(article).status_code == 200


def test_layout_fault_changes_the_markup(network: RunningNetwork, client: httpx.Client, article: str) -> None:
    network.inject_fault("meridian", "layout")
    page = client.get(article).text
    assert "zz-flow" in page
    assert "data-testid" not in page


def test_bomb_fault_is_small_until_decompressed(network: RunningNetwork, client: httpx.Client, article: str) -> None:
    network.inject_fault("meridian", "bomb", times=1)
    with client.stream("GET", article) as reply:
        packed = b"".join(reply.iter_raw())
    assert len(packed) < BOMB_BYTES // 500
    assert reply.headers["content-encoding"] == "gzip"


def test_drip_fault_never_completes_the_page(network: RunningNetwork, client: httpx.Client, article: str) -> None:
    network.inject_fault("meridian", "drip")
    with client.stream("GET", article) as reply:
        chunks = reply.iter_raw()
        got = next(chunks) + next(chunks)
    assert len(got) < 100 < int(reply.headers["content-length"])


def test_refused_fault_lasts_until_cleared(network: RunningNetwork, client: httpx.Client, article: str) -> None:
    client.get(article)
    network.inject_fault("meridian", "refused")
    with pytest.raises(httpx.TransportError), httpx.Client() as other:
        other.get(article)
    with pytest.raises(httpx.TransportError):
        client.get(article)  # the kept connection is closed too
    network.clear_faults("meridian")
    assert client.get(article).status_code == 200


def test_unknown_wire_or_fault_is_reported(network: RunningNetwork, client: httpx.Client) -> None:
    with pytest.raises(NotFound, match="Known wires: northgate"):
        network.inject_fault("reuters", "503")
    with pytest.raises(BadInput, match="Known faults: 503"):
        network.inject_fault("hfd", "tired")
    assert client.post(f"{network.control_url}/fault", json={"wire": "hfd", "kind": "tired"}).status_code == 400


def test_clock_can_be_set(client: httpx.Client) -> None:
    with running_network(now=NOW) as network:
        later = next(one for one in network.truth(NOW + timedelta(minutes=1), NOW + timedelta(hours=2)))
        assert client.get(later.url).status_code == 404
        network.set_now(later.published_at)
        assert client.get(later.url).status_code == 200


def find_base_port(count: int) -> int:
    """Return the first of ``count`` consecutive free ports, below the range that the system assigns to clients."""
    for base in range(20_000, 30_000, count):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(base, base + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise LookupError("no free ports")


def test_busy_port_is_reported_and_nothing_stays_open() -> None:
    before = threading.active_count()
    with socket.socket() as taken:
        base = find_base_port(4)
        taken.bind(("127.0.0.1", base + 3))
        taken.listen()
        with pytest.raises(PortBusy, match=str(base + 3)), running_network(base_port=base):
            pass
        done = run_command("serve", "--base-port", str(base))
        assert done.returncode == 69
        assert done.stderr.count("\n") == 1
        assert f"Port {base + 3}" in done.stderr
    assert threading.active_count() == before


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serve_command_runs_until_signalled(tmp_path: Path, ending: signal.Signals) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "copydesk.crawler.sample", "serve", "--base-port", "0", "--now", NOW.isoformat(),
               "--sources", str(tmp_path / "sources"), "--ready-file", str(ready)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)  # a file of another process cannot be awaited
        server = json.loads(ready.read_text())
        assert server["pid"] == process.pid
        assert len(read_sources([tmp_path / "sources"])) == len(load_wires())
        assert httpx.get(server["origins"]["sudpress"] + "/feed.xml").status_code == 200
    finally:
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == ""
    assert "control" in out


def test_truth_command_prints_the_truth() -> None:
    done = run_command("truth", "--since", "2026-03-03T14:00Z", "--until", "2026-03-03T15:00Z", "--base-port", "9100")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) > 3
    assert all(row["url"].startswith("http://127.0.0.1:91") for row in rows)


def test_truth_does_not_depend_on_the_hash_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        outputs.append(run_command("truth", "--since", "2026-03-03T08:00Z").stdout)
    assert outputs[0] == outputs[1] != ""


@pytest.mark.parametrize("wrong", [("truth", "--since", "soon"), ("serve", "--per-day", "3"), ("serve", "--now", "x")])
def test_invalid_argument_is_one_sentence(wrong: tuple[str, ...]) -> None:
    done = run_command(*wrong)
    assert done.returncode == 65
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "copydesk.crawler.sample", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
