"""An Airflow notifier that writes to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context


class FileNotifier(BaseNotifier):
    """Writes ``text`` to the file at ``path``; fails if the file cannot be written, like a channel that is down."""

    template_fields: Sequence[str] = ("text",)

    def __init__(self, *, text: str, path: str) -> None:
        super().__init__()
        self.text = text
        self.path = path

    def notify(self, context: Context) -> None:
        Path(self.path).write_text(self.text, encoding="utf-8")
