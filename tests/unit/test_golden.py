"""Outputs of parsing and folding change only with the version that stored results are keyed by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden import compare, records


@pytest.mark.parametrize("name", records.list_pages())
def test_article_changes_only_with_the_parser_version(name: str) -> None:
    fault = compare.find_article_fault(name)
    assert fault is None, str(fault)


@pytest.mark.parametrize("name", ["sketches", "verdicts", "edges", "stories"])
def test_folding_changes_only_with_the_profile(name: str) -> None:
    fault = compare.find_folding_fault(name)
    assert fault is None, str(fault)


def test_golden_files_are_current_and_all_used() -> None:
    fault = compare.find_version_fault()
    assert fault is None, str(fault)
    assert compare.find_unused() == []


NAME = "page-menafn-entry"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy three golden files so that a test can change them."""
    for name in (f"articles/{NAME}", "verdicts", "versions"):
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((records.FOLDER / f"{name}.json").read_bytes())
    monkeypatch.setattr(compare, "FOLDER", tmp_path)
    monkeypatch.setattr(compare, "ARTICLES", tmp_path / "articles")
    monkeypatch.setattr(compare, "VERSIONS", tmp_path / "versions.json")
    return tmp_path


def update_json(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")


def test_changed_article_under_the_same_version_is_a_fault(files: Path) -> None:
    update_json(files / "articles" / f"{NAME}.json", title="Ferry resumes")
    fault = compare.find_article_fault(NAME)
    assert fault is not None
    assert not fault.is_stale
    assert "raise it in pipeline/offline/read_page.py and run `make golden`" in str(fault)
    assert 'title: "Ferry resumes" became "' in str(fault)


def test_changed_article_under_a_new_version_is_stale(files: Path) -> None:
    update_json(files / "articles" / f"{NAME}.json", title="Ferry resumes")
    update_json(files / "versions.json", PARSER_VERSION=0)
    fault = compare.find_article_fault(NAME)
    assert fault is not None
    assert fault.is_stale


def test_new_field_needs_no_new_version(files: Path) -> None:
    update_json(files / "articles" / f"{NAME}.json", mood="calm")
    fault = compare.find_article_fault(NAME)
    assert fault is not None
    assert fault.is_stale


def test_changed_verdict_under_the_same_profile_is_a_fault(files: Path) -> None:
    stored = json.loads((files / "verdicts.json").read_text(encoding="utf-8"))
    pair, verdict = next(iter(stored.items()))
    update_json(files / "verdicts.json", **{pair: verdict | {"rule": "guess"}})
    fault = compare.find_folding_fault("verdicts")
    assert fault is not None
    assert not fault.is_stale
    assert "raise edge_rule in pipeline/core/profile.py and run `make golden`" in str(fault)
    assert f'({pair}: rule: "guess" became ' in str(fault)


def test_missing_edge_is_a_fault(files: Path) -> None:
    update_json(files / "verdicts.json", **{"one other": {"rule": "same_title"}})
    fault = compare.find_folding_fault("verdicts")
    assert fault is not None
    assert "(one other is gone)" in str(fault)
