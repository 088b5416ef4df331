"""`copydesk wires try`: read one article of a wire, and show where each field comes from."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.accounting.crawl_stats import PRIVATE_ADDRESS_REASON, ROBOTS_REASON
from copydesk.crawler.inspection.inspection_records import FetchedPage, Inspection, InspectionKind, InspectionRequest
from copydesk.pipeline.console.tables import pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadInput, BadSource, CopydeskError, Permanent, QuarantineError, Transient
from copydesk.pipeline.core.records import Article, ArticleKind, Page
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.source_files import find_source_file, read_source
from copydesk.pipeline.core.text import count_words
from copydesk.pipeline.core.url_secrets import mask_secrets

if TYPE_CHECKING:
    from copydesk.pipeline.offline.page_trial import PageTrial

OPTIONAL_FIELDS = frozenset({"modified", "byline", "section"})
"""Fields that not every article of a wire has."""
MAX_OLDER_ARTICLES = 5
"""Articles on which the selectors of these fields are tried if the newest has none."""
MAX_SHOWN_CHARS = 160
"""Characters of a paragraph that are shown; `--json` has all."""


def try_wire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the wire; see `copydesk wires`.")],
    url: Annotated[str, typer.Argument(metavar="[URL]", help="The article. Default: the newest one listed.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="PAGE.html", help="Read this saved page instead of fetching one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Read one article: show each field, where it comes from, and what was dropped, next to the generic result.

    Stores nothing and needs no database. A selector of the page rule that matches nothing is an error, except those of
    remove. Without URL, selectors of modified, byline and section are also tried on a few older articles, because not
    every article has these.
    """
    settings = load_settings()
    path = find_source_file(name, settings.source_folders)
    source = read_source(path)
    with scratch_folder("try") as folder:
        older: tuple[str, ...] = ()
        if file is not None:
            page, listed = read_saved_page(file, source, url), ""
        else:
            page, listed, older = _fetch_page(source, path, url, folder)
        trial = run_trial(page, source, settings)
        matched = _try_older_articles(trial, source, older, settings) if older else {}
    error = find_trial_error(trial, page, path, matched)
    if as_json:
        print_json([trial_to_dict(trial, page) | {"listed_by": listed, "error": str(error) if error else ""}])
    else:
        typer.echo(f"{sanitize_cell(page.url)}{f'  (newest of {listed})' if listed else ''}\n")
        print_trial(trial)
        for field, other in matched.items():
            typer.echo(f"This article has no {field}; the selector matches on {sanitize_cell(other)}")
    if error is not None:
        raise error


def _fetch_page(source: Source, path: Path, url: str, folder: Path) -> tuple[Page, str, tuple[str, ...]]:
    """Fetch the article. Return it with the URL of the feed that listed it, and other articles of that feed."""
    from copydesk.crawler.process.inspect_process import run_inspection

    request = InspectionRequest(InspectionKind.ARTICLE, url)
    inspection = run_inspection(source.name, request, folder, on_line=print_warnings)
    page = inspection.pages[0] if inspection.pages else None
    if page is None or page.error:
        raise explain_fetch_error(inspection, page, source.name, path)
    feed = next((feed for feed in inspection.feeds if page.entry in feed.entries), None) if page.entry else None
    older = tuple(entry.url for entry in feed.entries if entry.url != page.url) if feed else ()
    return load_fetched_page(page, folder, source.name), mask_secrets(feed.url) if feed else "", older


