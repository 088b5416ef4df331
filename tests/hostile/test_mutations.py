"""Pages and dumps with bytes changed, removed and duplicated, in ``copydesk clean``: one line each."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "unit" / "pages"


def mutate(body: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one, ten or two hundred faults."""
    changed = bytearray(body)
    for _ in range(rng.choice((1, 10, 200))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at : at + rng.randrange(40)]
            case 2:
                changed[at:at] = changed[at : at + rng.randrange(60)]
            case 3:
                changed[at:at] = rng.choice((b"<", b">", b'"', b"&#", b"<!--", b"\x00", b"<p>", b"</div>", b"\xff\xfe"))
            case _:
                other = rng.randrange(len(changed) + 1)
                changed[at : at + 30], changed[other : other + 30] = changed[other : other + 30], changed[at : at + 30]
    return bytes(changed)


@pytest.mark.parametrize(
    "count",
    [
        60,
        pytest.param(300, marks=pytest.mark.slow),
        pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_every_mutation_gives_a_line(count: int, tmp_path: Path) -> None:
    rng = random.Random(20260514)
    samples = sorted(path for path in PAGES.glob("*/page.*") if path.stat().st_size)
    names: list[str] = []
    for number in range(count):
        sample = rng.choice(samples)
        names.append(f"{number}{sample.suffix}")
        (tmp_path / names[-1]).write_bytes(mutate(sample.read_bytes(), rng))
    manifest = tmp_path / "INDEX.tsv"
    manifest.write_text("path\turl\n" + "".join(f"{name}\thttp://h.example/{name}\n" for name in names))
    command = [sys.executable, "-m", "copydesk.pipeline.cli.main", "clean", "--manifest", str(manifest)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    rows = [json.loads(line) for line in ended.stdout.decode().splitlines()]
    assert [row["path"] for row in rows] == names, ended.stderr.decode()[-2000:]
    assert [row["path"] for row in rows if "\x00" in row["body"]] == []
    # A mutated page may no longer be text. Only the status reports that.
    assert ended.returncode == (65 if any(row.get("reason") == "binary" for row in rows) else 0)
    outcomes = Counter(row.get("reason") or row["kind"] for row in rows)
    print(dict(outcomes.most_common()))
    assert not {"crashed", "memory"} & set(outcomes)
    assert outcomes["article"] > count / 4
