"""The settings of Copydesk: one frozen object, read from the environment (``COPYDESK_...``) and ``copydesk.toml``."""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from copydesk.pipeline.core.crawler_identity import Contact, UserAgent
from copydesk.pipeline.core.dag_tables import MaintainTable, NewswireTable, RefoldTable, ReprocessTable
from copydesk.pipeline.core.page_archive_table import PageArchiveTable
from copydesk.pipeline.core.running_up import FIXED_AT_START, resolve_default_home
from copydesk.pipeline.core.settings_file import (
    CONFIG_VARIABLE,
    get_named_file,
    get_variable,
    list_keys,
    locate_settings_file,
    make_settings_error,
    read_settings_file,
)
from copydesk.pipeline.core.settings_sources import StoredSource, find_settings_file
from copydesk.pipeline.core.settings_tables import TextValues, WiresSettings, format_text, resolve_path

_SHELL_METACHARACTERS = '"$`\\'
"""Characters with a meaning to a shell inside double quotes, which is how pg_ctl passes on the data folder."""

SOURCES_GROUP = "copydesk.sources"
"""Entry point group of the folders of shipped sources; packages with a crawler register them."""


@cache
def list_shipped_sources() -> tuple[Path, ...]:
    """Return the folders of sources that the installed packages ship."""
    return tuple(point.load() for point in distribution("copydesk").entry_points if point.group == SOURCES_GROUP)


