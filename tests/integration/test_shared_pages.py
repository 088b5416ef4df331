"""One page that two wires list, and a wire that gets another name: rules, owner and history."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from copydesk.pipeline.cli.wire_rename import rename
from copydesk.pipeline.core.errors import BadInput, NotFound, Transient
from copydesk.pipeline.core.records import Page, Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import canonicalize, hash_url
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.planning import count_pages_in_window, plan_run
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.pages import FetchedPage, save_pages
from copydesk.pipeline.store.runs import close_run, open_run
from copydesk.pipeline.store.states import RunState
from copydesk.pipeline.store.wire_names import rename_wire
from tests.fork_server import clean_wire
from tests.run_keys import DAG_ID

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WINDOW = Window(NOW - HOUR, NOW)
URL = "https://www.quay.example/news/ferry"
COPY = "".join(
    f"<p>The harbour master of Lower Quay said on Wednesday that ferry number {number} sails again after the storm, "
    "and that the crews had worked through the night to clear the pier of driftwood.</p>"
    for number in range(1, 6)
)
OTHER = "".join(
    f"<p>Bakers of the upper town showed loaf number {number} at the market hall on Tuesday, and the jury of nine "
    "praised its crust before it gave the prize to somebody else.</p>"
    for number in range(1, 6)
)


@pytest.fixture(name="settings")
def make_settings(database: str) -> Settings:
    return load_settings()


def make_body(extra: str = "") -> str:
    return (
        f"<html lang='en'><head><title>Ferries sail again</title></head><body><h1>Ferries sail again</h1>"
        f"<div class='copy'>{COPY}{extra}</div><div class='next'><h2>Loaves on show</h2>{OTHER}</div></body></html>"
    )


def make_wire(name: str, home: str = "https://elsewhere.example/", *, rule: bool = True, **more: Any) -> Source:
    page = [{"body": "div.copy > p", "title": "h1"}] if rule else []
    return Source.model_validate(
        {"name": name, "title": name.title(), "home": home, "page": page, "discovery": {"feeds": [f"{home}rss"]}} | more
    )


def fetch(settings: Settings, wire: str, run_id: str, at: datetime = NOW, extra: str = "") -> None:
    """Open a run and save a page of ``URL`` as the crawl of a wire fetches it."""
    page = Page(URL, make_body(extra).encode(), at, wire, content_type="text/html", published_hint=NOW - HOUR / 2)
    with transaction(settings) as connection:
        run_key = open_run(
            connection, DAG_ID, run_id, kind="scheduled", mode="auto", window=WINDOW, wires=["alpha", "beta"]
        )
        canonical = canonicalize(URL)
        save_pages(connection, run_key, [FetchedPage(page, canonical, hash_url(canonical))])
    record_crawl_counts(settings, run_key, wire, 0)
    record_crawl_result(settings, run_key, wire, succeeded=True)


def clean(settings: Settings, source: Source, run_id: str) -> None:
    with transaction(settings) as connection:
        run_key = open_run(
            connection, DAG_ID, run_id, kind="scheduled", mode="auto", window=WINDOW, wires=["alpha", "beta"]
        )
    clean_wire(settings, run_key, WireStrategy.LIVE, source)


def read(settings: Settings) -> dict[str, Any]:
    """Return the article's owner and its current version."""
    with transaction(settings) as connection:
        cursor = connection.execute(
            "SELECT a.wire, a.published_at, a.title, v.body, v.agency, v.cleaner, v.via, v.wire AS reader"
            " FROM copydesk.article a JOIN copydesk.article_version v ON v.version_id = a.current_version"
        )
        ((*values,),) = cursor.fetchall()
        assert cursor.description is not None
        return dict(zip([column.name for column in cursor.description], values, strict=True))


def run_all(settings: Settings, wires: Sequence[Source], run_id: str) -> dict[str, Any]:
    for wire in wires:
        fetch(settings, wire.name, run_id)
        clean(settings, wire, run_id)
    return read(settings)


def test_page_is_read_by_the_rules_of_the_wire_that_processes_it(settings: Settings) -> None:
    fetch(settings, "alpha", "run")  # stored first under the name of a wire that has no rule, and no file any more
    fetch(settings, "beta", "run")
    clean(settings, make_wire("beta"), "run")
    found = read(settings)
    assert found["via"].startswith("rule:")
    assert "loaf" not in found["body"]


