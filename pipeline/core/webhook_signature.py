"""Signatures of webhooks, as Standard Webhooks defines them (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from copydesk.pipeline.core.errors import BadSettings

_PREFIX = "whsec_"


def decode_secret(secret: str) -> bytes:
    """Return the key of a secret: the bytes after ``whsec_`` in Base64, else the text itself.

    Raises:
        BadSettings: It is empty, or not in Base64 after ``whsec_``.
    """
    if not secret:
        raise BadSettings("The webhook has no secret.", "Set the password of its Airflow connection.")
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:  # other letters than those of ASCII, or not Base64
        key = b""
    if not key:
        raise BadSettings(
            "The secret of the webhook is not valid Base64.", "Correct the password of its Airflow connection."
        )
    return key


def sign_message(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that identify and sign a message.

    Args:
        key: The key of the receiver's secret.
        message_id: The same for each attempt, so that a receiver recognizes repetitions.
        timestamp: Of this attempt, in seconds since 1970, so that a receiver can refuse old messages.
        body: What is sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
