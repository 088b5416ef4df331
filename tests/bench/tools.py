"""The benchmarked tools, and the packages that they come from, which may be missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from contextlib import suppress
from dataclasses import dataclass

OURSELVES = "copydesk"


@dataclass(frozen=True, slots=True)
class BenchTool:
    """``name`` is for tables, ``package`` is the distribution."""

    name: str
    package: str

    @property
    def ours(self) -> bool:
        return self.package == OURSELVES

    @property
    def module(self) -> str:
        """Return the name to import."""
        return {"readability-lxml": "readability", "newspaper4k": "newspaper"}.get(self.package, self.package)

    @property
    def present(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """Return the installed version; empty for Copydesk, and if the package runs from its folder."""
        if not self.ours:
            with suppress(importlib.metadata.PackageNotFoundError):
                return importlib.metadata.version(self.package)
        return ""
