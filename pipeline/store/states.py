"""Words that the tables store: states, stages and outcomes. A test compares each with the CHECK of its column."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    """The run has shown what it would change and waits for a person's approval."""
    REJECTED = "rejected"
    """A person has rejected the changes, or nobody has answered in time; nothing was changed."""
    DONE = "done"
    FAILED = "failed"


class LedgerStage(StrEnum):
    """What a run's counts are about: addresses, whether the crawl succeeded, items that it did not fetch, pages, page
    rules, articles."""

    CRAWL = "crawl"
    CRAWL_RESULT = "crawl_result"
    LEFT_BEHIND = "left_behind"
    CLEAN = "clean"
    LAYOUT = "layout"
    FOLD = "fold"


class PageOutcome(StrEnum):
    """The result of one page under one version of the cleaning rules."""

    ARTICLE = "article"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


class FailureGrade(StrEnum):
    """How bad it is that a poll of a wire brought nothing. No failure is final."""

    HARD = "hard"
    """Its feeds are gone, are disallowed, or cannot be parsed."""
    SOFT = "soft"
    """Its feeds are empty or stale, or it has too few articles."""
    TEMPORARY = "temporary"
    """The host did not answer, or answered with an error that passes."""


class QuarantineState(StrEnum):
    """The state of a page that is or was in quarantine."""

    QUARANTINED = "quarantined"
    RECOVERED = "recovered"
    REFUSED = "refused"


class BoilerplateState(StrEnum):
    """Whether a recurring paragraph is cut; a person decides the last two."""

    CANDIDATE = "candidate"
    LEARNED = "learned"
    VETOED = "vetoed"
    ALLOWED = "allowed"


class GenerationState(StrEnum):
    """The state of a generation."""

    BUILDING = "building"
    LIVE = "live"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


class PendingStage(StrEnum):
    """The last stage that an article has passed if it is not yet folded into its story."""

    SIGNED = "signed"
    MATCHED = "matched"


class StoryState(StrEnum):
    """The state of a story."""

    LIVE = "live"
    KILLED = "killed"
    MERGED = "merged"


class DeliveryState(StrEnum):
    """The state of the delivery of a story event to a webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: all attempts failed, or the receiver is gone for good."""
