"""How the crawler introduces itself to publishers: the values of the settings, checked."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_CONTACT = re.compile(r"[^@\s()<>]+@[^@\s()<>]+\.[^@\s()<>]+|https?://[^\s()<>]+")


def check_contact(value: str) -> str:
    """Return a contact, stripped; it may be empty.

    Raises:
        ValueError: It is neither an e-mail address nor an http or https URL.
    """
    contact = value.strip()
    if contact and not (contact.isascii() and _CONTACT.fullmatch(contact)):
        raise ValueError("expected an e-mail address or an http or https URL")
    return contact


def check_user_agent(value: str) -> str:
    """Return a User-Agent header, stripped; it may be empty.

    Raises:
        ValueError: A header may not contain it.
    """
    if not (value.isascii() and value.isprintable()):
        raise ValueError("a header may contain printable ASCII characters only")
    return value.strip()


Contact = Annotated[str, AfterValidator(check_contact)]
UserAgent = Annotated[str, AfterValidator(check_user_agent)]
