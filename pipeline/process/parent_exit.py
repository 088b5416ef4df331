"""Processes that do not outlive another one, usually their parent, even after ``kill -9``."""

from __future__ import annotations

import ctypes
import os
import select
import sys
import threading
from signal import Signals

_PR_SET_PDEATHSIG = 1
"""The prctl option that sends a signal when the parent exits; see prctl(2)."""


def request_signal_on_parent_exit(parent: int, number: Signals) -> bool:
    """Let the system send this process a signal when its parent exits. Linux only; elsewhere, do nothing.

    Args:
        parent: The parent's process ID.
        number: The signal.

    Returns:
        False if the parent exited before the request, so that no signal will come.
    """
    if not sys.platform.startswith("linux"):
        return True
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    return os.getppid() == parent


def request_signal_on_exit(process: int, number: Signals) -> bool:
    """As ``request_signal_on_parent_exit``, for any process of this machine, such as the parent of the parent.

    Args:
        process: The process ID.
        number: The signal that this process gets.

    Returns:
        False if there is no such process.
    """
    if not sys.platform.startswith("linux"):
        return True
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return False
    threading.Thread(target=_signal_after, args=(handle, number), name="exit-watch", daemon=True).start()
    return True


def _signal_after(handle: int, number: Signals) -> None:
    select.select([handle], [], [])  # readable once the process has ended
    os.kill(os.getpid(), number)
