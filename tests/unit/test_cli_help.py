"""The help of `copydesk`: grouped, complete, and shown without loading the commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from copydesk.pipeline.cli import command_index
from copydesk.pipeline.cli.registry import GROUP, list_commands, load_command, make_app

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
POINTS = list_commands()


@pytest.mark.parametrize("name", POINTS)
def test_summary_is_first_sentence_of_command(name: str) -> None:
    command = load_command(name, POINTS[name])
    first = " ".join((command.help or "").split("\n\n")[0].split())
    assert command_index.find_summary(name) == first


def test_help_lists_every_command_in_its_panel() -> None:
    output = CliRunner().invoke(make_app(), ["--help"]).stdout
    for panel, commands in command_index.PANELS.items():
        section = output[output.index(f"─ {panel} ") :].split("╰", 1)[0]
        assert all(f"│ {name} " in section for name in commands if name in POINTS)


def test_every_command_has_a_panel() -> None:
    # Of pyproject.toml: an editable installation has the commands of the day it was made.
    points = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["entry-points"][GROUP]
    assert {name for name in points if "." not in name} == set(command_index.list_commands())


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from copydesk.pipeline.cli.main import run; sys.argv = ['copydesk', '--help']\n"
        "try: run()\n"
        "finally: print(*(m for m in sys.modules if m.startswith('copydesk')), file=sys.stderr)\n"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()
    assert not [
        name for name in loaded if name.startswith(("copydesk.dags", "copydesk.crawler", "copydesk.pipeline.db"))
    ]


@pytest.mark.parametrize("name", POINTS)
def test_help_shows_arguments_and_flags_without_types(name: str) -> None:
    commands = [[name]]
    loaded = load_command(name, POINTS[name])
    if isinstance(loaded, TyperGroup):
        commands += [[name, subcommand] for subcommand in loaded.commands]
    for command in [command for command in commands if command != ["airflow"] and command != ["db", "shell"]]:
        done = CliRunner().invoke(make_app(), [*command, "-h"])
        assert done.exit_code == 0, done.output
        assert "<bool>" not in done.stdout
        assert "{" not in done.stdout.split("\n\n")[0]


def test_unknown_command_is_answered_with_a_suggestion() -> None:
    done = CliRunner().invoke(make_app(), ["storys"])
    assert done.exit_code == 2
    assert "Did you mean 'story', 'stories'?" in done.output


def test_names_of_commands_are_completed() -> None:
    env = {**os.environ, "_COPYDESK_COMPLETE": "complete_bash", "COMP_WORDS": "copydesk sto", "COMP_CWORD": "1"}
    code = "import sys; from copydesk.pipeline.cli.main import run; sys.argv = ['copydesk']; run()"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["stories", "story"], "")
