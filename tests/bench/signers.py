"""Tools that sign texts: text in, signature of 128 values out, over shingles of five words.

Each gets only the texts, by its fastest bulk interface. Words are ``\\w+`` in lower case for all; tools that need
shingles made in Python get them from the same function (``shingle``), as bytes or strings. gaoya makes them itself, in
Rust, and signs only through its index, so it gets an index with a single band.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.tools import BenchTool

PERMUTATIONS = 128
WORDS = 5
SEED = 1

_find_words = re.compile(r"\w+").findall

Signer = Callable[[Sequence[str]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class SigningTool(BenchTool):
    """``way`` describes the call; ``load`` returns the function that signs texts."""

    way: str
    load: Callable[[], Signer]


def shingle(text: str) -> list[str]:
    """Return the five-word shingles of a text, or all its words if it has fewer."""
    words = _find_words(text.lower())
    runs = zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)
    return list(map(" ".join, runs)) or [" ".join(words)]


def shingle_bytes(text: str) -> list[bytes]:
    """Return the same shingles, encoded."""
    return [run.encode() for run in shingle(text)]


def _load_ours() -> Signer:
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.sign import sign_texts

    profile = Profile(num_perm=PERMUTATIONS)
    return lambda texts: sign_texts(texts, profile)


def _load_sketches() -> Signer:
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.core.records import Document
    from copydesk.pipeline.sign import sign

    profile = Profile(num_perm=PERMUTATIONS)
    return lambda texts: sign([Document(str(at), "", text, None) for at, text in enumerate(texts)], profile)


def _load_loop() -> Signer:
    from datasketch import MinHash

    def run(texts: Sequence[str]) -> Iterator[Any]:
        for text in texts:
            one = MinHash(num_perm=PERMUTATIONS)
            for run in shingle_bytes(text):
                one.update(run)
            yield one

    return run


def _load_batches() -> Signer:
    from datasketch import MinHash

    def run(texts: Sequence[str]) -> Iterator[Any]:
        for text in texts:
            one = MinHash(num_perm=PERMUTATIONS)
            one.update_batch(shingle_bytes(text))
            yield one

    return run


def _load_bulk(*, fast: bool) -> Signer:
    import xxhash
    from datasketch import MinHash

    chosen = {"hashfunc": xxhash.xxh32_intdigest} if fast else {}
    return lambda texts: MinHash.bulk(map(shingle_bytes, texts), num_perm=PERMUTATIONS, **chosen)


def _load_rensa(way: str) -> Signer:
    import rensa

    kind = rensa.CMinHash if way == "digests_from_token_sets" else rensa.RMinHash
    sign = getattr(kind, way)

    def run(texts: Sequence[str]) -> Iterable[Any]:
        matrix: Iterable[Any] | None = sign(map(shingle, texts), PERMUTATIONS, SEED)
        # A matrix stays in Rust and is passed to its index; it is not iterable.
        return matrix if isinstance(matrix, list) else ()

    return run


def _load_gaoya() -> Signer:
    from gaoya.minhash import MinHashStringIndex

    def run(texts: Sequence[str]) -> Iterable[Any]:
        index = MinHashStringIndex(32, 0.7, 1, PERMUTATIONS, None, "word", True, (WORDS, WORDS), "smallvec")
        index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
        return ()

    return run


OURS, SKETCH, RENSA, SHA1, GAOYA = (
    "copydesk, MinHash",
    "copydesk, whole sketch",
    "rensa R",
    "MinHash.bulk, sha1",
    "gaoya",
)

SIGNERS = (
    SigningTool(OURS, "copydesk", "sign_texts", _load_ours),
    SigningTool(SKETCH, "copydesk", "sign: MinHash, shingles, keys, title, numbers, names", _load_sketches),
    SigningTool("update", "datasketch", "a MinHash a text, update() a run", _load_loop),
    SigningTool("update_batch", "datasketch", "a MinHash a text, update_batch()", _load_batches),
    SigningTool(SHA1, "datasketch", "its own hash function", lambda: _load_bulk(fast=False)),
    SigningTool("MinHash.bulk, xxh32", "datasketch", "hashfunc=xxh32_intdigest", lambda: _load_bulk(fast=True)),
    SigningTool(
        RENSA, "rensa", "RMinHash.digest_matrix_from_token_sets",
        lambda: _load_rensa("digest_matrix_from_token_sets"),
    ),
    SigningTool(
        "rensa C", "rensa", "CMinHash.digests_from_token_sets", lambda: _load_rensa("digests_from_token_sets")
    ),
    SigningTool(
        "rensa R, rho", "rensa", "digest_matrix_from_token_sets_rho: looks at a sample of the runs",
        lambda: _load_rensa("digest_matrix_from_token_sets_rho"),
    ),
    SigningTool(GAOYA, "gaoya", "MinHashStringIndex.par_bulk_insert_docs, one band", _load_gaoya),
)  # fmt: skip
"""All tools, in the order of the table."""


def find_signer(name: str) -> SigningTool:
    """Return the tool of a name."""
    return next(one for one in SIGNERS if one.name == name)
