"""Recurring reports, dividends, forms and forecasts: similar in form, but separate stories."""

from __future__ import annotations

import random
from dataclasses import replace

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.records import Document
from tests.document_pairs import compare
from tests.story_builder import NOON, copy, write_sentence

REPORT = (
    "Barley closed at {} crowns a sack on the Hartsea exchange, {} crowns above the day before, brokers said. "
    "Oats closed at {} crowns and rye at {} crowns in quiet trading of {} sacks. "
    "Buyers from abroad kept away while the roads were closed and mills bought only for the week ahead."
)


def make_report(name: str, hours: float, *figures: float) -> Document:
    story = Document(name, "Hartsea barley closes firm", REPORT.format(*figures), NOON)
    return copy(story, name, hours)


def test_market_report_with_other_figures_is_a_series() -> None:
    edge = compare(make_report("a", 0, 41, 2, 30.5, 27, 900), make_report("b", 1, 43, 3, 30.25, 28, 750))
    assert (edge.kind, edge.merges, edge.rule) == (EdgeKind.SERIES, False, "other_numbers")


def test_next_day_with_half_of_the_figures_is_a_series() -> None:
    edge = compare(make_report("a", 0, 41, 2, 30.5, 27, 900), make_report("b", 24, 41, 2, 30.5, 28, 750))
    assert (edge.kind, edge.rule) == (EdgeKind.SERIES, "next_issue")


def test_same_report_on_another_site_the_next_day_merges() -> None:
    assert compare(make_report("a", 0, 41, 2, 30.5, 27, 900), make_report("b", 24, 41, 2, 30.5, 27, 900)).merges


DIVIDEND = "Quarterly dividend 20 pence against 20 pence before\nPayable April 15\nOn the register March 23"


def test_same_dividend_of_another_company_is_a_series() -> None:
    one = Document("a", "Brenwick Oatmeal regular dividend", DIVIDEND, NOON)
    edge = compare(one, copy(one, "b", 2, title="Castelo Trust Corp declares quarterly"))
    assert (edge.kind, edge.rule) == (EdgeKind.SERIES, "short_template")


def test_same_dividend_of_the_same_company_merges() -> None:
    one = Document("a", "Brenwick Oatmeal regular dividend", DIVIDEND, NOON)
    assert compare(one, copy(one, "b", 2, title="Brenwick Oatmeal sets regular dividend")).merges


PAYMENT = (
    "{} declares a quarterly dividend of {} pence against {} pence before, its chief {} said. It is payable on April "
    "15 to holders on the register on March 23, and the books close that day."
)


def make_payment(name: str, firm: str, chief: str, pence: int, before: int, title: str = "") -> Document:
    body = PAYMENT.format(firm, pence, before, chief)
    return Document(name, f"{title}{firm} declares quarterly dividend", body, NOON)


def test_correction_of_a_form_joins_its_own_issue_only() -> None:
    own = make_payment("a", "Brenwick Oatmeal", "Aldous Farrow", 20, 20)
    other = make_payment("b", "Castelo Oatmeal", "Mira Hartsea", 20, 20)
    corrected = make_payment("c", "Brenwick Oatmeal", "Aldous Farrow", 25, 20, "CORRECTED - ")
    other_corrected = make_payment("d", "Castelo Oatmeal", "Mira Hartsea", 25, 20, "CORRECTED - ")
    assert compare(own, corrected).merges
    assert compare(other, other_corrected).merges
    for one, another in ((own, other_corrected), (other, corrected), (corrected, other_corrected)):
        edge = compare(one, another)
        assert (edge.merges, edge.rule) == (False, "other_subject")


def test_correction_of_the_company_merges() -> None:
    wrong = make_payment("a", "Brenwick Oatmeal", "Aldous Farrow", 20, 20)
    assert compare(wrong, make_payment("b", "Brenwick Towing", "Aldous Farrow", 20, 20, "CORRECTED - ")).merges


FERRIES = (
    "Ferries leave the quay at {} for the islands on {} as long as the channel is open, the harbour master said. The "
    "first boat is at 6.15 and the last one at 21.40, with 9 in between. Tickets are sold on board. Travellers with "
    "heavy goods are asked to come half an hour ahead. Dogs are welcome on deck and on a lead. In fog the boats wait "
    "for the pilots, and whoever needs to be at work in time had better take the road along the northern shore."
)


def test_same_form_for_another_weekday_is_a_series() -> None:
    monday = Document("a", "Ferries to the outer islands", FERRIES.format("Gilmouth", "Monday"), NOON)
    tuesday = copy(monday, "b", 24, body=FERRIES.format("Gilmouth", "Tuesday"))
    assert not compare(monday, tuesday).merges
    assert compare(monday, copy(monday, "c", 30)).merges
    assert compare(monday, copy(tuesday, "d", -22)).merges


