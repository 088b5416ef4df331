"""Forms that change something: their fields, and whether they come from a page of this Airflow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, Request, status

from copydesk.dags.ui.csrf import is_valid

MAX_FORM_BYTES = 20_000


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first value of each.

    Raises:
        HTTPException: It is too long or has too many fields (413).
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "The form is too long.")
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, "The form has too many fields.") from None
    return {name: values[0].replace("\0", "\ufffd") for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(read_form)]
"""The fields of a form, as a parameter of a route."""


def assert_is_own(form: Form, user: GetUserDep, request: Request) -> None:
    """Check that a form comes from a page of this Airflow that this user opened.

    Raises:
        HTTPException: It does not (403).
    """
    is_same_site = request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    if not (is_same_site and is_valid(form.get("token", ""), user.get_id(), datetime.now(UTC))):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "The form is too old or not of this Airflow. Open the page again."
        )
