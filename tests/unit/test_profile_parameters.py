"""Profiles in storage and as text: they round-trip, or are rejected with the reason."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.core.errors import BadInput, BadProfile
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.profile_parameters import list_differences, parse_profile_changes, parse_stored_profile

DEFAULT = Profile()

profiles = st.builds(
    Profile,
    shingle=st.integers(1, 12),
    num_perm=st.integers(1, 256),
    seed=st.integers(0, 99),
    keys=st.integers(1, 8),
    lead_keys=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 4)), max_size=2).map(tuple),
    window_hours=st.none() | st.integers(1, 9_999),
    jaccard_percent=st.integers(1, 100),
    containment_percent=st.integers(1, 100),
)


@given(profiles)
def test_profile_round_trips_through_storage_and_text(profile: Profile) -> None:
    stored = json.loads(json.dumps(asdict(profile)))
    assert parse_stored_profile(profile.profile_id, stored) == profile
    assert parse_profile_changes(list_differences(stored, asdict(DEFAULT))) == profile


def test_no_changes_give_the_default_profile() -> None:
    assert parse_profile_changes([]) == DEFAULT
    assert list_differences(asdict(DEFAULT), asdict(DEFAULT)) == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"edge_rule": 1}, "requires edge_rule 1"),
        ({"scheme": "legacy"}, "requires scheme legacy"),
        ({"keys": "many"}, "invalid parameters .keys: "),
        ({"lead_keys": [[60, 4, 1]]}, "invalid parameters .lead_keys"),
        ({"salt": 3}, r"unknown or missing parameters \(salt\)"),
    ],
)
def test_profile_of_another_version_is_rejected(params: dict[str, object], message: str) -> None:
    stored = asdict(DEFAULT) | params
    with pytest.raises(BadProfile, match=message) as caught:
        parse_stored_profile("0123", stored)
    assert "copydesk profiles build" in caught.value.remedy


def test_missing_parameter_is_rejected() -> None:
    stored = asdict(DEFAULT)
    del stored["seed"]
    with pytest.raises(BadProfile, match=r"\(seed\)"):
        parse_stored_profile(DEFAULT.profile_id, stored)


def test_parameters_under_another_id_are_rejected() -> None:
    other = replace(DEFAULT, shingle=4)
    with pytest.raises(BadProfile, match=f"belong to the profile {other.profile_id}"):
        parse_stored_profile(DEFAULT.profile_id, asdict(other))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("shingles=5", "Invalid parameter .*; expected name=value"),
        ("shingle", "Invalid parameter .*; expected name=value"),
        ("shingle=five", "shingle: "),
        ("shingle=0", "Invalid value 0 for shingle"),
        ("window_hours=0", "Invalid value 0 for window_hours"),
        ("lead_keys=60:0", "Invalid value 60:0 for lead_keys"),
        ("seed=-1", "Invalid value -1 for seed"),
        ("lead_keys=60", "lead_keys"),
        ("keys=17", "would have 17 keys; the limit is 16"),
        ("jaccard_percent=101", "from 1 to 100"),
        (f"edge_rule={Profile().edge_rule + 1}", "edge_rule cannot be changed"),
    ],
)
def test_invalid_change_is_reported(change: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_profile_changes([change])
