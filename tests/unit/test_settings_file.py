"""The settings file: precedence, errors, changes that keep comments, and what a running `up` has."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from copydesk.pipeline.cli.config import config_app
from copydesk.pipeline.config.setting_rows import list_settings, list_unknown_variables
from copydesk.pipeline.config.settings_page import PAGE_PATH, render_page
from copydesk.pipeline.config.write import change_setting, write_setting
from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.running_up import make_pid_record, read_running_record, remember_home
from copydesk.pipeline.core.settings import Settings, load_requested_settings, load_settings

COMMENTED = """\
# The desk's settings.
ui_port = 8181  # 8080 is taken

[wires]
# Only these.
enabled = ["menafn"]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    return tmp_path / "copydesk.toml"


@pytest.fixture
def running_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with an `up` that this process plays."""
    home = tmp_path / "running"
    (home / "run").mkdir(parents=True)
    (home / "run" / "scheduler.pid").write_text(json.dumps(make_pid_record(os.getpid())))
    started = {"sample": False, "COPYDESK_UI_PORT": "18181", "COPYDESK_SOURCES": "/wires:/more"}
    (home / "run" / "started.json").write_text(json.dumps(started))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return home


def find_origins() -> dict[str, str]:
    return {row.key: row.origin for row in list_settings(load_settings())}


def test_environment_beats_file_beats_default(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(COMMENTED + 'disabled = ["kind=agency"]\n')
    monkeypatch.setenv("COPYDESK_WIRES__DISABLED", "north,language=de")
    settings = load_settings()
    assert (settings.ui_port, settings.sample_port) == (8181, 8801)
    assert settings.wires.enabled == ("menafn",)
    assert settings.wires.disabled == ("north", "language=de")
    origins = find_origins()
    assert [origins[key] for key in ("ui_port", "sample_port", "wires.enabled", "wires.disabled", "home")] == [
        "file", "default", "file", "environment", "environment",
    ]  # fmt: skip


def test_blank_variable_beats_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("keep_page_days = 7\nui_port = 8181\n")
    monkeypatch.setenv("COPYDESK_KEEP_PAGE_DAYS", "")
    monkeypatch.setenv("COPYDESK_UI_PORT", "")
    assert load_settings().keep_page_days is None
    assert load_settings().ui_port == 8080


def test_mapping_in_environment_replaces_that_in_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[notifier_arguments]\nchannel = "desk"\n')
    assert load_settings().notifier_arguments == {"channel": "desk"}
    load_settings.cache_clear()
    monkeypatch.setenv("COPYDESK_NOTIFIER_ARGUMENTS", '{"token": "x"}')
    assert load_settings().notifier_arguments == {"token": "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ui_prot = 1", "ui_prot: unknown key. Did you mean `ui_port`?"),
        ("UI-Port = 1", "UI-Port: unknown key. Did you mean `ui_port`?"),
        ("enabled = []", "enabled: unknown key. Did you mean `wires.enabled`?"),
        ("[wires]\nenable = []", "wires.enable: unknown key. Did you mean `wires.enabled`?"),
        ("[wire]\nenabled = []", "wire: unknown key."),
        ("ui_port = 99999", "ui_port: it should be less than or equal to 65535."),
        ("[wires]\nenabled = [1]", "wires.enabled: it should be a valid string."),
        ("wires = 5", "wires: it should be a valid dictionary or instance of WiresSettings."),
        ("ui_port = ", "invalid TOML: "),
        ("home = '/elsewhere'", "home: a file in the data folder cannot set the data folder."),
        ("database_url = 'nonsense://'", "database_url: not a PostgreSQL URL"),
    ],
)
def test_error_names_file_and_key(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(BadSettings) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{file}: {message}")
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "COPYDESK_WIRES__ENABLE",
            "x",
            "COPYDESK_WIRES__ENABLE: wires.enable: unknown key. Did you mean `wires.enabled`?",
        ),
        ("COPYDESK_UI_PORT", "x", "Invalid value of COPYDESK_UI_PORT: it should be a valid integer"),
        ("COPYDESK_NOTIFIER_ARGUMENTS", "x", "Invalid value of COPYDESK_NOTIFIER_ARGUMENTS: not a JSON object."),
        ("COPYDESK_CONFIG", "/no/such.toml", "COPYDESK_CONFIG names /no/such.toml, which does not exist."),
    ],
)
def test_error_names_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as raised:
        load_settings()
    assert str(raised.value).startswith(message)


def test_named_file_may_set_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "etc" / "desk.toml"
    named.parent.mkdir()
    named.write_text('home = "../data"\nsources = ["wires", "~/wires"]\n')
    monkeypatch.delenv("COPYDESK_HOME")
    monkeypatch.setenv("HOME", "/home/desk")
    monkeypatch.setenv("COPYDESK_CONFIG", str(named))
    assert load_settings().home.resolve() == tmp_path / "data"
    assert load_settings().sources == (tmp_path / "etc" / "wires", Path("/home/desk/wires"))


def test_children_get_settings_of_named_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "desk.toml"
    named.write_text('keep_quarantine_days = ""\n[wires]\nenabled = ["a", "b,c"]\n')
    monkeypatch.setenv("COPYDESK_CONFIG", str(named))
    settings = load_settings()
    assert settings.keep_quarantine_days is None
    named.write_text("keep_quarantine_days = 5\n[wires]\nenabled = []\ndisabled = ['x']\n")
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    load_settings.cache_clear()
    assert load_settings() == settings


def test_services_read_changes_of_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("keep_page_days = 7\nui_port = 8181\n")
    monkeypatch.setenv("COPYDESK_LATE_MINUTES", "20")
    settings = Settings(approval_hours=2)
    service = settings.to_service_environment()
    assert "COPYDESK_KEEP_PAGE_DAYS" not in service
    chosen = ("COPYDESK_UI_PORT", "COPYDESK_LATE_MINUTES", "COPYDESK_APPROVAL_HOURS")
    assert [service[name] for name in chosen] == ["8181", "20", "2"]


def test_write_keeps_comments_and_mode(file: Path) -> None:
    file.write_text(COMMENTED)
    file.chmod(0o640)
    assert write_setting("wires.enabled", ("menafn", "language=de")) == file
    write_setting("keep_page_days", "30")
    write_setting("ui_port", None)
    assert file.read_text() == (
        '# The desk\'s settings.\nkeep_page_days = 30\n\n[wires]\n# Only these.\nenabled = ["menafn", "language=de"]\n'
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_new_file_is_private_and_link_stays(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept" / "desk.toml"
    file.symlink_to(target)
    write_setting("database_url", "postgresql://desk:hunter2@db/desk")
    assert file.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [row.value for row in list_settings(load_settings()) if row.key == "database_url"] == ["********"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("ui_prot", 1, "ui_prot: unknown key. Did you mean `ui_port`?"),
        ("wires", {}, "wires: unknown key. Did you mean"),
        ("ui_port", "many", "ui_port: it should be a valid integer"),
        ("home", "/elsewhere", "home: a file in the data folder"),
    ],
)
def test_invalid_change_leaves_file_alone(file: Path, key: str, value: object, message: str) -> None:
    file.write_text(COMMENTED)
    with pytest.raises(BadSettings, match=message):
        write_setting(key, value)
    assert file.read_text() == COMMENTED


def test_concurrent_changes_are_all_kept(file: Path) -> None:
    names = [f"wire{number}" for number in range(8)]
    threads = [
        threading.Thread(target=change_setting, args=("wires.enabled", lambda old, name=name: (*old, name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(load_settings().wires.enabled) == names


def test_other_shell_uses_ports_and_wires_of_running_up(running_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_HOME", str(running_up))
    (running_up / "copydesk.toml").write_text("ui_port = 9999\n")
    assert load_settings().ui_port == 18181
    assert load_settings().sources == (Path("/wires"), Path("/more"))
    assert find_origins()["ui_port"] == "running up"
    assert load_requested_settings().ui_port == 9999  # an `up` must notice the difference
    monkeypatch.setenv("COPYDESK_UI_PORT", "7777")
    load_settings.cache_clear()
    assert load_settings().ui_port == 7777


def test_other_shell_finds_home_of_running_up(running_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPYDESK_HOME")
    monkeypatch.setattr("copydesk.pipeline.core.running_up.get_default_home", lambda: running_up.parent / "default")
    assert load_settings().home == running_up.parent / "default"
    remember_home(running_up)
    load_settings.cache_clear()
    assert load_settings().home == running_up
    assert find_origins()["home"] == "running up"
    assert load_settings().ui_port == 18181
    shutil.copytree(running_up / "run", running_up.parent / "default" / "run")  # another `up` in the default folder
    load_settings.cache_clear()
    assert load_settings().home == running_up.parent / "default"


def test_record_without_process_is_ignored(running_up: Path) -> None:
    assert read_running_record(running_up)
    (running_up / "run" / "scheduler.pid").write_text(json.dumps({"pid": os.getpid(), "created": 1.0}))
    assert read_running_record(running_up) == {}


def test_config_command_shows_and_changes_settings(file: Path) -> None:
    runner = CliRunner()
    assert "takes effect" not in runner.invoke(config_app, ["set", "ui_port", "8282"]).output
    assert runner.invoke(config_app, ["path"]).output.strip() == str(file)
    assert runner.invoke(config_app, ["get", "ui_port"]).output.strip() == "8282"
    rows = [json.loads(line) for line in runner.invoke(config_app, ["--json"]).output.splitlines()]
    assert {"key": "ui_port", "value": "8282", "origin": "file", "variable": "COPYDESK_UI_PORT"} in rows


def test_mistyped_variable_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_UI_PROT", "1")
    monkeypatch.setenv("COPYDESK_LOGIN_PAID_FEED", "a:b")
    assert list_unknown_variables() == ["COPYDESK_UI_PROT"]


def test_settings_page_is_up_to_date() -> None:
    assert PAGE_PATH.read_text(encoding="utf-8") == render_page(), "run `make docs`"
