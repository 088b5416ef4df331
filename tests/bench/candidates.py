"""Compare schemes of keys for candidate lookup: recall against the exact join, rows and candidates per article, time.

    python -m tests.bench.candidates [--articles 5000] [FILE.jsonl ...]

Measures on a day of the sample network and on any files that ``copydesk dedup`` reads. The exact join is that of all
pairs in the window with a Jaccard of at least .3, or with at least .8 of the smaller text's shingles in the larger.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from copydesk.crawler.sample.ground_truth import iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.match import find_candidates, is_within_window
from copydesk.pipeline.match.candidate_pairs import MIN_SHARED_SCORE
from copydesk.pipeline.match.evidence import Overlap
from copydesk.pipeline.offline.documents import InvalidLine, read_documents
from copydesk.pipeline.sign import sign

Pair = tuple[int, int]

JACCARD, CONTAINMENT = 30, 80
MIN_SHARED = 0.46
"""At least this share of the smaller set is shared if the Jaccard is .3: .3 / 1.3 of twice its size."""

PROFILE = Profile()
BOTTOM: Mapping[str, Profile] = {
    "16, none of the beginning, rows of 5": Profile(lead_keys=(), key_words=5, figure_weight=1),
    "16, rows of 5": Profile(key_words=5, figure_weight=1),
    "16, rows of 6": Profile(figure_weight=1),
    "16, rows of 6, figures x 2": PROFILE,
    "16, rows of 7, figures x 2": Profile(key_words=7),
    "16, rows of 7, figures x 3": Profile(key_words=7, figure_weight=3),
    "16, rows of 8, figures x 2": Profile(key_words=8),
}
BANDS: Mapping[str, tuple[int, int]] = {
    "9 bands of 13 (datasketch at .7)": (9, 13),
    "16 bands of 8": (16, 8),
    "16 bands of 2": (16, 2),
    "16 bands of 1": (16, 1),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """``recall`` of the exact join's pairs; mean and largest number of ``rows`` per article; ``candidates`` per
    article.
    """

    recall: float
    rows: float
    most_rows: int
    candidates: float
    seconds: float


def join_exactly(sketches: Sequence[Sketch], profile: Profile = PROFILE) -> set[Pair]:
    """Return all similar pairs (i, j), i < j, found by the rarest shingles (prefix filter: Chaudhuri et al., 2006)."""
    sizes = [one.shingles.size for one in sketches]
    _, places, rarity = np.unique(
        np.concatenate([one.shingles for one in sketches]), return_inverse=True, return_counts=True
    )
    owners = np.repeat(np.arange(len(sketches)), sizes)[np.argsort(places, kind="stable")]
    ends = np.cumsum(rarity)
    found = set()
    first = 0
    for i, one in enumerate(sketches):
        # If none of these is shared, too few are left to be similar.
        prefix = sizes[i] - int(np.ceil(MIN_SHARED * sizes[i])) + 1
        own = places[first : first + sizes[i]]
        first += sizes[i]
        rare = own[np.argsort(rarity[own], kind="stable")][:prefix]
        rare = rare[rarity[rare] > 1].tolist()
        holders = [owners[ends[place] - rarity[place] : ends[place]] for place in rare]
        for j in np.unique(np.concatenate(holders)).tolist() if holders else ():
            other = sketches[j]
            later = (one.shingles.size, i) < (other.shingles.size, j)
            if later and is_within_window(one, other, profile) and _is_similar(one, other):
                found.add((min(i, j), max(i, j)))
    return found


def measure(
    sketches: Sequence[Sketch], exact: set[Pair], profile: Profile = PROFILE, enough: int = MIN_SHARED_SCORE
) -> Figures:
    """Measure the candidates of these sketches' keys if shared keys of ``enough`` points suffice."""
    began = time.perf_counter()
    found = find_candidates(sketches, profile, enough)
    seconds = time.perf_counter() - began
    rows = [one.keys.size for one in sketches]
    recall = len(exact.intersection(found)) / len(exact) if exact else 1.0
    return Figures(recall, sum(rows) / len(rows), max(rows), len(found) / len(rows), seconds)


