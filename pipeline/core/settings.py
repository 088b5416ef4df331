"""Every setting of Copydesk, in one frozen object read from the environment (``COPYDESK_...``)."""

from __future__ import annotations

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
"""What a shell would take for something else; pg_ctl gives the data folder's name to one, in double quotes."""

SOURCES_GROUP = "copydesk.sources"
"""The group of entry points that name folders of shipped sources: whoever crawls registers them."""


@cache
def list_shipped_sources() -> tuple[Path, ...]:
    """The folders of sources that the installed packages ship."""
    points = distribution("copydesk").entry_points
    return tuple(point.load() for point in points if point.group == SOURCES_GROUP)


def _default_home() -> Path:
    # PostgreSQL can't run as root, and no other user can reach into root's own folders.
    return Path("/var/lib/copydesk") if os.geteuid() == 0 else Path(platformdirs.user_data_dir("copydesk"))


def _resolve_path(path: Path) -> Path:
    """The folder that is meant, whatever the current one: Airflow and the spiders run in folders of their own."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(str(error).rstrip(".")) from None


class Settings(BaseSettings):
    """The settings; each is the environment variable ``COPYDESK_<NAME IN CAPITALS>``.

    Raises ``BadSettings`` (through ``load``) naming the variable that can't be used.
    """

    model_config = SettingsConfigDict(env_prefix="COPYDESK_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_default_home)
    """Where everything is kept that has no other place: embedded database, Airflow's home, logs, own sources."""

    database_url: SecretStr | None = None
    """A PostgreSQL (>= 15) to use instead of the embedded one: ``postgresql://user:password@host:port/name``."""

    sources: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders with one TOML file a wire, separated by ``:``. Unset: those shipped, then ``<home>/sources``."""

    ui_port: int = Field(default=8080, ge=1, le=65535)
    """Where Airflow's UI listens (on loopback)."""

    sample_port: int = Field(default=8801, ge=1, le=65000)
    """The first port of the sample network; each sample wire has one of its own."""

    sample_seed: int = 7
    sample_per_day: int = Field(default=200, ge=10, le=1_000_000)

    parallelism: int = Field(default=4, ge=1, le=64)
    """How many tasks the embedded Airflow runs at once."""

    late_minutes: int = Field(default=30, ge=1)
    """How long after its hour a run of the schedule may end before it is told as late."""

    approval_hours: float = Field(default=24, gt=0, le=8760)
    """How long `reprocess` waits for a person's answer before it takes it for a no."""

    notifier: str = ""
    """An Airflow notifier that is told what a run found odd: its import path, ``package.module.Class``."""

    notifier_arguments: dict[str, Any] = Field(default_factory=dict)
    """What the notifier is made with, as JSON; its templates find the sentences in ``warnings``."""

    extract_seconds: float = Field(default=5.0, gt=0)
    """How long one page may take to extract, in the processor's time, before its worker is ended."""

    extract_megabytes: int = Field(default=512, ge=64)
    """How much memory an extraction worker may use beyond what it starts with."""

    max_page_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """The largest page kept, after decompression."""

    keep_page_days: int | None = Field(default=None, ge=1)
    """For how many days a page's bytes are kept after they were fetched; unset: for ever. Articles always are."""

    keep_quarantine_days: int | None = Field(default=90, ge=1)
    """For how many days the note of a page that has left the quarantine is kept; what is in it stays."""

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
            raise ValueError(
                f"a folder's name may hold none of {_SHELL_METACHARACTERS} and nothing that can't be printed"
            )
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
        import psycopg  # here, for it is slow to load and most runs of the DAG processor need none
        from psycopg.conninfo import conninfo_to_dict

        try:
            conninfo_to_dict(value.get_secret_value())
        except psycopg.Error:  # its text may quote the address, and with it the password
            raise ValueError("it is no address of a PostgreSQL (postgresql://user:password@host:port/name)") from None
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

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """The folders that are searched for sources, later ones winning."""
        own = self.home / "sources"
        # Not ``Path.is_dir``, which raises where we may not look: many commands need no data folder.
        return self.sources or (*list_shipped_sources(), *([own] if os.path.isdir(own) else []))  # noqa: PTH112

    @property
    def database_folder(self) -> Path:
        return self.home / "postgres"

    @property
    def airflow_home(self) -> Path:
        return self.home / "airflow"

    @property
    def user_dags_folder(self) -> Path:
        """The user's DAGs, which the embedded Airflow runs beside ours."""
        return self.home / "dags"

    @property
    def sample_folder(self) -> Path:
        return self.home / "sample"


@cache
def load_settings() -> Settings:
    """Read the environment once.

    Raises:
        BadSettings: a variable has a value that can't be used.
    """
    return _read_environment()


@cache
def load_settings_without_database() -> Settings:
    """The settings without the database's address, for who does not connect: checking that loads what is slow to load.

    Raises:
        BadSettings: as ``load``.
    """
    return _read_environment(database_url=None)


def _read_environment(**overrides: Any) -> Settings:
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        told = first["msg"].removeprefix("Value error, ")
        name = "COPYDESK_" + "_".join(str(part) for part in first["loc"]).upper()
        remedy = f"Set {name} to a usable value or unset it."
        raise BadSettings(f"{name} can't be used: {told}.", remedy) from None
