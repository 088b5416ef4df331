"""Memory: a page with more paragraphs than any article is read within the limit that a process may grow by."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MAX_GROWTH_MIB = 40
"""Growth of the process: the text of a book, its tree and its blocks. The list of its words alone is half as large."""

PROGRAM = """
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.offline.read_page import parse_article
from tests.page_builder import NOW

def make_page(count):
    line = "<p>In the year {} the council of Elm voted to keep its lamp lighter, by {} votes."
    title = "Elm keeps its lamp lighter"
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
    html += "".join(line.format(at, at % 97) for at in range(count))
    return Page(url="https://elm.example/a", body=html.encode(), fetched_at=NOW, content_type="text/html")

def read_kib(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))

parse_article(make_page(40))
page = make_page(30_000)
before = read_kib("VmRSS")
with open("/proc/self/clear_refs", "w") as counters:
    counters.write("5")
article = parse_article(page)
assert len(article.paragraphs) == 30_000, article.reason
print((read_kib("VmHWM") - before) // 1024)
"""


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux's counter of the highest memory use"
)
def test_page_with_many_paragraphs_is_read_in_little_memory() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= MAX_GROWTH_MIB
