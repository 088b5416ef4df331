"""Parse and format profiles, as stored in the database and as written by users; validate every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from copydesk.pipeline.core.errors import BadInput, BadProfile
from copydesk.pipeline.core.profile import Profile

MAX_KEYS_PER_ARTICLE = 16
"""Limit of the rows per article in the key table, which bounds its size."""

FIXED_PARAMETERS = ("normalizer", "scheme", "hash", "edge_rule", "thresholds")
"""Parameters that identify code; this version supports only its own values."""

_PARAMETER_NAMES = tuple(field.name for field in fields(Profile))


def parse_stored_profile(profile_id: str, params: Mapping[str, Any]) -> Profile:
    """Return the profile of a generation from its database row.

    Args:
        profile_id: The id under which the profile is stored.
        params: The stored parameters by name.

    Raises:
        BadProfile: Another version wrote it, and this version cannot sign, match or fold with it.
    """
    mismatched = sorted(set(params) ^ set(_PARAMETER_NAMES))
    if mismatched:
        raise _make_profile_error(profile_id, f"unknown or missing parameters ({', '.join(mismatched)})")
    try:
        profile = _profile_adapter().validate_python(dict(params))
    except ValidationError as error:
        raise _make_profile_error(profile_id, f"invalid parameters ({_describe_error(error)})") from None
    default = Profile()
    unsupported = [
        f"{name} {getattr(profile, name)}"
        for name in FIXED_PARAMETERS
        if getattr(profile, name) != getattr(default, name)
    ]
    if unsupported:
        supported = ", ".join(f"{name} {getattr(default, name)}" for name in FIXED_PARAMETERS)
        raise _make_profile_error(
            profile_id, f"it requires {', '.join(unsupported)}; this version supports {supported}"
        )
    if profile.profile_id != profile_id:
        raise _make_profile_error(profile_id, f"its parameters belong to the profile {profile.profile_id}")
    return profile


def parse_profile_changes(changes: Sequence[str]) -> Profile:
    """Return the default profile with some parameters changed.

    Args:
        changes: Each as ``name=value``. ``lead_keys`` is written ``60:4,20:3``; ``window_hours=none`` means no limit.

    Raises:
        BadInput: There is no such parameter, or the value is invalid.
    """
    values: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        name = name.strip()
        if not sign or name not in _PARAMETER_NAMES:
            raise BadInput(
                f"Invalid parameter {change!r}; expected name=value.",
                f"The parameters are {', '.join(_PARAMETER_NAMES)}.",
            )
        values[name] = _parse_value(name, text.strip())
    try:
        profile = _profile_adapter().validate_python(asdict(Profile()) | values)
    except ValidationError as error:
        raise BadInput(
            f"Invalid parameter {_describe_error(error)}.", "docs/profiles.md describes each parameter."
        ) from None
    _validate_profile(profile)
    return profile


def list_differences(profile: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the changes that turn ``other`` into ``profile``, each as ``name=value``."""
    names = [*_PARAMETER_NAMES, *sorted((set(profile) | set(other)) - set(_PARAMETER_NAMES))]
    return [
        f"{name}={format_value(profile.get(name))}"
        for name in names
        if format_value(profile.get(name)) != format_value(other.get(name))
    ]


def format_value(value: Any) -> str:
    """Return a parameter's value in the syntax of ``parse_profile_changes``."""
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return ",".join(":".join(map(str, pair)) for pair in value)
    return str(value)


@cache
def _profile_adapter() -> TypeAdapter[Profile]:
    return TypeAdapter(Profile)


def _parse_value(name: str, text: str) -> Any:
    if name == "window_hours" and text.lower() == "none":
        return None
    if name == "lead_keys":
        return [part.split(":") for part in text.split(",") if part]
    return text


def _validate_profile(profile: Profile) -> None:
    """Reject values that this version cannot sign or compare with."""
    default = Profile()
    for name in FIXED_PARAMETERS:
        if getattr(profile, name) != getattr(default, name):
            raise BadInput(
                f"The parameter {name} cannot be changed: it identifies this version's code.", "Leave it out."
            )
    rows = max(profile.keys, sum(count for _, count in profile.lead_keys))
    for name in _PARAMETER_NAMES:
        value = getattr(profile, name)
        numbers = [n for pair in value for n in pair] if name == "lead_keys" else [value]
        if any(isinstance(number, int) and number < (name != "seed") for number in numbers):
            raise BadInput(f"Invalid value {format_value(value)} for {name}.", "The minimum is 1, or 0 for the seed.")
    if rows > MAX_KEYS_PER_ARTICLE:
        raise BadInput(
            f"An article would have {rows} keys; the limit is {MAX_KEYS_PER_ARTICLE}.", "Lower keys or lead_keys."
        )
    if not all(1 <= percent <= 100 for percent in (profile.jaccard_percent, profile.containment_percent)):
        raise BadInput(
            "Invalid percentage; expected a whole number from 1 to 100.",
            "Change jaccard_percent or containment_percent.",
        )


def _describe_error(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _make_profile_error(profile_id: str, reason: str) -> BadProfile:
    return BadProfile(
        f"This version does not support the profile {profile_id}: {reason}.",
        "Its stories stay readable. Build a generation for this version with `copydesk profiles build` and swap to it "
        "with `copydesk profiles swap`, or go back to the version that created the profile.",
    )
