"""Profiles as they are stored and as people write them: what is read is checked, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from copydesk.pipeline.core.errors import BadInput, BadProfile
from copydesk.pipeline.core.profile import Profile

MAX_KEYS_PER_ARTICLE = 16
"""Rows of the key table that an article may take."""

FIXED_PARAMETERS = ("normaliser", "scheme", "hash", "edge_rule")
"""Parameters that name what this version does; it can do no other."""

_PARAMETER_NAMES = tuple(field.name for field in fields(Profile))


def parse_stored_profile(profile_id: str, params: Mapping[str, Any]) -> Profile:
    """The profile of a generation, from what its row holds.

    Raises:
        BadProfile: another version wrote it, and this one can't sign, match or fold with it.
    """
    unlike = sorted(set(params) ^ set(_PARAMETER_NAMES))
    if unlike:
        raise _make_profile_error(profile_id, f"its parameters are not those of this version ({', '.join(unlike)})")
    try:
        profile = _profile_adapter().validate_python(dict(params))
    except ValidationError as error:
        raise _make_profile_error(profile_id, f"its parameters can't be read ({_describe_error(error)})") from None
    own = Profile()
    other = [
        f"{name} {getattr(profile, name)}" for name in FIXED_PARAMETERS if getattr(profile, name) != getattr(own, name)
    ]
    if other:
        known = ", ".join(f"{name} {getattr(own, name)}" for name in FIXED_PARAMETERS)
        raise _make_profile_error(profile_id, f"it asks for {', '.join(other)}; this version knows {known}")
    if profile.profile_id != profile_id:
        raise _make_profile_error(profile_id, f"its parameters are those of {profile.profile_id}")
    return profile


def parse_profile_changes(changes: Sequence[str]) -> Profile:
    """The default profile with some parameters changed, each written ``name=value``.

    ``lead_keys`` is written ``60:4,20:3``, and ``window_hours=none`` means any distance.

    Raises:
        BadInput: no such parameter, or it can't have that value.
    """
    values: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        name = name.strip()
        if not sign or name not in _PARAMETER_NAMES:
            raise BadInput(
                f"{change!r} changes no parameter.", f"Write name=value with one of {', '.join(_PARAMETER_NAMES)}."
            )
        values[name] = _parse_value(name, text.strip())
    try:
        profile = _profile_adapter().validate_python(asdict(Profile()) | values)
    except ValidationError as error:
        raise BadInput(f"{_describe_error(error)}.", "See docs/folding.md for what each parameter means.") from None
    _validate_profile(profile)
    return profile


def list_differences(profile: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What has to be changed in ``other`` to get ``profile``, each as ``name=value``."""
    names = [*_PARAMETER_NAMES, *sorted((set(profile) | set(other)) - set(_PARAMETER_NAMES))]
    return [
        f"{name}={format_value(profile.get(name))}"
        for name in names
        if format_value(profile.get(name)) != format_value(other.get(name))
    ]


def format_value(value: Any) -> str:
    """A parameter's value as ``parse_profile_changes`` reads it."""
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
    """Refuse what can't be signed or compared with."""
    own = Profile()
    for name in FIXED_PARAMETERS:
        if getattr(profile, name) != getattr(own, name):
            raise BadInput(f"{name} can't be changed: it names what the code does.", "Leave it out.")
    rows = max(profile.keys, sum(count for _, count in profile.lead_keys))
    for name in _PARAMETER_NAMES:
        value = getattr(profile, name)
        numbers = [n for pair in value for n in pair] if name == "lead_keys" else [value]
        if any(isinstance(number, int) and number < (name != "seed") for number in numbers):
            raise BadInput(f"{name} can't be {format_value(value)}.", "Give at least 1 (seed: 0).")
    if rows > MAX_KEYS_PER_ARTICLE:
        raise BadInput(
            f"An article would take {rows} rows of keys, more than {MAX_KEYS_PER_ARTICLE}.", "Lower keys or lead_keys."
        )
    if not all(1 <= percent <= 100 for percent in (profile.jaccard_percent, profile.containment_percent)):
        raise BadInput("A percentage is not between 1 and 100.", "Give whole percents.")


def _describe_error(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _make_profile_error(profile_id: str, reason: str) -> BadProfile:
    return BadProfile(
        f"This version can't work with the profile {profile_id}: {reason}.",
        "What it made can still be read; build a generation of this version's with `copydesk profiles build`, swap to "
        "it with `copydesk profiles swap`, or go back to the version that wrote it.",
    )
