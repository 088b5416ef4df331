"""Which wires are enabled: the names and selections in the settings, and what the source files say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.source import Source

SELECTION_KEYS = ("kind", "language", "country")
"""The keys of a source by which wires are selected, in the order in which a selection is written."""


@dataclass(frozen=True, slots=True)
class WireSelection:
    """All wires with certain values, such as ``kind=agency language=de``."""

    values: tuple[tuple[str, str], ...]
    """Pairs of a key in ``SELECTION_KEYS`` and a value in lower case, in the order of the keys."""

    @classmethod
    def make(cls, values: Mapping[str, str]) -> WireSelection:
        """Return the selection of wires with these values; empty ones are ignored."""
        return cls(tuple((key, values[key].lower()) for key in SELECTION_KEYS if values.get(key)))

    @classmethod
    def parse(cls, text: str) -> WireSelection:
        """Return a selection from its text.

        Raises:
            BadSettings: A key is unknown, or a value is missing.
        """
        values: dict[str, str] = {}
        for part in text.split():
            key, _, value = part.partition("=")
            if key not in SELECTION_KEYS or not re.fullmatch("[A-Za-z-]+", value) or key in values:
                raise BadSettings(
                    f"Invalid selection of wires {text!r} in the settings.",
                    "Write it as `language=de`, `kind=agency`, `country=in`, or several of them separated by spaces.",
                )
            values[key] = value
        return cls.make(values)

    def __str__(self) -> str:
        return " ".join(f"{key}={value}" for key, value in self.values)

    def matches(self, source: Source) -> bool:
        """Return whether a wire has all values of the selection."""
        return all(str(getattr(source, key) or "").lower() == value for key, value in self.values)


class WireChoice:
    """The wires that the settings enable and disable.

    A name has precedence over a selection, and ``disabled`` over ``enabled``. A wire that the settings do not mention
    is as its source file says if it is the user's own, and disabled if it ships with Copydesk.
    """

    def __init__(self, enabled: Iterable[str], disabled: Iterable[str]) -> None:
        """Split names from selections, which contain ``=``.

        Raises:
            BadSettings: A selection is invalid.
        """
        self.enabled_names, self._enabled = _split(enabled)
        self._disabled_names, self._disabled = _split(disabled)

    @property
    def has_selections(self) -> bool:
        """Whether a wire can be enabled without being named."""
        return bool(self._enabled)

    def is_enabled(self, source: Source, *, own: bool) -> bool:
        """Return whether runs process a wire.

        Args:
            source: The wire.
            own: Whether its source file is the user's own.
        """
        if source.name in self._disabled_names:
            return False
        if source.name in self.enabled_names:
            return True
        if any(selection.matches(source) for selection in self._disabled):
            return False
        return any(selection.matches(source) for selection in self._enabled) or (own and source.enabled)


def _split(items: Iterable[str]) -> tuple[frozenset[str], tuple[WireSelection, ...]]:
    names = {item for item in items if "=" not in item}
    return frozenset(names), tuple(WireSelection.parse(item) for item in items if "=" in item)
