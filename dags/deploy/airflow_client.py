"""A small client for Airflow's REST API, with the calls that the command line needs."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from copydesk.pipeline.core.errors import Permanent, Transient


class AirflowClient:
    """A client for one Airflow; use it in a ``with`` block.

    All calls except ``is_healthy`` raise ``Transient`` if the server does not respond, and ``Permanent`` if it responds
    with an error.

    Args:
        url: The base URL of the api-server.
        user: The user to log in as.
        password: The password.
        timeout_seconds: The timeout of each request.
    """

    def __init__(self, url: str, user: str, password: str, timeout_seconds: float = 30.0) -> None:
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds)
        self._login = {"username": user, "password": password}

    def __enter__(self) -> AirflowClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def is_healthy(self) -> bool:
        """Return whether the api-server, the database, the scheduler and the DAG processor are healthy."""
        try:
            response = self._client.get("/api/v2/monitor/health")
        except httpx.HTTPError:
            return False
        if response.status_code != httpx.codes.OK:
            return False
        health = response.json()
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the response to a GET request; the path is relative to ``/api/v2/``."""
        return self._call("GET", path, params=parameters)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the response to a POST request; the path is relative to ``/api/v2/``."""
        return self._call("POST", path, json=body)

    def put(self, path: str) -> dict[str, Any]:
        """Return the response to a PUT request; the path is relative to ``/api/v2/``."""
        return self._call("PUT", path)

    def _call(self, method: str, path: str, **request_options: Any) -> dict[str, Any]:
        try:
            if "Authorization" not in self._client.headers:
                self._authenticate()
            try:
                response = self._client.request(method, f"/api/v2/{path}", **request_options)
            except httpx.RemoteProtocolError:
                if method != "GET":
                    raise
                # The server has closed an idle connection just when the request was sent.
                response = self._client.request(method, f"/api/v2/{path}", **request_options)
            if response.status_code == httpx.codes.UNAUTHORIZED:
                self._authenticate()
                response = self._client.request(method, f"/api/v2/{path}", **request_options)
        except httpx.HTTPError as error:
            message = f"Airflow at {self._client.base_url} does not respond: {error}."
            raise Transient(message, "Run `copydesk up`.") from None
        if response.is_error:
            raise Permanent(f"Airflow rejected {method} {path}: {response.status_code} {response.text[:300]}.")
        body: dict[str, Any] = response.json() if response.content else {}
        return body

    def _authenticate(self) -> None:
        response = self._client.post("/auth/token", json=self._login)
        if response.is_error:
            raise Permanent(
                f"Airflow rejected the login of {self._login['username']}: {response.status_code}.",
                "Run `copydesk down`, then `copydesk up` to reset the password.",
            )
        self._client.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
