"""Generate docs/settings.md from the settings; `make docs` runs this, and a test checks that the page is up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from copydesk.pipeline.config.setting_rows import read_descriptions
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.settings_file import get_field, get_variable, list_keys
from copydesk.pipeline.core.settings_tables import format_text, get_table, is_optional

PAGE_PATH = Path(__file__).resolve().parents[2] / "docs" / "settings.md"

_HEADER = """# Settings

Generated from the settings by `make docs`. Everything works without any setting. To change one:

- write it into `copydesk.toml` in the data folder,
- run `copydesk config set KEY VALUE`, or
- set its environment variable.

An environment variable has precedence over the file, and the file over the default. `copydesk config` shows all values
and where each of them comes from; values that may contain a password are masked. `copydesk config path` prints the
path of the file.

```toml
# copydesk.toml
ui_port = 8181
keep_page_days = 90

[wires]
enabled = ["menafn", "language=de"]
```

- An unknown key or an invalid value is an error that names the file and the key.
- Relative paths in the file are relative to the folder of the file; those in variables are relative to the current
  folder.
- In a variable, the items of a list are separated by commas, and folders by `:`. A blank variable sets no value.
- To use a settings file in another place, set `COPYDESK_CONFIG` to its path. `home` can be set only in such a file,
  or by `COPYDESK_HOME`.
- While `copydesk up` is running, commands in other shells of the same user use its ports, wires and data folder,
  without any variable; `copydesk config` shows these values as *running up*. A running `up` notices most changes of
  the file; changes of `ui_port`, `parallelism`, `sources` and `sample_...` take effect after `copydesk down` and
  `copydesk up`.
- `copydesk config set` keeps the comments in the file. Only your user can read a file that it creates.

In an existing Airflow, set the variables for all its components, or copy the file to each machine and set
`COPYDESK_CONFIG`.
"""

_FOOTER = """## Other variables

| variable | description |
|---|---|
| `COPYDESK_CONFIG` | Path of the settings file. Default: `copydesk.toml` in the data folder. |
| `COPYDESK_LOGIN_<NAME>` | The login of a wire, `user:password` ([sources](sources.md#logins)). |
| `COPYDESK_NO_FORK` | If set, crawls and extractions run in new processes instead of forks ([speed](speed.md)). |
"""


def render_page() -> str:
    """Return the page."""
    return "\n".join([_HEADER, *_render_tables(), _FOOTER])


def _render_tables() -> Iterator[str]:
    descriptions = read_descriptions(Settings)
    yield "## Top level\n"
    yield from _render_rows([key for key in list_keys(Settings) if "." not in key], descriptions)
    for name, field in Settings.model_fields.items():
        if get_table(field.annotation):
            yield f"## [{name}]\n\n{descriptions.get(name, '')}\n"
            yield from _render_rows([key for key in list_keys(Settings) if key.startswith(f"{name}.")], descriptions)


def _render_rows(keys: list[str], descriptions: dict[str, str]) -> Iterator[str]:
    yield "| key | variable | default | values | description |\n|---|---|---|---|---|"
    for key in keys:
        field = get_field(key, Settings)
        text = descriptions[key].replace("|", "\\|").replace("``", "`")
        yield (
            f"| `{key.rpartition('.')[2]}` | `{get_variable(key)}` | {_format_default(field)} | {_format_limits(field)}"
            f" | {text} |"
        )
    yield ""


def _format_default(field: FieldInfo) -> str:
    if field.default_factory is not None and field.annotation is Path:
        return "-"  # depends on the user
    text = format_text(field.get_default(call_default_factory=True))
    return "-" if text in ("", "{}") else f"`{text}`"


def _format_limits(field: FieldInfo) -> str:
    limits = {
        name: value
        for part in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if (value := getattr(part, name, None)) is not None
    }
    low = f"{limits['ge']:,}" if "ge" in limits else f"above {limits['gt']:,}" if "gt" in limits else ""
    high = f"{limits['le']:,}" if "le" in limits else f"below {limits['lt']:,}" if "lt" in limits else ""
    between = f"{low} to {high}" if low and high else f"{low} or more" if "ge" in limits else low or high
    blank = "blank" if is_optional(field.annotation) and field.get_default() is not None else ""
    return ", ".join(filter(None, (between, blank))) or "-"


def main() -> None:
    """Write the page."""
    PAGE_PATH.write_text(render_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