def _try_older_articles(trial: PageTrial, source: Source, urls: Sequence[str], settings: Settings) -> dict[str, str]:
    """Try the selectors that match nothing on an article, of fields that it need not have, on a few others.

    Returns:
        The URL of an article on which the selector matches, by field.
    """
    from copydesk.crawler.process.inspect_process import run_inspection

    wanted = {report.field for report in trial.unmatched}
    if not wanted or wanted - OPTIONAL_FIELDS:
        return {}
    time.sleep(source.politeness.delay)
    matched: dict[str, str] = {}
    with scratch_folder("try") as folder:
        request = InspectionRequest(InspectionKind.PAGES, urls=tuple(urls[:MAX_OLDER_ARTICLES]))
        inspection = run_inspection(source.name, request, folder, on_line=print_warnings)
        pages = [load_fetched_page(page, folder, source.name) for page in inspection.pages if not page.error]
        for page in pages:
            unmatched = {report.field for report in run_trial(page, source, settings).unmatched}
            matched |= dict.fromkeys(wanted - unmatched - matched.keys(), page.url)
            if len(matched) == len(wanted):
                break
    return matched


def print_warnings(level: int, line: str) -> None:
    """Print the warnings of a spider's log to standard error."""
    if level >= logging.WARNING:
        typer.echo(sanitize_cell(line), err=True)


def load_fetched_page(page: FetchedPage, folder: Path, wire: str) -> Page:
    """Return a fetched page with its bytes, which are in the inspection's folder."""
    return Page(
        url=page.url,
        body=(folder / page.file).read_bytes(),
        fetched_at=datetime.fromisoformat(page.fetched_at),
        wire=wire,
        final_url=page.final_url,
        content_type=page.content_type or "text/html",
        charset=page.charset,
        status=page.status,
    )


def read_saved_page(file: Path, source: Source, url: str) -> Page:
    """Return a saved page as if it had been fetched now.

    Raises:
        BadInput: The file cannot be read.
    """
    try:
        body = file.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read {file}: {error.strerror}.", "Pass the path of a saved page.") from None
    return Page(url=url or source.home, body=body, fetched_at=datetime.now(UTC), wire=source.name)


def explain_fetch_error(inspection: Inspection, page: FetchedPage | None, name: str, path: Path) -> CopydeskError:
    """Return the error of an inspection without an article."""
    reason = page.error if page is not None else inspection.error
    text = f"{name}: {mask_secrets(page.url)} could not be read: {reason}." if page else f"{name}: {reason}."
    if PRIVATE_ADDRESS_REASON in reason:
        return BadSource(text, f"If the wire is in your own network, set allow_private = true in {path}.")
    if reason.endswith(ROBOTS_REASON) or f": {ROBOTS_REASON})" in reason:
        return Permanent(text, "Its robots.txt disallows it. Ask the publisher, or try another page.")
    if "off-site" in reason:
        return BadInput(text, "Only pages on the hosts in the wire's file are fetched.")
    return Transient(text, f"Check the URL and the feeds in {path}, or try again later.")


def run_trial(page: Page, source: Source, settings: Settings) -> PageTrial:
    """Try a page in a sandbox.

    Raises:
        BadSource: A selector is not CSS.
        BadInput: The page cannot be parsed.
    """
    from copydesk.pipeline.offline.page_trial import TRIAL_ENTRY_POINT
    from copydesk.pipeline.process.sandbox import Sandbox

    limits = 4 * settings.extract_seconds, settings.extract_megabytes
    with Sandbox(1, *limits, {source.name: source}, entry_point=TRIAL_ENTRY_POINT) as sandbox:
        (result,) = sandbox.map([page])
    if isinstance(result, QuarantineError):
        if result.reason == "bad_source":
            raise BadSource(str(result))
        raise BadInput(f"{page.url} cannot be parsed: {result.message}", "Try another page.")
    return result  # type: ignore[return-value] # the entry point's result


