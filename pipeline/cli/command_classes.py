"""Commands and groups that show their help the same way everywhere, and a group that loads its commands when needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

_REQUIRED = re.compile(r"^\{(.*)\}(\.\.\.)?$")
"""A required argument in the usage line, as typer writes it."""


_TYPE = re.compile(r"<(?:list\[)?(\w+)(?: range)?\]?>")
"""The type of an option's value, as typer shows it; choices do not match."""

_METAVARS = {"str": "TEXT", "int": "N", "float": "N", "path": "FILE", "file": "FILE", "directory": "FOLDER"}
"""What to show instead, if the option has no name for its value."""


class _ConventionalHelp:
    """Show ``WIRE`` for a required argument instead of ``{WIRE}``, and names in capitals instead of types."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if isinstance(param, TyperArgument) or getattr(param, "is_flag", False):
                # An argument's name says what it is, and the type of a flag is always the same.
                param.display_type_rich = _hide_type
            elif param.metavar is None:
                found = _TYPE.fullmatch(param.display_type_rich(ctx=ctx) or "")
                param.metavar = _METAVARS.get(found[1]) if found else None
        return params

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [_REQUIRED.sub(lambda match: match[1] + (match[2] or ""), piece) for piece in pieces]


class Command(_ConventionalHelp, TyperCommand):
    """A command."""


class Group(_ConventionalHelp, TyperGroup):
    """A group of commands."""


class LazyGroup(Group):
    """A group that loads a command when it is run; its help shows summaries.

    Subclasses set the two attributes.
    """

    summaries: Mapping[str, TyperCommand]
    """For each command a placeholder with its name, summary and panel."""

    load_command: Callable[[str], TyperCommand | TyperGroup]
    """Return the real command."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, summary in self.summaries.items():
            self.add_command(summary, name)
        self._loaded: set[str] = set()

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that the arguments start with, and resolve it."""
        name = args[0]
        if name in self.summaries and name not in self._loaded:
            self.add_command(self.load_command(name), name)
            self._loaded.add(name)
        return super().resolve_command(ctx, args)


def _hide_type(**_: Any) -> None:
    """Replace ``display_type_rich`` of a parameter."""
