"""Days of some sample wires, crawled and folded on a clock that the simulation sets, and what must be true then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import psycopg

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.sample.network import Slot
from copydesk.crawler.sample.printed_article import make_article, parse_path
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.story_plan import Kind, Relation, plans_between
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import WirePlan, plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, record_crawl_result, sign_run
from tests.database_clock import DatabaseClock
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID
from tests.sample_network import RunningNetwork

HOUR = timedelta(hours=1)
ARRIVAL_SLACK_SECONDS = 0.5


@dataclass
class SimulatedDays:
    """A desk that polls some wires of a network; its database's clock is the network's."""

    settings: Settings
    network: RunningNetwork
    clock: DatabaseClock
    wires: tuple[str, ...]
    start: datetime
    polls: list[datetime] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The versions that a page showed at a poll of its wire that succeeded, by URL."""

    def poll(self, now: datetime) -> dict[str, CrawlStats]:
        """Process a run that ends now: plan, crawl, clean, fold and report; the ledger must add up."""
        self.clock.set(now)
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
        origin = self.network.origins[wire]
        for plan in plans_between(self.network.network, max(self.start, now - 16 * HOUR), now):
            for release in plan.releases:
                if release.wire == wire and self.start <= release.at <= now:
                    article = make_article(plan, release, now)
                    is_revised = release.revised_at is not None and release.revised_at <= now
                    self.seen[origin + article.path].add(release.revised_version if is_revised else release.version)

    # What must be true

    def count_versions(self) -> int:
        """Return how many versions of the stories of these days are stored."""
        return sum(len(pages) for key, pages in self.stored_versions().items() if self._is_of_these_days(key))

    def _is_of_these_days(self, key: str) -> bool:
        return Slot.from_number(int(key.split()[1])).hour >= self.start

    def canonical_versions(self) -> Mapping[str, set[str]]:
        """Return the versions that were to be seen of each article: a revised page has another path."""
        sources = read_sources(self.settings.source_folders)
        wire_of = {origin: wire for wire, origin in self.network.origins.items()}
        versions: dict[str, set[str]] = defaultdict(set)
        for url, names in self.seen.items():
            origin = url[: url.index("/", 8)]
            slot = parse_path(load_wires()[wire_of[origin]], url.removeprefix(origin))
            assert slot is not None
            versions[f"{origin} {slot.number}"] |= names
            assert canonicalize(url, sources[wire_of[origin]].identity)
        return versions

    def stored_versions(self) -> Mapping[str, list[str]]:
        """Return the stored pages of each article."""
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
        """Return every request that a host did not want: disallowed, within a pause, too soon after another one."""
        found = []
        for wire in self.wires:
            log = self.network.get_log(wire)
            found += [f"{wire}: {one.path} is disallowed" for one in log if one.path.startswith(("/staff", "/newsl"))]
            robots = [one for one in log if one.path == "/robots.txt" and one.status == 200]
            found += [
                f"{wire}: robots.txt twice within a day" for a, b in pairwise(robots) if b.at - a.at < 23.9 * HOUR
            ]
            for busy in (one for one in log if one.status == 429):
                later = [one for one in log if busy.monotonic_at < one.monotonic_at and one.at < busy.at + 2 * HOUR]
                found += [f"{wire}: {one.path} within the pause" for one in later]
            # On a busy machine, single requests arrive late and the next ones on time: their rate counts.
            for at, count in Counter(one.at for one in log).items():
                times = [one.monotonic_at for one in log if one.at == at]
                if times[-1] - times[0] + ARRIVAL_SLACK_SECONDS < (count - 1) * delay:
                    found.append(f"{wire}: {count} requests within {times[-1] - times[0]:.2f} s at {at}")
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
