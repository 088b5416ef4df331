"""What tests of Spark have in common."""

from __future__ import annotations

import os

import pytest

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.spark.spark_session import check_installation

MASTER = "local[2]"
CONF = {"spark.sql.shuffle.partitions": "4", "spark.driver.memory": "1g"}


def require_spark() -> None:
    """Skip the test where Spark or Java is missing; fail it in CI, which installs both."""
    try:
        check_installation()
    except BadSettings as error:
        missing = f"{error.message} {error.remedy}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