def test_forecast_that_agrees_in_most_figures_by_chance_is_a_series() -> None:
    form = (
        "A front brings {} to the coast near Brenwick, the weather office in Farrow said. Winds will be southerly, "
        "force 9, and {} millimetres may fall at {}. Temperatures between {} and 17 degrees are expected, at Castelo "
        "up to 19. Small boats are asked to stay in harbour until the warning is lifted. The next report follows soon."
    )
    one = Document("a", "Weather for the coast and the islands", form.format("fog", 57, "Aldmoor", 6), NOON)
    next_one = compare(one, copy(one, "b", 8, body=form.format("rain", 47, "Eskvale", 1)))
    assert (next_one.merges, next_one.rule) == (False, "refilled_template")
    assert compare(one, copy(one, "c", 2, body=form.format("fog", 58, "Aldmoor", 5))).merges


def test_brief_repeated_days_later_is_a_series() -> None:
    ships = Document(
        "a", "Ships loading at Farrow", "Three ships were loading and two waited at Farrow, the pilots said.", NOON
    )
    assert compare(ships, copy(ships, "b", 3)).merges
    later = compare(ships, copy(ships, "b", 47))
    assert (later.kind, later.merges, later.rule) == (EdgeKind.SERIES, False, "repeated_brief")


def make_dividend_form(firm: str, rate: str, day: int) -> Document:
    """Return a form of fifty words, as issuers send it."""
    body = (
        f"{firm} will pay a quarterly dividend of {rate} crowns a share to holders on record at the close of trading "
        f"on the {day}th, the company said in a statement to the exchange. The payment is due a week later and will be "
        "booked to the accounts of holders by their banks as usual, without any step of theirs."
    )
    return Document(firm, f"{firm} sets quarterly dividend", body, NOON)


def test_form_for_another_firm_does_not_merge() -> None:
    one, other = (
        make_dividend_form("Larkfield Estates", "1.20", 14),
        make_dividend_form("Easterby Minerals", "1.20", 17),
    )
    assert not compare(one, other).merges
    assert compare(one, copy(one, "b", title="Quarterly dividend for Larkfield holders")).merges


def test_sentences_of_one_form_do_not_merge() -> None:
    rng = random.Random(9)
    one, other = ("\n\n".join(write_sentence(rng) for _ in range(8)) for _ in range(2))
    assert not compare(Document("a", "Same", one, NOON), Document("b", "Same", other, NOON)).merges


FORECAST = (
    "A front brings {} to the coast near {}, the weather office in Farrow said.\n\nWinds will be {}, force {}, and {} "
    "millimetres may fall at {}.\n\nSmall boats are asked to stay in harbour until the warning is lifted, and the next "
    "report follows at noon."
)


def test_two_forecasts_are_a_series() -> None:
    title = "Weather for the coast and the islands"
    one = Document("a", title, FORECAST.format("hail", "Aldmoor", "southerly", 4, 20, "Castelo"), NOON)
    other = copy(one, "b", 8, body=FORECAST.format("sleet", "Eskvale", "westerly", 4, 35, "Hartsea"))
    assert compare(one, other).kind is EdgeKind.SERIES
    assert compare(one, copy(one, "c", 1, title=f"CORRECTED - {title}", body=one.body.replace("20", "25"))).merges


def test_notice_does_not_make_the_next_issue_an_update() -> None:
    edge = compare(make_report("a", 0, 41, 2, 30.5, 27, 900), make_report("b", 1, 43, 3, 30.25, 28, 750))
    assert edge.rule == "other_numbers"
    next_issue = replace(make_report("b", 1, 43, 3, 30.25, 28, 750), title="CORRECTED - Hartsea barley closes firm")
    assert not compare(make_report("a", 0, 41, 2, 30.5, 27, 900), next_issue).merges
    mended = replace(make_report("b", 1, 41, 2, 30.25, 27, 900), title="CORRECTED - Hartsea barley closes firm")
    assert compare(make_report("a", 0, 41, 2, 30.5, 27, 900), mended).merges


def test_template_with_another_name_is_a_series() -> None:
    form = (
        "{} declares a quarterly dividend of 20 pence against 20 pence before. It is payable on April 15 to holders of"
    )
    form += " shares who are on the register on March 23."
    one, other = (
        Document(name, f"{name} declares quarterly dividend", form.format(name), NOON)
        for name in ("Castelo Trust", "Brenwick Oatmeal")
    )
    assert (compare(one, other).kind, compare(one, other).rule) == (EdgeKind.SERIES, "other_subject")
    assert compare(one, copy(one, "c", 1, title="Castelo Trust sets quarterly dividend")).merges
    corrected = copy(other, "d", 1, title=f"CORRECTED - {other.title}")
    assert compare(one, corrected).merges, "a desk may have had the name wrong"
