"""The sample network without a server: articles depend only on the seed, and the truth matches the pages."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.sample.edits import Role
from copydesk.crawler.sample.ground_truth import iter_truths, make_truth
from copydesk.crawler.sample.network import ARTICLES_PER_STORY, Network, Slot
from copydesk.crawler.sample.pair_scores import score_pairs
from copydesk.crawler.sample.printed_article import Article, articles_between, articles_of_day, make_article, parse_path
from copydesk.crawler.sample.sample_wires import list_languages, load_wires
from copydesk.crawler.sample.story_plan import MAX_RELEASE_DELAY, Kind, Relation, Version, plans_of_hour
from copydesk.crawler.sample.story_texts import write_version
from copydesk.crawler.sample.website import Site

DAY = date(2026, 3, 3)
START = datetime(2026, 3, 3, tzinfo=UTC)
END = START + timedelta(days=1)


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(articles_of_day(Network(seed=7, per_day=200), DAY))


def make_site(wire: str, now: datetime = END, per_day: int = 200) -> Site:
    return Site(Network(7, per_day), load_wires()[wire], f"http://{wire}.test", lambda: now)


def test_articles_depend_only_on_the_seed() -> None:
    first, second = (
        hashlib.sha256(repr(list(islice(articles_of_day(Network(3, 50), DAY), 30))).encode()).hexdigest() for _ in "ab"
    )
    other = hashlib.sha256(repr(list(islice(articles_of_day(Network(4, 50), DAY), 30))).encode()).hexdigest()
    assert first == second != other


def test_default_day_has_about_200_articles_and_no_empty_hour(articles: list[Article]) -> None:
    assert 160 <= len(articles) <= 240
    hours = Counter(article.published_at.hour for article in articles)
    assert set(hours) == set(range(24))


def test_mean_articles_per_story_matches_the_constant() -> None:
    plans = [plan for hour in range(24) for plan in plans_of_hour(Network(11, 4000), START.replace(hour=hour))]
    mean = sum(len(plan.releases) for plan in plans) / len(plans)
    assert mean == pytest.approx(ARTICLES_PER_STORY, rel=0.05)
    assert max(len(plan.releases) for plan in plans) <= 16
    assert max(release.at - plan.slot.hour for plan in plans for release in plan.releases) < MAX_RELEASE_DELAY


def test_one_hour_is_generated_without_its_day() -> None:
    network = Network(7, 1_000_000)
    some = list(islice(plans_of_hour(network, START.replace(hour=9)), 40))
    texts = [make_article(plan, plan.releases[0]) for plan in some]
    assert len({article.number for article in texts}) == 40


def test_every_relation_edit_and_language_occurs() -> None:
    seen = [a for offset in range(3) for a in articles_of_day(Network(7, 250), DAY + timedelta(days=offset))]
    assert {article.language for article in seen} == set(list_languages())
    assert {article.wire for article in seen} == set(load_wires())
    assert {article.relation for article in seen} == set(Relation)
    edits = {edit for article in seen for edit in article.edits}
    assert edits == {edit for wire in load_wires().values() for edit in wire.edits}
    assert {article.notice for article in seen} == {"", "update", "correction", "kill"}


def test_twelve_wires_have_different_layouts() -> None:
    wires = load_wires().values()
    assert len(wires) >= 12
    assert len({wire.layout for wire in wires}) >= 5
    assert sum(not wire.archive for wire in wires) >= 2
    assert len({wire.clock for wire in wires}) >= 8


def test_adjacent_windows_contain_each_article_once(articles: list[Article]) -> None:
    network = Network(7, 200)
    pieces = [
        article.number
        for hour in range(24)
        for article in articles_between(network, START + timedelta(hours=hour), START + timedelta(hours=hour + 1))
    ]
    assert sorted(pieces) == sorted(article.number for article in articles)
    assert len(set(pieces)) == len(pieces)


@given(
    st.integers(0, 36_500),
    st.integers(0, 23),
    st.integers(0, 2**16 - 1),
    st.integers(0, 15),
)
def test_slot_round_trips_through_its_number(days: int, hour: int, story: int, release: int) -> None:
    slot = Slot(datetime(2000, 1, 1, hour, tzinfo=UTC) + timedelta(days=days), story, release)
    assert Slot.from_number(slot.number) == slot
    assert slot.number < 10**12


@given(st.text(alphabet="/abcdef0123456789-idnews.", max_size=60))
def test_any_path_is_an_article_or_404(path: str) -> None:
    for wire in ("northgate", "meridian", "gulfbrief"):
        site = make_site(wire)
        slot = parse_path(site.wire, path)
        assert site.respond(path, {}, {}).status in {200, 404}
        assert slot is None or slot.number >= 0


@pytest.mark.parametrize("per_day", [0, 9, 1_000_001])
def test_size_out_of_range_is_rejected(per_day: int) -> None:
    with pytest.raises(ValueError, match="from 10 to 1,000,000"):
        Network(7, per_day)


def test_page_contains_its_true_text_and_title(articles: list[Article]) -> None:
    layouts: Counter[str] = Counter()
    for article in articles:
        site = make_site(article.wire)
        reply = site.respond(article.path, {"utm_source": "x"}, {})
        assert reply.status == 200
        page = unescape(reply.body.decode("utf-8" if site.wire.encoding == "utf-8" else "cp1252")).replace("\u00ad", "")
        assert article.printed_title in page
        for text in article.paragraphs:
            assert text in page
        assert article.opener + article.paragraphs[0] in page
        layouts[site.wire.layout] += 1
    assert len(layouts) >= 5


def test_truth_excludes_text_around_the_article(articles: list[Article]) -> None:
    found: Counter[str] = Counter()
    for article in articles:
        one = make_truth(article, "http://127.0.0.1:1")
        for reason, text in one.dropped:
            found[reason] += 1
            if text and reason != Role.TWICE:
                assert text not in one.paragraphs
        assert not any(mark in "".join(one.paragraphs) for mark in "<>\u00ad")
        assert one.url == "http://127.0.0.1:1" + one.path
        assert one.to_dict()["published_at"].endswith("+00:00")
    assert {"twice", "house", "note", "trailer", "disclaimer"} <= set(found)


def test_copies_share_the_language_and_are_later(articles: list[Article]) -> None:
    stories: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        stories[article.story_id].append(article)
    assert any(len(members) > 2 for members in stories.values())
    for members in stories.values():
        assert len({article.language for article in members}) == 1
        first = min(members, key=lambda article: article.published_at)
        copies = [article for article in members if article.relation is Relation.COPY]
        if first.relation is not Relation.COPY:
            assert all(copy.published_at > first.published_at for copy in copies)


def test_verbatim_copy_has_the_words_of_its_original() -> None:
    compared = 0
    for plan in plans_of_hour(Network(7, 4000), START.replace(hour=9)):
        originals = {
            r.version: make_article(plan, r) for r in plan.releases if r.wire == plan.wire and not r.revised_at
        }
        for release in plan.releases:
            original = originals.get(release.version)
            if release.relation is Relation.COPY and original and not release.edits:
                copy = make_article(plan, release)
                quotes = str.maketrans(dict.fromkeys("“”„«»’'", '"'))
                plain = [
                    [text.translate(quotes).replace(' "', '"').replace('" ', '"') for text in one.paragraphs]
                    for one in (original, copy)
                ]
                assert plain[0] == plain[1]
                compared += 1
    assert compared > 10


def test_revised_page_changes_at_its_time() -> None:
    turned = [
        (plan, release)
        for hour in range(24)
        for plan in plans_of_hour(Network(7, 400), START.replace(hour=hour))
        for release in plan.releases
        if release.revised_at
    ]
    assert turned
    for plan, release in turned:
        assert release.revised_at is not None
        before = make_article(plan, release, release.revised_at - timedelta(minutes=1))
        after = make_article(plan, release, release.revised_at)
        wire = load_wires()[release.wire]
        assert parse_path(wire, before.path) == parse_path(wire, after.path)
        assert before.paragraphs != after.paragraphs
        assert after.modified_at == release.revised_at
        assert not before.notice


def test_correction_changes_the_first_paragraph() -> None:
    corrected = 0
    for plan in (p for hour in range(24) for p in plans_of_hour(Network(7, 1000), START.replace(hour=hour))):
        if plan.kind is Kind.CORRECTION:
            wrong, right = write_version(plan, Version.WRONG), write_version(plan, Version.FIRST)
            assert wrong.paragraphs[0] != right.paragraphs[0]
            assert right.note
            assert len(wrong.paragraphs) == len(right.paragraphs)
            corrected += 1
    assert corrected > 5


def test_roundups_contain_items_of_other_stories() -> None:
    roundups = [a for a in articles_of_day(Network(7, 600), DAY) if a.relation is Relation.ROUNDUP]
    assert len(roundups) > 2
    for article in roundups:
        assert len(article.item_story_ids) >= 2
        assert article.story_id not in article.item_story_ids


def test_site_shows_no_article_before_its_time() -> None:
    noon = START.replace(hour=12)
    for wire in load_wires():
        site = make_site(wire, noon)
        later = list(
            articles_between(Network(7, 200), noon + timedelta(minutes=1), noon + timedelta(hours=4), wire=wire)
        )
        for article in later:
            assert site.respond(article.path, {}, {}).status == 404
        shown = site.respond("/feed.xml", {}, {}).body.decode()
        assert not any(article.path in shown for article in later)


def test_unchanged_page_returns_304(articles: list[Article]) -> None:
    article = articles[0]
    site = make_site(article.wire)
    first = site.respond(article.path, {}, {})
    assert site.respond(article.path, {}, {"if-none-match": first.headers["etag"]}).status == 304
    assert site.respond(article.path, {}, {"if-modified-since": first.headers["last-modified"]}).status == 304
    assert site.respond(article.path, {}, {"if-none-match": '"other"'}).status == 200
    assert site.respond(article.path, {}, {"if-modified-since": "yesterday, I think"}).status == 200


def test_daily_archive_lists_only_its_day(articles: list[Article]) -> None:
    for wire in load_wires().values():
        reply = make_site(wire.name).respond("/sitemap/news-2026-03-03.xml", {}, {})
        assert reply.status == (200 if wire.archive else 404)
        if wire.archive:
            own = [article for article in articles if article.wire == wire.name]
            assert reply.body.count(b"<loc>") == len(own)
            assert all(article.path.encode() in reply.body for article in own)
    assert make_site("northgate").respond("/sitemap/news-2026-13-77.xml", {}, {}).status == 404


@dataclass(frozen=True)
class LabelledArticle:
    url: str
    story: str
    relation: str = "copy"


def test_pairs_are_scored() -> None:
    known = [
        LabelledArticle("http://a/1", "x"),
        LabelledArticle("http://a/2", "x"),
        LabelledArticle("http://a/3", "x", "flash"),
    ]
    known.append(LabelledArticle("http://a/4", "y"))
    score = score_pairs(
        known, {"http://a/1?utm=1": 1, "http://a/2": 1, "http://a/3": 2, "http://a/4": 2, "http://b": 3}
    )
    assert (score.articles, score.true_pairs, score.predicted_pairs, score.true_positives) == (4, 3, 2, 1)
    assert score.precision == 0.5
    assert score.recall == pytest.approx(1 / 3)
    assert score.missed_by_relation == {"copy + flash": 2}
    assert score.false_positives == (("http://a/3", "http://a/4"),)


def test_perfect_partition_scores_one() -> None:
    known = list(iter_truths(Network(7, 100), START, END))
    score = score_pairs(known, {one.url: one.story for one in known})
    assert score.precision == score.recall == 1.0
    assert score.true_pairs > 20
