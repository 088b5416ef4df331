"""The stored records: articles of the pages, and sketches, edges and stories of the documents."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from copydesk.pipeline.core.dedup_records import Edge, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Article, Document, Page
from copydesk.pipeline.match.verify import verify
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.offline.read_page import parse_article
from copydesk.pipeline.sign import sign
from tests.page_fixtures import PAGES, read_page_fixture

Record = dict[str, Any]

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER / "documents.jsonl"
"""The documents that are folded. They are fixed: most come from the sample network, which may change independently."""
PAIRS = FOLDER / "pairs.tsv"
"""Pairs of documents that are compared even if they are not candidates; ``choose_pairs`` writes them.

Most are near a threshold, so that a threshold that is moved shows (``thresholds``).
"""
PAIR_DOCUMENTS = FOLDER / "pair_documents.jsonl"
"""Further documents of the pairs, which are not folded."""
_UNIT = FOLDER.parent / "unit"
DUMPS = _UNIT / "dumps"
_FETCHED_AT = datetime(2026, 5, 2, tzinfo=UTC)


def list_pages() -> list[str]:
    """Return the names of all pages: ``page-LAYOUT`` and ``dump-LANGUAGE``."""
    layouts = [f"page-{folder.name}" for folder in PAGES.iterdir()]
    return sorted([*layouts, *(f"dump-{path.stem}" for path in DUMPS.glob("*.toml"))])


def _read_dump_fixture(language: str) -> Article:
    parts = tomllib.loads((DUMPS / f"{language}.toml").read_text(encoding="utf-8"))
    first, *rest = parts["text"]
    lines = [*parts["above"], parts["title"], *parts["head"], parts["opener"] + first, *rest, *parts["below"]]
    page = Page(url="", body="\n".join(lines).encode(), fetched_at=_FETCHED_AT, content_type="text/plain")
    return parse_article(page)


def _to_json_value(value: datetime | timedelta) -> str | float:
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()


def make_article_record(name: str) -> Record:
    """Parse a page of ``list_pages``; return the article's fields as JSON types, except the cleaner's version."""
    kind, _, fixture = name.partition("-")
    article = read_page_fixture(fixture) if kind == "page" else _read_dump_fixture(fixture)
    record: Record = json.loads(json.dumps(asdict(article), default=_to_json_value))
    return {key: value for key, value in record.items() if key != "cleaner"}


@cache
def read_documents() -> tuple[Document, ...]:
    """Return the fixed documents."""
    return _read_documents(DOCUMENTS)


def read_pairs() -> list[tuple[Document, Document]]:
    """Return the fixed pairs."""
    documents = {one.id: one for one in (*read_documents(), *_read_documents(PAIR_DOCUMENTS))}
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    return [(documents[a], documents[b]) for a, b in (line.split("\t") for line in lines)]


def _read_documents(path: Path) -> tuple[Document, ...]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(
        Document(**{"title": "", "body": "", **row, "published_at": _read_time(row.get("published_at"))})
        for row in rows
    )


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@cache
def make_sketch_records() -> Record:
    """Sign the documents; return a digest of every part of each sketch."""
    return {sketch.id: digest_sketch(sketch) for sketch in sign(read_documents(), Profile())}


def digest_sketch(sketch: Sketch) -> Record:
    """Return a digest of every part of a sketch."""
    features = {field.name: getattr(sketch.features, field.name) for field in fields(sketch.features)}
    parts = {"minhash": sketch.minhash, "shingles": sketch.shingles, "keys": sketch.keys, "items": sketch.item_keys}
    return {name: _digest(value) for name, value in (parts | features).items()}


def _digest(value: Any) -> Any:
    """Return eight hex digits of an array; anything else as it is."""
    if isinstance(value, np.ndarray):
        return hashlib.sha256(value.tobytes()).hexdigest()[:8] if value.size else ""
    return value


@cache
def make_verdict_records() -> Record:
    """Compare the pairs; return each edge by the IDs of its documents, including edges without a kind."""
    return compare_pairs(Profile())


def compare_pairs(profile: Profile) -> Record:
    """Compare the pairs under a profile, without a cache."""
    pairs = read_pairs()
    sketches = {
        sketch.id: sketch for sketch in sign(list(dict.fromkeys(one for pair in pairs for one in pair)), profile)
    }
    return {f"{a.id} {b.id}": _make_edge_record(verify(sketches[a.id], sketches[b.id], profile)) for a, b in pairs}


@cache
def fold_documents() -> tuple[Record, Record]:
    """Fold the documents; return the rule of each edge, and each document's representative."""
    found = deduplicate(read_documents(), Profile())
    edges = {f"{edge.a} {edge.b}": edge.rule for edge in found.edges}
    return edges, dict(sorted(found.assignments.items()))


def _make_edge_record(edge: Edge) -> Record:
    record: Record = json.loads(json.dumps(asdict(edge)))
    return {key: value for key, value in record.items() if key not in {"a", "b"}}
