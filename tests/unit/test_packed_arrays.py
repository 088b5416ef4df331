"""IDs as numbers: equal IDs share a number, in the order of the IDs, even if halves of IDs coincide."""

from __future__ import annotations

from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copydesk.pipeline.incremental.packed_arrays import (
    UuidArray,
    format_bigint_array,
    parse_bigint_arrays,
    parse_uuid_arrays,
)

HALVES = st.sampled_from([0, 1, 2**63, 2**64 - 1])
IDS = st.lists(st.builds(lambda high, low: UUID(int=high << 64 | low), HALVES, HALVES), max_size=30)


@given(IDS)
def test_id_numbers_follow_the_order_of_ids(ids: list[UUID]) -> None:
    rows = UuidArray.from_uuids(ids)
    numbers, firsts = rows.number_ids()
    ordered = sorted(set(ids))
    assert [ordered[number] for number in numbers.tolist()] == ids
    assert rows.to_uuids(firsts) == ordered


def test_binary_arrays_of_postgresql_are_parsed() -> None:
    header = bytes.fromhex("00000001 00000000 00000b86 00000002 00000001")
    ids = [UUID(int=1 << 127), UUID(int=5)]
    data = header + b"".join(b"\0\0\0\x10" + one.bytes for one in ids)
    empty = bytes(12)
    rows, counts = parse_uuid_arrays([None, data, empty])
    assert counts.tolist() == [0, 2, 0]
    assert rows.to_uuids(np.array([0, 1])) == ids
    numbers, counts = parse_bigint_arrays([header + b"\0\0\0\x08" + b"\xff" * 8, empty])
    assert (numbers.tolist(), counts.tolist()) == ([-1], [1, 0])
    assert format_bigint_array(np.array([3, -4])) == "{3,-4}"
