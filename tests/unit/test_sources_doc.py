"""docs/sources.md lists exactly the keys of a source file; its example is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from copydesk.pipeline.core.catalogue_keys import Evidence, Terms
from copydesk.pipeline.core.errors import BadSource
from copydesk.pipeline.core.politeness import Politeness
from copydesk.pipeline.core.source import Discovery, Identity, ListPage, PageRule, Source
from copydesk.pipeline.core.source_files import format_key_path, read_source

TEXT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
ARCHIVE = 'archive = "https://w.example/{%Y-%m-%d}.xml"\n'
SECTIONS: dict[str, type[BaseModel]] = {
    "The wire": Source,
    "`[evidence]`": Evidence,
    "`[terms]`": Terms,
    "`[discovery]`": Discovery,
    "`[[discovery.lists]]`": ListPage,
    "`[identity]`": Identity,
    "`[politeness]`": Politeness,
    "`[[page]]`": PageRule,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_documented(title: str) -> None:
    section = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(SECTIONS[title].model_fields)


def test_example_is_a_valid_source(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(example, encoding="utf-8")
    assert read_source(path).discovery.lists[0].links == "h2.headline a"


def test_unknown_key_is_rejected_by_name(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text('name = "w"\ntitle = "W"\nhome = "https://w.example"\n[discovery]\nfeed = []\n')
    with pytest.raises(BadSource, match=r"w\.toml: discovery\.feed: .* docs/sources\.md"):
        read_source(path)


@pytest.mark.parametrize("home", ["nowhere", "ftp://w.example", "http://w.example:port", "http://"])
def test_invalid_home_url_is_rejected(tmp_path: Path, home: str) -> None:
    path = tmp_path / "w.toml"
    path.write_text(f'name = "w"\ntitle = "W"\nhome = "{home}"\n[discovery]\nfeeds = ["https://w.example/rss"]\n')
    with pytest.raises(BadSource, match=r"home: .* is not an http or https URL"):
        read_source(path)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[[page]]\nbody = 'p'\n[[page]]\nbody = 'p['\n", "body of the 2nd [[page]]: "),
        ("[[discovery.lists]]\nurl = 'https://w.example'\nlink = 'a'\n", "link of the 1st [[discovery.lists]]: "),
        ("[identity]\nstrip_query = ['a', 'b', 3]\n", "the 3rd item of identity.strip_query: "),
    ],
)
def test_position_of_an_error_is_an_ordinal(tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "w.toml"
    path.write_text(f'name = "w"\ntitle = "W"\nhome = "https://w.example"\n[discovery]\n{ARCHIVE}{table}')
    with pytest.raises(BadSource) as raised:
        read_source(path)
    assert raised.value.message.startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("number", "ordinal"), [(0, "1st"), (2, "3rd"), (10, "11th"), (11, "12th"), (21, "22nd"), (110, "111th")]
)
def test_ordinals_are_formatted(number: int, ordinal: str) -> None:
    assert format_key_path(("page", number, "body")) == f"body of the {ordinal} [[page]]"
