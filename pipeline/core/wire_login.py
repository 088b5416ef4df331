"""The login of a wire that requires one. It is never in the wire's file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import SecretStr

from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.source import Source

LOGIN_PREFIX = "COPYDESK_LOGIN_"
"""The beginning of the environment variables with logins."""


@dataclass(frozen=True, slots=True)
class WireLogin:
    """A user name and a password."""

    user: str
    password: SecretStr

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``user:password``."""
        user, _, password = text.partition(":")
        return cls(user, SecretStr(password))

    def format(self) -> str:
        """Return ``user:password``, for the environment of a child process and nowhere else."""
        return f"{self.user}:{self.password.get_secret_value()}"


def get_login_variable(name: str) -> str:
    """Return the environment variable of a login: ``COPYDESK_LOGIN_`` and its name in upper case."""
    return LOGIN_PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def load_wire_login(source: Source, environment: Mapping[str, str] = os.environ) -> WireLogin | None:
    """Return a wire's login from the environment; None if its file names none.

    Raises:
        BadSettings: Its file names one, but the variable is not set or has no password.
    """
    if not source.login:
        return None
    variable = get_login_variable(source.login)
    login = WireLogin.parse(environment.get(variable, ""))
    if not login.user or not login.password.get_secret_value():
        raise BadSettings(
            f"{source.name} needs the login {source.login}, but {variable} is not set to user:password.",
            f"Set {variable}, or in Airflow create a connection with the id {source.login}.",
        )
    return login
