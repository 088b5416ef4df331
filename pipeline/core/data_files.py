"""Data files that ship with the program."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; once per process, so the caller must not change them."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
