"""The entry point of `copydesk`: run a command, print errors, set the exit status."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and exit.

    A ``CopydeskError`` is printed as one sentence with its remedy and sets its exit status. Ctrl-C exits with 130, a
    failure to write standard output with 74, a database error with 69, and an error of the operating system with 77. A
    closed pipe (`copydesk stories | head`) is not an error. SIGTERM ends the command as Ctrl-C does, with 143, so that
    partial files are removed.
    """
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        # Imported here, so that Ctrl-C exits cleanly even while the commands are loading.
        from copydesk.pipeline.console.stdout import OutputWriteError, ReaderClosedError, discard_output, guard_output
        from copydesk.pipeline.core.errors import CopydeskError

        try:
            guard_output()
            _run_command()
        except ReaderClosedError:
            discard_output()
            sys.exit(0)
        except OutputWriteError as error:
            discard_output()
            _exit_with_error(str(error), error.exit_code)
        except CopydeskError as error:
            _exit_with_error(str(error), error.exit_code)
    except KeyboardInterrupt:
        _exit_with_error("interrupted.", 130)
    sys.exit(0)


def _exit_on_signal(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _run_command() -> None:
    from copydesk.pipeline.cli.registry import make_app
    from copydesk.pipeline.core.errors import CopydeskError

    app = make_app()
    try:
        app()
    except SystemExit as end:
        sys.stdout.flush()
        if end.code == 130:
            raise KeyboardInterrupt from None  # typer caught it and printed nothing
        raise
    except CopydeskError:
        sys.stdout.flush()
        raise
    except OSError as error:
        path = f"{error.filename}: " if error.filename else ""
        _exit_with_error(f"{path}{error.strerror or error}. Check the path and its permissions.", 77)
    except Exception as error:
        if not _is_database_error(error):
            raise
        reason = " ".join(str(error).split()).removesuffix(".")
        _exit_with_error(f"Database error: {reason}. Run `copydesk doctor`.", 69)


def _is_database_error(error: Exception) -> bool:
    """Return whether psycopg raised the error, without loading psycopg."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def _exit_with_error(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"copydesk: {message}\n")
    sys.exit(status)


if __name__ == "__main__":
    run()
