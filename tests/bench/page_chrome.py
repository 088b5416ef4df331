"""Add realistic page chrome to the sample network's bare pages: menus, teasers, styles, data and scripts.

A page of the sample network has 5 kB, most saved pages of real sites about 100 kB. The chrome was written for this
project, is ASCII (valid in any charset of the wires), and is not part of the article.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace

from tests.bench.page_set import PageCase, PageSet

_SECTIONS = ("World", "Business", "Markets", "Politics", "Sport", "Culture", "Science", "Weather", "Travel", "Opinion")
_WHO = (
    "Harbour board",
    "City council",
    "Rail operator",
    "Grain traders",
    "Village school",
    "Ferry line",
    "Lake police",
)
_DOES = ("weighs", "puts off", "drops", "backs", "reviews", "votes on", "asks for")
_WHAT = (
    "new berth fees",
    "a night timetable",
    "the bridge repair",
    "its winter budget",
    "a second tunnel",
    "the ring road",
)
_MENU, _TEASERS, _SCRIPTS = 120, 110, 14


def add_page_chrome(pages: PageSet) -> PageSet:
    """Return the same pages with chrome, about 100 kB each; their truth stays the same."""
    cases = tuple(_add_chrome(at, case) for at, case in enumerate(pages.cases))
    return PageSet("page-chrome", f"{pages.title}, with page chrome", cases, pages.timed)


def _add_chrome(at: int, case: PageCase) -> PageCase:
    rng = random.Random(at)
    head, above, below = _make_head(rng), _make_menu(rng), _make_page_end(rng)
    body = _wrap_page(case.page.body.decode("latin-1"), head, above, below).encode("latin-1")  # byte for byte
    text = _wrap_page(case.text, head, above, below)
    return replace(case, page=replace(case.page, body=body), text=text)


def _wrap_page(page: str, head: str, above: str, below: str) -> str:
    """Insert styles before the end of the head and the rest at both ends of the body; pages without these tags stay
    bare.
    """
    folded = page.lower()
    head_end, body_end = folded.find("</head"), folded.rfind("</body")
    body_start = folded.find(">", folded.find("<body"))
    if min(head_end, body_start, body_end) < 0:
        return page
    rest = page[head_end : body_start + 1], page[body_start + 1 : body_end], page[body_end:]
    return "".join((page[:head_end], head, rest[0], above, rest[1], below, rest[2]))


def _make_head(rng: random.Random) -> str:
    rules = (f".card-{n}{{margin:{n}px {rng.randrange(40)}px;color:#{rng.randrange(1 << 24):06x}}}" for n in range(260))
    return f"<style>{''.join(rules)}</style>"


def _make_menu(rng: random.Random) -> str:
    items = (
        f'<li class="menu__item menu__item--{n}"><a class="menu__link" href="/{rng.choice(_SECTIONS).lower()}/{n}">'
        f"{rng.choice(_SECTIONS)} {n}</a></li>"
        for n in range(_MENU)
    )
    return f'<nav class="menu" role="navigation"><ul>{"".join(items)}</ul></nav>'


def _make_page_end(rng: random.Random) -> str:
    cards = []
    for n in range(_TEASERS):
        line = f"{rng.choice(_WHO)} {rng.choice(_DOES)} {rng.choice(_WHAT)}"
        picture = f'<img loading="lazy" src="/i/{n}.jpg" alt="">'
        title = f'<a href="/a/{rng.getrandbits(40)}">{picture}<h3 class="card__title">{line}</h3></a>'
        age = f'<span class="card__age">{rng.randrange(2, 23)} hours ago</span>'
        cards.append(f'<div class="card card-{n}">{title}{age}</div>')
    scripts = []
    for n in range(_SCRIPTS):
        data = {f"slot{k}": [rng.getrandbits(32), f"unit/{n}/{k}", rng.random()] for k in range(40)}
        scripts.append(f"<script>window.site=window.site||[];window.site.push({json.dumps(data)});</script>")
    links = "".join(f'<a href="/{section.lower()}">{section}</a>' for section in _SECTIONS)
    return f'<aside class="more">{"".join(cards)}</aside><footer>{links}</footer>{"".join(scripts)}'
