"""Folders that only one user can use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from copydesk.pipeline.core.errors import DataFolderInaccessible

PRIVATE_MODE = 0o700


def make_private_folder(path: Path) -> None:
    """Create a folder, and missing parents, that only this user can use; an existing folder keeps its mode.

    Raises:
        DataFolderInaccessible: It cannot be created.
    """
    try:
        path.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(path, error) from None


def claim_private_folder(path: Path, user_id: int | None = None, group_id: int = -1) -> None:
    """Create a folder for one user, or check that an existing one is that user's, and make it private.

    It is safe for a path that others can guess, in a folder in which everyone may create files: no link is followed,
    and a folder of another user is refused, because its owner could replace what is in it.

    Args:
        path: The folder; its parent exists.
        user_id: The user that owns it afterwards; None for this process's user. Only root may pass another one.
        group_id: The group that it belongs to afterwards; -1 leaves it as it is.

    Raises:
        DataFolderInaccessible: The path is a link, a file, or the folder of another user; or it cannot be created.
    """
    own_id = os.geteuid()
    owner_id = own_id if user_id is None else user_id
    try:
        with suppress(FileExistsError):
            path.mkdir(PRIVATE_MODE)  # not exist_ok, which accepts a link to a folder
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            if path.is_symlink() or not path.is_dir():
                raise _make_refusal(path, "is a link or a file") from None
            raise
        try:
            status = os.fstat(descriptor)
            if status.st_uid not in {own_id, owner_id}:
                raise _make_refusal(path, "belongs to another user")
            # Through the descriptor: the path may be replaced meanwhile. The owner changes last, since it may use the
            # folder from then on.
            os.fchmod(descriptor, PRIVATE_MODE)
            if status.st_uid != owner_id:
                os.fchown(descriptor, owner_id, group_id)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DataFolderInaccessible.from_os_error(path, error) from None


def _make_refusal(path: Path, reason: str) -> DataFolderInaccessible:
    return DataFolderInaccessible(
        f"The folder {path} {reason}, so it is not used.", "Remove it, or set COPYDESK_HOME to another, shorter path."
    )