def find_trial_error(trial: PageTrial, page: Page, path: Path, matched: Collection[str] = ()) -> CopydeskError | None:
    """Return what is wrong: a selector that matches nothing, a rule that does not fit, a page without an article.

    Args:
        trial: The result.
        page: The page.
        path: The source file.
        matched: Fields with selectors that match on another page.
    """
    unmatched = [report for report in trial.unmatched if report.field not in matched]
    if unmatched:
        names = " and ".join(f"{report.selector!r} ({report.field})" for report in unmatched)
        matches = "matches" if len(unmatched) == 1 else "match"
        return BadSource(
            f"{names} of {_describe_rule(trial)} {matches} nothing on {page.url}.",
            f"Correct the selector in {path}, or try another article if this one has no such element.",
        )
    if trial.rule_since is not None and not trial.rule_was_used:
        return BadSource(
            f"body of {_describe_rule(trial)} selects only a part of the text of {page.url}.",
            f"Correct body in {path}: it selects the paragraphs themselves.",
        )
    if trial.article.kind is ArticleKind.REFUSED:
        return BadInput(f"{page.url} is not an article: {trial.article.reason}.", "Try the URL of an article.")
    return None


def trial_to_dict(trial: PageTrial, page: Page) -> dict[str, Any]:
    """Return a trial as plain data."""
    article, generic = trial.article, trial.generic
    return {
        "url": page.url,
        "final_url": page.final_url,
        "kind": article.kind.value,
        "reason": article.reason,
        "via": article.via,
        "generic_via": generic.via,
        "rule_since": trial.rule_since.isoformat() if trial.rule_since else None,
        "rule_was_used": trial.rule_was_used,
        "fields": [asdict(field) for field in trial.fields],
        "paragraphs": list(article.paragraphs),
        "generic_paragraphs": list(generic.paragraphs),
        "dropped": [asdict(piece) for piece in article.dropped],
        "selectors": [asdict(report) for report in trial.selectors],
    }


def print_trial(trial: PageTrial) -> None:
    """Print the fields, the text, what was dropped, and the selectors."""
    article, generic = trial.article, trial.generic
    rows = [
        (field.name, field.value, field.via or "-", _compare(field.value, field.generic))
        for field in trial.fields
        if field.value or field.generic
    ]
    rows.append(("text", _describe_text(article), article.via, _compare_text(article, generic)))
    print_table(["field", "value", "from", "generic extraction"], rows)
    print_paragraphs("\nText:", article.paragraphs)
    missing = [text for text in generic.paragraphs if text not in article.paragraphs]
    if missing:
        print_paragraphs("\nOnly in the generic result:", missing)
    if article.dropped:
        typer.echo("")
        print_table(["dropped because of", "text"], [(piece.reason, piece.text) for piece in article.dropped])
    if trial.selectors:
        use = "was used" if trial.rule_was_used else "does not fit this page; the result is generic"
        typer.echo(f"\n{_describe_rule(trial).capitalize()} {use}.")
        print_table(
            ["key", "selector", "matches", "selects"],
            [(report.field, report.selector, report.matches, report.text) for report in trial.selectors],
            right_aligned="matches",
        )


def print_paragraphs(heading: str, paragraphs: tuple[str, ...] | list[str]) -> None:
    """Print the beginnings of paragraphs, one per line."""
    typer.echo(heading)
    for text in paragraphs:
        shown = sanitize_cell(text)
        typer.echo(f"  {shown if len(shown) <= MAX_SHOWN_CHARS else shown[: MAX_SHOWN_CHARS - 3] + '...'}")


def _describe_text(article: Article) -> str:
    if article.kind is ArticleKind.REFUSED:
        return f"none ({article.reason})"
    words = sum(map(count_words, article.paragraphs))
    return f"{pluralize(len(article.paragraphs), 'paragraph')}, {pluralize(words, 'word')}"


def _describe_rule(trial: PageTrial) -> str:
    is_dated = trial.rule_since is not None and trial.rule_since > PageRule.model_fields["since"].default
    return f"the page rule of {trial.rule_since}" if is_dated else "the page rule"


def _compare(value: str, generic: str) -> str:
    return "the same" if value == generic else generic or "-"


def _compare_text(article: Article, generic: Article) -> str:
    return "the same" if article.paragraphs == generic.paragraphs else f"{_describe_text(generic)} ({generic.via})"
