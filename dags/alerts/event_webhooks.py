"""Send story events to the webhooks that are configured as Airflow connections."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from copydesk.pipeline.core.errors import BadSettings, CopydeskError
from copydesk.pipeline.core.webhook_signature import decode_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Connection

    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.runs.webhook_sending import Webhook

PAGES_PATH = "copydesk/"

logger = logging.getLogger(__name__)


def log_and_send_events(settings: Settings) -> None:
    """Send the events that are due. Errors are logged and never fail the task: the next run tries again."""
    from copydesk.pipeline.runs.webhook_sending import send_events

    if not settings.webhooks:
        return
    try:
        for name, counts in send_events(settings, list(load_webhooks(settings)), find_pages_url()).items():
            if counts.failed or counts.given_up:
                logger.warning(
                    "Webhook %s: %s events sent, %s attempts failed, %s events given up; `copydesk webhooks list` has"
                    " the reasons", name, counts.delivered, counts.failed, counts.given_up,
                )  # fmt: skip
            else:
                logger.info("Webhook %s: %s events sent", name, counts.delivered)
    except Exception as error:  # noqa: BLE001 - whatever fails here, the run itself is good
        logger.error("The webhooks failed: %s", error)  # noqa: TRY400 - the message is sufficient


def load_webhooks(settings: Settings) -> Iterable[Webhook]:
    """Yield the configured webhooks; one with an absent or invalid connection is logged and left out."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    for name in settings.webhooks:
        try:
            yield make_webhook(name, Connection.get(name))
        except AirflowNotFoundException:
            logger.error("Airflow has no connection %s, which is listed in COPYDESK_WEBHOOKS", name)  # noqa: TRY400
        except (AirflowRuntimeError, CopydeskError) as error:
            logger.error("Webhook %s: %s", name, error)  # noqa: TRY400


def make_webhook(name: str, connection: Connection) -> Webhook:
    """Return the webhook of a connection: address in its host, schema, port and extra ``path``; secret as its password.

    Raises:
        BadSettings: It has no host, no address of the web, or no valid secret, or its extra ``events`` is not a list
            of kinds of events.
    """
    from copydesk.pipeline.fold.reconcile import EventKind
    from copydesk.pipeline.runs.webhook_sending import Webhook, is_address
    from copydesk.pipeline.store.webhook_deliveries import MATCHED

    host = (connection.host or "").rstrip("/")
    if not host:
        raise BadSettings("The connection has no host.", "Set its host to the address of the receiver.")
    extras = connection.extra_dejson
    url = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    port = f":{connection.port}" if connection.port else ""
    path = str(extras.get("path", "")).lstrip("/")
    url = f"{url}{port}/{path}" if path or port else url
    if not is_address(url):
        raise BadSettings("The connection has no valid address.", "Set its host to an address with http or https.")
    kinds = extras.get("events")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise BadSettings("The extra `events` is not a list.", 'Write {"events": ["founded", "killed"]}.')
    key = decode_secret(connection.password or "")
    chosen = None if kinds is None else tuple(kind.removeprefix("story.") for kind in kinds)
    if unknown := sorted(set(chosen or ()) - {*EventKind, MATCHED}):
        raise BadSettings(
            f"There are no events of the kind {unknown[0]!r}.", f"Use {', '.join(EventKind)} or {MATCHED}."
        )
    return Webhook(name, url, key, chosen)


def find_pages_url() -> str:
    """Return the address of Copydesk's pages, from Airflow's setting ``[api] base_url``."""
    from airflow.configuration import conf

    base = str(conf.get("api", "base_url", fallback="http://localhost:8080") or "http://localhost:8080")
    return f"{base.rstrip('/')}/{PAGES_PATH}"
