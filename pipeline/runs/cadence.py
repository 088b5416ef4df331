"""When a wire is polled: its cadence, and the growing back-off while it fails. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source_values import MAX_EVERY
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import WirePoll

TEMPORARY_RETRY = timedelta(minutes=15)
"""The time until the first retry after a temporary failure, if the wire is polled less often: most outages of a site
end within minutes."""
HARD_RETRY = timedelta(hours=4)
"""The time until the first retry after a hard failure: a feed that is gone rarely comes back soon, but a faulty release
of the site is repaired within hours."""
MAX_BACK_OFF = MAX_EVERY
"""The longest time until a failing wire is polled again: no failure is final."""


def compute_next_poll(poll: WirePoll, every: timedelta) -> datetime:
    """Return the time at which a wire is due again.

    After a good poll, that is after ``every``; at once, if the poll left something behind. While the wire fails, the
    time doubles with each failure in a row, up to a day: a temporary failure starts with ``TEMPORARY_RETRY``, a soft
    one with ``every``, a hard one with ``HARD_RETRY``.

    Args:
        poll: The last poll.
        every: The wire's cadence.
    """
    if poll.grade is None:
        return poll.polled_at + (every if poll.is_complete else timedelta())
    first_wait = {
        FailureGrade.TEMPORARY: min(every, TEMPORARY_RETRY),
        FailureGrade.SOFT: every,
        FailureGrade.HARD: max(every, HARD_RETRY),
    }[poll.grade]
    doublings = min(poll.failures - 1, 16)  # more would overflow, and the limit is long reached
    return poll.polled_at + min(first_wait * (1 << doublings), MAX_BACK_OFF)


def is_due(poll: WirePoll | None, every: timedelta, window: Window) -> bool:
    """Return whether a run polls a wire.

    A wire is polled in the run that is nearest to its time. With a small delay of one run, it would otherwise be polled
    in every other run only.

    Args:
        poll: The wire's last poll; None if it is new.
        every: The wire's cadence.
        window: The window of the run.
    """
    if poll is None:
        return True
    tolerance = min(window.end - window.start, every) / 2
    return compute_next_poll(poll, every) <= window.end + tolerance


def format_poll_time(time: datetime, now: datetime) -> str:
    """Return a time in UTC, without the date if it is today's."""
    time = time.astimezone(UTC)
    same_day = time.date() == now.astimezone(UTC).date()
    return f"{time:%H:%M} UTC" if same_day else f"{time:%Y-%m-%d %H:%M} UTC"
