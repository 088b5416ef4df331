"""How far two documents are apart in time, if one of them has only a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import measure_gap
from copydesk.pipeline.sign import sign
from tests.story_builder import make_story


@pytest.mark.parametrize(
    ("one", "other", "hours"),
    [
        ("2026-03-03T00:00", "2026-03-03T21:40", 0),
        ("2026-03-03T00:00", "2026-03-03T23:59", 0),
        ("2026-03-03T00:00", "2026-03-04T08:30", 8),
        ("2026-03-03T00:00", "2026-03-02T21:00", 3),
        ("2026-03-03T00:00", "2026-03-04T00:00", 24),
        ("2026-03-03T00:00", "2026-03-03T00:00", 0),
        ("2026-03-03T00:01", "2026-03-03T21:40", 21),
    ],
)
def test_day_without_a_clock_is_as_near_as_it_may_be(one: str, other: str, hours: int) -> None:
    (sketch,) = sign([make_story(1)], Profile())
    a, b = (replace(sketch, published_at=datetime.fromisoformat(time).replace(tzinfo=UTC)) for time in (one, other))
    assert measure_gap(a, b)[0] == measure_gap(b, a)[0] == hours
