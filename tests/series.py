"""Issues of series as wires print them every hour or day, in our own texts, with updates, corrections and copies.

The issues of a series share most of their words and many of their figures, but are separate stories. An update, a
correction or a copy of an issue may share less with it than the next issue does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from copydesk.pipeline.core.records import Document
from tests.story_builder import NOON, write_sentence

_MOODS = ["higher", "lower", "mixed", "firmer", "little changed", "weaker"]
_SESSIONS = ["in early trading", "at midmorning", "at midday", "in afternoon trading", "near the close", "at the close"]
_REASONS = [
    "Brokers pointed to orders from abroad and to talk of cheaper credit after the bank's meeting last week.",
    "Dealers said that mills were buying again, though few thought that it would last beyond the holiday.",
    "Traders blamed the strike at the northern docks and a run of poor results from the shippers.",
    "Analysts said that funds were waiting for the figures on prices that are due before the weekend.",
]
_TOWNS = ["Aldmoor", "Brenwick", "Castelo", "Dunharrow", "Eskvale", "Farrow", "Gilmouth", "Hartsea"]
_FIRMS = ["Oatmeal", "Slate", "Towing", "Glass", "Canal", "Bricks", "Ropes", "Lamps", "Tiles", "Salt", "Corks", "Nets"]

WriteIssue = Callable[[random.Random, int], tuple[str, str]]
"""Writes one issue: from the random generator and the number of the issue to title and body."""


def _figures(rng: random.Random, count: int) -> list[str]:
    return [f"{rng.randint(10, 4_000)}.{rng.randint(10, 99)}" for _ in range(count)]


def _write_stocks(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write an hourly report: a new lead and new figures above background that stays the same all day."""
    day, hour = divmod(issue, 8)
    daily = random.Random(f"stocks {day}")
    close, volume, loss = _figures(daily, 3)
    background = daily.sample(_REASONS, 2)
    now, points, up, down, even = _figures(rng, 5)
    mood = rng.choice(_MOODS)
    title = f"Stocks {mood} {_SESSIONS[hour % 6]}"
    return title, (
        f"Share prices were {mood} {_SESSIONS[hour % 6]} on the Hartsea exchange, where the index of forty leading "
        f"shares moved {points} points to {now}.\n\n"
        f"Gaining issues outnumbered losing ones by {up} to {down}, with {even} unchanged.\n\n{background[0]}\n\n"
        f"On the day before, the index had lost {loss} points and closed at {close}, its lowest since the autumn, in "
        f"trading of {volume} million shares.\n\n{background[1]} The exchange is closed on the last day of the month."
    )


