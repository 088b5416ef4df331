"""Send story events to webhooks: at least once, signed, with growing waits, and given up after some attempts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.webhook_signature import sign_message
from copydesk.pipeline.db import transaction
from copydesk.pipeline.store.states import DeliveryState
from copydesk.pipeline.store.webhook_deliveries import DueDelivery, add_deliveries, claim_next, save_result

MAX_ATTEMPTS = 10
"""With the waits below: given up after about two days."""

FIRST_WAIT = timedelta(minutes=5)
"""The time until the second attempt; it doubles with each further one."""

TIMEOUT_SECONDS = 10.0
"""How long a receiver may be silent: Standard Webhooks recommends 15 to 30 s, but a run waits for it."""

RUN_SECONDS = 60.0
"""How long one run sends to one receiver; the rest follows in the next run."""

MAX_FAILURES = 3
"""After so many failures in a row, a receiver is left alone until the next run."""

_HEADERS = {"content-type": "application/json", "user-agent": "copydesk-webhooks"}
_LEASE = timedelta(seconds=3 * TIMEOUT_SECONDS)
_MAX_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver.

    Attributes:
        name: The ID of its Airflow connection.
        url: Its address.
        key: The key of its secret.
        kinds: The kinds of events that it wants; None for all.
    """

    name: str
    url: str = field(repr=False)
    key: bytes = field(repr=False)
    kinds: tuple[str, ...] | None = None


@dataclass(slots=True)
class DeliveryCounts:
    """The outcomes of the attempts of one run."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


def send_events(
    settings: Settings, webhooks: Iterable[Webhook], base_url: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> dict[str, DeliveryCounts]:
    """Send the events that are due to each receiver, the earliest first, and return the counts by receiver.

    Args:
        settings: The settings.
        webhooks: The receivers.
        base_url: The address of Copydesk's pages, with a slash at its end.
        timeout_seconds: How long a receiver may be silent.
    """
    with httpx.Client(timeout=timeout_seconds, follow_redirects=False) as client:
        return {webhook.name: _send_to(settings, client, webhook, base_url) for webhook in webhooks}


def make_payload(delivery: DueDelivery, base_url: str) -> dict[str, Any]:
    """Return what is sent about an event: IDs and links, but no text."""
    data = {
        "story_id": str(delivery.story_id),
        "article_id": str(delivery.article_id) if delivery.article_id else None,
        "related_story_id": str(delivery.related_story) if delivery.related_story else None,
        "page": f"{base_url}story?id={delivery.story_id}",
        "api": f"{base_url}api/v1/stories/{delivery.story_id}",
    }
    if delivery.search is not None:
        data["search"] = delivery.search
    at = delivery.at.astimezone(UTC)
    return {"type": delivery.type, "timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "data": data}


def is_address(url: str) -> bool:
    """Return whether a receiver can have this address: else every event would be given up."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def compute_wait(attempts: int) -> timedelta:
    """Return the time until the next attempt after so many have failed."""
    return FIRST_WAIT * (1 << (attempts - 1))


def _send_to(settings: Settings, client: httpx.Client, webhook: Webhook, base_url: str) -> DeliveryCounts:
    with transaction(settings) as connection:
        add_deliveries(connection, webhook.name, webhook.kinds)
    counts, failures, last = DeliveryCounts(), 0, 0
    end = time.monotonic() + RUN_SECONDS
    while failures < MAX_FAILURES and time.monotonic() < end:
        with transaction(settings) as connection:
            due = claim_next(connection, webhook.name, last, _LEASE)
        if due is None:
            break
        last = due.delivery_id
        reason, is_final = _send(client, webhook, due, base_url)
        if not reason:
            state, wait = DeliveryState.DELIVERED, timedelta()
            counts.delivered += 1
            failures = 0
        elif is_final or due.attempts >= MAX_ATTEMPTS:
            state, wait = DeliveryState.DEAD, timedelta()
            counts.given_up += 1
            failures += 1
        else:
            state, wait = DeliveryState.PENDING, compute_wait(due.attempts)
            counts.failed += 1
            failures += 1
        with transaction(settings) as connection:
            save_result(connection, due.delivery_id, state, reason, wait)
    return counts


def _send(client: httpx.Client, webhook: Webhook, due: DueDelivery, base_url: str) -> tuple[str, bool]:
    """Send one event; return why it failed, and whether another attempt is in vain. No reason: it was accepted."""
    body = json.dumps(make_payload(due, base_url), separators=(",", ":")).encode()
    headers = sign_message(webhook.key, f"copydesk_{due.message}", int(datetime.now(UTC).timestamp()), body)
    try:
        # The answer's body is not read: a receiver could send any amount.
        with client.stream("POST", webhook.url, content=body, headers=headers | _HEADERS) as answer:
            pass
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The message of an error could contain the address, which may have a secret in it.
        return type(error).__name__[:_MAX_REASON_CHARS], isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
    if answer.is_success:
        return "", False
    return f"HTTP status {answer.status_code}", answer.status_code == HTTPStatus.GONE
