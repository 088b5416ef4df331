"""An environment with Airflow and all dependencies of Copydesk, but without Copydesk; created in a second."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


@dataclass
class StockAirflow:
    """A folder with a virtual environment in ``env``, and the environment variables for its commands."""

    folder: Path
    env: dict[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a Bash command in the folder; its output is shown if the test fails."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        print(f"$ {command} -> {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    @property
    def python(self) -> Path:
        return self.folder / "env" / "bin" / "python"


def make_stock_airflow(folder: Path) -> StockAirflow:
    """Create the environment with the commands ``pip`` and ``airflow``, and settings for an Airflow in the folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    airflow = StockAirflow(folder, {})
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    others = folder / "env" / "others"
    others.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.lower().startswith(("copydesk", "_copydesk")):
            (others / path.name).symlink_to(path)
    (site / "others.pth").write_text(f"{others}\n")
    for name in ("pip", "airflow"):
        script = folder / "env" / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{airflow.python}" -m {name} "$@"\n')
        script.chmod(0o755)
    (folder / "dags").mkdir()
    airflow.env = {
        "PATH": f"{folder / 'env' / 'bin'}:{os.defpath}",
        "HOME": str(folder / "home"),
        "COPYDESK_HOME": str(folder / "copydesk"),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__FERNET_KEY": "",
    }
    return airflow
