"""How often the earliest article of a paragraph is right, against the sample network's ground truth.

For every paragraph of every copy, the earliest earlier article of its story with the same words is compared with what
the shingles find. Short paragraphs, which have no shingle, count as missed.

    python -m tests.bench.passages --per-day 2000
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from copydesk.crawler.sample.ground_truth import Truth, iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.sign.passages import find_earliest_texts, sign_paragraphs
from copydesk.pipeline.sign.sketch import sign

_START = datetime(2026, 3, 2, tzinfo=UTC)


def _join_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def score_stories(per_day: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return how many paragraphs are right, wrong and missed, and some that are wrong or missed."""
    profile, stories = Profile(), defaultdict(list)
    for one in iter_truths(Network(seed=seed, per_day=per_day), _START, _START + timedelta(days=1)):
        stories[one.story].append(one)
    counts: Counter[str] = Counter()
    examples = []
    for members in stories.values():
        ordered: list[Truth] = sorted(members, key=lambda one: (one.published_at, one.url))
        sketches = sign([Document(one.path, one.title, "\n\n".join(one.paragraphs)) for one in ordered], profile)
        words = [{_join_words(text) for text in one.paragraphs} for one in ordered]
        for at, one in enumerate(ordered):
            found = find_earliest_texts(
                sign_paragraphs(one.paragraphs, profile), [sketch.shingles for sketch in sketches[:at]]
            )
            for text, guess in zip(one.paragraphs, found, strict=True):
                known = next((index for index in range(at) if _join_words(text) in words[index]), None)
                if known is None and guess is None:
                    continue
                kind = "right" if guess == known else "missed" if guess is None else "wrong"
                counts[kind] += 1
                counts["known"] += known is not None
                if kind != "right":
                    examples.append(f"{kind}, {known}, {guess}: {one.edits} {text[:100]}")
    return counts, examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-day", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    start = time.process_time()
    counts, examples = score_stories(chosen.per_day, chosen.seed)
    precision = counts["right"] / max(counts["right"] + counts["wrong"], 1)
    recall = counts["right"] / max(counts["known"], 1)
    print(f"{counts['known']} paragraphs with an earlier article: precision {precision:.3f}, recall {recall:.3f}")
    print(f"{time.process_time() - start:.1f} s, with the sketches and the ground truth")
    print(*examples[:20], sep="\n")


if __name__ == "__main__":
    main()
