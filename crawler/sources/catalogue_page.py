"""Write the table of shipped sources into docs/catalogue.md; `make docs` runs this, and a test checks the page."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.crawler.sources import FOLDER
from copydesk.pipeline.core.catalogue_keys import WireKind
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources

PAGE_PATH = FOLDER.parents[1] / "docs" / "catalogue.md"
START, END = "<!-- sources: written by `make docs` -->", "<!-- end of sources -->"
HEADINGS = {
    WireKind.AGENCY: "Agencies",
    WireKind.PRESS_RELEASE: "Press-release wires",
    WireKind.INSTITUTION: "Institutions",
    WireKind.BROADCASTER: "Broadcasters",
    WireKind.NEWSPAPER: "Newspapers and news sites",
    WireKind.AGGREGATOR: "Aggregators and republishable copy",
}


def render_tables(sources: Mapping[str, Source]) -> str:
    """Return one table per kind of wire, with a line of totals above them."""
    languages = Counter(source.language for source in sources.values())
    countries = {source.country for source in sources.values()}
    total = f"**{len(sources)} sources** in {len(languages)} languages from {len(countries)} countries: "
    total += ", ".join(f"{language} {count}" for language, count in sorted(languages.items()))
    lines = textwrap.wrap(f"{total}.", 120)
    for kind, heading in HEADINGS.items():
        rows = [source for source in sources.values() if source.kind is kind]
        lines += ["", f"### {heading}", "", f"{len(rows)} sources (`--kind {kind}`).", ""]
        lines.append("| wire | title | country | language | host | read from | id | page rule | evidence |")
        lines.append("|---|---|---|---|---|---|---|---|---|")
        lines += [f"| {' | '.join(_list_cells(source))} |" for source in rows]
    noted = [source for source in sources.values() if source.terms.licence or source.terms.robots]
    lines += ["", "### Licence and robots notes", "", "| wire | licence | robots |", "|---|---|---|"]
    lines += [f"| `{source.name}` | {source.terms.licence or '-'} | {source.terms.robots or '-'} |" for source in noted]
    return "\n".join(lines)


def _list_cells(source: Source) -> Iterator[str]:
    discovery = source.discovery
    found = {"feed": discovery.feeds, "sitemap": discovery.sitemaps, "list": discovery.lists}
    yield f"`{source.name}`"
    yield source.title
    yield source.country
    yield source.language
    yield urlsplit(source.home).netloc
    yield ", ".join(f"{len(items)} {name}{'s' * (len(items) > 1)}" for name, items in found.items() if items)
    yield "yes" if source.identity.id_pattern else "-"
    yield "yes" if source.page else "-"
    yield f"{source.evidence.kind} {source.evidence.date}" if source.evidence else "-"


def render_page(page: str) -> str:
    """Return the page with the tables of the shipped sources in the place of those in it.

    Args:
        page: The page, with the two comments between which the tables stand.
    """
    before, _, rest = page.partition(START)
    return f"{before}{START}\n\n{render_tables(read_sources([FOLDER]))}\n\n{END}{rest.partition(END)[2]}"


def main(path: Path = PAGE_PATH) -> None:
    """Write the page; with ``--check``, exit with status 1 if it is out of date."""
    present = path.read_text(encoding="utf-8")
    page = render_page(present)
    if "--check" in sys.argv:
        sys.exit(None if page == present else "docs/catalogue.md is out of date: run `make docs`.")
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
