"""The pages of the benchmark: always the sample network's, and saved pages if there are any."""

from __future__ import annotations

import csv
import gzip
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.extract.charset import decode
from tests.bench.page_set import PageCase, PageSet

_END = datetime(2026, 3, 5, tzinfo=UTC)
_FIRST_PORT = 8801  # only in URLs: nothing listens


def make_sample(count: int, timed: int, seed: int = 7) -> PageSet:
    """Return ``count`` pages of the sample network, alternating between wires, in a fixed order.

    ``timed`` of those with a page rule are timed, so that rules and generic extraction are measured on the same pages.
    """
    wires = load_wires()
    origins = {name: f"http://127.0.0.1:{_FIRST_PORT + at}" for at, name in enumerate(wires)}
    network = Network(seed=seed, per_day=max(100, count * 3))
    with tempfile.TemporaryDirectory() as folder:
        write_sources(Path(folder), origins)
        sources = read_sources([Path(folder)])
    sites = {name: Site(network, wire, origins[name], lambda: _END) for name, wire in wires.items()}
    by_wire: dict[str, list[Truth]] = {name: [] for name in wires}
    for one in iter_truths(network, _END - timedelta(days=1), _END, origins=origins):
        by_wire[one.wire].append(one)
    rng = random.Random(seed)
    for ones in by_wire.values():
        rng.shuffle(ones)
    chosen: list[Truth] = []
    while len(chosen) < count and any(by_wire.values()):
        chosen += [ones.pop() for ones in by_wire.values() if ones]
    cases = tuple(_make_case(one, sites[one.wire], sources[one.wire]) for one in chosen[:count])
    ruled = [at for at, case in enumerate(cases) if case.has_rule][:timed]
    return PageSet("sample", "Sample network: every layout and language", cases, tuple(ruled))


def _make_case(one: Truth, site: Site, source: Source) -> PageCase:
    reply = site.respond(one.path, {}, {})
    kind = reply.headers["content-type"]
    page = Page(
        url=one.url,
        body=reply.body,
        fetched_at=_END,
        wire=one.wire,
        content_type=kind,
        charset=kind.partition("charset=")[2] or None,
    )
    zone = site.wire.zone
    days = frozenset({one.published_at.date(), one.published_at.astimezone(zone).date()})
    return PageCase(one.url, page, _decode(page), source, one, days)


def load_saved(folder: Path, timed: int, most: int = 0) -> PageSet:
    """Return saved pages: a folder with an ``INDEX.tsv`` of path, url and charset, and the truths that the scorer
    reads.

    ``timed`` of them, spread evenly over the index, are timed. ``most``: the largest number of pages (0: all).
    """
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = rows[:: max(1, len(rows) // most)][:most] if most else rows
    now = datetime.now(UTC)
    cases = []
    for row in rows:
        path = folder / row["path"]
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        plain = path.name.removesuffix(".gz").endswith(".txt")
        kind = "text/plain" if plain else "text/html"
        page = Page(url=row["url"], body=body, fetched_at=now, content_type=kind, charset=row.get("charset") or None)
        cases.append(PageCase(row["path"], page, _decode(page)))
    spread = range(0, len(cases), max(1, len(cases) // max(1, timed)))
    return PageSet("saved", "Saved pages of real wires and papers", tuple(cases), tuple(spread)[:timed], folder)


def _decode(page: Page) -> str:
    return decode(page.body, page.charset, page.content_type).text
