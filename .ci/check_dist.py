"""Check the wheel and the sdist in a folder, the first argument; with ``--build``, build them there first.

Exit status 1, with a line per fault, if one is found. The wheel has only the package ``copydesk``, with every file that
git tracks of it. The sdist has the real folders instead of links, and the wheel that is built from it equals the other.
"""

from __future__ import annotations

import email.parser
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.metadata import InvalidMetadata, Metadata

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
FOLDERS = ("crawler", "pipeline", "dags")
DATA = (".toml", ".sql", ".jinja", ".airflowignore", "py.typed")
"""How the names of data files end; each kind is in the package."""


def list_package_files() -> set[str]:
    """Return the files of the package that git tracks, by their names in the wheel; links are left out."""
    done = subprocess.run(
        ["git", "ls-files", "-s", "-z", "copydesk", *FOLDERS], cwd=ROOT, capture_output=True, check=True
    )
    found = set()
    for line in done.stdout.decode().split("\0")[:-1]:
        attributes, _, path = line.partition("\t")
        if not attributes.startswith("120000"):
            found.add(path if path.startswith("copydesk/") else f"copydesk/{path}")
    return found


def read_wheel(path: Path) -> dict[str, str]:
    """Return the digest of each file of the wheel by its name."""
    with zipfile.ZipFile(path) as wheel:
        return {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}


def check_wheel(path: Path) -> Iterator[str]:
    """Compare the wheel with the tree, and read its metadata as an index does."""
    files = read_wheel(path)
    info = f"copydesk-{VERSION}.dist-info"
    if (tops := {name.partition("/")[0] for name in files}) != {"copydesk", info}:
        yield f"{path.name} has at its top {', '.join(sorted(tops))} instead of copydesk and {info}."
    package = {name for name in files if not name.startswith(f"{info}/")}
    expected = list_package_files()
    yield from (f"{path.name} lacks {name}." for name in sorted(expected - package))
    yield from (f"{path.name} has {name}, which git does not track." for name in sorted(package - expected))
    for end in DATA:
        if not any(name.endswith(end) for name in package):
            yield f"{path.name} has no file {end}."
    with zipfile.ZipFile(path) as wheel:
        text = wheel.read(f"{info}/METADATA")
    try:
        Metadata.from_email(text, validate=True)
    except (InvalidMetadata, ExceptionGroup) as error:
        yield f"The metadata of {path.name} is not valid: {error}."
    if not email.parser.BytesParser().parsebytes(text).get_payload().strip():
        yield f"{path.name} has no description."


def check_sdist(path: Path, wheel: Path) -> Iterator[str]:
    """Look at the sdist's members, and build a wheel from it."""
    with tarfile.open(path) as sdist, tempfile.TemporaryDirectory() as folder:
        members = sdist.getmembers()
        yield from (f"{path.name} has a link, {one.name}." for one in members if one.issym() or one.islnk())
        found = {one.name.partition("/")[2] for one in members if one.isfile()}
        expected = {
            name.removeprefix("copydesk/") if name.split("/")[1] in FOLDERS else name for name in list_package_files()
        }
        yield from (f"{path.name} lacks {name}." for name in sorted(expected - found))
        for name in ("tests/conftest.py", "Makefile", "README.md", "CHANGELOG.md", "LICENSE", "requirements.lock"):
            if name not in found:
                yield f"{path.name} lacks {name}."
        sdist.extractall(folder, filter="data")
        build(Path(folder) / path.name.removesuffix(".tar.gz"), Path(folder), "wheel")
        if read_wheel(Path(folder) / wheel.name) != read_wheel(wheel):
            yield f"The wheel that is built from {path.name} differs from {wheel.name}."


def build(tree: Path, folder: Path, *targets: str) -> None:
    """Build the tree's wheel or sdist into a folder, with the tools of this environment."""
    asked = [part for target in targets for part in ("-t", target)]
    command = [sys.executable, "-m", "hatchling", "build", *asked, "-d", str(folder)]
    subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)


def check(folder: Path) -> Iterator[str]:
    """Check both files of a folder."""
    wheel, sdist = folder / f"copydesk-{VERSION}-py3-none-any.whl", folder / f"copydesk-{VERSION}.tar.gz"
    missing = [path.name for path in (wheel, sdist) if not path.exists()]
    if missing:
        yield from (f"{folder} has no {name}." for name in missing)
        return
    yield from check_wheel(wheel)
    yield from check_sdist(sdist, wheel)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if "--build" in sys.argv:
        build(ROOT, target.resolve(), "wheel", "sdist")
    faults = list(check(target))
    print("\n".join(faults) or f"copydesk {VERSION}: wheel and sdist are complete.")
    sys.exit(bool(faults))
