"""The keys of a source file that describe the wire for a reader: kind, country, evidence and terms."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class SourceSection(BaseModel):
    """A table of a source file; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WireKind(StrEnum):
    """What a wire is."""

    AGENCY = "agency"
    """A news agency; its own copy."""

    PRESS_RELEASE = "press-release"
    """A service that publishes the releases of its customers."""

    INSTITUTION = "institution"
    """A government, authority or organisation that publishes its own releases."""

    BROADCASTER = "broadcaster"
    """A radio or television station."""

    NEWSPAPER = "newspaper"
    """A newspaper, magazine or news site, most of which carry copy of agencies."""

    AGGREGATOR = "aggregator"
    """A site that republishes the copy of others, or offers its own for republication."""


class WireStatus(StrEnum):
    """Whether a crawl has ever read the wire."""

    UNVERIFIED = "unverified"
    """Compiled from public evidence; no request was ever sent to it."""

    VERIFIED = "verified"
    """Its feeds were read and an article was fetched."""


class EvidenceKind(StrEnum):
    """The kind of evidence that a wire is alive, strongest first."""

    CHECK = "check"
    """A published audit read the feed, and found current articles on the date."""

    LIST = "list"
    """A maintained list of feeds or publishers contained it on the date."""

    CONFIG = "config"
    """The configuration of another project contained it on the date; whether it worked is not known."""


def check_country(value: str) -> str:
    """Return a country code.

    Raises:
        ValueError: It is neither empty nor two capital letters.
    """
    if not re.fullmatch("(?:[A-Z]{2})?", value):
        raise ValueError(f"{value!r} is not a two-letter country code such as 'DE' or 'AE'")
    return value


Country = Annotated[str, AfterValidator(check_country)]


class Evidence(SourceSection):
    """Why the wire is believed to be alive and described correctly."""

    date: date
    """The day of the evidence."""

    kind: EvidenceKind
    """The kind of the evidence."""

    note: str = ""
    """What a reader should know in addition."""


class Terms(SourceSection):
    """What is known about the conditions of using the wire's texts. Without a licence, all rights are reserved."""

    licence: str = ""
    """The licence of the texts, or a restriction that the publisher states."""

    robots: str = ""
    """What is known of robots.txt and of blocked requests."""
