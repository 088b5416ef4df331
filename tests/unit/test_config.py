"""Settings as people set them: relative folders, blanks, folders whose names need care."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import embedded


def test_folders_are_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/desk")
    monkeypatch.setenv("COPYDESK_HOME", "data")
    monkeypatch.setenv("COPYDESK_SOURCES", "wires:~/wires")
    assert load_settings().home == tmp_path / "data"
    assert load_settings().sources == (tmp_path / "wires", Path("/home/desk/wires"))


def test_blanks_are_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "  ")
    monkeypatch.setenv("COPYDESK_HOME", " ")
    assert load_settings().database_url is None
    assert load_settings().home.is_absolute()
    assert load_settings().home.name == "copydesk"


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b", "a\nb", "~no-such-user/a"])
def test_a_folder_that_can_not_be_used_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("COPYDESK_HOME", name)
    with pytest.raises(BadSettings, match="COPYDESK_HOME can't be used"):
        load_settings()


@pytest.mark.parametrize("name", ["Application Support", "50%", "a&b=c", "a#b", "it's", "a+b?", "größe"])
def test_the_embedded_address_leads_to_any_folder(name: str) -> None:
    server = embedded.locate_server(Settings(home=Path("/srv") / name))
    assert conninfo_to_dict(server.url("copydesk"))["host"] == f"/srv/{name}/socket"


def test_an_ordinary_folder_stands_in_the_address_as_it_is() -> None:
    server = embedded.locate_server(Settings(home=Path("/srv/copydesk-7")))
    assert server.url("airflow") == "postgresql://postgres@/airflow?host=/srv/copydesk-7/socket"


def test_a_comma_would_be_taken_for_two_folders() -> None:
    assert "," not in str(embedded.locate_server(Settings(home=Path("/srv/a,b"))).socket_folder)
