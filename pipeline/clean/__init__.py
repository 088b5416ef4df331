"""Cleaning: wire conventions out of the text and into fields, everything that is not the text out of it."""

from __future__ import annotations

from copydesk.pipeline.clean.clean_article import clean

__all__ = ["clean"]
