"""What `wires new` proposes: identity that merges no articles, selectors of the text, zone, names, a valid file."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from copydesk.crawler.inspection.identity_proposal import propose_identity
from copydesk.crawler.inspection.inspect_site import choose_articles
from copydesk.crawler.inspection.inspection_records import FoundFeed, Inspection, ListedArticle
from copydesk.crawler.inspection.site_links import order_sitemaps, read_home
from copydesk.crawler.inspection.source_draft import SourceDraft, choose_name, choose_title, find_country, write_draft
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.times import DayOrder
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.extract.css_steps import is_stable_name
from copydesk.pipeline.offline.rule_proposal import ArticleSet, RuleProposal, propose_rule

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SOURCE = Source.model_validate(
    {
        "name": "w",
        "title": "Harbour Wire",
        "home": "https://w.example/",
        "discovery": {"feeds": ["https://w.example/rss"]},
    }
)
TOPICS = ("ferry", "bridge", "orchestra", "vineyard")
LAYOUT = """<html lang="en"><head><title>{title} | Harbour Wire</title></head><body><p>News</p>
<div class="page"><h1 class="headline">{title}</h1>
<div class="info"><span class="author">By Clara Okonjo</span> <span class="when">{clock}</span></div>
<div class="story">{text}<p class="promo">Sign up for our letter {number}.</p>
<p>Harbour Wire is independent. Report {number} may be shared with a credit.</p></div></div></body></html>"""


def make_articles(count: int = 3, layout: str = LAYOUT) -> ArticleSet:
    pages = []
    for number, topic in enumerate(TOPICS[:count]):
        at = NOW - timedelta(hours=3 * number + 3)
        paragraphs = [
            f"LONDON (HARBOUR) - The {topic} committee met on Tuesday, deciding on item {number} of its long list.",
            f"Members of the {topic} group said the plan number {number} would cost many million pounds a year.",
            f"A vote on the {topic} is due next month, and nobody in the room expected it to be close, they said.",
        ]
        local = at + timedelta(hours=4)  # Asia/Dubai
        html = layout.format(
            title=f"The {topic} plan moves on",
            clock=f"{local:%d %B %Y %H:%M}",
            text="".join(f"<p>{text}</p>" for text in paragraphs),
            number=number,
        )
        pages.append(Page(f"https://w.example/{topic}", html.encode(), NOW, wire="w", published_hint=at))
    return ArticleSet("w", tuple(pages), "ae")


@pytest.fixture(scope="module")
def proposal() -> RuleProposal:
    return propose_rule(make_articles(), SOURCE)


def test_selectors_select_text_title_time_and_author(proposal: RuleProposal) -> None:
    rule = proposal.rule
    assert rule is not None, proposal.notes
    assert (rule.title, rule.published, rule.byline) == ("h1.headline", "span.when", "span.author")
    assert rule.body.startswith("div.story > p")
    assert all(article.via == "rule:w@1970-01-01" for article in proposal.articles)
    assert all(len(article.paragraphs) == 3 for article in proposal.articles)
    assert proposal.articles[0].byline == "Clara Okonjo"


def test_what_several_articles_print_is_boilerplate(proposal: RuleProposal) -> None:
    (pattern,) = proposal.boilerplate
    assert pattern.startswith("Harbour Wire is independent")
    assert r"Report \d+ may" in pattern


def test_zone_and_agency_follow_from_the_pages(proposal: RuleProposal) -> None:
    assert (proposal.timezone, proposal.zone_is_shown, proposal.agency) == ("Asia/Dubai", True, "HARBOUR")
    assert [article.published_at for article in proposal.articles] == [
        page.published_hint for page in make_articles().pages
    ]


def test_american_dates_of_a_site_elsewhere_are_proposed_as_month_first() -> None:
    articles = make_articles()
    pages = []
    for page in articles.pages:
        assert page.published_hint is not None
        local = page.published_hint + timedelta(hours=4)
        clock = f"{local:%d %B %Y %H:%M}".encode()
        pages.append(replace(page, body=page.body.replace(clock, f"{local:%m/%d/%Y %I:%M %p}".encode())))
    proposal = propose_rule(replace(articles, pages=tuple(pages)), SOURCE)
    assert (proposal.timezone, proposal.day_order) == ("Asia/Dubai", DayOrder.MONTH_FIRST)
    assert [article.published_at for article in proposal.articles] == [page.published_hint for page in pages]
    assert propose_rule(articles, SOURCE).day_order is None


def test_time_of_change_and_section_get_selectors() -> None:
    topics = ("Transport", "Roads", "Culture")
    pages = []
    for page, topic in zip(make_articles().pages, topics, strict=True):
        changed = f'<span class="changed">Updated: {NOW - timedelta(hours=-3):%d %B %Y %H:%M}</span>'.encode()
        top = f'<meta property="article:section" content="{topic}"></head>'.encode()
        body = page.body.replace(b"</head>", top)
        if topic != "Roads":  # which was never changed
            body = body.replace(b"</span></div>", b"</span> " + changed + b"</div>")
        pages.append(replace(page, body=body.replace(b"<p>News</p>", f'<a class="topic">{topic}</a>'.encode())))
    proposal = propose_rule(ArticleSet("w", tuple(pages), "ae"), SOURCE)
    assert proposal.rule is not None, proposal.notes
    assert (proposal.rule.modified, proposal.rule.section) == (
        "span.changed", "meta[property='article:section']@content",
    )  # fmt: skip
    assert [article.section for article in proposal.articles] == list(topics)
    assert [article.modified_at is not None for article in proposal.articles] == [True, False, True]
    assert {"modified_at", "section"} <= {row.field for row in proposal.comparisons}


def test_one_section_on_all_pages_gets_no_selector(proposal: RuleProposal) -> None:
    assert proposal.rule is not None
    assert (proposal.rule.section, proposal.rule.modified) == ("", "")


def test_two_layouts_get_no_page_rule() -> None:
    articles = make_articles()
    other = LAYOUT.replace('<div class="story">{text}', "<section id='s'>{text}").replace(
        "</p></div></div>", "</p></section></div>"
    )
    second = make_articles(4, other).pages[3]
    plain = Page(second.url, second.body.replace(b"<p>", b"<div>").replace(b"</p>", b"</div>"), NOW, wire="w")
    mixed = ArticleSet("w", (articles.pages[0], plain))
    proposal = propose_rule(mixed, SOURCE)
    assert proposal.rule is None
    assert "no page rule is proposed" in " ".join(proposal.notes)


def test_one_article_is_not_enough_for_a_rule() -> None:
    proposal = propose_rule(make_articles(1), SOURCE)
    assert (proposal.rule, proposal.usable) == (None, 1)
    assert "only 1 of 1 articles" in proposal.notes[0]


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("https://w.example/a/title-{n}-{n:032x}", r"([0-9a-f]{32})"),
        ("https://w.example/{big}/Title-{n}?src=RSS", r"(\d{10})"),
        ("https://w.example/s/story-{big}.html", r"(\d{10})"),
        ("https://w.example/view.php?id={big}&lang=en", "[?&](?:id|"),
        ("https://w.example/2026/03/04/words-of-a-title-{n}", None),
        ("https://w.example/20260304/words-of-a-title-{n}", None),
    ],
    ids=["hex", "number", "suffix", "query", "words", "date"],
)
def test_identity_merges_no_articles(form: str, pattern: str | None) -> None:
    urls = [form.format(n=number, big=1_000_000_000 + 7 * number) for number in range(20)]
    identity = propose_identity(urls)
    assert (identity.id_pattern is None) if pattern is None else (pattern in (identity.id_pattern or ""))
    assert len({canonicalize(url, identity) for url in urls}) == 20


def test_sections_with_counters_of_their_own_stay_apart() -> None:
    urls = [f"https://w.example/{section}/{100_000 + number}" for number in range(10) for section in ("sport", "news")]
    assert propose_identity(urls).id_pattern is None


def test_parameter_without_a_meaning_is_stripped() -> None:
    urls = [f"https://w.example/story-{number}-of-the-day?edition=web" for number in range(9)]
    assert propose_identity(urls).strip_query == ("edition",)
    both = [*urls, *(url.partition("?")[0] for url in urls)]  # a feed and a sitemap
    assert propose_identity(both).strip_query == ("edition",)
    varying = [f"https://w.example/story?piece={number}" for number in range(9)]
    assert propose_identity(varying).strip_query == ()
    canonical = {f"https://w.example/{name}?box={name}": f"https://w.example/{name}" for name in TOPICS}
    assert propose_identity(list(canonical), canonical).strip_query == ("box",)


def test_home_page_names_feeds_and_articles() -> None:
    links = "".join(f'<li><a class="teaser" href="/news/{100_000 + number}">N {number}</a></li>' for number in range(6))
    html = f"""<html lang="de-AT"><head><title>Kurier</title><meta property="og:site_name" content="Der Kurier">
    <link rel="alternate" type="application/rss+xml" href="/rss"><link rel="alternate" type="application/rss+xml"
    href="/comments/feed"></head><body><a href="/feeds/sport.xml">RSS</a><ul>{links}</ul>
    <a href="/about">About</a></body></html>"""
    home = read_home(html.encode(), "https://kurier.example/", "text/html; charset=utf-8")
    assert home.feeds == ("https://kurier.example/rss", "https://kurier.example/feeds/sport.xml")
    assert (home.title, home.language, home.link_selector, len(home.articles)) == ("Der Kurier", "de-AT", "a.teaser", 6)
    assert order_sitemaps(["https://w/a.xml", "https://w/news.xml"]) == ["https://w/news.xml", "https://w/a.xml"]


def test_versions_of_one_story_are_not_chosen() -> None:
    titles = [
        "Ferry berth closes",
        "UPDATE Ferry berth closes",
        "Orchestra names a conductor",
        "Vineyards report frost",
    ]
    listed = [ListedArticle(f"https://w.example/{number}", title) for number, title in enumerate(titles)]
    assert [entry.url[-1] for entry in choose_articles(listed, 3)] == ["0", "2", "3"]
    assert [entry.url[-1] for entry in choose_articles(listed, 3, [listed[0].url])] == ["2", "3"]


@pytest.mark.parametrize(
    ("url", "name", "country"),
    [
        ("https://www.bbc.co.uk/news", "bbc", "uk"),
        ("https://apnews.com/", "apnews", ""),
        ("https://news.sky.com/x", "sky", ""),
        ("http://127.0.0.1:8801/", "harbour-wire", ""),
        ("https://www.tagesschau.de", "tagesschau", "de"),
    ],
)
def test_name_and_country_follow_from_the_host(url: str, name: str, country: str) -> None:
    assert (choose_name(url, "Harbour Wire"), find_country(url, "en")) == (name, country)


def test_draft_is_a_valid_source() -> None:
    feed = FoundFeed("https://w.example/rss", "feed", "link", title="Harbour Wire - Latest news")
    list_page = FoundFeed("https://w.example/", "list", "given", link_selector="a.teaser")
    inspection = Inspection("https://w.example/", (feed, list_page), crawl_delay=5.0)
    identity = propose_identity([f"https://w.example/{100_000 + number}" for number in range(9)])
    rule = PageRule(body="div.story > p", title="h1")
    draft = SourceDraft(
        "w", choose_title(inspection), "https://w.example/", "en", "UTC", False, True, "HW", identity,
        ("It's \\d+ o'clock", "no\\. \\d+"), rule,
    )  # fmt: skip
    text = write_draft(draft, inspection, date(2026, 3, 4))
    source = Source.model_validate(tomllib.loads(text))
    assert (source.title, source.politeness.delay, source.allow_private) == ("Harbour Wire", 5.0, True)
    assert source.discovery.feeds == ("https://w.example/rss",)
    assert source.discovery.lists[0].links == "a.teaser"
    assert source.boilerplate == draft.boilerplate
    assert (source.identity, source.page[0].body) == (identity, rule.body)
    assert "# not shown by its pages" in text


@pytest.mark.parametrize(
    ("name", "stable"),
    [
        ("entry-title", True),
        ("c-body__p", True),
        ("css-1x2y3z", False),
        ("Title_title__3kP9d", False),
        ("post-123456", False),
    ],
)
def test_generated_class_names_are_not_used(name: str, stable: bool) -> None:
    assert is_stable_name(name) is stable
