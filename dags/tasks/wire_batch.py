"""Process the wires of one mapped task one after the other, so that a wire that fails does not lose the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from copydesk.pipeline.core.errors import CopydeskError, Permanent, Transient

if TYPE_CHECKING:
    from airflow.sdk import Context

T = TypeVar("T")
Plan = Mapping[str, str]
"""The plan of one wire, as `plan` passes it on (``WirePlan.to_dict``)."""

ENDED_WIRES_KEY = "ended_wires"
"""The key under which a task keeps which wires of its batch need no further try."""

logger = logging.getLogger(__name__)


class StateStore(Protocol):
    """Airflow's store of values that survive the retries of a task."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> None: ...


class EndedWires:
    """The wires of a task that its retries leave out: those that succeeded, and those that a retry cannot help.

    A task that a person clears begins anew: Airflow raises its ``max_tries`` then, and only then.
    """

    def __init__(self, store: StateStore, max_tries: int) -> None:
        self._store = store
        self._max_tries = max_tries
        saved = store.get(ENDED_WIRES_KEY) or {}
        self._reasons: dict[str, str] = dict(saved["reasons"]) if saved.get("max_tries") == max_tries else {}

    @classmethod
    def load(cls, context: Context) -> EndedWires | None:
        """Return those of a task; None if Airflow offers no store."""
        store = context.get("task_state_store")
        return None if store is None else cls(store, context["ti"].max_tries)

    def __contains__(self, wire: str) -> bool:
        return wire in self._reasons

    @property
    def failures(self) -> dict[str, str]:
        """Why each of them failed that did not succeed."""
        return {wire: reason for wire, reason in self._reasons.items() if reason}

    def add(self, wire: str, reason: str = "") -> None:
        """Save that a wire has ended; ``reason`` says why it failed, if it did."""
        self._reasons[wire] = reason
        self._store.set(ENDED_WIRES_KEY, {"max_tries": self._max_tries, "reasons": self._reasons})


def process_wires(
    plans: Sequence[Plan],
    process: Callable[[Plan], T],
    ended: EndedWires | None = None,
    final: type[Exception] = Permanent,
) -> dict[str, T]:
    """Process all wires of a task, even if some of them fail.

    Args:
        plans: The plans of the wires.
        process: Processes one wire.
        ended: The wires that earlier tries of the task have finished; None to process all.
        final: Another class of errors that a retry cannot help, besides ``Permanent``.

    Returns:
        The result of each wire processed now.

    Raises:
        Exception: The error of the only wire of the task.
        Transient: Some of several wires failed, and a retry can help one of them.
        Permanent: Some of several wires failed, and a retry can help none of them.
    """
    if len(plans) == 1:
        return {plans[0]["wire"]: process(plans[0])}
    results: dict[str, T] = {}
    failures: dict[str, str] = dict(ended.failures) if ended is not None else {}
    can_retry = False
    for number, plan in enumerate(plans, 1):
        wire = plan["wire"]
        if ended is not None and wire in ended:
            logger.info("%s (%s of %s): an earlier try has finished it", wire, number, len(plans))
            continue
        logger.info("%s (%s of %s)", wire, number, len(plans))
        try:
            results[wire] = process(plan)
        except Exception as error:  # the others must not be lost, whatever it is
            logger.error("%s failed: %s", wire, error, exc_info=not isinstance(error, CopydeskError))  # noqa: TRY400 - expected errors
            failures[wire] = str(error)
            if not isinstance(error, (Permanent, final)):
                can_retry = True
                continue
        if ended is not None:
            ended.add(wire, failures.get(wire, ""))
    if failures:
        raise _make_error(failures, len(plans), can_retry=can_retry)
    return results


def _make_error(failures: Mapping[str, str], count: int, *, can_retry: bool) -> Exception:
    reasons = "; ".join(f"{wire}: {reason.removeprefix(f'{wire}: ').rstrip('.')}" for wire, reason in failures.items())
    message = f"{len(failures)} of {count} wires failed: {reasons}."
    return Transient(message) if can_retry else Permanent(message)
