"""What the driver of a refold's stages reads: one file in the folder of the refold. Without Spark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from copydesk.pipeline.spark.stage_mark import has_mark

_FILE = "job.json"

REFOLD_STAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sign": ("sketches",),
        "pairs": ("copies", "pairs", "likely_pairs"),
        "verify": ("edges",),
        "components": ("components",),
        "cluster": ("members", "stories", "groups"),
    }
)
"""The stages that run one by one, and which of ``DedupStages`` each of them has."""


@dataclass(frozen=True, slots=True)
class RefoldJob:
    """The input of all stages of one refold.

    Attributes:
        profile_id: The profile.
        params: Its parameters.
        documents: The folder of the exported documents.
        digest: Of what was exported.
        master: Spark's master URL; empty for that of `spark-submit`.
        conf: Spark's configuration.
    """

    profile_id: str
    params: Mapping[str, Any]
    documents: str
    digest: str
    master: str
    conf: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """What all stages depend on."""
        return f"{version('copydesk')} {self.profile_id} {self.digest}"

    def write(self, folder: Path) -> None:
        """Write the job to a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{_FILE}.partial"
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(folder / _FILE)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the job of a folder."""
        return cls(**json.loads((folder / _FILE).read_text(encoding="utf-8")))


def get_stage_folder(step: str) -> str:
    """Return the name of the folder of a table of ``DedupStages``."""
    return step.replace("_", "-")


def list_unfinished_stages(folder: Path) -> list[str]:
    """Return which of ``REFOLD_STAGES`` are missing in the folder of a refold, or are those of an earlier export."""
    try:
        fingerprint = RefoldJob.read(folder).fingerprint
    except FileNotFoundError:
        return list(REFOLD_STAGES)
    return [
        stage
        for stage, steps in REFOLD_STAGES.items()
        if not all(has_mark(folder / get_stage_folder(step), fingerprint) for step in steps)
    ]
