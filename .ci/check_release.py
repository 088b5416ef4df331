"""Check that the tree can be released: it is clean, and its version is new and has a dated changelog entry.

Exit status 1, with a line per fault, if it cannot.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path


def ask_git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def check(version: str) -> Iterator[str]:
    """Look at the tree in the working folder."""
    if changed := ask_git("status", "--porcelain"):
        yield f"The tree has changes that are not committed; commit or stash them:\n{changed}"
    if ask_git("tag", "--list", f"v{version}"):
        yield f"The tag v{version} exists; raise the version in pyproject.toml."
    pattern = rf"^## \[?v?{re.escape(version)}\]?(?P<rest>.*)$"
    entry = re.search(pattern, Path("CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    if entry is None:
        yield f"CHANGELOG.md has no entry for {version}; add `## {version} - DATE`."
    elif not re.search(r"\d{4}-\d{2}-\d{2}", entry["rest"]):
        yield f"CHANGELOG.md gives no date for {version}; write `## {version} - DATE`, for example 2026-12-01."


if __name__ == "__main__":
    found = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    faults = list(check(found))
    print("\n".join(faults) or f"Version {found} can be released.")
    sys.exit(bool(faults))
