"""The results of `copydesk wires check` in the data folder: the last one of each wire, and an unfinished bulk check."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from copydesk.pipeline.core.settings import Settings

RESUME_WITHIN = timedelta(hours=24)
"""How long an interrupted bulk check is continued. Older results say little about today."""
LIVE_STATE = "live"


@dataclass(frozen=True, slots=True)
class BulkCheck:
    """A check of many wires that has begun."""

    check_id: str
    """Its start, in ISO 8601."""
    wires: tuple[str, ...]
    hours: float

    @property
    def started_at(self) -> datetime:
        """When it began (aware)."""
        return datetime.fromisoformat(self.check_id)


class CheckFolder:
    """The ``checks`` folder in the data folder. An unwritable one is ignored: a check works without it."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.home / "checks"
        self._wires = self._folder / "wires"
        self._bulk = self._folder / "bulk.json"

    def begin(
        self, wires: Sequence[str], hours: float, *, restart: bool
    ) -> tuple[BulkCheck, dict[str, dict[str, Any]]]:
        """Begin a bulk check, or continue an interrupted one of the same wires.

        Returns:
            The check, and the results that it has already, by wire.
        """
        data = _read_json(self._bulk)
        now = datetime.now(UTC)
        if data and not restart:
            bulk = BulkCheck(data["check_id"], tuple(data["wires"]), data["hours"])
            is_same = bulk.wires == tuple(wires) and bulk.hours == hours
            if is_same and now - bulk.started_at < RESUME_WITHIN:
                return bulk, {
                    name: result
                    for name in wires
                    if (result := self.read(name)) and result["check_id"] == bulk.check_id
                }
        bulk = BulkCheck(now.isoformat(), tuple(wires), hours)
        _write_json(self._bulk, asdict(bulk))
        return bulk, {}

    def finish(self) -> None:
        """Record that the bulk check is complete."""
        try:
            self._bulk.unlink(missing_ok=True)
        except OSError:
            return

    def read(self, wire: str) -> dict[str, Any] | None:
        """Return the last result of a wire; None if it was never checked."""
        return _read_json(self._wires / f"{wire}.json")

    def save(self, wire: str, result: dict[str, Any], check_id: str = "") -> str:
        """Save the result of a wire; return the day on which it was first seen live, empty if it never was."""
        previous = self.read(wire) or {}
        verified_on = previous.get("verified_on", "")
        if not verified_on and result["state"] == LIVE_STATE:
            verified_on = result["checked_at"][:10]
        _write_json(self._wires / f"{wire}.json", {**result, "check_id": check_id, "verified_on": verified_on})
        return str(verified_on)


def read_last_check(settings: Settings, wire: str) -> dict[str, str] | None:
    """Return the last check of a wire: ``state``, ``checked_at`` and ``verified_on``; None if it was never checked."""
    result = CheckFolder(settings).read(wire)
    return None if result is None else {key: result[key] for key in ("state", "checked_at", "verified_on")}


def read_verified_dates(settings: Settings) -> dict[str, date]:
    """Return the day on which a check first saw each wire live, by wire."""
    dates: dict[str, date] = {}
    folder = settings.home / "checks" / "wires"
    paths = folder.glob("*.json") if os.path.isdir(folder) else ()  # noqa: PTH112 - no error if it cannot be read
    for path in paths:
        verified_on = (_read_json(path) or {}).get("verified_on")
        if verified_on:
            dates[path.stem] = date.fromisoformat(verified_on)
    return dates


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data


def _write_json(path: Path, data: dict[str, Any]) -> None:
    """Write a file atomically, if possible: an interrupted check leaves no half result."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file)
        Path(name).replace(path)
    except OSError:
        return
