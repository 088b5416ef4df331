"""Compare the golden files with the current output and describe each difference in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from copydesk.pipeline.core.profile import THRESHOLDS_PATH, Profile, hash_thresholds
from copydesk.pipeline.offline.read_page import PARSER_VERSION
from tests.golden.records import (
    FOLDER,
    Record,
    fold_documents,
    list_pages,
    make_article_record,
    make_sketch_records,
    make_verdict_records,
)
from tests.golden.scenarios import make_scenario_record
from tests.golden.thresholds import list_thresholds, write_thresholds

ARTICLES = FOLDER / "articles"
VERSIONS = FOLDER / "versions.json"
_FOLDING: dict[str, Callable[[], Record]] = {
    "sketches": make_sketch_records,
    "verdicts": make_verdict_records,
    "edges": lambda: fold_documents()[0],
    "stories": lambda: fold_documents()[1],
    "scenarios": lambda: make_scenario_record(Profile()),
}
_RAISED_FOR = {
    "sketches": "normalizer", "verdicts": "edge_rule", "edges": "edge_rule", "stories": "edge_rule",
    "scenarios": "edge_rule or normalizer",
}  # fmt: skip
"""The parameter of the profile to raise for each file."""
_LINE_LENGTH = 200


@dataclass(frozen=True)
class Fault:
    """A difference, and what to do about it.

    ``is_stale``: ``make golden`` resolves it. Otherwise a version has to be raised first.
    """

    sentence: str
    is_stale: bool

    def __str__(self) -> str:
        return self.sentence


def make_versions() -> Record:
    """Return the versions that the outputs are stored under."""
    profile: Record = json.loads(json.dumps(asdict(Profile())))
    return {"PARSER_VERSION": PARSER_VERSION, "profile": profile}


def find_article_fault(name: str) -> Fault | None:
    """Compare the article of one page of ``list_pages``."""
    path = ARTICLES / f"{name}.json"
    if not path.exists():
        return Fault(f"The page {name!r} has no golden file; run `make golden`.", is_stale=True)
    stored, now, version = _read(path), make_article_record(name), _read(VERSIONS)["PARSER_VERSION"]
    change = _find_change(stored, now, has_fields=True)
    if change and version == PARSER_VERSION:
        return Fault(
            f"The article of the page {name!r} changed, but PARSER_VERSION is still {version}, so stored pages would "
            "not be parsed again; raise it in pipeline/offline/read_page.py and run `make golden`, or undo the change "
            f"({change}).",
            is_stale=False,
        )
    if stored != now:
        return Fault(f"The golden article of the page {name!r} is out of date; run `make golden`.", is_stale=True)
    return None


def find_folding_fault(name: str) -> Fault | None:
    """Compare one of the files ``sketches``, ``verdicts``, ``edges``, ``stories`` and ``scenarios``."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return Fault(f"tests/golden/{name}.json is missing; run `make golden`.", is_stale=True)
    stored, now = _read(path), _FOLDING[name]()
    change = _find_change(stored, now, has_fields=False)
    if change and _read(VERSIONS)["profile"] == make_versions()["profile"]:
        return Fault(
            f"The {name} of the golden documents changed under the same profile, so stored ones would not agree with "
            f"new ones; raise {_RAISED_FOR[name]} in pipeline/core/profile.py and run `make golden`, or undo the "
            f"change ({change}).",
            is_stale=False,
        )
    if stored != now:
        return Fault(f"The golden {name} are out of date; run `make golden`.", is_stale=True)
    return None


def find_version_fault() -> Fault | None:
    """Compare the versions: a golden file of another version could not detect the next change."""
    if _read(VERSIONS) == make_versions():
        return None
    return Fault("PARSER_VERSION or the default profile was changed; run `make golden`.", is_stale=True)


def find_threshold_fault() -> Fault | None:
    """Compare the thresholds with the file that the profile has a hash of."""
    if _read(THRESHOLDS_PATH) == list_thresholds():
        return None
    return Fault("A threshold was changed; run `make golden`, which makes it another profile.", is_stale=True)


def find_faults() -> Iterator[Fault]:
    """Compare everything."""
    if VERSIONS.exists():
        for fault in (
            *map(find_article_fault, list_pages()), *map(find_folding_fault, _FOLDING), find_version_fault(),
            find_threshold_fault(),
        ):  # fmt: skip
            if fault:
                yield fault


def find_unused() -> list[Path]:
    """Return the golden files of pages that are no longer there."""
    return sorted(path for path in ARTICLES.glob("*.json") if path.stem not in list_pages())


def write_all() -> list[Path]:
    """Write all files that differ; return the files that were written or removed."""
    ARTICLES.mkdir(exist_ok=True)
    changed = [THRESHOLDS_PATH] if write_thresholds() else []
    if changed:
        hash_thresholds.cache_clear()
    wanted = {ARTICLES / f"{name}.json": make_article_record(name) for name in list_pages()}
    wanted |= {FOLDER / f"{name}.json": make() for name, make in _FOLDING.items()}
    unused = find_unused()
    for path in unused:
        path.unlink()
    changed += unused
    for path, record in (wanted | {VERSIONS: make_versions()}).items():
        text = _format(record)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _find_change(stored: Record, now: Record, *, has_fields: bool) -> str:
    """Describe the first entry that differs. A field that is new or gone is a change of form, which does not count; an
    edge or a document that is new or gone counts.
    """
    for key in sorted(stored.keys() | now.keys()):
        if key not in stored or key not in now:
            if not has_fields:
                return f"{key} is {'gone' if key in stored else 'new'}"
        elif stored[key] != now[key]:
            if not (isinstance(stored[key], dict) and isinstance(now[key], dict)):
                return f"{key}: {_shorten(stored[key])} became {_shorten(now[key])}"
            if inner := _find_change(stored[key], now[key], has_fields=True):
                return f"{key}: {inner}"
    return ""


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LINE_LENGTH else f"{text[:_LINE_LENGTH]}..."


def _read(path: Path) -> Record:
    found: Record = json.loads(path.read_text(encoding="utf-8"))
    return found


def _format(record: Record) -> str:
    """Format one object over many lines, and a table with one line per entry, so that diffs are readable."""
    if record.keys() & {"kind", "profile"}:
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
