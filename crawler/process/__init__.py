"""The spider's process: its entry point, its parent's side, its log."""