class Settings(TextValues, BaseSettings):
    """The settings. An environment variable (``get_variable``) has precedence over the ``copydesk.toml`` file."""

    model_config = SettingsConfigDict(
        env_prefix="COPYDESK_", env_nested_delimiter="__", enable_decoding=False, frozen=True, extra="ignore"
    )

    reads_environment: ClassVar[bool] = True
    running_up_first: ClassVar[bool] = True

    home: Path = Field(default_factory=resolve_default_home)
    """The data folder: embedded database, Airflow home, logs, your own sources. Default: `/var/lib/copydesk` for root,
    else `copydesk` in the user's folder for application data (`~/.local/share` on Linux)."""

    database_url: SecretStr | None = None
    """A PostgreSQL server (15 or later) to use instead of the embedded one:
    ``postgresql://user:password@host:port/name``."""

    sources: tuple[Path, ...] = ()
    """Folders with one TOML file per wire, separated by ``:`` in a variable. Default: the shipped ones, then
    ``<home>/sources``."""

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
    """Hours that `reprocess` and `refold` wait for approval; if there is no answer, the change is rejected."""

    notifier: str = ""
    """Import path of an Airflow notifier that receives the warnings of a run: ``package.module.Class``."""

    notifier_arguments: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the notifier, as a JSON object; its templates can use ``warnings``, a list of sentences."""

    webhooks: tuple[str, ...] = ()
    """Airflow connections of webhooks that receive story events."""

    extract_seconds: float = Field(default=5.0, gt=0)
    """CPU time limit for the extraction of one page, in seconds."""

    extract_megabytes: int = Field(default=512, ge=64)
    """Memory limit for the extraction of one page, in MiB, on top of what an idle worker uses."""

    max_page_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    """Size limit of a page, in bytes, after decompression."""

    crawl_megabytes: int = Field(default=512, ge=0)
    """Memory limit of a crawl, in MiB, on top of what an idle spider uses (0: none)."""

    contact: Contact = ""
    """An e-mail address or a URL at which publishers can reach you. It is part of the User-Agent header, and required
    before a wire with a public address is crawled."""

    user_agent: UserAgent = ""
    """The User-Agent header. Default: product and version, with the contact."""

    requests_per_run: int | None = Field(default=None, ge=1)
    """Maximum number of requests in one crawl of a wire, of any kind. Default: no limit, apart from a wire's
    ``max_pages``."""

    requests_per_day: int | None = Field(default=20_000, ge=1)
    """Maximum number of requests to a host on one day (UTC), in all runs together; blank: no limit. The default is one
    request per second for five and a half hours."""

    keep_page_days: int | None = Field(default=None, ge=1)
    """Days for which the bytes of a page are kept after it was fetched. Default: forever. Articles are always kept."""

    keep_quarantine_days: int | None = Field(default=90, ge=1)
    """Days to keep the record of a page that has left the quarantine. Pages in quarantine are always kept."""

    page_archive: PageArchiveTable = PageArchiveTable()
    """The WARC files to which `maintain` moves old pages."""
    wires: WiresSettings = WiresSettings()
    """The wires that runs crawl."""

    newswire: NewswireTable = NewswireTable()
    """The shipped DAG that crawls wires."""
    reprocess: ReprocessTable = ReprocessTable()
    """The shipped DAG that processes stored pages again."""
    refold: RefoldTable = RefoldTable()
    """The shipped DAG that folds all articles on Spark."""
    maintain: MaintainTable = MaintainTable()
    """The shipped DAG for housekeeping."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where the settings come from; the first has precedence."""
        if not cls.reads_environment:
            return (init_settings,)
        return init_settings, env_settings, StoredSource(settings_cls, running_first=cls.running_up_first)

    @field_validator("home")
    @classmethod
    def _check_home(cls, value: Path) -> Path:
        home = resolve_path(value)
        if any(character in _SHELL_METACHARACTERS or not character.isprintable() for character in str(home)):
            raise ValueError(f"the path must not contain any of {_SHELL_METACHARACTERS} or an unprintable character")
        return home

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

    @field_validator("sources")
    @classmethod
    def _resolve_paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(map(resolve_path, value))

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process reads the same settings.

        All settings are included; an unset one is an empty string. Passwords too: pass them to nothing else.
        """
        variables = {get_variable(key): format_text(self.get_value(key)) for key in list_keys(type(self))}
        return {CONFIG_VARIABLE: str(get_named_file() or ""), **variables}

    def to_service_environment(self) -> dict[str, str]:
        """Return the environment variables for processes that stay: a change of the settings file reaches them.

        It leaves out settings that come from the file or are defaults, except ``FIXED_AT_START``.

        Raises:
            BadSettings: The settings file cannot be read.
        """
        path = locate_settings_file(self.home)
        stored = StoredSettings(**{**read_settings_file(path, Settings), "home": self.home})
        fixed = {CONFIG_VARIABLE, *map(get_variable, ("home", *FIXED_AT_START))}
        stored_variables = stored.to_environment()
        return {
            name: value
            for name, value in self.to_environment().items()
            if name in fixed or name in os.environ or value != stored_variables[name]
        }

    def get_value(self, key: str) -> Any:
        """Return the value of a dotted key such as ``wires.enabled``."""
        value: Any = self
        for name in key.split("."):
            value = getattr(value, name)
        return value

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


class StoredSettings(Settings):
    """Settings without the environment, from what the caller has read."""

    reads_environment: ClassVar[bool] = False


class RequestedSettings(Settings):
    """Settings of an `up`: the file has precedence over an `up` that is running, which then must not be joined."""

    running_up_first: ClassVar[bool] = False


@cache
def load_settings() -> Settings:
    """Return the settings; environment and file are read once per process.

    Raises:
        BadSettings: A variable or a key of the file has an invalid value.
    """
    return _read_settings(Settings)


@cache
def load_settings_without_database() -> Settings:
    """Return the settings without the database URL, for callers that do not connect: checking the URL loads psycopg.

    Raises:
        BadSettings: A variable or a key of the file has an invalid value.
    """
    return _read_settings(Settings, database_url=None)


def load_requested_settings() -> Settings:
    """Return the settings for an `up`, which may differ from those of an `up` that is running.

    Raises:
        BadSettings: A variable or a key of the file has an invalid value.
    """
    return _read_settings(RequestedSettings)


def _forget_settings() -> None:
    """Let a forked process read the settings again: the file may have changed since its parent read it."""
    load_settings.cache_clear()
    load_settings_without_database.cache_clear()


os.register_at_fork(after_in_child=_forget_settings)


def _read_settings(model: type[Settings], **overrides: Any) -> Settings:
    try:
        return model(**overrides)
    except ValidationError as error:
        raise make_settings_error(error, find_settings_file(), Settings) from None