@pytest.mark.parametrize(
    ("homes", "owner"),
    [
        (("https://elsewhere.example/", "https://elsewhere.example/"), "alpha"),
        (("https://elsewhere.example/", "https://www.quay.example/"), "beta"),
        (("https://elsewhere.example/", "https://quay.example/"), "beta"),
        (("https://notquay.example/", "https://uay.example/"), "alpha"),
        (("https://quay.example/", "https://www.quay.example/"), "alpha"),
    ],
)
@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_owner_of_a_shared_page_does_not_depend_on_the_order_of_the_wires(
    settings: Settings, homes: tuple[str, str], owner: str, order: tuple[int, int]
) -> None:
    wires = [make_wire("alpha", homes[0], rule=False, agency="ALP"), make_wire("beta", homes[1], agency="BET")]
    first = run_all(settings, [wires[number] for number in order], "one")
    assert (first["wire"], first["reader"]) == (owner, owner)
    assert first["via"].startswith("rule:") is (owner == "beta")
    with transaction(settings) as connection:  # a backfill by stored pages finds it under the name of its owner
        stored = {wire.name: count_pages_in_window(connection, wire.name, WINDOW) for wire in wires}
    assert stored == {"alpha": 0, "beta": 0} | {owner: 1}
    # Whichever wire is processed last in the next hours, nothing changes.
    for hour in range(3):
        assert run_all(settings, [wires[(number + hour) % 2] for number in order], f"hour {hour}") == first


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_same_text_has_the_fields_that_its_owner_reads(settings: Settings, order: tuple[int, int]) -> None:
    # The texts are the same, the time zones are not.
    wires = [make_wire("alpha", timezone="Asia/Tokyo"), make_wire("beta", timezone="America/New_York")]
    found = run_all(settings, [wires[number] for number in order], "one")
    assert (found["wire"], found["reader"]) == ("alpha", "alpha")


def test_what_another_wire_fetches_in_the_same_hour_does_not_replace_the_reading_of_the_owner(
    settings: Settings,
) -> None:
    alpha, beta = make_wire("alpha"), make_wire("beta", rule=False)
    fetch(settings, "alpha", "one")
    clean(settings, alpha, "one")
    fetch(settings, "beta", "one", NOW + 10 * timedelta(seconds=1), extra="<!-- another token -->")
    clean(settings, beta, "one")
    assert read(settings)["reader"] == "alpha"


def test_later_change_that_only_another_wire_fetches_counts(settings: Settings) -> None:
    alpha, beta = make_wire("alpha"), make_wire("beta")
    fetch(settings, "alpha", "one")
    clean(settings, alpha, "one")
    fetch(settings, "beta", "two", NOW + HOUR + timedelta(seconds=1), extra="<p>The last ferry leaves at ten.</p>")
    clean(settings, beta, "two")
    found = read(settings)
    assert (found["wire"], found["reader"]) == ("alpha", "beta")
    assert "leaves at ten" in found["body"]


def test_new_rules_of_the_owner_stay_when_another_wire_is_processed(settings: Settings) -> None:
    alpha, beta = make_wire("alpha", rule=False), make_wire("beta", rule=False)
    run_all(settings, [alpha, beta], "one")
    newer = make_wire("alpha")
    assert run_all(settings, [newer], "two")["via"].startswith("rule:")
    assert run_all(settings, [beta], "three")["via"].startswith("rule:")
    # And back: earlier rules apply again.
    back = run_all(settings, [alpha], "four")
    assert not back["via"].startswith("rule:")
    assert run_all(settings, [beta], "five") == back


def test_wires_that_are_processed_at_once_agree(settings: Settings) -> None:
    wires = [make_wire("alpha", rule=False), make_wire("beta"), make_wire("gamma", rule=False, language="de")]
    for wire in wires:
        fetch(settings, wire.name, "one")
    with ThreadPoolExecutor(len(wires)) as pool:
        list(pool.map(lambda wire: clean(settings, wire, "one"), wires))
    assert read(settings)["reader"] == "alpha"


# Renaming


def tables_with(settings: Settings, wire: str) -> set[str]:
    """Return the tables that have a row of a wire."""
    with transaction(settings) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE table_schema = 'copydesk' AND column_name = 'wire' AND table_type = 'BASE TABLE'"
        ).fetchall()
        found = set()
        for (name,) in tables:
            if connection.execute(f"SELECT FROM copydesk.{name} WHERE wire = %s LIMIT 1", (wire,)).fetchone():
                found.add(str(name))
        return found


def close(settings: Settings, run_id: str) -> None:
    with transaction(settings) as connection:
        run_key = open_run(connection, DAG_ID, run_id, kind="scheduled", mode="auto", window=WINDOW, wires=["alpha"])
        close_run(connection, run_key, RunState.DONE, {})