def _write_metals(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write a report that appears twice a day under the same title: a table in words."""
    gold, silver, tin, zinc, crown, mark, stock = _figures(rng, 7)
    when = "morning" if issue % 2 else "afternoon"
    return "Precious and base metals at Gilmouth", (
        f"Gold was fixed at {gold} crowns an ounce at the {when} call in Gilmouth.\n\n"
        f"Silver stood at {silver} crowns.\n\nThree months tin was quoted at {tin} and zinc at {zinc} a tonne.\n\n"
        f"The crown bought {crown} marks against {mark} at the call before.\n\n"
        f"Stocks in the bonded sheds came to {stock} tonnes, the warehouse keepers said. "
        "The next call is at the usual hour, and prices are for delivery on the quay."
    )


def _write_grain(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write an hourly report: four new figures above twelve that stay the same all day."""
    day, hour = divmod(issue, 8)
    last = _figures(random.Random(f"grain {day}"), 12)
    wheat, rye, oats, barley = _figures(rng, 4)
    mood = rng.choice(_MOODS)
    return f"Grain futures {mood} {_SESSIONS[hour % 6]} at Eskvale", (
        f"Grain futures were {mood} {_SESSIONS[hour % 6]} on the Eskvale exchange as wheat for delivery in May traded "
        f"at {wheat} crowns a sack, rye at {rye}, oats at {oats} and barley at {barley}.\n\n"
        f"On the day before, wheat had closed at {last[0]}, rye at {last[1]}, oats at {last[2]} and barley at "
        f"{last[3]}, the brokers' guild said.\n\n"
        f"The year's highest and lowest prices so far are {last[4]} and {last[5]} for wheat, {last[6]} and "
        f"{last[7]} for rye, {last[8]} and {last[9]} for oats.\n\nStocks in the harbour's sheds came to "
        f"{last[10]} tonnes against {last[11]} in the week before, and three ships were loading for the islands."
    )


def _write_weather(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write a forecast every few hours: few figures, and phrases from a small set."""
    sky = rng.choice(["rain", "drizzle", "sunshine", "fog", "showers", "sleet", "hail", "clear skies"])
    wind = rng.choice(["southerly", "westerly", "northerly", "easterly"])
    town, other, third = rng.sample(_TOWNS, 3)
    low, high = rng.randint(-4, 9), rng.randint(10, 24)
    return "Weather for the coast and the islands", (
        f"A front brings {sky} to the coast near {town}, the weather office in Farrow said.\n\nWinds will be {wind}, "
        f"force {rng.randint(2, 9)}, and {rng.randint(10, 60)} millimetres may fall at {other}.\n\n"
        f"Temperatures between {low} and {high} degrees are expected, at {third} up to {high + 2}.\n\n"
        "Small boats are asked to stay in harbour until the warning is lifted. The next report follows in a few hours."
    )


def _write_lottery(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write a daily notice: always the same words with a few figures."""
    drawn = ", ".join(map(str, sorted(rng.sample(range(1, 50), 6))))
    return "Harbour Lottery numbers", (
        f"The numbers drawn in the Harbour Lottery are {drawn}.\n\nThe bonus number is {rng.randint(1, 49)}.\n\n"
        f"The jackpot stands at {rng.randint(100, 999)}.{rng.randint(1, 9)} thousand crowns and tickets for the next "
        f"draw are on sale until six. Draw number {4000 + issue} was held in the guildhall under a notary's eyes."
    )


def _write_dividend(rng: random.Random, issue: int) -> tuple[str, str]:
    """Write a dividend notice, one company after the other, some with the figures of the one before."""
    firm = f"{_TOWNS[issue % 8]} {_FIRMS[issue // 8 % 12]}"
    figure = random.Random(f"dividend {issue // 2}").randint(5, 95)
    return f"{firm} declares quarterly dividend", (
        f"{firm} declares a quarterly dividend of {figure} pence against {figure} pence before. "
        "It is payable on April 15 to holders on the register on March 23."
    )


SERIES_TYPES: dict[str, tuple[WriteIssue, float]] = {
    "stocks": (_write_stocks, 1),
    "grain": (_write_grain, 1),
    "metals": (_write_metals, 6),
    "weather": (_write_weather, 4),
    "lottery": (_write_lottery, 24),
    "dividend": (_write_dividend, 0.3),
}
"""Each type with the hours from one issue to the next."""


def make_series(seed: int, issues: int) -> tuple[list[Document], list[Document]]:
    """Return ``issues`` issues of each type, and updates, corrections and copies of some.

    The IDs are of the form ``stocks-7`` and ``stocks-7-copy``.
    """
    rng = random.Random(seed)
    originals, others = [], []
    for name, (write, hours) in SERIES_TYPES.items():
        for number in range(issues):
            title, body = write(rng, number)
            at = NOON + timedelta(hours=number * hours)
            issue = Document(f"{name}-{number}", title, body, at)
            originals.append(issue)
            if rng.random() < 0.3:
                others.append(rng.choice(list(_edit(issue, rng))))
    return originals, others


def _edit(issue: Document, rng: random.Random) -> Iterator[Document]:
    """Yield versions of an issue; a brief one is only corrected and copied."""
    assert issue.published_at is not None
    later = replace(issue, published_at=issue.published_at + timedelta(minutes=rng.randint(4, 50)))
    figures = [word for word in issue.body.split() if word.strip(".,").replace(".", "").isdigit()]
    wrong = rng.choice(figures)
    corrected_figure = wrong.translate(str.maketrans("0123456789", "5678901234"))
    corrected = issue.body.replace(wrong, corrected_figure, 1)
    yield replace(later, id=f"{issue.id}-copy")
    yield replace(later, id=f"{issue.id}-correction", title=f"CORRECTED - {issue.title}", body=corrected)
    if len(issue.body.split()) >= 60:
        paragraphs = issue.body.split("\n\n")
        more = "\n\n".join([*paragraphs, write_sentence(rng)])
        yield replace(later, id=f"{issue.id}-update", title=f"UPDATE 1-{issue.title}", body=more)
        yield replace(later, id=f"{issue.id}-again", body=more)
        yield replace(later, id=f"{issue.id}-cut", body="\n\n".join(paragraphs[:-1]))
        yield replace(later, id=f"{issue.id}-retitled", title="What the brokers of Hartsea say of the day")
