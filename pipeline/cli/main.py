"""The front door: how `copydesk` starts, how it ends, and how errors are shown."""

from __future__ import annotations

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line; an error made on purpose is one sentence, its remedy, and an exit status that means it.

    130: ended by Ctrl-C. 74: standard output can't be written. A reader of it that has gone (`copydesk stories |
    head`) is no error.
    """
    try:
        # Here, not above: loading all commands takes a while, in which a Ctrl-C shall end it as cleanly as later.
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


def _run_command() -> None:
    from copydesk.pipeline.cli.registry import make_app
    from copydesk.pipeline.core.errors import CopydeskError

    app = make_app(sys.argv[1:])
    try:
        app()
    except SystemExit as end:
        sys.stdout.flush()
        if end.code == 130:
            raise KeyboardInterrupt from None  # typer has taken it, and says nothing
        raise
    except CopydeskError:
        sys.stdout.flush()
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _exit_with_error(f"{place}{error.strerror or error}. Check the place and your rights there.", 77)
    except Exception as error:
        if not _is_database_error(error):
            raise
        reason = " ".join(str(error).split()).removesuffix(".")
        _exit_with_error(f"The database refused: {reason}. Run `copydesk doctor`.", 69)


def _is_database_error(error: Exception) -> bool:
    """Whether psycopg raised it; many commands never load that."""
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)


def _exit_with_error(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"copydesk: {message}\n")
    sys.exit(status)


if __name__ == "__main__":
    run()
