"""`copydesk wires new`: from a URL to a source file with tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.commands.page_tests import find_test_folder, write_page_tests
from copydesk.crawler.commands.site_reader import SiteReader
from copydesk.crawler.inspection.identity_proposal import propose_identity
from copydesk.crawler.inspection.inspection_records import Inspection
from copydesk.crawler.inspection.source_draft import (
    SourceDraft,
    choose_name,
    choose_title,
    write_draft,
)
from copydesk.pipeline.cli.source_edits import write_source
from copydesk.pipeline.console.tables import pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadInput, QuarantineError
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import list_source_files

if TYPE_CHECKING:
    from copydesk.pipeline.offline.rule_proposal import RuleProposal

MAX_ARTICLES = 12


def new(
    url: Annotated[str, typer.Argument(metavar="URL", help="The site's home page, or a feed.")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Name of the wire. Default: derived from its host.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the file. Default: your sources."),
    ] = None,
    articles: Annotated[
        int, typer.Option(metavar="NUMBER", min=2, max=MAX_ARTICLES, help="Number of articles to fetch.")
    ] = 3,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow a site on this machine or in your own network.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the source file and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Write the source file of a new wire: find its feeds, and propose identity, language, time zone and selectors.

    Obeys robots.txt and its Crawl-delay. Fetches the feeds and three articles, compares the proposed selectors with
    the generic extraction, and keeps them only if they are at least as good. The articles are saved next to the file
    for `copydesk wires check NAME --pages`.
    """
    settings = load_settings()
    folder = output or (settings.sources[-1] if settings.sources else settings.home / "sources")
    _check_name(name, folder, settings)
    address = url if "://" in url else f"https://{url}"
    with scratch_folder("new") as scratch:
        finder = SiteReader(address, scratch, settings, allow_private=allow_private)
        inspection = finder.inspect(articles)
        proposal, pages = finder.propose(inspection, articles)
        title = choose_title(inspection)
        name = name or choose_name(inspection.url, title)
        _check_name(name, folder, settings)
        draft = _make_draft(name, title, inspection, proposal, allow_private=allow_private)
        text = write_draft(draft, inspection, date.today())  # noqa: DTZ011 - a note for people here
        path = folder / f"{name}.toml"
        if not dry_run:
            write_source(path, text)
            named = [_rename(page, name) for page in pages]
            write_page_tests(find_test_folder(path), named, _read_final(path, named, settings))
    if as_json:
        print_json([_to_dict(draft, inspection, proposal, text, path)])
        return
    _print_report(inspection, draft, proposal)
    if dry_run:
        typer.echo(f"\n{text}")
    else:
        typer.echo(f"\nWrote {path}, and {pluralize(len(pages), 'saved page')} in {find_test_folder(path)}.")
        typer.echo(f"Next: `copydesk wires try {name}`, then `copydesk crawl {name}`.")


def _check_name(name: str, folder: Path, settings: Settings) -> None:
    """Check that no other wire has the name.

    Raises:
        BadInput: One has it.
    """
    if not name:
        return
    folders = [*settings.source_folders, *([folder] if folder.is_dir() else [])]
    path = list_source_files(folders).get(name)
    if path is not None:
        raise BadInput(f"A wire named {name!r} already exists: {path}.", "Choose another one with --name.")


def _make_draft(
    name: str, title: str, inspection: Inspection, proposal: RuleProposal, *, allow_private: bool
) -> SourceDraft:
    urls = [entry.url for feed in inspection.feeds for entry in feed.entries]
    canonical = {article.url: article.canonical_url for article in proposal.articles}
    return SourceDraft(
        name=name,
        title=title,
        home=inspection.home.url if inspection.home else f"{'/'.join(inspection.url.split('/')[:3])}/",
        language=proposal.language,
        timezone=proposal.timezone,
        zone_is_shown=proposal.zone_is_shown,
        day_order=proposal.day_order,
        allow_private=allow_private,
        agency=proposal.agency,
        identity=propose_identity(urls, canonical),
        boilerplate=proposal.boilerplate,
        rule=proposal.rule,
    )


def _rename(page: Page, name: str) -> Page:
    from dataclasses import replace

    return replace(page, wire=name)


def _read_final(path: Path, pages: Sequence[Page], settings: Settings) -> list[Any]:
    """Return the articles as the written file reads them."""
    from copydesk.pipeline.core.source_files import read_source
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT
    from copydesk.pipeline.process.sandbox import Sandbox

    source = read_source(path)
    limits = settings.extract_seconds, settings.extract_megabytes
    with Sandbox(1, *limits, {source.name: source}, entry_point=PARSE_ENTRY_POINT) as sandbox:
        results = list(sandbox.map(pages))
    failed = next((result for result in results if isinstance(result, QuarantineError)), None)
    if failed is not None:
        raise BadInput(f"A page cannot be parsed: {failed.message}", "Try again with other articles.")
    return results


def _to_dict(
    draft: SourceDraft, inspection: Inspection, proposal: RuleProposal, text: str, path: Path
) -> dict[str, Any]:
    return {
        "name": draft.name,
        "path": str(path),
        "source": text,
        "feeds": [
            {"url": feed.url, "kind": feed.kind, "origin": feed.origin, "entries": len(feed.entries)}
            for feed in inspection.feeds
        ],
        "crawl_delay": inspection.crawl_delay,
        "identity": draft.identity.model_dump(),
        "rule": draft.rule.model_dump(mode="json") if draft.rule else None,
        "fields": [asdict(row) for row in proposal.comparisons],
        "notes": list(proposal.notes),
    }


def _print_report(inspection: Inspection, draft: SourceDraft, proposal: RuleProposal) -> None:
    """Print what was found, and field by field what selectors and generic extraction produce."""
    print_table(
        ["kind", "entries", "found by", "URL"],
        [(feed.kind, len(feed.entries), feed.origin, feed.url) for feed in inspection.feeds],
        right_aligned="entries",
    )
    zone = "its pages show it" if draft.zone_is_shown else "not shown by its pages"
    typer.echo(f"\nlanguage {draft.language}, time zone {draft.timezone} ({zone})")
    if inspection.crawl_delay:
        typer.echo(f"robots.txt asks for {inspection.crawl_delay:g} seconds between requests")
    typer.echo(f"an article is identified by {draft.identity.id_pattern or 'its URL'}")
    if draft.identity.strip_query:
        typer.echo(f"query parameters that do not identify articles: {', '.join(draft.identity.strip_query)}")
    url = ""
    for row in proposal.comparisons:
        if row.url != url:
            url = row.url
            typer.echo(f"\n{sanitize_cell(url)}")
            rows = [found for found in proposal.comparisons if found.url == url]
            print_table(
                ["field", "selector", "value", "generic extraction"],
                [
                    (found.field, found.selector or "-", found.value or "-",
                     "the same" if found.value == found.generic else found.generic or "-")
                    for found in rows
                ],
            )  # fmt: skip
    for pattern in draft.boilerplate:
        typer.echo(f"\nPrinted with several articles, so it counts as boilerplate: {sanitize_cell(pattern)}")
    for note in proposal.notes:
        typer.echo(f"\nNote: {sanitize_cell(note)}")
    if draft.rule is not None:
        typer.echo(
            "\nThe selectors are at least as good as the generic extraction, so they are written as a page rule."
        )
