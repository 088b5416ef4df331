"""The source files that are shipped with Copydesk: one TOML file per wire."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
