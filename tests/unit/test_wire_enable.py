"""``copydesk wires enable`` and ``disable`` store the choice in the settings; the list shows what is enabled."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from copydesk.crawler.sources import FOLDER
from copydesk.pipeline.cli.wires import wires_app
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import list_source_files, read_sources

OWN = 'name = "mine"\ntitle = "Mine"\nhome = "https://mine.example"\ndiscovery.feeds = ["https://mine.example/rss"]\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mine.toml").write_text(OWN)
    monkeypatch.setenv("COPYDESK_HOME", str(tmp_path))
    for name in ("COPYDESK_SOURCES", "COPYDESK_CONFIG", "COPYDESK_WIRES__ENABLED", "COPYDESK_WIRES__DISABLED"):
        monkeypatch.delenv(name, raising=False)
    load_settings.cache_clear()
    yield tmp_path
    load_settings.cache_clear()


@pytest.fixture
def run(home: Path) -> Callable[..., Result]:
    def call(*arguments: str) -> Result:
        load_settings.cache_clear()
        return CliRunner().invoke(wires_app, arguments, catch_exceptions=True)

    return call


def list_enabled(run: Callable[..., Result], *arguments: str) -> list[str]:
    rows = [json.loads(line) for line in run("--json", *arguments).stdout.splitlines()]
    return [row["name"] for row in rows if row["enabled"]]


def test_choice_of_names_is_stored_in_the_settings_file(home: Path, run: Callable[..., Result]) -> None:
    assert list_enabled(run) == ["mine"]
    assert run("enable", "ansa", "tass").output == "2 wires are enabled: ansa, tass.\n"
    assert tomllib.loads((home / "copydesk.toml").read_text())["wires"]["enabled"] == ["ansa", "tass"]
    assert list_enabled(run) == ["ansa", "mine", "tass"]
    run("disable", "ansa", "mine")
    assert list_enabled(run) == ["tass"]
    assert tomllib.loads((home / "copydesk.toml").read_text())["wires"] == {"enabled": ["tass"], "disabled": ["mine"]}
    run("enable", "mine")
    assert list_enabled(run) == ["mine", "tass"]


def test_choice_of_a_selection_covers_its_wires(run: Callable[..., Result]) -> None:
    german = {name for name, source in read_sources([FOLDER]).items() if source.language == "de"}
    assert run("enable", "--language", "DE").output.startswith(f"{len(german)} wires are enabled: ")
    run("disable", "taz")
    run("enable", "tass", "spiegel")
    assert set(list_enabled(run)) == german - {"taz"} | {"mine", "tass"}
    run("disable", "--language", "de")
    assert set(list_enabled(run)) == {"mine", "tass"}


def test_list_is_short_without_all(run: Callable[..., Result]) -> None:
    output = run().output
    assert len(output.splitlines()) == 4
    assert f"{len(list_source_files([FOLDER]))} more wires are available: `copydesk wires --all`" in output
    rows = [json.loads(line) for line in run("--all", "--json").stdout.splitlines()]
    assert len(rows) == len(list_source_files([FOLDER])) + 1
    assert {row["kind"] for row in rows if row["name"] != "mine"} >= {"agency", "newspaper"}
    found = [json.loads(line) for line in run("--kind", "agency", "--country", "it", "--json").stdout.splitlines()]
    assert {"ansa", "agi"} <= {row["name"] for row in found}
    assert {row["country"] for row in found} == {"IT"}


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (["tas"], NotFound, "Did you mean tass"),
        (["guardian"], NotFound, "the-guardian"),
        (["--language", "xx"], NotFound, "Values of language: ar, az,"),
        (["--kind", "agencies"], NotFound, "Did you mean agency"),
        (["--language", "is", "--kind", "agency"], NotFound, "no wire has all of them"),
        ([], BadInput, "--language"),
    ],
)
def test_unknown_wire_or_value_is_reported_with_suggestions(
    run: Callable[..., Result], arguments: list[str], error: type[Exception], text: str
) -> None:
    result = run("enable", *arguments)
    assert isinstance(result.exception, error)
    assert text in str(result.exception)


def test_variable_that_has_precedence_is_named(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_WIRES__ENABLED", "tass")
    result = run("enable", "ansa")
    assert "COPYDESK_WIRES__ENABLED has precedence" in result.output
    assert list_enabled(run) == ["mine", "tass"]
