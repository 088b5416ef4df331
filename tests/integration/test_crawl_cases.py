"""Crawl cases from reports about other crawlers, each crawled for real: what must be stored, and what must not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.fork_server import run_spider
from tests.mockserver.crawl_cases import FOLDER, NOW, CaseSite, CrawlCase, fill
from tests.run_keys import DAG_ID

END = NOW + timedelta(minutes=1)
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def crawl(case: CrawlCase, folder: Path, database: str) -> str:
    """Crawl a case and return what is wrong, or nothing."""
    wire = f"case-{case.name[:2]}"
    with CaseSite(case) as site:
        (folder / f"{wire}.toml").write_text(f'name = "{wire}"\n' + fill(case.wire, site.url), encoding="utf-8")
        for site.round in range(case.crawls):
            run_id = f"{case.name}-{site.round}"
            run_spider(wire, DAG_ID, run_id, END - timedelta(hours=1), END, known_since=case.since())
        with psycopg.connect(database) as connection:
            fetches = connection.execute(
                "SELECT url, outcome, url_key FROM copydesk.fetch WHERE wire = %s ORDER BY url", (wire,)
            ).fetchall()
            hints: dict[str, datetime | None] = dict(
                connection.execute("SELECT url, published_hint FROM copydesk.page WHERE wire = %s", (wire,)).fetchall()
            )
        if case.crawls > 1:
            keys = {key for _, _, key in fetches}
            return "" if len(keys) == 3 else f"{len(keys)} articles instead of 3"
        stored = {url.removeprefix(site.url) for url, outcome, _ in fetches if outcome in {"stored", "unchanged"}}
        wrong = []
        if stored != set(case.expected["stored"]):
            wrong.append(f"stored {sorted(stored)} instead of {case.expected['stored']}")
        for path, right in case.expected.get("published_hint", {}).items():
            hint = hints.get(site.url + path)
            if (hint.strftime(TIME_FORMAT) if hint else None) not in right:
                wrong.append(f"{path}: {hint} instead of {right}")
        return "; ".join(wrong)


def test_every_case_is_crawled_right(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    cases = [CrawlCase.read(folder) for folder in sorted(FOLDER.iterdir())]
    assert len(cases) > 20
    wrong = {case.name: problem for case in cases if (problem := crawl(case, tmp_path, database))}
    assert wrong == {}
