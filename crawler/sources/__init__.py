"""The wires that are shipped: one TOML file per wire."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
