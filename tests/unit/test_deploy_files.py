"""The files for Kubernetes agree with the settings, with Airflow and with the locks. See deploy/README.md."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from copydesk.pipeline.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CHART_KEYS = {
    "airflowVersion", "config", "createUserJob", "dags", "data", "env", "executor", "fernetKeySecretName",
    "apiSecretKeySecretName", "jwtSecretName", "images", "migrateDatabaseJob", "pgbouncer", "postgresql", "redis",
    "secret", "triggerer", "workers",
}  # fmt: skip
"""The keys of the chart that the values use; another one must be looked up in the chart's documentation first."""


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with their arguments; continued lines are joined."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


@pytest.fixture(scope="module")
def image_variables(instructions: list[tuple[str, str]]) -> dict[str, str]:
    """Return the environment variables that the image sets."""
    parts = [part for word, rest in instructions if word == "ENV" for part in shlex.split(rest)]
    return {name: value for name, _, value in (part.partition("=") for part in parts)}


@pytest.fixture(scope="module")
def airflow_options() -> set[tuple[str, str]]:
    """Return section and key of the options of Airflow and of its providers."""
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    folders = [Path(path) / "config_templates" for path in spec.submodule_search_locations or ()]
    (templates,) = [folder for folder in folders if folder.exists()]
    described = yaml.safe_load((templates / "config.yml").read_text(encoding="utf-8"))
    found = {(section, key) for section, parts in described.items() for key in parts["options"] or ()}
    defaults = configparser.ConfigParser(interpolation=None)
    defaults.read(templates / "provider_config_fallback_defaults.cfg")
    return found | {(section, key) for section in defaults.sections() for key in defaults[section]}


def list_copydesk_variables() -> set[str]:
    """Return the environment variables of all settings."""
    names = set()
    for name, field in Settings.model_fields.items():
        table = getattr(field.annotation, "model_fields", None)
        names |= {f"COPYDESK_{name}__{key}".upper() for key in table} if table else {f"COPYDESK_{name}".upper()}
    return names


def read_versions(name: str) -> dict[str, str]:
    """Return the pinned versions of a lock file, each of which must have hashes."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert "index-url" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    return dict(entry.split()[0].split("==") for entry in entries)


def test_every_copydesk_variable_is_a_setting(values: dict[str, Any], image_variables: dict[str, str]) -> None:
    names = {one["name"] for one in values["env"]} | {one["envName"] for one in values["secret"]} | set(image_variables)
    assert {name for name in names if name.startswith("COPYDESK_")} <= list_copydesk_variables()
    assert "COPYDESK_DATABASE_URL" in names  # otherwise each worker would need a database of its own


def test_every_airflow_option_exists(
    values: dict[str, Any], image_variables: dict[str, str], airflow_options: set[tuple[str, str]]
) -> None:
    names = {one["name"] for one in values["env"]} | set(image_variables)
    named = {tuple(name.lower().split("__")[1:]) for name in names if name.startswith("AIRFLOW__")}
    configured = {(section, key) for section, keys in values["config"].items() for key in keys}
    assert len(named | configured) > 10
    unknown = (named | configured) - airflow_options
    assert {section for section, _ in unknown} <= {"celery_broker_transport_options"}  # Celery's own, passed on


def test_values_are_valid_settings(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for one in values["env"]:
        monkeypatch.setenv(one["name"], one["value"])
    settings = Settings()
    assert settings.newswire.pool == "copydesk"
    assert settings.wires.enabled == ()


def test_values_use_known_keys_of_the_chart(values: dict[str, Any]) -> None:
    assert values.keys() <= CHART_KEYS


def test_no_secret_is_in_the_values(values: dict[str, Any]) -> None:
    assert all(one["secretName"] and one["secretKey"] for one in values["secret"])
    assert all(name.endswith("SecretName") for name in values["data"])
    assert not re.search(r"://[^\s]*:[^\s]*@|password:", (DEPLOY / "values.yaml").read_text(encoding="utf-8"))
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    references = {value for key, value in walk(values) if key.lower().endswith("secretname")}
    assert len(references) == 7
    assert {name for name in references if f"`{name}`" not in readme} == set()


def walk(node: Any) -> list[tuple[str, str]]:
    """Return the keys of all texts in nested mappings and lists."""
    if isinstance(node, list):
        return [pair for item in node for pair in walk(item)]
    if not isinstance(node, dict):
        return []
    here = [(key, value) for key, value in node.items() if isinstance(value, str)]
    return here + [pair for value in node.values() for pair in walk(value)]


def test_pools_of_the_values_are_created(values: dict[str, Any]) -> None:
    pools = json.loads((DEPLOY / "pools.json").read_text(encoding="utf-8"))
    named = {one["value"] for one in values["env"] if one["name"].endswith("__POOL")}
    assert named == set(pools)
    assert all(pool["slots"] > 0 and pool["description"] for pool in pools.values())
    assert "airflow pools import /opt/copydesk/pools.json" in values["migrateDatabaseJob"]["args"][-1]


def test_image_has_the_airflow_of_the_lock(values: dict[str, Any], instructions: list[tuple[str, str]]) -> None:
    versions = read_versions("requirements.lock")
    (image,) = [rest for word, rest in instructions if word == "ARG"]
    assert f"-{versions['apache-airflow-core']}-python" in image
    assert values["airflowVersion"] == versions["apache-airflow"] == versions["apache-airflow-core"]
    providers = {"apache-airflow-providers-celery", "apache-airflow-providers-cncf-kubernetes"}
    assert providers < versions.keys()
    assert "hatchling" in read_versions("build.lock")


def test_image_lock_has_the_versions_that_are_tested() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    tested = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))
    built = read_versions("requirements.lock")
    assert {name: version for name, version in built.items() if tested.get(name, version) != version} == {}


def test_image_installs_only_hashed_files_as_a_user_without_rights(instructions: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
    users = [rest for word, rest in instructions if word == "USER"]
    assert users[-1] not in {"0", "root"}
    assert not any(word == "ENTRYPOINT" for word, _ in instructions)  # that of Airflow's image stays


def test_every_file_that_the_image_copies_exists(instructions: list[tuple[str, str]]) -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for word, rest in instructions:
        if word == "COPY" and "--from=" not in rest:
            sources = [part for part in rest.split()[:-1] if not part.startswith("--")]
            assert [name for name in sources if not (ROOT / name).exists()] == []
            assert [name for name in sources if f"!{name.split('/')[0]}" not in ignored] == []


def test_image_version_is_that_of_the_package(values: dict[str, Any], instructions: list[tuple[str, str]]) -> None:
    (version,) = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert values["images"]["airflow"]["tag"] == version
    assert any(f"copydesk=={version}" in rest for _, rest in instructions)
