"""Days of some sample wires, crawled and folded on a clock that the simulation sets, and what must be true then."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.sample.network import Slot
from copydesk.crawler.sample.printed_article import make_article, parse_path
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.story_plan import Kind, Plan, Relation, Release, plans_between
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import WirePlan, plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, record_crawl_result, sign_run
from tests.database_clock import DatabaseClock
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID
from tests.sample_network import RunningNetwork

HOUR = timedelta(hours=1)
ROBOTS_MAX_AGE = timedelta(days=1)


def set_politeness(folder: Path, delay: float) -> None:
    """Let the sample wires be crawled one request at a time, with a delay in seconds.

    The server's log then shows the delay exactly: the next request starts after the response to the one before, and so
    after that one has arrived.
    """
    for path in folder.glob("*.toml"):
        text = path.read_text().replace("delay = 0\n", f"delay = {delay}\n")
        path.write_text(text.replace("concurrency = 8\n", "concurrency = 1\n"))


@dataclass
class SimulatedDays:
    """A desk that polls some wires of a network; its database's clock is the network's."""

    settings: Settings
    network: RunningNetwork
    clock: DatabaseClock
    wires: tuple[str, ...]
    start: datetime
    polls: list[datetime] = field(default_factory=list)
    shifts: dict[datetime, timedelta] = field(default_factory=dict)
    """By how much the database's clock was ahead of the machine's, by the time of the poll."""
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The digests of what a page showed at polls of its wire that succeeded, by the article's key."""
    digests: dict[tuple[str, datetime], str] = field(default_factory=dict)
    """The digests of pages, by the article's key and the time of its last change."""

    def poll(self, now: datetime) -> dict[str, CrawlStats]:
        """Process a run that ends now: plan, crawl, clean, fold and report; the ledger must add up."""
        self.shifts[now] = self.clock.set(now)
        self.network.set_now(now)
        sources = read_sources(self.settings.source_folders)
        window = Window(self.polls[-1] if self.polls else now - HOUR, now)
        run_id = f"run {now.isoformat()}"
        with transaction(self.settings) as connection:
            plan = plan_run(
                connection, sources, dag_id=DAG_ID, run_id=run_id, kind="manual", window=window, wires=self.wires
            )
        self.polls.append(now)
        found = {one.wire: self._crawl(run_id, one) for one in plan.wires}
        for wire, stats in found.items():
            record_crawl_counts(self.settings, plan.run_key, wire, stats.total_scheduled)
            try:
                raise_for_crawl_result(stats, sources[wire])
                succeeded = True
            except CopydeskError:
                succeeded = False
            record_crawl_result(self.settings, plan.run_key, wire, succeeded=succeeded, left_behind=stats.left_behind)
            clean_wire(self.settings, plan.run_key, "live", sources[wire])
            if succeeded and not stats.left_behind:
                self._note_seen(wire, now)
        sign_run(self.settings, plan.run_key)
        match_run(self.settings, plan.run_key)
        fold_run(self.settings, plan.run_key)
        report_run(self.settings, plan.run_key, plans=plan.wires).raise_for_error()
        return found

    def _crawl(self, run_id: str, plan: WirePlan) -> CrawlStats:
        times = {
            name: datetime.fromisoformat(text)
            for name in ("covered_until", "listed_since")
            if (text := getattr(plan, name))
        }
        times["known_since"] = self.start  # not what the feeds list of the time before
        window = plan.request_again_since, datetime.fromisoformat(plan.end)
        return run_spider(plan.wire, DAG_ID, run_id, *window, strategy=WireStrategy(plan.strategy), **times)

    def _note_seen(self, wire: str, now: datetime) -> None:
        """Note which version each page of the last twelve hours shows; nothing is revised later."""
        for plan in plans_between(self.network.network, max(self.start, now - 16 * HOUR), now):
            for release in plan.releases:
                if release.wire == wire and self.start <= release.at <= now:
                    key, digest = self._digest(plan, release, now)
                    self.seen[key].add(digest)

    def _digest(self, plan: Plan, release: Release, now: datetime) -> tuple[str, str]:
        """Return the key of an article, and the digest of the page that it shows at a time."""
        article = make_article(plan, release, now)
        key = f"{self.network.origins[release.wire]} {article.number}"
        version = (key, article.modified_at)
        if version not in self.digests:
            self.digests[version] = hashlib.sha256(self.network.render(release.wire, article)).hexdigest()
        return key, self.digests[version]

    # What must be true

    def count_versions(self) -> int:
        """Return how many versions of the stories of these days are stored."""
        return sum(len(pages) for key, pages in self.stored_versions().items() if self._is_of_these_days(key))

    def _is_of_these_days(self, key: str) -> bool:
        return Slot.from_number(int(key.split()[1])).hour >= self.start

    def list_wrong_versions(self, now: datetime) -> list[str]:
        """Return the articles of which a version is missing, is stored twice, or was never published."""
        published: dict[str, set[str]] = defaultdict(set)
        for plan in plans_between(self.network.network, self.start, now):
            for release in plan.releases:
                if release.wire in self.wires and release.at <= now:
                    for at in (release.at, now):
                        key, digest = self._digest(plan, release, at)
                        published[key].add(digest)
        stored, found = self.stored_versions(), []
        for key, seen in self.seen.items():
            digests = stored.get(key, [])
            if len(digests) > len(set(digests)):
                found.append(f"{key}: a version is stored twice")
            if seen - set(digests):
                found.append(f"{key}: a version is missing")
            if set(digests) - published[key]:
                found.append(f"{key}: what is stored was never published")
        return found

    def stored_versions(self) -> Mapping[str, list[str]]:
        """Return the digests of the stored pages of each article: a page that was revised has another path."""
        wire_of = {origin: wire for wire, origin in self.network.origins.items()}
        stored: dict[str, list[str]] = defaultdict(list)
        for url, digest in self.query("SELECT url, encode(content_sha256, 'hex') FROM copydesk.page"):
            origin = url[: url.index("/", 8)]
            slot = parse_path(load_wires()[wire_of[origin]], url.removeprefix(origin).split("?")[0])
            assert slot is not None
            stored[f"{origin} {slot.number}"].append(digest)
        return stored

    def count_requests(self) -> int:
        """Return the requests for articles of these days, and for robots.txt."""
        count = 0
        for wire in self.wires:
            for one in self.network.get_log(wire):
                slot = parse_path(load_wires()[wire], one.path)
                count += one.path == "/robots.txt" if slot is None else slot.hour >= self.start
        return count

    def list_impolite(self, delay: float) -> list[str]:
        """Return every request that a host did not want: disallowed, within a pause, too soon after another one.

        The server's log is judged, host by host, at the time of the database's clock when each request arrived.

        Args:
            delay: Seconds between two requests to a host.
        """
        found = []
        ahead = time.time() - time.monotonic()
        for wire in self.wires:
            log = [
                (datetime.fromtimestamp(ahead + one.monotonic_at, UTC) + self.shifts[one.at], one)
                for one in self.network.get_log(wire)
            ]
            found += [
                f"{wire}: {one.path} is disallowed" for _, one in log if one.path.startswith(("/staff", "/newsl"))
            ]
            robots = [at for at, one in log if one.path == "/robots.txt" and one.status == 200]
            too_soon = [(a, b) for a, b in pairwise(robots) if b - a < ROBOTS_MAX_AGE]
            found += [f"{wire}: robots.txt at {a} and at {b}, within a day" for a, b in too_soon]
            for busy_at, busy in log:
                if busy.status == 429:
                    until = busy_at + timedelta(seconds=busy.retry_after)
                    found += [f"{wire}: {one.path} within the pause" for at, one in log if busy_at < at < until]
            for (a, _), (b, one) in pairwise(log):
                if b - a < timedelta(seconds=delay):
                    found.append(f"{wire}: {one.path} {(b - a).total_seconds():.4f} s after another one, at {b}")
        return found

    def list_carriers_of_kills(self, now: datetime) -> dict[str, str]:
        """Return the URLs of the polled copies that show a text that is killed by now, with the story of each."""
        carriers = {}
        for plan in plans_between(self.network.network, self.start, now - HOUR):
            if plan.kind is not Kind.KILL or plan.wire not in self.wires:
                continue
            revised = [one.revised_at for one in plan.releases if one.revised_at is not None]
            kills = [one.at for one in plan.releases if one.relation is Relation.KILL]
            if not any(self.start <= at <= now - HOUR for at in [*revised, *kills]):
                continue
            for release in plan.releases:
                is_crawled = release.wire in self.wires and self.start <= release.at <= now - HOUR
                if is_crawled and release.relation is Relation.COPY and plan.started_at >= self.start:
                    path = make_article(plan, release, now).path
                    carriers[self.network.origins[release.wire] + path] = plan.story_id
        return carriers

    def list_outdated(self, reason: str) -> set[str]:
        """Return the URLs of the copies that the view lists."""
        rows = self.query("SELECT url FROM copydesk.v_outdated_copies WHERE reason = %s", (reason,))
        return {url.split("?")[0] for (url,) in rows}

    def query(self, text: str, params: Iterable[object] = ()) -> list[tuple[str, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.clock.database) as connection:
            return connection.execute(text, tuple(params)).fetchall()