def make_band_sketches(sketches: Sequence[Sketch], bands: int, rows: int) -> list[Sketch]:
    """Return the same sketches with LSH bands of their MinHash as keys: one hash per ``rows`` values."""
    values = np.stack([one.minhash for one in sketches])[:, : bands * rows].reshape(len(sketches), bands, rows)
    hashes = np.arange(bands, dtype=np.uint64)[None, :] + np.zeros((len(sketches), 1), dtype=np.uint64)
    for row in range(rows):
        hashes = (hashes ^ values[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    return make_keys_odd(
        [
            replace(one, keys=keys.view(np.int64)) if one.shingles.size else one
            for one, keys in zip(sketches, hashes, strict=True)
        ]
    )


def make_keys_odd(sketches: Sequence[Sketch]) -> list[Sketch]:
    """Return the same sketches with only odd keys, which have two points each."""
    return [replace(one, keys=np.unique(one.keys | 1)) for one in sketches]


def join_keys(one: Sequence[Sketch], other: Sequence[Sketch]) -> list[Sketch]:
    """Return the same sketches with the keys of both."""
    return [replace(a, keys=np.unique(np.concatenate([a.keys, b.keys]))) for a, b in zip(one, other, strict=True)]


def measure_all_schemes(documents: Sequence[Document], base: Profile = PROFILE) -> Iterator[tuple[str, Figures]]:
    """Yield the figures of every scheme on these documents; the first row is the exact join."""
    sketches = sign(documents, PROFILE)
    began = time.perf_counter()
    exact = join_exactly(sketches, base)
    seconds = time.perf_counter() - began
    shingles = [one.shingles.size for one in sketches]
    yield (
        f"exact join: {len(exact):,} pairs",
        Figures(1.0, sum(shingles) / len(shingles), max(shingles), len(exact) / len(shingles), seconds),
    )
    for name, (bands, rows) in BANDS.items():
        yield name, measure(make_band_sketches(sketches, bands, rows), exact, base, 2)
    few = make_keys_odd(sign(documents, replace(PROFILE, keys=8, lead_keys=((60, 2), (20, 2)))))
    yield (
        "8 bands of 2, and 8 smallest, rows of 6",
        measure(join_keys(make_band_sketches(sketches, 8, 2), few), exact, base, 2),
    )
    for name, profile in BOTTOM.items():
        drawn = sign(documents, profile)
        yield f"{name}: one shared", measure(make_keys_odd(drawn), exact, base, 2)
        yield f"{name}: two shared, or one with a figure", measure(drawn, exact, base, 2)
        yield f"{name}: three shared, or two, one of them with a figure", measure(drawn, exact, base, 3)


def read_network(articles: int, hours: int = 24, seed: int = 7) -> list[Document]:
    """Return about ``articles`` articles of the sample network within ``hours``; the same seed gives the same."""
    since = datetime(2026, 3, 2, tzinfo=UTC)
    network = Network(seed=seed, per_day=articles * 24 // hours)
    return [
        Document(one.path, one.printed_title, "\n\n".join(one.paragraphs), one.published_at, notice=one.notice)
        for one in iter_truths(network, since, since + timedelta(hours=hours))
    ]


def read_file(path: Path) -> list[Document]:
    return [one for one in read_documents(path) if not isinstance(one, InvalidLine)]


def _is_similar(one: Sketch, other: Sketch) -> bool:
    body = Overlap.between(one.shingles, other.shingles)
    return body.shared > 0 and (body.jaccard_at_least(JACCARD) or body.contains_percent(CONTAINMENT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", help="JSON lines with id, title, body, published_at")
    parser.add_argument("--articles", type=int, default=5_000, help="of the sample network")
    parser.add_argument("--unbounded", action="store_true", help="compare articles of any distance in time")
    chosen = parser.parse_args()
    base = replace(PROFILE, window_hours=None) if chosen.unbounded else PROFILE
    sets = {f"sample network, {chosen.articles:,} a day": read_network(chosen.articles)}
    sets |= {path.name: read_file(path) for path in chosen.files}
    for name, documents in sets.items():
        print(f"\n{name}: {len(documents):,} articles\n")
        print("| keys | recall | rows an article (most) | candidates an article | look-up, s |")
        print("|---|---|---|---|---|")
        for scheme, one in measure_all_schemes(documents, base):
            rows = f"{one.rows:.1f} ({one.most_rows})"
            print(f"| {scheme} | {one.recall:.4f} | {rows} | {one.candidates:.2f} | {one.seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
