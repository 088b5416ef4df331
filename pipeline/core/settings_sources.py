"""Where settings come from besides the environment: the settings file, and the `up` that is running."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from copydesk.pipeline.core.running_up import read_fixed_settings, resolve_default_home
from copydesk.pipeline.core.settings_file import locate_settings_file, read_settings_file
from copydesk.pipeline.core.settings_tables import holds_mapping


class StoredSource(PydanticBaseSettingsSource):
    """The settings file and the running `up`; a shell's environment variables have precedence over both.

    The file is in the data folder, so this source comes after those that may set the data folder.
    """

    def __init__(self, settings_cls: type[BaseSettings], *, running_first: bool) -> None:
        """Create the source.

        Args:
            settings_cls: The settings.
            running_first: Whether the running `up` has precedence over the file. It has for commands that look at it,
                and not for an `up` that must fail if the file has changed.
        """
        super().__init__(settings_cls)
        self._running_first = running_first

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return nothing: the values are read together."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values.

        Raises:
            BadSettings: The file cannot be read, is not TOML or has an unknown key.
        """
        state = self.current_state
        stored = read_settings_file(locate_settings_file(find_home(state)), self.settings_cls)
        running = read_fixed_settings(find_home(stored | state))
        values = stored | running if self._running_first else running | stored
        # Mappings of several sources would be merged, but a value has precedence as a whole.
        fields = self.settings_cls.model_fields
        return {name: value for name, value in values.items() if name not in state or not _holds_mapping(fields, name)}


def find_home(values: Mapping[str, Any]) -> Path:
    """Return the data folder that values of settings set, or the default one; it is not validated."""
    home = str(values.get("home") or "").strip()
    return Path(os.path.expanduser(home)).absolute() if home else resolve_default_home()  # noqa: PTH111 - never raises


def find_settings_file() -> Path:
    """Return the path of the settings file of this process, which may be missing."""
    return locate_settings_file(find_home({"home": os.environ.get("COPYDESK_HOME")}))


def _holds_mapping(fields: Mapping[str, FieldInfo], name: str) -> bool:
    return name in fields and holds_mapping(fields[name].annotation)
