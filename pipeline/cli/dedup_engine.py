"""The options of commands that run on this machine or on Apache Spark."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Engine(StrEnum):
    """What a command runs on."""

    MEMORY = "memory"
    SPARK = "spark"


Master = Annotated[
    str, typer.Option(metavar="URL", help="Spark's master, such as local[4], spark://HOST:PORT, yarn or k8s://URL.")
]
Conf = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A Spark setting, such as spark.executor.memory=8g; repeatable."),
]
