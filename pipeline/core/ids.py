"""Intrinsic identifiers: each is derived from the content it identifies, so that processing again gives equal rows."""

from __future__ import annotations

import hashlib
from uuid import UUID

from copydesk.pipeline.core.urls import hash_url

CLI_DAG_ID = "cli"
"""The DAG id of runs that are opened by a command instead of Airflow."""


def make_run_key(dag_id: str, run_id: str) -> UUID:
    """Return the key of a run. Airflow's run ids are unique only within their DAG, so the DAG is part of it."""
    return UUID(bytes=hashlib.sha256(f"{dag_id}\0{run_id}".encode()).digest()[:16])


def make_page_id(url_key: bytes, content_sha256: bytes) -> UUID:
    """Return the id of a page, which depends on its URL and its content alone.

    Args:
        url_key: The hash of the canonical URL, 32 bytes.
        content_sha256: The hash of the page's bytes, 32 bytes.
    """
    return UUID(bytes=hashlib.sha256(url_key + content_sha256).digest()[:16])


def make_article_id(canonical_url: str) -> UUID:
    """Return the id of an article, which depends on its canonical URL alone."""
    return UUID(bytes=hash_url(canonical_url)[:16])
