"""How the crawler introduces itself: an honest User-Agent header, with a contact address."""

from __future__ import annotations

from importlib.metadata import version

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source

PRODUCT = "copydesk"


def make_user_agent(source: Source, settings: Settings) -> str:
    """Return the User-Agent header: the wire's own, else that of the settings, else product, version and contact.

    RFC 9110, 10.1.5: product and version first, then a comment. RFC 9309, 2.2.1: the product is the token that selects
    the rules in robots.txt.
    """
    contact = f"+{settings.contact}" if settings.contact else ""
    default = f"{PRODUCT}/{version(PRODUCT)}{f' ({contact})' if contact else ''}"
    return source.politeness.user_agent or settings.user_agent or default


def require_contact(source: Source, settings: Settings) -> None:
    """Check that the publisher of a wire can reach the people who crawl it.

    Raises:
        BadSettings: The wire is public, and no contact is set.
    """
    if not source.allow_private and not settings.contact:
        raise BadSettings(
            f"{source.name} is a public wire, and there is no contact address for its publisher.",
            "Set contact in copydesk.toml, or COPYDESK_CONTACT, to an e-mail address or a URL.",
        )