def add_rows_of_all_tables(settings: Settings, wire: str) -> None:
    with transaction(settings) as connection:
        for insert in (
            """INSERT INTO copydesk.warning (run_key, wire, kind, message)
               SELECT run_key, %(wire)s, 'silent', 'x' FROM copydesk.run""",
            """INSERT INTO copydesk.wire_failure (run_key, wire, stage, reason)
               SELECT run_key, %(wire)s, 'crawl', 'x' FROM copydesk.run""",
            "INSERT INTO copydesk.feed_state (wire, url) VALUES (%(wire)s, 'https://x.example/')",
            """INSERT INTO copydesk.boilerplate VALUES
               (%(wire)s, 'k', 'vetoed', 't', '', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, now(), now())""",
            """INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, run_key)
               SELECT 'clean', 'x', %(wire)s, 'slow', run_key FROM copydesk.run""",
            "INSERT INTO copydesk.guard_exemption (wire, until) VALUES (%(wire)s, now())",
            """INSERT INTO copydesk.staged_result
               (run_key, wire, cleaner, page_id, canonical_url, fetched_at, result)
               SELECT run_key, %(wire)s, 'c', page_id, 'u', now(), '{}' FROM copydesk.run, copydesk.page""",
        ):
            connection.execute(insert, {"wire": wire})


def test_renamed_wire_keeps_its_past(settings: Settings) -> None:
    alpha = make_wire("alpha")
    run_all(settings, [alpha], "one")
    close(settings, "one")
    add_rows_of_all_tables(settings, "alpha")
    before = tables_with(settings, "alpha")
    with transaction(settings) as connection:
        assert count_pages_in_window(connection, "gamma", WINDOW) == 0
        renamed = rename_wire(connection, "alpha", "gamma")
    assert (renamed.pages, renamed.articles, renamed.runs) == (1, 1, 1)
    assert tables_with(settings, "alpha") == set()
    assert tables_with(settings, "gamma") == before - {"staged_result"}
    gamma = make_wire("gamma")
    with transaction(settings) as connection:
        plan = plan_run(
            connection, {"gamma": gamma}, dag_id=DAG_ID, run_id="again", kind="backfill", window=WINDOW,
            now=NOW + 9 * HOUR,
        )  # fmt: skip
    assert [one.strategy for one in plan.wires] == ["stored"]
    with transaction(settings) as connection:
        assert rename_wire(connection, "alpha", "gamma").pages == 0


def test_two_histories_become_one(settings: Settings) -> None:
    alpha, beta = make_wire("alpha"), make_wire("beta", rule=False)
    run_all(settings, [alpha, beta], "both")  # a run that knows both names
    for wire in ("alpha", "beta"):
        with transaction(settings) as connection:
            connection.execute(
                "INSERT INTO copydesk.feed_state (wire, url, etag) VALUES (%s, 'https://x.example/', %s)", (wire, wire)
            )
    close(settings, "both")
    with transaction(settings) as connection:
        connection.execute("UPDATE copydesk.run SET wires = '{alpha,beta}'")
        rename_wire(connection, "alpha", "beta")
    assert tables_with(settings, "alpha") <= {"fetch", "ledger", "run_boilerplate", "run_page"}
    assert read(settings)["wire"] == "beta"
    with transaction(settings) as connection:
        assert connection.execute("SELECT wire, etag FROM copydesk.feed_state").fetchall() == [("beta", "beta")]


def test_wire_is_not_renamed_while_a_run_processes_it(settings: Settings) -> None:
    fetch(settings, "alpha", "one")
    with pytest.raises(Transient, match="A run is processing alpha"), transaction(settings) as connection:
        rename_wire(connection, "alpha", "gamma")


def test_command_asks_for_the_file_to_be_renamed_first(
    settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    text = 'name = "{0}"\ntitle = "T"\nhome = "https://x.example/"\ndiscovery.feeds = ["https://x.example/rss"]\n'
    with pytest.raises(NotFound, match="gamma"):
        rename("alpha", "gamma")
    (tmp_path / "gamma.toml").write_text(text.format("gamma"))
    (tmp_path / "alpha.toml").write_text(text.format("alpha"))
    with pytest.raises(BadInput, match="still has a source file"):
        rename("alpha", "gamma")
    (tmp_path / "alpha.toml").unlink()
    rename("alpha", "gamma")
    assert capsys.readouterr().out == "Nothing is stored under the name alpha.\n"
    run_all(settings, [make_wire("alpha")], "one")
    close(settings, "one")
    rename("alpha", "gamma", as_json=True)
    assert '"pages": 1' in capsys.readouterr().out
