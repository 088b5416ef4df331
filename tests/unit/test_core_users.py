"""Modules of core are shared: each is imported by two or more other packages, or by core itself."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = "copydesk.pipeline.core"


def name_module(path: Path) -> str:
    """Return the name that a file is imported by."""
    return ".".join(("copydesk", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def name_package(module: str) -> str:
    """Return the package of a module: one of the pipeline's, or the crawler or dags as a whole."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[1] == "pipeline" else 2])


def list_imports(path: Path) -> Iterator[str]:
    """Yield the modules, and the names in modules, that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def map_users() -> dict[str, set[str]]:
    """Return the packages that import each name."""
    users = defaultdict(set)
    for folder in ("crawler", "dags", "pipeline"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in list_imports(path):
                users[name].add(name_package(name_module(path)))
    return users


@pytest.mark.parametrize("module", sorted(map(name_module, (ROOT / "pipeline" / "core").rglob("*.py"))))
def test_module_of_core_has_two_packages_or_core_as_users(module: str) -> None:
    users = map_users()[module]
    assert CORE in users or len(users) >= 2, f"only {users or 'nothing'} imports {module}: move it there"
