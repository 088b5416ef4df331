"""What can go wrong, and who tries again.

    CopydeskError
    ├── Transient     the same call may succeed later: the task is retried with back-off
    │   ├── DatabaseUnreachable
    │   ├── GenerationBusy
    │   ├── HostBusy
    │   └── PortBusy
    ├── Permanent     trying again cannot help until a person changes something
    │   ├── BadSettings
    │   ├── BadSource
    │   ├── BadWindow
    │   ├── BadInput
    │   ├── DataFolderInaccessible
    │   ├── MigrationFailed
    │   ├── SchemaOutdated
    │   ├── LedgerUnbalanced
    │   ├── RunawayStory
    │   ├── RunawayWire
    │   ├── BadProfile
    │   ├── GenerationNotReady
    │   └── NotFound
    └── QuarantineError    one item can't be processed: it is set aside with its reason, the rest goes on

A message is one clear sentence; ``remedy`` says what to do next. The command line prints both and nothing else.
"""

from __future__ import annotations


class CopydeskError(Exception):
    """Base of all errors that Copydesk raises on purpose.

    ``message`` says what happened, ``remedy`` what the reader can do; ``exit_code`` is the command line's status.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def __reduce__(self) -> tuple[type[CopydeskError], tuple[str, str]]:
        return (type(self), (self.message, self.remedy))


class Transient(CopydeskError):  # noqa: N818 (the names are who tries again, not -Error)
    """It may work later; the task is retried with back-off."""

    exit_code = 75  # EX_TEMPFAIL


class Permanent(CopydeskError):  # noqa: N818
    """It won't work until something is changed; the task fails at once."""

    exit_code = 2


class QuarantineError(CopydeskError):
    """One item can't be processed; ``reason`` is a short stable code, the message tells the details."""

    exit_code = 1

    def __init__(self, reason: str, message: str = "", remedy: str = "") -> None:
        super().__init__(message or reason, remedy)
        self.reason = reason

    def __reduce__(self) -> tuple[type[QuarantineError], tuple[str, str, str]]:  # type: ignore[override]
        return (type(self), (self.reason, self.message, self.remedy))


class DatabaseUnreachable(Transient):
    """PostgreSQL does not answer."""

    exit_code = 69  # EX_UNAVAILABLE


class HostBusy(Transient):
    """Another run is crawling the same host."""


class GenerationBusy(Transient):
    """A run is between signing and folding; it has to end first."""


class PortBusy(Transient):
    """Another process listens where one of ours should."""

    exit_code = 69


class BadSettings(Permanent):
    """A setting in the environment can't be used."""

    exit_code = 78  # EX_CONFIG


class BadSource(Permanent):
    """A source's TOML file is wrong; the message names file and key."""

    exit_code = 78


class BadWindow(Permanent):
    """A run has no usable window of time."""

    exit_code = 65  # EX_DATAERR


class BadInput(Permanent):
    """What the user gave can't be read."""

    exit_code = 65  # EX_DATAERR


class DataFolderInaccessible(Permanent):
    """The data folder can't be used by this user."""

    exit_code = 77  # EX_NOPERM

    @classmethod
    def from_os_error(cls, path: object, error: OSError) -> DataFolderInaccessible:
        """What the system said of something in the data folder."""
        return cls(
            f"The data folder {path} can't be used: {error.strerror}.",
            "Give this user the right to write there, or set COPYDESK_HOME to a folder of its own.",
        )


class MigrationFailed(Permanent):
    """A migration did not apply and left nothing behind."""


class SchemaOutdated(Permanent):
    """The database has not been migrated."""


class LedgerUnbalanced(Permanent):
    """The counts of a run do not add up."""


class RunawayStory(Permanent):
    """A story grew beyond any that a wire could cause: text that is not copy is taken for it."""


class RunawayWire(Permanent):
    """A wire would lose more of its articles or stories than copying explains."""


class BadProfile(Permanent):
    """A profile holds what this version can't sign, match or fold with."""

    exit_code = 78


class GenerationNotReady(Permanent):
    """A generation is not ready for what was asked of it."""


class NotFound(Permanent):
    """No such story, wire or run."""

    exit_code = 66  # EX_NOINPUT
