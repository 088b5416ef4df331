"""The mark of a finished stage: a file in its folder, which says of which input it is. Without Spark."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_FILE = "_stage.json"  # Spark does not read files that begin with an underscore


def write_mark(folder: Path, fingerprint: str) -> None:
    """Mark a stage as finished.

    Args:
        folder: Of the stage; its name is the stage's.
        fingerprint: Of the input and of everything else that the stage depends on.
    """
    (folder / _FILE).write_text(json.dumps({"fingerprint": _hash(folder, fingerprint)}), encoding="utf-8")


def has_mark(folder: Path, fingerprint: str) -> bool:
    """Return whether a stage was finished with this fingerprint."""
    try:
        mark = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # also a mark that was being written when its process was killed
        return False
    return bool(mark["fingerprint"] == _hash(folder, fingerprint))


def _hash(folder: Path, fingerprint: str) -> str:
    return hashlib.sha256(f"{fingerprint} {folder.name}".encode()).hexdigest()
