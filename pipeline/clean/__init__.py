"""Cleaning: move wire conventions from the text into fields, and drop everything that is not part of the text."""

from __future__ import annotations

from copydesk.pipeline.clean.clean_article import clean

__all__ = ["clean"]
