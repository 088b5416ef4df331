"""Names and selections in the settings decide which wires are enabled; only files that are needed are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.pipeline.core import configured_sources, source_files
from copydesk.pipeline.core.configured_sources import load_configured_sources
from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.wire_choice import WireChoice, WireSelection
from copydesk.pipeline.core.wire_finder import WireFinder


def make_source(name: str, home: str = "https://w.example", **keys: object) -> Source:
    discovery = {"feeds": ["https://w.example/rss"]}
    return Source.model_validate({"name": name, "title": name, "home": home, "discovery": discovery, **keys})


@pytest.mark.parametrize(
    ("enabled", "disabled", "own", "expected"),
    [
        ((), (), False, False),
        ((), (), True, True),
        (("w",), (), False, True),
        (("language=de",), (), False, True),
        (("language=DE kind=agency",), (), False, True),
        (("language=de kind=newspaper",), (), False, False),
        (("language=de",), ("w",), False, False),
        (("w",), ("language=de",), False, True),
        (("language=de",), ("kind=agency",), False, False),
        (("w",), ("w",), False, False),
        ((), ("country=at",), True, False),
    ],
)
def test_name_has_precedence_over_selection(
    enabled: tuple[str, ...], disabled: tuple[str, ...], own: bool, expected: bool
) -> None:
    source = make_source("w", language="de", kind="agency", country="AT")
    assert WireChoice(enabled, disabled).is_enabled(source, own=own) is expected


@pytest.mark.parametrize("text", ["langauge=de", "language=", "language=de language=fr", "kind=agency,de"])
def test_invalid_selection_is_reported(text: str) -> None:
    with pytest.raises(BadSettings, match="Invalid selection") as raised:
        WireSelection.parse(text)
    assert "language=de" in raised.value.remedy


def test_selection_is_written_in_one_order() -> None:
    selection = WireSelection.make({"country": "IN", "language": "", "kind": "agency"})
    assert str(selection) == "kind=agency country=in"
    assert WireSelection.parse("country=in kind=agency") == selection


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a catalogue of three wires and an invalid file, next to one own wire that overrides one of them."""
    own, shipped = tmp_path / "home" / "sources", tmp_path / "shipped" / "agencies"
    for folder in (own, shipped):
        folder.mkdir(parents=True)
    for folder, name, more in (
        (shipped, "alpha", 'language = "de"'), (shipped, "beta", 'language = "fr"'), (shipped, "gamma", ""),
        (shipped, "broken", "flavour = 1"), (own, "gamma", 'language = "de"'), (own, "mine", "enabled = false"),
    ):  # fmt: skip
        (folder / f"{name}.toml").write_text(
            f'name = "{name}"\ntitle = "W"\nhome = "https://{name}.example"\n{more}\n'
            f'[discovery]\nfeeds = ["https://{name}.example/rss"]\n'
        )
    monkeypatch.setattr(configured_sources, "list_shipped_sources", lambda: (shipped.parent,))
    monkeypatch.setattr("copydesk.pipeline.core.settings.list_shipped_sources", lambda: (shipped.parent,))
    monkeypatch.delenv("COPYDESK_SOURCES", raising=False)
    return tmp_path / "home"


def make_settings(home: Path, enabled: tuple[str, ...] = (), disabled: tuple[str, ...] = ()) -> Settings:
    return Settings.model_validate({"home": home, "wires": {"enabled": enabled, "disabled": disabled}})


@pytest.mark.parametrize(
    ("enabled", "disabled", "also", "expected"),
    [
        ((), (), (), {"gamma": True, "mine": False}),
        (("alpha", "mine"), ("gamma",), (), {"alpha": True, "gamma": False, "mine": True}),
        (("language=fr",), (), (), {"beta": True, "gamma": True, "mine": False}),
        ((), (), ("alpha", "absent"), {"alpha": False, "gamma": True, "mine": False}),
    ],
)
def test_configured_sources_are_own_and_enabled_ones(
    catalogue: Path,
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
    also: tuple[str, ...],
    expected: dict[str, bool],
) -> None:
    result = load_configured_sources(make_settings(catalogue, enabled, disabled), also)
    assert ({name: source.enabled for name, source in result.sources.items()}, result.errors) == (expected, {})


def test_enabled_wire_without_a_file_is_an_error_of_its_own(catalogue: Path) -> None:
    result = load_configured_sources(make_settings(catalogue, ("alpha", "gone", "broken")))
    assert list(result.sources) == ["alpha", "gamma", "mine"]
    assert "no source file has this name" in result.errors["gone"].message
    assert "flavour" in result.errors["broken"].message


def test_disabled_files_are_not_read(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = source_files.read_source

    def record(path: Path) -> Source:
        read.append(path.stem)
        return original(path)

    monkeypatch.setattr(source_files, "read_source", record)
    load_configured_sources(make_settings(catalogue, ("alpha",), ("beta",)))
    assert sorted(read) == ["alpha", "gamma", "mine"]


def test_wire_of_a_url_has_the_longest_matching_home() -> None:
    homes = {
        "en": "https://www.w.example/en", "root": "https://w.example", "deep": "https://w.example/en/sport/",
        "tr": "https://t.example/tr", "ar": "https://t.example/ar", "port": "http://127.0.0.1:8801",
    }  # fmt: skip
    finder = WireFinder({name: make_source(name, home) for name, home in homes.items()})
    urls = ["w.example/en/a", "www.w.example/english/a", "w.example/en/sport/a?b=c", "t.example/ar/a", "t.example/",
            "127.0.0.1:8801/a", "other.example/en"]  # fmt: skip
    assert [finder.find(f"http://{url}") for url in urls] == ["en", "root", "deep", "ar", "tr", "port", ""]
    assert finder.find("http://[") == finder.find("") == ""
