"""Processes that do not outlive their parent, even after ``kill -9``."""

from __future__ import annotations

import ctypes
import os
import sys
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
