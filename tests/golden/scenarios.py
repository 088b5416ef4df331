"""Texts and sets of texts on both sides of the thresholds that a pair of articles does not reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.fold import Node, cluster
from copydesk.pipeline.match import find_first_copies
from copydesk.pipeline.match.evidence import Overlap
from copydesk.pipeline.sign import sign
from copydesk.pipeline.sign.digest_items import split_digest_items
from copydesk.pipeline.sign.keys import select_item_keys
from copydesk.pipeline.sign.long_texts import is_too_long, sample_hashes
from copydesk.pipeline.sign.title_prefixes import split_desk_marks
from copydesk.pipeline.sign.words import hash_words

_START = datetime(2026, 3, 2, tzinfo=UTC)
_LINE = "The ferry between Aldmoor and Hartsea sails again after the storm of the weekend, the harbour master said."
_BRIEF = "Ferry sails again after the storm, harbour says."


def make_scenario_record(profile: Profile) -> dict[str, Any]:
    """Return what each scenario gives, by its name."""
    slugs = ["X" * (size - 3) + " YZ" for size in range(9, 16)]
    positions = ["HARBOUR " * 14 + "X" * size for size in range(20, 80, 4)]
    preambles = ["Word and " * (size // 9) for size in range(340, 480, 9)]
    flashes = [Document(str(size), _write(40), _write(size)) for size in range(20, 32)]
    digests = [[f"{_write(9, first=number)} {_LINE}" for number in range(count)] for count in range(54, 76, 2)]
    samples = [_spread(size) >> np.uint64(3) for size in range(7_000, 10_000, 500)]
    return {
        "digest items": [len(split_digest_items(_make_digest(count))) for count in range(1, 5)],
        "slug length": [len(split_digest_items(_make_digest(4, slug))) for slug in slugs],
        "slug position": [len(split_digest_items(_make_digest(4, slug))) for slug in positions],
        "preamble": [len(split_digest_items(f"{preamble}\n\n{_make_digest(4)}")) for preamble in preambles],
        "item keys": [int(select_item_keys(items, profile).size) for items in digests],
        "flash": [sketch.features.is_headline_only for sketch in sign(flashes, profile)],
        "title marks": [split_desk_marks("UPDATE 1-" * count + "Ferry sails")[1] for count in range(2, 7)],
        "too long": [is_too_long(Document("x", "", "x" * size)) for size in (950_000, 1_000_000, 1_050_000)],
        "characters": [hash_words(["ab " * (size // 3)]).hashes.size for size in (960_000, 1_020_000)],
        "sample": [int(sample_hashes(_spread(size)).size) for size in range(17_000, 24_000, 1_000)],
        "aligned samples": [str(Overlap.between(sample, _spread(9_999))) for sample in samples],
        "steps to the leader": _fold_chain(),
        "surplus copies": _find_surplus(f"{_LINE} " * 4, profile),
        "surplus briefs": _find_surplus(_BRIEF, profile),
    }


def _write(words: int, first: int = 0) -> str:
    """Return different words."""
    return " ".join(f"w{chr(97 + number // 26 % 26)}{chr(97 + number % 26)}o" for number in range(first, first + words))


def _make_digest(count: int, slug: str = "HARBOUR NEWS") -> str:
    return "\n\n".join(f"{slug} - {_LINE}" for _ in range(count))


def _spread(size: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return sorted hashes at equal distances."""
    return np.linspace(1, 2**64 - 4096, size).astype(np.uint64)


def _fold_chain() -> list[list[str]]:
    nodes = [Node(str(number), _START + timedelta(hours=number)) for number in range(7)]
    edges = [(str(number), str(number + 1), True) for number in range(6)]
    return [list(found.members) for found in cluster(nodes, edges)]


def _find_surplus(body: str, profile: Profile) -> list[str]:
    """Return the first copy of each of many identical texts, an hour apart, and a mark for those that are surplus."""
    times = [_START + timedelta(minutes=45 * number) for number in range(80)]
    sketches = sign([Document(f"{at:02}", "Ferry", body, time) for at, time in enumerate(times)], profile)
    return [f"{sketches[first].id}{'*' * is_surplus}" for first, is_surplus in find_first_copies(sketches, profile)]
