"""Tools that deduplicate a file of articles, each in its own process: JSON lines in, "id <TAB> group" out.

    python -m tests.bench.dedupers NAME FILE.jsonl OUT.tsv

The other libraries get title and body in one text and five-word shingles from ``signers.shingle`` (gaoya makes its
own), 128 permutations and a threshold of .7 unless their name says otherwise, and the whole file at once. What their
index returns for an article counts as its copies; groups are the connected components, as their users compute them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.signers import PERMUTATIONS, SEED, WORDS, shingle, shingle_bytes
from tests.bench.tools import BenchTool

THRESHOLD = 0.7
Link = tuple[int, int]
Deduper = Callable[[Sequence[str]], Iterable[Link]]


@dataclass(frozen=True, slots=True)
class DedupTool(BenchTool):
    """``links`` finds pairs of texts; Copydesk has none, because its command is run as it is. ``way`` describes the
    call.
    """

    way: str
    links: Deduper | None = None

    def write_command(self, file: Path, out: Path) -> list[str]:
        """Return the command to run."""
        if self.ours:
            return [sys.executable, "-m", "copydesk.pipeline.cli.main", "dedup", str(file), "-o", str(out)]
        return [sys.executable, "-m", "tests.bench.dedupers", self.name, str(file), str(out)]


def _link_by_lsh(texts: Sequence[str], threshold: float, *, bulk: bool) -> Iterator[Link]:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    if bulk:
        signed = MinHash.bulk(map(shingle_bytes, texts), num_perm=PERMUTATIONS)
    else:
        signed = []
        for text in texts:
            one = MinHash(num_perm=PERMUTATIONS)
            for run in shingle_bytes(text):
                one.update(run)
            signed.append(one)
    for at, one in enumerate(signed):
        for other in lsh.query(one):
            yield at, other
        lsh.insert(at, one)


def _link_by_datasketch(texts: Sequence[str]) -> Iterator[Link]:
    return _link_by_lsh(texts, 0.9, bulk=False)


def _link_by_bulk(texts: Sequence[str]) -> Iterator[Link]:
    return _link_by_lsh(texts, THRESHOLD, bulk=True)


def _link_by_rensa(texts: Sequence[str]) -> Iterator[Link]:
    import rensa

    signed = rensa.RMinHash.from_token_sets(map(shingle, texts), PERMUTATIONS, SEED)
    lsh = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, 16)
    lsh.insert_many(signed)
    for at, others in enumerate(lsh.query_all(signed)):
        for other in others:
            yield at, other


def _link_by_gaoya(texts: Sequence[str]) -> Iterator[Link]:
    from gaoya.minhash import MinHashStringIndex

    texts = list(texts)
    index = MinHashStringIndex(32, THRESHOLD, 14, 9, None, "word", True, (WORDS, WORDS), "smallvec")
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    for at, others in enumerate(index.par_bulk_query(texts)):
        for other in others:
            yield at, other


OURS, STOCK, BULK = "copydesk dedup", "datasketch, stock", "datasketch, bulk"

DEDUPERS = (
    DedupTool(OURS, "copydesk", "the command, with its default profile (title, body, time; window 96 h)"),
    DedupTool(STOCK, "datasketch", "update() a run, MinHashLSH with its defaults (threshold .9)", _link_by_datasketch),
    DedupTool(BULK, "datasketch", "MinHash.bulk (sha1), MinHashLSH at .7", _link_by_bulk),
    DedupTool("rensa", "rensa", "RMinHash.from_token_sets, RMinHashLSH of 16 bands", _link_by_rensa),
    DedupTool("gaoya", "gaoya", "MinHashStringIndex 14 x 9, which looks at the similarity too", _link_by_gaoya),
)
"""All tools, in the order of the table."""


def find_deduper(name: str) -> DedupTool:
    """Return the tool of a name."""
    return next(one for one in DEDUPERS if one.name == name)


def join_links(size: int, links: Iterable[Link]) -> list[int]:
    """Return the group of each text: the smallest number of all texts that are connected."""
    parent = list(range(size))

    def find(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for one, other in links:
        low, high = sorted((find(one), find(other)))
        parent[high] = low
    return [find(at) for at in range(size)]


def main() -> None:
    name, file, out = sys.argv[1:]
    links = find_deduper(name).links
    if links is None:
        raise SystemExit(f"{name} is run by its own command.")
    ids, texts = [], []
    with Path(file).open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            ids.append(article["id"])
            texts.append(f"{article['title']}\n{article['body']}")
    groups = join_links(len(texts), links(texts))
    with Path(out).open("w", encoding="utf-8") as file_out:
        file_out.writelines(f"{one}\t{ids[group]}\n" for one, group in zip(ids, groups, strict=True))


if __name__ == "__main__":
    main()
