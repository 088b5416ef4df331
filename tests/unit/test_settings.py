"""Settings as people set them: relative folders, blank values, names that need quoting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.core.child_environment import make_child_environment
from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import embedded


def test_folder_settings_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/desk")
    monkeypatch.setenv("COPYDESK_HOME", "data")
    monkeypatch.setenv("COPYDESK_SOURCES", "wires:~/wires")
    assert load_settings().home == tmp_path / "data"
    assert load_settings().sources == (tmp_path / "wires", Path("/home/desk/wires"))


def test_blank_setting_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "  ")
    monkeypatch.setenv("COPYDESK_HOME", " ")
    assert load_settings().database_url is None
    assert load_settings().home.is_absolute()
    assert load_settings().home.name == "copydesk"


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b", "a\nb", "~no-such-user/a"])
def test_invalid_data_folder_is_rejected(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("COPYDESK_HOME", name)
    with pytest.raises(BadSettings, match="Invalid value of COPYDESK_HOME"):
        load_settings()


@pytest.mark.parametrize("name", ["Application Support", "50%", "a&b=c", "a#b", "it's", "a+b?", "größe"])
def test_embedded_url_supports_any_folder_name(name: str) -> None:
    server = embedded.locate_server(Settings(home=Path("/srv") / name))
    assert conninfo_to_dict(server.url("copydesk"))["host"] == f"/srv/{name}/socket"


def test_embedded_url_contains_a_plain_folder_unescaped() -> None:
    server = embedded.locate_server(Settings(home=Path("/srv/copydesk-7")))
    assert server.url("airflow") == "postgresql://postgres@/airflow?host=/srv/copydesk-7/socket"


def test_socket_folder_contains_no_comma() -> None:
    assert "," not in str(embedded.locate_server(Settings(home=Path("/srv/a,b"))).socket_folder)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"database_url": "postgresql://desk:hunter2@db/desk", "sources": (Path("/wires"), Path("/more"))},
        {"keep_page_days": 7, "keep_quarantine_days": None, "notifier_arguments": {"token": "hunter2", "of": [1]}},
        {"approval_hours": 1.5, "notifier": "channel.Notifier", "ui_port": 8181},
    ],
)
def test_child_process_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]) -> None:
    settings = Settings(**changed)
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "postgresql://another")  # this process's own, which must have no effect
    monkeypatch.setenv("COPYDESK_KEEP_PAGE_DAYS", "3")
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


@pytest.mark.parametrize("with_libpq", [True, False])
def test_child_environment_has_only_needed_passwords(monkeypatch: pytest.MonkeyPatch, with_libpq: bool) -> None:
    for name in ("COPYDESK_DATABASE_URL", "AIRFLOW_CONN_DESK", "AIRFLOW__CORE__FERNET_KEY", "_AIRFLOW_X", "PGPASSWORD"):
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    environment = make_child_environment(with_libpq=with_libpq)
    assert environment["LANG"] == "de_DE.UTF-8"
    assert [name for name, value in environment.items() if value == "hunter2"] == ["PGPASSWORD"] * with_libpq
