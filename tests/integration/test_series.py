"""Series: the next issue is another story, an update of the same issue is not."""

from __future__ import annotations

import pytest

from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.series import SERIES_TYPES, make_series

ISSUES = 64


@pytest.mark.parametrize("seed", [1])
def test_issues_stay_apart_while_updates_and_copies_join(seed: int) -> None:
    issues, others = make_series(seed, ISSUES)
    assert len(issues) == ISSUES * len(SERIES_TYPES) >= 300
    assert len(others) > 60
    leader = deduplicate([*issues, *others]).assignments
    homes: dict[str, set[str]] = {}
    for issue in issues:
        homes.setdefault(leader[issue.id], set()).add(issue.id)
    together = {one for members in homes.values() if len(members) > 1 for one in members}
    lost = [other.id for other in others if leader[other.id] != leader["-".join(other.id.split("-")[:2])]]
    assert len(together) <= 0.02 * len(issues), sorted(together)
    assert len(lost) <= 0.1 * len(others), lost
