"""The settings of Copydesk: one frozen object, read from the environment (``COPYDESK_...``)."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from copydesk.pipeline.core.errors import BadSettings

_SHELL_METACHARACTERS = '"$`\\'
"""Characters with a meaning to a shell inside double quotes, which is how pg_ctl passes on the data folder."""

SOURCES_GROUP = "copydesk.sources"
"""Entry point group of the folders of shipped sources; packages with a crawler register them."""


@cache
def list_shipped_sources() -> tuple[Path, ...]:
    """Return the folders of sources that the installed packages ship."""
    points = distribution("copydesk").entry_points
    return tuple(point.load() for point in points if point.group == SOURCES_GROUP)


def _format_variable(value: object) -> str:
    """Return a setting's value in the format of its environment variable."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return os.pathsep.join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _default_home() -> Path:
    # PostgreSQL refuses to run as root, and other users cannot read root's home.
    return Path("/var/lib/copydesk") if os.geteuid() == 0 else Path(platformdirs.user_data_dir("copydesk"))


def _resolve_path(path: Path) -> Path:
    """Return the absolute path, because Airflow and the spiders run in other working directories."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(str(error).rstrip(".")) from None


class Settings(BaseSettings):
    """The settings. Each one is read from the environment variable ``COPYDESK_<NAME>``, with the name in upper case."""

    model_config = SettingsConfigDict(env_prefix="COPYDESK_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_default_home)
    """The data folder: embedded database, Airflow home, logs, your own sources."""

    database_url: SecretStr | None = None
    """A PostgreSQL server (15 or later) to use instead of the embedded one:
    ``postgresql://user:password@host:port/name``."""

    sources: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders with one TOML file per wire, separated by ``:``. Default: the shipped ones, then ``<home>/sources``."""

    ui_port: int = Field(default=8080, ge=1, le=65535)
    """Port of Airflow's UI, on localhost."""

    sample_port: int = Field(default=8801, ge=1, le=65000)
    """First port of the sample network, on localhost; each sample wire has its own port."""

    sample_seed: int = 7
    """Seed of the sample network's stories."""

    sample_per_day: int = Field(default=200, ge=10, le=1_000_000)
    """Articles that the sample wires publish per day."""

    parallelism: int = Field(default=4, ge=1, le=64)
    """Maximum number of tasks that the embedded Airflow runs at once."""

    late_minutes: int = Field(default=30, ge=1)
    """Minutes after which an unfinished scheduled run is reported as late."""

    approval_hours: float = Field(default=24, gt=0, le=8760)
    """Hours that `reprocess` waits for approval; without an answer it is rejected."""

    notifier: str = ""
    """Import path of an Airflow notifier that receives the warnings of a run: ``package.module.Class``."""

    notifier_arguments: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the notifier, as a JSON object; its templates can use ``warnings``, a list of sentences."""

    extract_seconds: float = Field(default=5.0, gt=0)
    """CPU time limit for the extraction of one page, in seconds."""

    extract_megabytes: int = Field(default=512, ge=64)
    """Memory limit for the extraction of one page, in MiB, on top of what an idle worker uses."""

    max_page_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """Size limit of a page, in bytes, after decompression."""

    crawl_megabytes: int = Field(default=512, ge=0)
    """Memory limit of a crawl, in MiB, on top of what an idle spider uses (0: none)."""

    keep_page_days: int | None = Field(default=None, ge=1)
    """Days to keep the bytes of a page after it was fetched. Default: forever. Articles are always kept."""

    keep_quarantine_days: int | None = Field(default=90, ge=1)
    """Days to keep the record of a page after it has left the quarantine. Pages in quarantine are always kept."""

    @field_validator("keep_page_days", "keep_quarantine_days", mode="before")
    @classmethod
    def _parse_blank_as_unlimited(cls, value: object) -> object:
        return (value.strip() or None) if isinstance(value, str) else value

    @field_validator("home", mode="before")
    @classmethod
    def _parse_blank_as_default(cls, value: object) -> object:
        return _default_home() if isinstance(value, str) and not value.strip() else value

    @field_validator("home")
    @classmethod
    def _check_home(cls, value: Path) -> Path:
        home = _resolve_path(value)
        if any(character in _SHELL_METACHARACTERS or not character.isprintable() for character in str(home)):
            raise ValueError(f"the path must not contain any of {_SHELL_METACHARACTERS} or an unprintable character")
        return home

    @field_validator("database_url", mode="before")
    @classmethod
    def _parse_blank_as_unset(cls, value: object) -> object:
        return (value.strip() or None) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return value
        import psycopg  # imported here because it is slow to load and the DAG processor rarely needs it
        from psycopg.conninfo import conninfo_to_dict

        try:
            conninfo_to_dict(value.get_secret_value())
        except psycopg.Error:  # not chained: its text may contain the password
            raise ValueError("not a PostgreSQL URL (postgresql://user:password@host:port/name)") from None
        return value

    @field_validator("sources", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        return value

    @field_validator("sources")
    @classmethod
    def _resolve_paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(map(_resolve_path, value))

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process reads the same settings.

        All settings are included; an unset one is an empty string. The values may contain passwords: pass them to a
        child's environment, and nowhere else.
        """
        return {f"COPYDESK_{name.upper()}": _format_variable(getattr(self, name)) for name in type(self).model_fields}

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """The folders that are searched for sources; a file in a later folder overrides the same name in an earlier."""
        own = self.home / "sources"
        # ``Path.is_dir`` raises if permission is denied, but many commands need no data folder.
        return self.sources or (*list_shipped_sources(), *([own] if os.path.isdir(own) else []))  # noqa: PTH112

    @property
    def database_folder(self) -> Path:
        """The data folder of the embedded PostgreSQL."""
        return self.home / "postgres"

    @property
    def airflow_home(self) -> Path:
        """The home of the embedded Airflow."""
        return self.home / "airflow"

    @property
    def user_dags_folder(self) -> Path:
        """The folder of the user's own DAGs, which the embedded Airflow runs too."""
        return self.home / "dags"

    @property
    def sample_folder(self) -> Path:
        """The folder of the sample network."""
        return self.home / "sample"


@cache
def load_settings() -> Settings:
    """Return the settings; the environment is read once per process.

    Raises:
        BadSettings: A variable has an invalid value.
    """
    return _read_environment()


@cache
def load_settings_without_database() -> Settings:
    """Return the settings without the database URL, for callers that do not connect: checking the URL loads psycopg.

    Raises:
        BadSettings: A variable has an invalid value.
    """
    return _read_environment(database_url=None)


def _read_environment(**overrides: Any) -> Settings:
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = "COPYDESK_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"Invalid value of {name}: {reason}.", f"Correct {name} or unset it.") from None
