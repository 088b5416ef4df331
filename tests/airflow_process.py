"""Run code in processes that have imported Airflow, or the command line: forks of one that does so once.

Importing Airflow changes an interpreter, so it must not happen in the process of the tests, and it takes seconds.
Importing a command takes one second, which is most of what it costs to run it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from copydesk.pipeline.cli.registry import list_commands

_ROOT = Path(__file__).parents[1]
_running: dict[str, tuple[subprocess.Popen[bytes], Connection, tempfile.TemporaryDirectory[str]]] = {}
"""The processes that are forked, by what they have imported."""

_RUN_COMMAND = "from copydesk.pipeline.cli.main import run; run()"
_COMMAND_MODULES = ("psycopg", "rich.markdown", "typer.rich_utils", "copydesk.pipeline.console.stdout")


def run_with_airflow(
    code: str, *arguments: str, preload: Sequence[str] = ("airflow.sdk",), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run code as the main module of a process with this one's environment and more variables.

    Args:
        code: Sees its arguments in ``sys.argv``.
        arguments: The arguments.
        preload: The modules to import before the fork, so that it happens once for all tests. They are those that the
            code would import, and do not depend on variables.
        variables: Environment variables to add. Airflow has read ``AIRFLOW_HOME`` and the address of its database
            before; other settings of Airflow's are read when they are needed.
    """
    return _run_fork("airflow", code, arguments, tuple(preload), {**os.environ, **variables}, _ROOT)


def run_command(*arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``copydesk`` with this process's environment and more variables.

    The modules of the commands have been imported before the fork. For what depends on how the process starts or ends,
    such as signals and closed pipes, start an interpreter instead.
    """
    points = [point for points in list_commands().values() for point in points]
    modules = (point.module for point in points if not point.module.startswith("copydesk.dags."))
    preload = (*_COMMAND_MODULES, *dict.fromkeys(modules))
    return _run_fork("command", _RUN_COMMAND, arguments, preload, {**os.environ, **variables}, cwd or Path.cwd())


def _run_fork(
    name: str, code: str, arguments: Sequence[str], preload: Sequence[str], environment: dict[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    if name not in _running:
        _running[name] = _start()
    _, connection, folder = _running[name]
    outputs = [Path(folder.name) / name for name in ("stdout", "stderr")]
    try:
        connection.send((code, arguments, environment, preload, [str(path) for path in outputs], str(cwd)))
        status: int = connection.recv()
    except BaseException:  # such as a time limit: nobody else may get this response
        process, connection, folder = _running.pop(name)
        process.kill()
        process.wait()
        connection.close()
        folder.cleanup()
        raise
    stdout, stderr = (path.read_text(encoding="utf-8") for path in outputs)
    print(stdout[-3000:], stderr[-3000:], sep="\n")
    return subprocess.CompletedProcess([name, *arguments], status, stdout, stderr)


def stop() -> None:
    """End the processes that run."""
    while _running:
        _, (process, connection, folder) = _running.popitem()
        connection.close()
        process.wait(30)
        folder.cleanup()


def _start() -> tuple[subprocess.Popen[bytes], Connection, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory(prefix="copydesk-test-")
    ours, theirs = Pipe()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "AIRFLOW"))}
    environment |= {
        "AIRFLOW_HOME": folder.name, "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "OPENBLAS_NUM_THREADS": "1",  # without it, OpenBLAS starts a thread, and a process with threads can't be forked
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.airflow_process", str(theirs.fileno())]
    process = subprocess.Popen(command, cwd=_ROOT, env=environment, pass_fds=[theirs.fileno()])
    theirs.close()
    return process, ours, folder


def _serve(connection: Connection) -> str | None:
    """Fork for each request, and answer with the exit status of the fork.

    Returns:
        In a fork, the code to run; in the server, None when the connection has been closed.
    """
    while True:
        try:
            code, arguments, environment, modules, outputs, cwd = connection.recv()
        except EOFError:
            return None
        for module in modules:
            importlib.import_module(module)
        gc.freeze()  # what a fork does not collect, it does not copy
        child = os.fork()
        if child == 0:
            connection.close()
            for number, path in enumerate(outputs, start=1):
                opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(opened, number)
                os.close(opened)
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[1:] = arguments
            return str(code)
        connection.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _run_main(code: str) -> None:
    """Run the code and end the process as an interpreter does, but without taking apart what it shares with others."""
    status: object = None
    try:
        exec(compile(code, "<test>", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        status = ended.code
    except BaseException:  # noqa: BLE001 - every error is the code's, and has been printed
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, which the interpreter does before its exit
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    if (main_code := _serve(Connection(int(sys.argv[1])))) is not None:
        _run_main(main_code)
