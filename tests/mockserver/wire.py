"""A wire on a mock site: its TOML file, and its spider as a real child process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.process.spider_process import SpiderProcess
from copydesk.pipeline.core.strategy import WireStrategy
from tests.fork_server import run_spider
from tests.run_keys import DAG_ID


@dataclass
class MockWire:
    """The file of a wire called ``name`` in ``folder``, and methods to crawl it."""

    folder: Path
    home: str
    name: str = "mock"
    lines: list[str] = field(default_factory=list)

    def write(self, *, allow_private: bool = True, **tables: dict[str, Any]) -> None:
        """Write the TOML file; every keyword is a table (``discovery={...}``)."""
        lines = [
            f'name = "{self.name}"', 'title = "Mock wire"', f'home = "{self.home}"',
            f"allow_private = {json.dumps(allow_private)}",
        ]  # fmt: skip
        politeness = {"delay": 0, "concurrency": 8, "retries": 1, "timeout": 2} | tables.pop("politeness", {})
        for table, keys in {"politeness": politeness, **tables}.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        (self.folder / f"{self.name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def make_process(self, run_id: str, start: datetime, end: datetime, **overrides: Any) -> SpiderProcess:
        options: dict[str, Any] = {"strategy": WireStrategy.LIVE, "progress_seconds": 0.2} | overrides
        return SpiderProcess(self.name, DAG_ID, run_id, start, end, **options)

    def crawl(self, run_id: str, start: datetime, end: datetime, **overrides: Any) -> CrawlStats:
        """Crawl and return the stats; the log goes to the test's output."""
        return run_spider(
            self.name,
            DAG_ID,
            run_id,
            start,
            end,
            **({"strategy": WireStrategy.LIVE, "progress_seconds": 0.2} | overrides),
        )
