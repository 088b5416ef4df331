"""Heavy libraries are loaded only by pages that need them, and only in the sandbox's child processes."""

from __future__ import annotations

import subprocess
import sys

LAZY = ("trafilatura", "readability", "py3langid")


def run_in_new_interpreter(code: str) -> list[str]:
    """Run the code in a new interpreter; return the words that it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_parent_process_and_command_load_no_extractor() -> None:
    code = "import sys, copydesk.pipeline.process.sandbox, copydesk.pipeline.cli.clean; print(*sys.modules)"
    assert not {*LAZY, "lxml", "selectolax", "pydantic"}.intersection(run_in_new_interpreter(code))


def test_page_read_by_a_rule_loads_no_extractor() -> None:
    code = f"""
import sys
from tests.page_fixtures import read_page_fixture
article = read_page_fixture("menafn-entry")
print(article.via, *(name for name in {LAZY!r} if name in sys.modules))
"""
    via, *loaded = run_in_new_interpreter(code)
    assert via.startswith("rule:menafn")
    assert loaded == []


def test_no_test_module_imports_airflow() -> None:
    """Every worker collects all test modules, and importing Airflow takes seconds and changes the interpreter."""
    code = """
import contextlib, io, sys
import pytest
with contextlib.redirect_stdout(io.StringIO()):
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests/integration", "tests/hostile"])
print(*sorted({"airflow"} & sys.modules.keys()))
"""
    assert run_in_new_interpreter(code) == []
