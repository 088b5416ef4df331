"""Pages that are not articles are refused because of their text; a headline may be about anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copydesk.pipeline.core.records import Extraction, Page
from copydesk.pipeline.extract.blocks import parse_html, read_blocks
from copydesk.pipeline.extract.extraction import extract
from copydesk.pipeline.extract.refusal import find_refusal_reason
from copydesk.pipeline.extract.title import find_printed_headline

ITEM = ("ELSTOW (KNA) — The harbour office said on Monday that two boats were still being looked for.",)
PLAIN = ("The harbour office said on Monday that two boats were still being looked for near the mole.",)


@pytest.mark.parametrize(
    "headline",
    [
        "Lost ferry still not found", "700 homes cut off", "500 missing after flood", "Bank alters privacy policy",
        "DDoS on port office", "Login names of clerks sold", "Register of wrecks burns", "Sorry, says pilot",
        "Oops: crane drops boat",
        "Security check delays ferries", "Datenschutz: Amt rügt Werft",
        "Subscribe to the harbour plan, bank tells city",
    ],
)  # fmt: skip
def test_headline_alone_does_not_refuse(headline: str) -> None:
    for text in (ITEM, PLAIN):
        assert find_refusal_reason(headline, text, " ".join((headline, *text)), 200) == ""


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Page not found", "error_page"), ("404", "error_page"), ("404 Not Found", "error_page"),
        ("Seite nicht gefunden - Bote", "error_page"), ("Error 404 | Bote", "error_page"),
        ("Just a moment...", "bot_wall"), ("Log in", "login_wall"), ("Privacy and cookie policy", "consent_page"),
    ],
)  # fmt: skip
def test_title_that_is_a_formula_refuses(title: str, reason: str) -> None:
    text = ("Go back to the front page and look around.",)
    assert find_refusal_reason(title, text, title, 200) == reason


def test_dateline_or_data_indicate_an_article() -> None:
    text = "Ministers voted on Monday to make sites ask for consent before they set cookies."
    assert find_refusal_reason("Vote", (text,), text, 200) == "consent_page"
    assert find_refusal_reason("Vote", (text,), text, 200, is_declared_article=True) == ""
    assert find_refusal_reason("Vote", (f"Elstow (kna) - {text}",), text, 200) == ""


def test_text_or_status_refuse() -> None:
    wall = "Log in to continue, or create an account."
    assert find_refusal_reason("The ferry", (wall,), wall, 200, is_declared_article=True) == "login_wall"
    gone = "The page you are looking for could not be found."
    assert find_refusal_reason("The ferry", (gone,), gone, 200) == "error_page"
    assert find_refusal_reason("The ferry", ITEM, ITEM[0], 410) == "error_page"


CONSENT = (
    "We and our 214 partners store and/or access information on a device, such as cookies, and process personal data.",
    "You may accept all or manage your choices below. Some of what we do does not need your leave, but you may object.",
    "With your leave we and the companies that we work with may learn where you are from the device that you read on.",
    "What you choose holds for this site alone and may be changed whenever you like, at the foot of every page of it.",
    "For details on how long each company keeps what it learns, and what for, open the list of all companies below.",
    "The list names each company, its purposes, how long it keeps what it stores, and what it says of its practice.",
)
ADVICE = (
    "The page you were looking for does not exist any more, or has moved to a place that we do not know of.",
    *("You may go back to the front page, look for it by its headline, or write to the desk and tell us of it.",) * 6,
)


def test_long_page_of_nothing_but_formulas_is_refused() -> None:
    assert find_refusal_reason("The Harbour Gazette", CONSENT, " ".join(CONSENT), 200) == "consent_page"
    assert find_refusal_reason("Page not found", ADVICE, " ".join(ADVICE), 200) == "error_page"


def test_long_article_about_such_pages_is_kept() -> None:
    report = (PLAIN[0], *CONSENT[2:], PLAIN[0].replace("two", "three"), "Some sites ask readers to accept all cookies.")
    assert find_refusal_reason("Sites ask for leave", report, " ".join(report), 200) == ""
    assert find_refusal_reason("The consent page", CONSENT, " ".join(CONSENT), 200, is_declared_article=True) == ""
    assert find_refusal_reason("The vanished page", ADVICE, " ".join(ADVICE), 200) == ""


STORY = (
    "The last otter keeper of the Wendle retires on Friday after forty years, and nobody has asked for his post.",
    "The keeper, Ines Pellow, counted 211 otters in that time, and knew most of them by the marks on their necks.",
    "The river board said that cameras would count the otters from now on, at a fifth of what a keeper costs.",
    "“A camera does not know that an otter limps,” Pellow said, and gave his boots to the museum of the town.",
)
GERMAN = (
    "Der letzte Fährmann von Altwied geht am Freitag in den Ruhestand, und niemand will seinen Posten haben.",
    "Der Fährmann hat in vierzig Jahren nach eigener Zählung eine Million Menschen über den Fluss gebracht.",
    "Die Stadt will die Fähre nun verkaufen und hofft auf einen Käufer, der sie auf dem See weiter fahren lässt.",
    "Eine Brücke soll es nach dem Willen des Rates auch in den nächsten Jahren an dieser Stelle nicht geben.",
)


def read_page(title: str, above: str, headline: str, paragraphs: tuple[str, ...], status: int = 200) -> Extraction:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<title>{title}</title><body>{above}<div class=story><h2>{headline}</h2>{text}</div></body>"
    fetched_at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    return extract(Page(url="https://post.example/1", body=html.encode(), fetched_at=fetched_at, status=status))


@pytest.mark.parametrize("above", ["", "<h1>Page not found</h1>", "<h1>Error 404</h1><p>Sorry!</p>"])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(
    ("title", "headline", "story"),
    [
        ("404 Not Found", "Last otter keeper retires", STORY),
        ("Error 404 | The Post", "Last otter keeper retires", STORY),
        ("Seite nicht gefunden - Bote", "Letzter Fährmann hört auf: Fähre wird verkauft", GERMAN),
    ],
)
def test_whole_article_with_an_error_title_is_kept(
    title: str, headline: str, story: tuple[str, ...], times: int, above: str
) -> None:
    paragraphs = tuple(f"{text} ({at})." for at in range(times) for text in story)
    found = read_page(title, above, headline, paragraphs)
    assert (found.refusal_reason, found.title, found.paragraphs) == ("", headline, paragraphs)


@pytest.mark.parametrize(
    ("headline", "paragraphs"),
    [
        ("Latest news", STORY), ("Page not found", ADVICE), ("Where is the page?", ADVICE),
        ("Last otter keeper retires", STORY[:1]),
    ],
)  # fmt: skip
def test_error_page_is_refused(headline: str, paragraphs: tuple[str, ...]) -> None:
    above = "<p>The page you were looking for does not exist.</p>"
    found = read_page("404 Not Found", above, headline, paragraphs)
    assert found.refusal_reason == "error_page"


def test_teasers_below_an_error_are_not_an_article() -> None:
    html = "".join(f"<h3>{text[:40]}</h3><p>{text}</p>" for text in STORY)
    blocks = read_blocks(body) if (body := parse_html(f"<h1>Page not found</h1><main>{html}</main>").body) else []
    assert find_printed_headline(blocks, STORY) == ""


def test_short_text_with_an_error_status_is_refused() -> None:
    assert read_page("404 Not Found", "", "Last otter keeper retires", STORY, status=404).refusal_reason == "error_page"
