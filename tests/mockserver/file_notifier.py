"""A notifier of Airflow's kind that writes into a file, as another would post to a channel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context


class FileNotifier(BaseNotifier):
    """Writes ``text`` into the file at ``path``; without one it fails, as a channel that is down."""

    template_fields: Sequence[str] = ("text",)

    def __init__(self, *, text: str, path: str) -> None:
        super().__init__()
        self.text = text
        self.path = path

    def notify(self, context: Context) -> None:
        Path(self.path).write_text(self.text, encoding="utf-8")
