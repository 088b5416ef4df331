"""Count wrong merges and lost copies: series, digests, templates, dividends, kills.

    python -m tests.bench.fold_errors [--seeds 1 2 3 4 5] [--days 2] [--per-day 2000] [--issues 96]

Measures two sources, for each seed. The sample network, by kind: of 10,000 articles of a kind, how many are in a story
that belongs to other articles, and how many are outside the largest part of their own story. And the six types of
series of ``tests.series`` (hourly market reports, fixings, forecasts, drawings, dividends), with updates, corrections,
excerpts and copies: the share of the issues that are merged with another, and of the others that are with their issue.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.series import make_series

START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(slots=True)
class KindCount:
    """Of ``articles`` articles: ``astray`` are in a story of other articles, ``lost`` are outside their own story."""

    articles: int = 0
    astray: int = 0
    lost: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, other: KindCount) -> None:
        self.articles += other.articles
        self.astray += other.astray
        self.lost += other.lost
        self.examples += other.examples


def count_errors(truths: Iterable[Truth], assignments: Mapping[str, str]) -> dict[str, KindCount]:
    """Count errors by kind of article; flashes and kills are kinds of their own."""
    listed = list(truths)
    folded = defaultdict(list)
    by_story = defaultdict(list)
    for one in listed:
        folded[assignments[one.url]].append(one)
        by_story[one.story].append(one)
    home = {
        story: Counter(assignments[one.url] for one in members).most_common(1)[0][0]
        for story, members in by_story.items()
    }
    owner = {leader: Counter(one.story for one in members).most_common(1)[0][0] for leader, members in folded.items()}
    counts: dict[str, KindCount] = defaultdict(KindCount)
    for one in listed:
        leader = assignments[one.url]
        count = counts[get_kind(one)]
        count.articles += 1
        count.lost += leader != home[one.story]
        if owner[leader] != one.story:
            count.astray += 1
            count.examples.append(f"{one.path} ({one.printed_title}) in the story of {owner[leader]}")
    return counts


def get_kind(one: Truth) -> str:
    return one.relation if one.relation in {"flash", "kill", "update", "correction"} else one.kind


def count_network_errors(seed: int, days: int, per_day: int) -> dict[str, KindCount]:
    """Fold some days of the sample network and count errors by kind."""
    truths = list(iter_truths(Network(seed=seed, per_day=per_day), START, START + timedelta(days=days)))
    documents = [
        Document(
            one.url, one.printed_title, "\n\n".join(one.paragraphs), one.published_at, agency=one.agency,
            dateline=one.dateline, notice=one.notice,
        )
        for one in truths
    ]  # fmt: skip
    return count_errors(truths, deduplicate(documents).assignments)


def count_series_errors(seed: int, issues: int) -> tuple[KindCount, KindCount]:
    """Fold series with their updates; count issues merged with another, and updates and copies outside their issue."""
    originals, others = make_series(seed, issues)
    leader = deduplicate([*originals, *others]).assignments
    homes = Counter(leader[issue.id] for issue in originals)
    joined = sum(homes[leader[issue.id]] > 1 for issue in originals)
    lost = [other.id for other in others if leader[other.id] != leader["-".join(other.id.split("-")[:2])]]
    return KindCount(len(originals), astray=joined), KindCount(len(others), lost=len(lost), examples=lost)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--per-day", type=int, default=2_000)
    parser.add_argument("--issues", type=int, default=96, help="of each make of series")
    parser.add_argument("--examples", action="store_true", help="name each that is astray")
    chosen = parser.parse_args()
    whole: dict[str, KindCount] = defaultdict(KindCount)
    for seed in chosen.seeds:
        for kind, count in count_network_errors(seed, chosen.days, chosen.per_day).items():
            whole[kind].add(count)
    print(f"sample network, seeds {chosen.seeds}, {chosen.days} days of {chosen.per_day:,}\n")
    print("| kind | articles | wrongly merged | of 10,000 | lost | of 10,000 |")
    print("|---|---|---|---|---|---|")
    for kind, count in sorted(whole.items()):
        shares = [f"{10_000 * number / count.articles:.1f}" for number in (count.astray, count.lost)]
        print(f"| {kind} | {count.articles:,} | {count.astray} | {shares[0]} | {count.lost} | {shares[1]} |")
    print("\n| series, seed | issues | joined with another | updates, corrections, copies | with their issue |")
    print("|---|---|---|---|---|")
    for seed in chosen.seeds:
        issues, others = count_series_errors(seed, chosen.issues)
        joined, kept = issues.astray / issues.articles, 1 - others.lost / others.articles
        print(f"| {seed} | {issues.articles} | {joined:.2%} | {others.articles} | {kept:.2%} |")
    if chosen.examples:
        for kind, count in sorted(whole.items()):
            print(*(f"{kind}: {line}" for line in count.examples), sep="\n")


if __name__ == "__main__":
    main()
