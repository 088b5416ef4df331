"""``copydesk dedup`` on files as users have them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.story_builder import copy, make_corpus, make_story

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    app.command()(dedup)
    return lambda *arguments, **more: CliRunner().invoke(app, [str(argument) for argument in arguments], **more)


def write_lines(path: Path, documents: list[Document]) -> Path:
    lines = (
        {
            "id": one.id,
            "title": one.title,
            "body": one.body,
            "published_at": one.published_at and one.published_at.isoformat(),
        }
        for one in documents
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def read_stories(text: str) -> dict[str, str]:
    return dict(line.split("\t") for line in text.splitlines())


def test_story_has_the_id_of_its_earliest_copy(run: Run, tmp_path: Path) -> None:
    story = make_story(1)
    file = write_lines(tmp_path / "in.jsonl", [copy(story, "late", 5), story, make_story(2)])
    result = run(file)
    assert result.exit_code == 0
    assert result.stdout == f"late\t{story.id}\n{story.id}\t{story.id}\nstory-00002\tstory-00002\n"


def test_results_are_written_to_files(run: Run, tmp_path: Path) -> None:
    story = make_story(1)
    file = write_lines(tmp_path / "in.jsonl", [story, copy(story, "copy")])
    result = run(file, "-o", tmp_path / "out.tsv", "--edges", tmp_path / "edges.jsonl")
    assert (result.exit_code, result.stdout) == (0, "")
    assert read_stories((tmp_path / "out.tsv").read_text()) == {story.id: story.id, "copy": story.id}
    (edge,) = map(json.loads, (tmp_path / "edges.jsonl").read_text().splitlines())
    assert (edge["a"], edge["b"], edge["kind"], edge["merges"]) == ("copy", story.id, "duplicate", True)


BROKEN = {
    "id,title": "the line is not JSON: Expecting value at column 1",
    "[]": "the line is not a JSON object",
    '{"title": "x"}': "the id is missing",
    '{"id": ""}': "the id is missing",
    '{"id": [1]}': "the id is neither a string nor a number",
    '{"id": true}': "the id is neither a string nor a number",
    '{"id": "a\\tb"}': "the id contains a tab, a line break or another unprintable character",
    '{"id": "a\\nb"}': "the id contains a tab, a line break or another unprintable character",
    '{"id": "\\u001b[31m"}': "the id contains a tab, a line break or another unprintable character",
    '{"id": "x", "body": 3}': "body is not a string",
    '{"id": "whole"}': "duplicate id 'whole', first used in line 1",
    '{"id": ' + "9" * 5000 + "}": "the line is JSON nested too deeply or with too large a number",
    "[" * 100_000: "the line is JSON nested too deeply or with too large a number",
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.items(), ids=range(len(BROKEN)))
def test_invalid_line_is_reported_and_the_rest_processed(run: Run, tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(f'{{"id": "whole"}}\n{line}\n\n{{"id": 7}}\n')
    result = run(file)
    assert result.exit_code == 65
    report, summary = result.stderr.splitlines()
    assert report == f"{file}:2: {reason}."
    assert summary == ("Skipped 1 invalid line (see above); the rest was processed.")
    assert read_stories(result.stdout) == {"whole": "whole", "7": "7"}


def test_line_that_is_not_utf8_is_reported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(
        b'\xef\xbb\xbf{"id": "bom"}\r\n\xff\xfe\n{"id": "x", "title": "\\ud800", "published_at": "2026-03-01"}'
    )
    result = run(file)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (65, f"{file}:2: the line is not UTF-8.")
    assert list(read_stories(result.stdout)) == ["bom", "x"]


def test_empty_file_gives_no_output(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    result = run(tmp_path / "empty")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_unreadable_file_is_reported(run: Run, tmp_path: Path, name: str) -> None:
    result = run(tmp_path / name)
    assert isinstance(result.exception, BadInput)
    assert "Cannot read" in result.exception.message


def test_unwritable_target_is_reported(run: Run, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", [make_story(1)])
    result = run(file, "-o", tmp_path / "no" / "out.tsv")
    assert isinstance(result.exception, BadInput)
    assert "Cannot write " in result.exception.message


@pytest.mark.parametrize(
    "arguments",
    [("in.jsonl", "-o", "in.jsonl"), ("in.jsonl", "-o", "link"), ("in.jsonl", "--edges", "./in.jsonl"),
     ("in.jsonl", "-o", "new", "--edges", "./new"), ("in.jsonl", "-o", "old", "--edges", "old")],
)  # fmt: skip
def test_input_and_output_must_be_different_files(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_lines(tmp_path / "in.jsonl", [make_story(1)])
    (tmp_path / "link").hardlink_to(file)
    (tmp_path / "old").write_text("old\n")
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    result = run(*arguments)
    assert isinstance(result.exception, BadInput)
    assert "are the same file" in result.exception.message
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_output_file_is_replaced_atomically(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, output = write_lines(tmp_path / "in.jsonl", [make_story(1)]), tmp_path / "out.tsv"
    (tmp_path / "kept").write_text("kept\n")
    output.symlink_to("kept")
    (tmp_path / "kept").chmod(0o640)
    assert isinstance(run(tmp_path / "missing", "-o", output).exception, BadInput)
    assert output.read_text() == "kept\n"
    assert run(file, "-o", output).exit_code == 0
    assert read_stories(output.read_text()) == {"story-00001": "story-00001"}
    assert output.is_symlink()
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "kept", "out.tsv"}


def test_output_to_a_pipe_is_written_directly(run: Run, tmp_path: Path) -> None:
    file, pipe = write_lines(tmp_path / "in.jsonl", [make_story(1)]), tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(pipe.read_text)
        result = run(file, "-o", pipe, "--edges", "/dev/null")
        assert written.result(10) == "story-00001\tstory-00001\n"
    assert (result.exit_code, result.stderr) == (0, "1 document in 1 story.\n")
    assert pipe.is_fifo()
    assert run(file, "-o", "/dev/stdout").stdout == "story-00001\tstory-00001\n"


def test_standard_input_is_read(run: Run) -> None:
    result = run("-", input='{"id": "a"}\nb\n')
    assert (result.exit_code, result.stdout) == (65, "a\ta\n")
    assert result.stderr.startswith("standard input:2: the line is not JSON: Expecting value at column 1.\n")


def test_window_and_missing_times_are_respected(run: Run, tmp_path: Path) -> None:
    story = make_story(1)
    file = write_lines(tmp_path / "in.jsonl", [story, copy(story, "late", 5000)])
    assert len(set(read_stories(run(file).stdout).values())) == 2
    assert len(set(read_stories(run(file, "--window-hours", 0).stdout).values())) == 1
    file = write_lines(tmp_path / "in.jsonl", [story, copy(make_story(1, published_at=None), "undated")])
    assert read_stories(run(file).stdout) == {story.id: story.id, "undated": story.id}


def test_order_of_lines_does_not_matter() -> None:
    documents = make_corpus(3, 20)
    folded = deduplicate(documents)
    assert len(folded.clusters) == 20
    for seed in range(3):
        random.Random(seed).shuffle(documents)
        assert deduplicate(documents) == folded


def test_duplicate_id_is_rejected() -> None:
    with pytest.raises(ValueError, match="duplicate document id"):
        deduplicate([make_story(1), make_story(1)])


def test_progress_is_reported() -> None:
    steps: list[tuple[str, int, int | None]] = []
    documents = make_corpus(1, 3)
    deduplicate(documents, progress=lambda *step: steps.append(step))
    assert [(stage, done) for stage, done, total in steps if total is not None] == [
        ("sign", len(documents)),
        ("match", len(documents)),
    ]
