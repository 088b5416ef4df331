"""The table ``[page_archive]`` of the settings file."""

from __future__ import annotations

from pydantic import Field, field_validator

from copydesk.pipeline.core.settings_tables import SettingsTable


class PageArchiveTable(SettingsTable):
    """The WARC files to which `maintain` moves old pages."""

    url: str = ""
    """The folder of the files: `s3://bucket/folder`, `gs://`, `az://` or `file:///folder`. Default: none; pages stay in
    the database. Credentials come from the environment, as usual for each storage."""

    after_days: int = Field(default=30, ge=1)
    """Days after the end of a month (UTC) until the pages that were stored in it are moved."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if value and not (scheme and separator and rest):
            raise ValueError("not a URL; write file:///folder for a folder on this machine")
        if scheme == "file" and not rest.startswith("/"):
            raise ValueError("the path of a file:// URL must be absolute, as in file:///folder")
        if "@" in rest.partition("?")[0].partition("/")[0] and scheme not in {"abfs", "abfss", "az"}:
            raise ValueError("a password does not belong in the URL; set it in the environment")
        return value.rstrip("/") if "?" not in value else value
