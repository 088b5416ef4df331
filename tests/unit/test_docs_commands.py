"""Every command in the documentation exists, with its options and values."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from copydesk.pipeline.cli.registry import PASSTHROUGH_COMMANDS, list_commands, load_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
GENERATED = {"cli.md"}


def list_documented_commands() -> list[Any]:
    """Return the commands of all shell blocks, each with its page."""
    found = {}
    for page in PAGES:
        for block in re.findall(
            r"^ *```(?:sh)?\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.strip().removeprefix(".venv/bin/")
                if command.startswith("copydesk ") and page.name not in GENERATED:
                    found[command] = page.relative_to(ROOT).as_posix()
    return [pytest.param(text, id=f"{page}: {text}") for text, page in found.items()]


@pytest.mark.parametrize("text", list_documented_commands())
def test_documented_command_exists(text: str) -> None:
    words = shlex.split(text, comments=True)[1:]
    words = words[: next((at for at, word in enumerate(words) if word in {">", "|", "&&"}), None)]
    points = list_commands()
    command: Any = load_command(words[0], points[words[0]])
    context = typer.Context(command, info_name=words[0])
    rest = words[1:]
    while isinstance(command, typer.core.TyperGroup) and rest and not rest[0].startswith("-"):
        name, command, rest = command.resolve_command(context, rest)
        assert command is not None, f"{words[0]} has no command {name}"
    if words[0] not in PASSTHROUGH_COMMANDS:
        command.make_context(words[0], rest)  # raises a usage error
