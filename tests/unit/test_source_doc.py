"""docs/sources.md names every key that a source file may have, and no other; its example is a good one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipeline.errors import BadSource
from pipeline.source import Discovery, Identity, ListPage, PageRule, Politeness, Source, read_source

TEXT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SECTIONS: dict[str, type[BaseModel]] = {
    "The wire": Source,
    "`[discovery]`": Discovery,
    "`[[discovery.lists]]`": ListPage,
    "`[identity]`": Identity,
    "`[politeness]`": Politeness,
    "`[[page]]`": PageRule,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_told(title: str) -> None:
    section = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(SECTIONS[title].model_fields)


def test_the_example_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(example, encoding="utf-8")
    assert read_source(path).discovery.lists[0].links == "h2.headline a"


def test_a_key_that_is_not_told_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text('name = "w"\ntitle = "W"\nhome = "https://w.example"\n[discovery]\nfeed = []\n')
    with pytest.raises(BadSource, match=r"w\.toml: discovery\.feed: .* docs/sources\.md"):
        read_source(path)


@pytest.mark.parametrize("home", ["nowhere", "ftp://w.example", "http://w.example:port", "http://"])
def test_a_home_that_is_no_address_is_refused(tmp_path: Path, home: str) -> None:
    path = tmp_path / "w.toml"
    path.write_text(f'name = "w"\ntitle = "W"\nhome = "{home}"\n[discovery]\nfeeds = ["https://w.example/rss"]\n')
    with pytest.raises(BadSource, match=r"home: .* is not an http or https address"):
        read_source(path)
