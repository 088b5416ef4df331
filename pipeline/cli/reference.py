"""Generate docs/cli.md from the commands; `make docs` runs this, and a test checks that the page is up to date."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperGroup

from copydesk.pipeline.cli import command_index
from copydesk.pipeline.cli.registry import PASSTHROUGH_COMMANDS, list_commands, load_command

PAGE_PATH = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
PAGE_HEADER = """# The command line

Generated from the commands by `make docs`. `copydesk COMMAND --help` shows the same text, and `copydesk
--install-completion` lets your shell complete commands, wires and IDs of stories.

**Times** (`TIME`) are ISO 8601, in UTC unless they have an offset, or relative to now: `90m`, `24h`, `7d`, `2w`,
`today` and `yesterday` (the start of that day in UTC), `now`. A prefix of an **ID** is enough if it is unambiguous.
`--json` prints one JSON object per line.

**Exit statuses**: 0 success, 1 a check failed, 2 wrong usage, 65 bad data, 66 unknown name, 69 database or port
unavailable, 74 output cannot be written, 75 try again later, 77 missing rights, 78 bad setting, 130 Ctrl-C.
"""
LINE_CHARS = 120


def render_page() -> str:
    """Return the page."""
    points = list_commands()
    panels: dict[str, list[str]] = {}
    for name in points:
        panels.setdefault(command_index.find_panel(name), []).append(name)
    parts = [PAGE_HEADER]
    for panel in [*command_index.PANELS, command_index.OTHER_PANEL]:
        if panel in panels:
            parts.append(f"## {panel}\n")
            for name in panels[panel]:
                parts += _render_command(load_command(name, points[name]), f"copydesk {name}")
    return "\n".join(parts).rstrip() + "\n"


def _render_command(command: Any, path: str) -> Iterator[str]:
    is_passthrough = path.rsplit(maxsplit=1)[-1] in PASSTHROUGH_COMMANDS
    context = typer.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield f"### {path.removeprefix('copydesk ')}\n"
    yield f"```text\n{usage}\n```\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield from _wrap(" ".join(paragraph.split()))
        yield ""
    params = [param for param in command.get_params(context) if "--help" not in param.opts and not param.hidden]
    if params and not is_passthrough:
        yield "| argument or option | description | default |\n|---|---|---|"
        for param in params:
            cells = _format_name(param, context), _escape(param.help or ""), _format_default(param, context)
            yield f"| {' | '.join(cells)} |"
        yield ""
    if isinstance(command, TyperGroup):
        for name, subcommand in command.commands.items():
            yield from _render_command(subcommand, f"{path} {name}")


def _format_name(param: Any, context: typer.Context) -> str:
    if isinstance(param, TyperArgument):
        return f"`{_escape(param.metavar or param.name.upper())}`"
    names = [*param.opts, *param.secondary_opts]
    kind = "" if param.is_flag else param.metavar or (param.display_type_rich(ctx=context) or "").strip("<>")
    return _escape(f"`{', '.join(names)}{f' {kind}' if kind else ''}`")


def _format_default(param: Any, context: typer.Context) -> str:
    if param.required:
        return "required"
    if isinstance(param.show_default, str):
        return _escape(param.show_default)
    default = param.get_default(context, call=False)
    if default in (None, "", False) or default == ():
        return "-"
    return f"`{_escape(str(getattr(default, 'value', default)))}`"


def _escape(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("\\[", "[")


def _wrap(text: str) -> Iterator[str]:
    """Yield the lines of a paragraph. A line may break within code: Markdown shows a blank there."""
    while len(text) > LINE_CHARS:
        end = text.rfind(" ", 0, LINE_CHARS + 1)
        if end < 0:
            break
        yield text[:end]
        text = text[end + 1 :]
        if re.match(r"[-+*]\s|#+\s|>|\d+\.\s", text):  # would start a list, a heading or a quotation
            text = f"\\{text}"
    yield text


def main() -> None:
    """Write the page; with ``--check``, exit with status 1 if it is out of date."""
    page = render_page()
    if "--check" in sys.argv:
        sys.exit(None if page == PAGE_PATH.read_text("utf-8") else "docs/cli.md is out of date: run `make docs`.")
    PAGE_PATH.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
