"""Three lines of Python give stories: from the sample network, and from a folder of saved pages. Without Airflow."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import copydesk
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import Settings
from tests.sample_network import RunningNetwork, running_network

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)
MAX_CPU_SECONDS = 18.0
"""CPU time that fits into ten seconds on two cores. Time on the clock says little on a shared machine."""


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=7, per_day=400), now=NOW) as network:
        yield network


def run_script(script: str) -> tuple[list[str], float]:
    """Run a script; return the words that it prints and the CPU time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=200)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_example_of_page_gives_stories_of_sample_network(network: RunningNetwork, settings: Settings) -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    example = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    script = example.replace('"menafn", since="24h"', '"meridian", "southtide", since="3h"')
    script += "import sys\nprint(len(stories), *{'scrapy', 'twisted', 'airflow'} & set(sys.modules))"
    printed, cpu_seconds = run_script(script)
    published = {t.story for t in network.truth(NOW - timedelta(hours=3), NOW) if t.wire in {"meridian", "southtide"}}
    assert len(printed) == 1
    assert int(printed[0]) >= len(published) > 2
    assert cpu_seconds < MAX_CPU_SECONDS

    with copydesk.connect() as database:
        stories = database.stories(since="48h", wire="meridian")
        assert stories == database.stories(since=timedelta(hours=48), wire="meridian")
        story = database.story(stories[0].id[:13])
        assert story == stories[0]
        assert len(database.copies(story)) == story.copies
        (article,) = [a for a in database.articles(wire=story.wire) if a.url == story.url]
        assert (article.story_id, article.body, article.kind) == (story.id, story.body, "article")
        with pytest.raises(NotFound):
            database.stories(wire="nosuch")
    with pytest.raises(NotFound, match="closed"):
        database.stories()


def test_crawl_works_in_a_thread_and_raises_its_errors(network: RunningNetwork, settings: Settings) -> None:
    caught: list[BaseException] = []

    def crawl() -> None:
        try:
            copydesk.crawl("nosuch")
        except NotFound as error:
            caught.append(error)

    thread = threading.Thread(target=crawl)
    thread.start()
    thread.join()
    assert "No wire named 'nosuch'." in str(caught[0])


def test_page_of_a_wire_is_fetched_by_its_url(network: RunningNetwork, settings: Settings) -> None:
    (truth, *_) = [t for t in network.truth(NOW - timedelta(hours=3), NOW) if t.wire == "meridian" and not t.flash]
    article = copydesk.clean(truth.url)
    assert (article.wire, article.kind, article.id) == ("meridian", "article", truth.url)


def test_folder_of_saved_pages_gives_stories() -> None:
    folder = ROOT / "tests" / "unit" / "pages"
    script = (
        "import copydesk, pathlib\n"
        f"articles = [copydesk.clean(path) for path in sorted(pathlib.Path({str(folder)!r}).glob('*/page.html'))]\n"
        "stories = copydesk.dedup(articles)\n"
        "print(len(articles), sum(story.copies for story in stories))"
    )
    printed, cpu_seconds = run_script(script)
    assert int(printed[0]) >= int(printed[1]) > 10
    assert cpu_seconds < MAX_CPU_SECONDS
