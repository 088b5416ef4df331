"""Which pages in quarantine a run of the DAG for housekeeping replays, as its configuration says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONF_KEY = "replay"


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Pages to replay although the current rules may have read them; None restricts nothing.

    Attributes:
        ids: Only the pages with these IDs in quarantine.
        wire: Only pages of this wire.
        reason: Only pages with this reason.
    """

    ids: Sequence[int] | None = None
    wire: str | None = None
    reason: str | None = None

    def to_conf(self) -> dict[str, Any]:
        """Return the configuration of a run that replays these pages, and does nothing else."""
        values = {"ids": None if self.ids is None else list(self.ids), "wire": self.wire, "reason": self.reason}
        return {CONF_KEY: {name: value for name, value in values.items() if value is not None}}


def read_replay_request(conf: Mapping[str, Any] | None) -> ReplayRequest | None:
    """Return what the configuration of a run asks for; None if it asks for no replay, as that of a scheduled run.

    Raises:
        BadInput: It is not a request.
    """
    from copydesk.pipeline.core.errors import BadInput

    wanted = (conf or {}).get(CONF_KEY)
    if wanted is None:
        return None
    remedy = 'Use {"replay": {}} for all pages, with "ids" (a list of numbers), "wire" or "reason" for some.'
    if not isinstance(wanted, dict) or wanted.keys() - {"ids", "wire", "reason"}:
        raise BadInput(f"{wanted!r} does not say which pages to replay.", remedy)
    ids, wire, reason = wanted.get("ids"), wanted.get("wire"), wanted.get("reason")
    are_numbers = ids is None or (isinstance(ids, list) and all(type(one) is int for one in ids))
    if not are_numbers or not all(one is None or isinstance(one, str) for one in (wire, reason)):
        raise BadInput(f"{wanted!r} does not say which pages to replay.", remedy)
    return ReplayRequest(ids, wire, reason)
