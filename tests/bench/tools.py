"""Where those come from whom we are measured against: packages that may be here or not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from contextlib import suppress
from dataclasses import dataclass

OURSELVES = "copydesk"


@dataclass(frozen=True, slots=True)
class BenchTool:
    """``name`` is for tables, ``package`` is what it comes in."""

    name: str
    package: str

    @property
    def ours(self) -> bool:
        return self.package == OURSELVES

    @property
    def module(self) -> str:
        """What is imported of it, where that has another name."""
        return {"readability-lxml": "readability", "newspaper4k": "newspaper"}.get(self.package, self.package)

    @property
    def present(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """The installed version; empty for ourselves, and where the package runs from its folder."""
        if not self.ours:
            with suppress(importlib.metadata.PackageNotFoundError):
                return importlib.metadata.version(self.package)
        return ""
