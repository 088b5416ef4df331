"""Every threshold is part of the profile, is explained, and is guarded by a golden output."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from copydesk.pipeline.core import profile as profiles
from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import THRESHOLDS_PATH, Profile, hash_thresholds
from copydesk.pipeline.match import copies, edge_rules, measures, series
from tests.golden import compare, records, thresholds
from tests.golden.mutate import evaluate
from tests.golden.thresholds import Change, apply_change, find_survivors


def test_profile_has_a_hash_of_all_thresholds() -> None:
    fault = compare.find_threshold_fault()
    assert fault is None, str(fault)
    assert Profile().thresholds == hash_thresholds()


def test_another_threshold_is_another_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Profile().profile_id
    changed = tmp_path / "thresholds.json"
    changed.write_text(json.dumps(json.loads(THRESHOLDS_PATH.read_text()) | {"match.copies.SAME_TITLE_PERCENT": 51}))
    monkeypatch.setattr(profiles, "THRESHOLDS_PATH", changed)
    hash_thresholds.cache_clear()
    try:
        assert Profile().profile_id != before
    finally:
        hash_thresholds.cache_clear()


def test_every_threshold_is_explained() -> None:
    assert thresholds.list_undocumented() == []


def test_scenarios_change_only_with_the_profile() -> None:
    fault = compare.find_folding_fault("scenarios")
    assert fault is None, str(fault)


def test_there_are_pairs_of_every_kind_and_nearly_every_rule() -> None:
    verdicts = records.make_verdict_records().values()
    assert len(verdicts) >= 300
    kinds = Counter(verdict["kind"] for verdict in verdicts)
    assert set(kinds) == {*EdgeKind, None}
    assert min(kinds.values()) >= 10
    assert Counter(verdict["is_near_identical"] for verdict in verdicts)[True] >= 50
    rules = {rule.name for rule in edge_rules.RULES}
    assert len(rules - {verdict["rule"] for verdict in verdicts}) <= 1


def test_change_reaches_every_module_that_reads_the_threshold() -> None:
    old = measures.SHORT_WORDS
    with apply_change(Change("match.measures.SHORT_WORDS", old, old + 3)):
        assert {vars(module)["SHORT_WORDS"] for module in (measures, copies, series)} == {old + 3}
    assert {vars(module)["SHORT_WORDS"] for module in (measures, copies, series)} == {old}


def test_few_changes_are_caught() -> None:
    chosen = ("profile.jaccard_percent", "match.measures.SHORT_WORDS", "sign.sketch.LEAD_WORDS", "fold.cluster.")
    changes = [change for change in thresholds.list_changes() if change.name.startswith(chosen)]
    assert len(changes) == 8
    assert find_survivors(changes, evaluate) == []
