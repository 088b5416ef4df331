"""Any error in a source file is reported with file and key, and affects no other wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.pipeline.core.errors import BadSource, NotFound
from copydesk.pipeline.core.source_files import find_source, load_valid_sources, read_source, read_sources

TEMPLATE = (
    'name = "{name}"\ntitle = "W"\nhome = "https://w.example"\n{more}\n[discovery]\nfeeds = ["https://w.example/rss"]\n'
)


def write_source(folder: Path, name: str, more: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(TEMPLATE.format(name=name, more=more), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('timezone = "Europe"', "timezone: 'Europe' is not a time zone"),
        ("boilerplate = ['(a{99999999999999})']", "boilerplate: '(a{99999999999999})' is not a regular expression"),
        (f"min_articles = {'9' * 20_000}", "invalid TOML"),
        (f"boilerplate = {'[' * 20_000}", "invalid TOML"),
        ("title = 'twice'", "invalid TOML"),
        ("language = 'zzz'", "language: 'zzz' is not a two-letter language code"),
        ("[[discovery.lists]]\nurl = 'https://w.example:99999/'", "has an invalid port"),
    ],
    ids=["zone", "expression", "number", "depth", "twice", "language", "port"],
)
def test_invalid_value_is_reported_by_file_and_key(tmp_path: Path, more: str, message: str) -> None:
    path = write_source(tmp_path, "w", more)
    with pytest.raises(BadSource) as raised:
        read_source(path)
    assert raised.value.message.startswith(str(path))
    assert message in raised.value.message
    assert raised.value.remedy


def test_invalid_source_does_not_affect_others(tmp_path: Path) -> None:
    write_source(tmp_path, "good")
    write_source(tmp_path, "bad", "flavour = 1")
    survey = load_valid_sources([tmp_path])
    assert (list(survey.sources), list(survey.errors)) == (["good"], ["bad"])
    assert find_source("good", [tmp_path]).name == "good"
    with pytest.raises(BadSource, match="flavour"):
        read_sources([tmp_path])


def test_later_folder_wins(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, zone in ((theirs, "UTC"), (ours, "Asia/Dubai")):
        folder.mkdir()
        write_source(folder, "w", f'timezone = "{zone}"')
    assert read_sources([theirs, ours])["w"].timezone == find_source("w", [theirs, ours]).timezone == "Asia/Dubai"


def test_folders_are_searched_one_level_deep(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "agencies", tmp_path / "agencies" / "old"):
        folder.mkdir(exist_ok=True)
    write_source(tmp_path, "own")
    write_source(tmp_path / "agencies", "wire")
    write_source(tmp_path / "agencies" / "old", "unseen")
    assert list(read_sources([tmp_path])) == ["own", "wire"]
    assert find_source("wire", [tmp_path]).name == "wire"


def test_own_file_overrides_one_in_an_inner_folder(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for folder in (shipped / "agencies", own):
        folder.mkdir(parents=True)
    write_source(shipped / "agencies", "wire", 'timezone = "UTC"')
    write_source(own, "wire", 'timezone = "Asia/Dubai"')
    assert find_source("wire", [shipped, own]).timezone == "Asia/Dubai"


def test_name_in_two_inner_folders_affects_only_that_wire(tmp_path: Path) -> None:
    for folder in ("agencies", "broadcasters"):
        (tmp_path / folder).mkdir()
        write_source(tmp_path / folder, "twice")
    write_source(tmp_path, "once")
    survey = load_valid_sources([tmp_path])
    assert list(survey.sources) == ["once"]
    assert str(survey.errors["twice"]).startswith("Two files describe the wire 'twice': ")
    with pytest.raises(BadSource, match="Two files"):
        find_source("twice", [tmp_path])


def test_only_wanted_files_are_read(tmp_path: Path) -> None:
    write_source(tmp_path, "good")
    write_source(tmp_path, "bad", "flavour = 1")
    survey = load_valid_sources([tmp_path], {"good", "absent"})
    assert (list(survey.sources), survey.errors) == (["good"], {})


def test_unknown_wire_is_reported_with_suggestions(tmp_path: Path) -> None:
    write_source(tmp_path, "the-guardian")
    with pytest.raises(NotFound, match="Did you mean the-guardian"):
        find_source("guardian", [tmp_path])


@pytest.mark.parametrize(("key", "value"), [("kind", "paper"), ("country", "de"), ("status", "fine")])
def test_value_outside_of_its_list_is_rejected(tmp_path: Path, key: str, value: str) -> None:
    path = write_source(tmp_path, "w", f'{key} = "{value}"')
    with pytest.raises(BadSource, match=f"{key}: "):
        read_source(path)


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match=r"Cannot read the sources folder .*typo: "):
        load_valid_sources([tmp_path, tmp_path / "typo"])
