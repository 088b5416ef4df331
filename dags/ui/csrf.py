"""Protection of forms against requests that other sites make in a user's name.

A form has a token that only this Airflow can make, for one user and a limited time: the cookie of the log-in alone,
which a browser may send with a request of another site, is not enough.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from airflow.api_fastapi.auth.tokens import get_signing_key

VALID_FOR = timedelta(hours=12)
"""How long a form can be sent after its page was opened."""


def make_token(user_id: str, now: datetime) -> str:
    """Return a token for the forms of a page that a user opens."""
    expires = int((now + VALID_FOR).timestamp())
    return f"{expires}.{_sign(user_id, expires)}"


def is_valid(token: str, user_id: str, now: datetime) -> bool:
    """Return whether a form was made for a user, not too long ago."""
    expires, _, signature = token.partition(".")
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 20):
        return False
    genuine = hmac.compare_digest(signature.encode(), _sign(user_id, int(expires)).encode())
    return genuine and int(expires) > now.timestamp()


def _sign(user_id: str, expires: int) -> str:
    key = get_signing_key("api", "secret_key").encode()
    return hmac.new(key, f"copydesk form {expires} {user_id}".encode(), hashlib.sha256).hexdigest()
