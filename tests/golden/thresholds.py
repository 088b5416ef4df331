"""The thresholds of signing, matching and folding: which numbers decide, and what changes if one of them moves."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import copydesk.pipeline
from copydesk.pipeline.core.profile import THRESHOLDS_PATH, Profile

PACKAGES = ("sign", "match", "fold")
_ROOT = Path(copydesk.pipeline.__file__).parent

IMPLEMENTATION = {
    # Sizes of batches and of tables, which change no result.
    "match.candidate_pairs._MAX_PAIRS_IN_MEMORY", "match.prefilter._TABLE_SLOTS", "sign.alphabet._TABLE_CODE_LIMIT",
    "sign.alphabet._UNICODE_CODE_LIMIT", "sign.long_texts.BATCH_CHARS", "sign.minhash._CHUNK_SHINGLES",
    "sign.figure_words._LOW_BITS", "sign.sketch.BATCH_DOCUMENTS", "sign.words.BLOCK_CHARS",
    # Flags, and parameters of the profile.
    "sign.alphabet.APOSTROPHE", "sign.alphabet.BLANK", "sign.alphabet.CAPITAL", "sign.alphabet.DIGIT",
    "sign.alphabet.JOINER", "sign.alphabet.LETTER", "sign.alphabet.STOP", "sign.alphabet.UNREAD",
    "sign.alphabet.UNSPACED", "sign.shingles.HASH_BASE", "sign.sketch._NORMALIZER", "sign.words.NAME_MARK",
    "sign.words.NUMBER_MARK", "sign.words._BLANK_SIGN", "match.evidence._DAY_SECONDS",
    # What a reader of a story is shown, which decides nothing.
    "sign.passages.MIN_SHARED_PERCENT",
}  # fmt: skip
GUARDS = {"fold.cluster.MAX_MEMBERS", "fold.reconcile.MAX_IDS_PER_FOUNDER"}
"""Numbers that stop a step and change no result; unit tests move them."""

PROFILE_PARAMETERS = (
    "shingle", "keys", "key_words", "figure_weight", "window_hours", "jaccard_percent", "containment_percent",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One threshold moved by one step."""

    name: str
    """``package.module.CONSTANT``, or ``profile.parameter``."""

    old: int
    """The value that it has."""

    new: int
    """The value that it is moved to."""

    def __str__(self) -> str:
        return f"{self.name}: {self.old} -> {self.new}"


@cache
def list_thresholds() -> dict[str, int]:
    """Return every numeric constant of the stages that can change a result, by its full name, sorted."""
    found = {}
    for package in PACKAGES:
        for path in sorted((_ROOT / package).glob("*.py")):
            module = importlib.import_module(f"copydesk.pipeline.{package}.{path.stem}")
            for name in _list_assigned(path):
                value = getattr(module, name)
                full = f"{package}.{path.stem}.{name}"
                if isinstance(value, int) and not isinstance(value, bool) and full not in IMPLEMENTATION:
                    found[full] = value
    return dict(sorted(found.items()))


def _list_assigned(path: Path) -> list[str]:
    """Return the constants that a module defines, and not those that it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    targets = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    return [target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()]


def list_undocumented() -> list[str]:
    """Return the thresholds without a line of evidence: a text or a comment directly below or above them."""
    found = []
    for package in PACKAGES:
        for path in sorted((_ROOT / package).glob("*.py")):
            lines = path.read_text(encoding="utf-8").splitlines()
            tree = ast.parse("\n".join(lines))
            explained = _list_explained(tree, lines)
            names = [name for name in _list_assigned(path) if f"{package}.{path.stem}.{name}" in list_thresholds()]
            found += [f"{package}.{path.stem}.{name}" for name in names if name not in explained]
    return found


def _list_explained(tree: ast.Module, lines: list[str]) -> set[str]:
    """Return the constants with an explanation; consecutive ones share it."""
    explained: set[str] = set()
    block: list[str] = []
    has_comment = False
    previous_end = 0
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.lineno != previous_end + 1 or not block:
                block = []
                has_comment = lines[node.lineno - 2].startswith("# ")
            block.append(node.targets[0].id)
            explained |= set(block) if has_comment else set()
        else:
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            explained |= set(block) if is_text else set()
            block = []
        previous_end = node.end_lineno or node.lineno
    return explained


def write_thresholds() -> bool:
    """Write the values to the file that the profile has a hash of, and return whether it changed."""
    text = json.dumps(list_thresholds(), indent=2) + "\n"
    if THRESHOLDS_PATH.exists() and THRESHOLDS_PATH.read_text(encoding="utf-8") == text:
        return False
    THRESHOLDS_PATH.write_text(text, encoding="utf-8")
    return True


def list_changes() -> list[Change]:
    """Return each threshold moved by one step down and up, a tenth of its value, at least one."""
    values = {name: value for name, value in list_thresholds().items() if name not in GUARDS}
    profile = Profile()
    values |= {f"profile.{name}": getattr(profile, name) for name in PROFILE_PARAMETERS}
    return [
        Change(name, value, value + sign * max(1, round(value / 10)))
        for name, value in values.items()
        for sign in (-1, 1)
    ]


@contextmanager
def apply_change(change: Change | None) -> Iterator[Profile]:
    """Move a threshold in all modules that read it, and yield the profile to work with; None moves nothing."""
    if change is None:
        yield Profile()
        return
    package, _, rest = change.name.partition(".")
    if package == "profile":
        values: dict[str, Any] = {rest: change.new}
        yield replace(Profile(), **values)
        return
    module_name, _, constant = rest.partition(".")
    home = sys.modules[f"copydesk.pipeline.{package}.{module_name}"]
    readers = [module for module in _list_modules() if _reads(module, home, constant)]
    for module in readers:
        setattr(module, constant, change.new)
    try:
        yield Profile()
    finally:
        for module in readers:
            setattr(module, constant, change.old)


def _list_modules() -> list[ModuleType]:
    prefixes = (
        *(f"copydesk.pipeline.{package}" for package in (*PACKAGES, "offline")),
        "tests.golden.choose_pairs",
        "__main__",
    )
    return [module for name, module in list(sys.modules.items()) if name.startswith(prefixes)]


@cache
def _reads(module: ModuleType, home: ModuleType, constant: str) -> bool:
    """Return whether a module defines a constant or imports it from there."""
    if module is home:
        return True
    if not hasattr(module, constant):
        return False
    tree = ast.parse(inspect.getsource(module))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == home.__name__]
    return any(alias.name == constant for node in imports for alias in node.names)


def find_survivors(changes: Sequence[Change], evaluate: Callable[[Profile], object]) -> list[Change]:
    """Return the changes that leave the result of ``evaluate`` as it is."""
    with apply_change(None) as profile:
        expected = evaluate(profile)
    survivors = []
    for change in changes:
        with apply_change(change) as profile:
            if evaluate(profile) == expected:
                survivors.append(change)
    return survivors
