"""The exceptions that Copydesk raises on purpose, grouped by whether a retry can help.

    CopydeskError
    ├── Transient     the same call may succeed later: the task is retried with backoff
    │   ├── DatabaseUnreachable
    │   │   └── TooManyConnections
    │   ├── GenerationBusy
    │   ├── PageArchiveUnreachable
    │   ├── HostBusy
    │   ├── HostLeaseLost
    │   ├── PortBusy
    │   └── SourcesDiffer
    ├── Permanent     a retry cannot help until somebody changes something: the task fails at once
    │   ├── BadSettings
    │   ├── BadSource
    │   ├── BadWindow
    │   ├── BadInput
    │   ├── DataFolderInaccessible
    │   ├── MigrationFailed
    │   ├── SchemaOutdated
    │   ├── SchemaIncompatible
    │   ├── LedgerUnbalanced
    │   │   └── StageFailed
    │   ├── RunawayStory
    │   ├── RunawayWire
    │   ├── BadProfile
    │   ├── GenerationNotReady
    │   └── NotFound
    └── QuarantineError    one item cannot be processed: it is quarantined with its reason, the rest continues

A message is one clear sentence; ``remedy`` says what to do next. The command line prints only these two, without a
traceback.
"""

from __future__ import annotations


class CopydeskError(Exception):
    """Base class of all errors that Copydesk raises on purpose.

    Attributes:
        message: What happened, as one sentence.
        remedy: What the reader can do about it; may be empty.
        exit_code: The exit status of the command line, from sysexits.h if one fits.
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


class Transient(CopydeskError):  # noqa: N818 - the name says whether a retry can help
    """The same call may succeed later; the task is retried with backoff."""

    exit_code = 75  # EX_TEMPFAIL


class Permanent(CopydeskError):  # noqa: N818
    """The call cannot succeed until something changes; the task fails at once, without retries."""

    exit_code = 2


class QuarantineError(CopydeskError):
    """One item cannot be processed.

    Attributes:
        reason: A short stable code, such as ``timeout``; the message has the details.
    """

    exit_code = 1

    def __init__(self, reason: str, message: str = "", remedy: str = "") -> None:
        super().__init__(message or reason, remedy)
        self.reason = reason

    def __reduce__(self) -> tuple[type[QuarantineError], tuple[str, str, str]]:  # type: ignore[override]
        return (type(self), (self.reason, self.message, self.remedy))


class DatabaseUnreachable(Transient):
    """PostgreSQL does not respond."""

    exit_code = 69  # EX_UNAVAILABLE


class TooManyConnections(DatabaseUnreachable):
    """PostgreSQL runs, and has as many connections as it may have."""


class DatabaseFull(DatabaseUnreachable):
    """The disk of PostgreSQL is full."""


class HostBusy(Transient):
    """Another run is crawling the same host."""


class HostLeaseLost(Transient):
    """A crawl can no longer be sure that it is the only one of its host."""


class GenerationBusy(Transient):
    """A run is between signing and folding, or articles have come that the generation does not have yet."""


class PageArchiveUnreachable(Transient):
    """The storage of archived pages does not respond, or is not there."""

    exit_code = 69  # EX_UNAVAILABLE


class PortBusy(Transient):
    """Another process listens on a port that Copydesk needs."""

    exit_code = 69


class SourcesDiffer(Transient):
    """Two machines of an Airflow see different sources of a wire."""


class BadSettings(Permanent):
    """A setting has an invalid value."""

    exit_code = 78  # EX_CONFIG


class BadSource(Permanent):
    """A source's TOML file is invalid; the message names the file and the key."""

    exit_code = 78


class BadWindow(Permanent):
    """A run has no valid time window."""

    exit_code = 65  # EX_DATAERR


class BadInput(Permanent):
    """The user's input is invalid or cannot be read."""

    exit_code = 65  # EX_DATAERR


class DataFolderInaccessible(Permanent):
    """This user cannot use the data folder."""

    exit_code = 77  # EX_NOPERM

    @classmethod
    def from_os_error(cls, path: object, error: OSError) -> DataFolderInaccessible:
        """Return the error for an operating system error in the data folder."""
        return cls(
            f"Cannot use the data folder {path}: {error.strerror}.",
            "Give this user write permission, or set COPYDESK_HOME to a folder that it owns.",
        )


class DatabaseReadOnly(Permanent):
    """PostgreSQL accepts no writes: it is a standby, or was made read-only."""

    exit_code = 69  # EX_UNAVAILABLE


class MigrationFailed(Permanent):
    """A migration failed and was rolled back."""


class SchemaOutdated(Permanent):
    """The database has not been migrated."""


class SchemaIncompatible(Permanent):
    """The database was created by a different development version."""


class LedgerUnbalanced(Permanent):
    """The counts of a run do not add up."""


class StageFailed(LedgerUnbalanced):
    """A stage of the run failed, so that its counts do not add up."""


class RunawayStory(Permanent):
    """A story has more copies than copying can explain: boilerplate has probably been taken for copy."""


class RunawayWire(Permanent):
    """More of a wire's articles or stories would be merged than copying can explain."""


class BadProfile(Permanent):
    """A profile has parameters that this version cannot sign, match or fold with."""

    exit_code = 78


class GenerationNotReady(Permanent):
    """A generation is not in the state that the operation requires."""


class NotFound(Permanent):
    """There is no such story, wire or run."""

    exit_code = 66  # EX_NOINPUT
