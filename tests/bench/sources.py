"""How many stories have the right independent sources, against the sample network's ground truth.

Pages are rendered, read and cleaned as in a run, grouped by ``deduplicate``, and every outlet's origin is compared with
the agency that wrote its text. A story is right if all its outlets are.

    python -m tests.bench.sources --per-day 1500
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.crawler.sample.story_plan import plans_between
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.records import Document, Page
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.fold import Copy, OutletSource, count_sources, find_sources
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.offline.read_page import parse_article

_END = datetime(2026, 3, 5, tzinfo=UTC)
_FIRST_PORT = 8801  # only in URLs: nothing listens


@dataclass(frozen=True, slots=True)
class Sample:
    """A day of the network as Copydesk reads it: the copies, truths and authors by URL, the stories, the equal texts.

    The author is the agency of the wire that planned the story; ``Truth.credit`` is empty if a copy has a new dateline.
    """

    copies: Mapping[str, Copy]
    truths: Mapping[str, Truth]
    authors: Mapping[str, str]
    stories: tuple[tuple[str, ...], ...]
    same_texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SourceScore:
    """``right``: stories in which every outlet's origin is right; ``counted``: those with the right number."""

    stories: int
    right: int
    counted: int
    wrong: tuple[str, ...]


def read_sample(per_day: int, seed: int) -> Sample:
    """Read and clean a day of the network, and group it into stories."""
    wires = load_wires()
    origins = {name: f"http://127.0.0.1:{_FIRST_PORT + at}" for at, name in enumerate(wires)}
    network = Network(seed=seed, per_day=per_day)
    with tempfile.TemporaryDirectory() as folder:
        write_sources(Path(folder), origins)
        sources = read_sources([Path(folder)])
    sites = {name: Site(network, wire, origins[name], lambda: _END) for name, wire in wires.items()}
    truths = {one.url: one for one in iter_truths(network, _END - timedelta(days=1), _END, origins=origins, now=_END)}
    planned = {one.story_id: one.wire for one in plans_between(network, _END - timedelta(days=4), _END)}
    authors = {url: wires[planned[one.story]].agency for url, one in truths.items()}
    documents, copies = [], {}
    for url, one in truths.items():
        reply = sites[one.wire].respond(one.path, {}, {})
        kind = reply.headers["content-type"]
        page = Page(
            url=url, body=reply.body, fetched_at=_END, wire=one.wire, content_type=kind,
            charset=kind.partition("charset=")[2] or None,
        )  # fmt: skip
        article = parse_article(page, sources[one.wire])
        at = article.published_at or one.published_at
        documents.append(
            Document(
                url, article.title, article.body, at, agency=article.agency, dateline=article.dateline,
                notice=article.notice,
            )
        )  # fmt: skip
        copies[url] = Copy(url, one.wire, at, article.agency, article.credit, article.dateline)
    found = deduplicate(documents)
    groups: dict[str, list[str]] = defaultdict(list)
    for url, story in found.assignments.items():
        groups[story].append(url)
    return Sample(copies, truths, authors, tuple(map(tuple, groups.values())), tuple(_list_same_texts(found.edges)))


def score_sources(sample: Sample, *, hide_origins: bool = False) -> SourceScore:
    """Score the stories that several wires have; ``hide_origins``: without the articles of those who wrote them."""
    links: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in sample.same_texts:
        links[pair[0]].append(pair)
    stories = right = counted = 0
    wrong = []
    for members in sample.stories:
        known = [url for url in members if sample.truths[url].relation == "copy" or not hide_origins]
        if len({sample.truths[url].wire for url in known}) < 2:
            continue
        found = find_sources([sample.copies[url] for url in known], [pair for url in known for pair in links[url]])
        expected = {url: sample.authors[url] for url in known}
        bad = [one for one in found if one.origin.casefold() != expected[one.article].casefold()]
        stories += 1
        right += not bad
        counted += count_sources(found) == len({name.casefold() for name in expected.values()})
        wrong += [_describe(one, expected[one.article], sample.truths[one.article]) for one in bad]
    return SourceScore(stories, right, counted, tuple(wrong))


def _list_same_texts(edges: list[Edge]) -> Iterator[tuple[str, str]]:
    return ((edge.a, edge.b) for edge in edges if edge.is_near_identical)


def _describe(one: OutletSource, expected: str, truth: Truth) -> str:
    return f"{truth.kind} {truth.relation} {truth.edits} {one.article}: {one.origin} ({one.basis}), not {expected}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-day", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    sample = read_sample(chosen.per_day, chosen.seed)
    for hide in (False, True):
        start = time.process_time()
        score = score_sources(sample, hide_origins=hide)
        seconds = time.process_time() - start
        print(f"{'without' if hide else 'with'} the origin's own articles: {score.stories} stories on several wires")
        print(f"  every outlet right: {score.right} ({score.right / score.stories:.2%}); number right: {score.counted}")
        print(f"  {seconds / score.stories * 1e6:.0f} us per story")
        print(*score.wrong[:40], sep="\n")
    bases = Counter(
        one.basis for members in sample.stories for one in find_sources([sample.copies[url] for url in members])
    )
    print(dict(bases))


if __name__ == "__main__":
    main()
