"""Telling people what a run found odd, by whichever of Airflow's notifiers they have configured."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from copydesk.pipeline.core.errors import BadSettings

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier, Context

    from copydesk.pipeline.core.settings import Settings

logger = logging.getLogger(__name__)

WARNING_REMEDIES = {"layout": "give its new layout a [[page]] table of its own"}
"""What to do about a kind of warning, where its sentence does not say."""


def format_warnings(warnings: Sequence[Mapping[str, str]]) -> list[str]:
    """A line for each."""
    lines = []
    for warning in warnings:
        remedy = WARNING_REMEDIES.get(warning["kind"])
        lines.append(f"{warning['wire'] or 'the run'}: {warning['message']}" + (f"; {remedy}" if remedy else ""))
    return lines


def log_and_notify(context: Context, settings: Settings, warnings: Sequence[Mapping[str, str]]) -> None:
    """Show what a run found odd in the log of the task that found it, and have it sent; a notifier that can't be made
    is logged as one that fails is.
    """
    for line in format_warnings(warnings):
        logger.warning("%s", line)
    try:
        notify(context, settings, warnings)
    except BadSettings as error:
        logger.error("%s", error)  # noqa: TRY400 - a known error is told by its sentence


def notify(context: Context, settings: Settings, warnings: Sequence[Mapping[str, str]]) -> None:
    """Tell the configured notifier, if there is one and anything to tell; templates find the lines in ``warnings``.

    A notifier that fails is logged and never fails the run: what it was to tell stands in the tables.

    Raises:
        BadSettings: what ``COPYDESK_NOTIFIER`` names is no notifier, or can't be made with its arguments.
    """
    if not (settings.notifier and warnings):
        return
    notifier = make_notifier(settings)
    notifier_context: dict[str, Any] = {**context, "warnings": format_warnings(warnings)}
    try:
        notifier(notifier_context)
    except Exception as error:  # noqa: BLE001  # whatever a notifier of somebody else's may raise
        logger.error("The notifier %s failed: %s", settings.notifier, error)  # noqa: TRY400  # one line, it is not ours


def make_notifier(settings: Settings) -> BaseNotifier:
    """The notifier that the settings name.

    Raises:
        BadSettings: there is no such class, it is no notifier, or its arguments don't fit.
    """
    from airflow.sdk import BaseNotifier

    module, _, name = settings.notifier.rpartition(".")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadSettings(f"COPYDESK_NOTIFIER can't be imported: {error}.", "Install it, or name another.") from None
    if not (isinstance(kind, type) and issubclass(kind, BaseNotifier)):
        raise BadSettings(f"{settings.notifier} is no notifier of Airflow's.", "Name a class made for it.")
    try:
        return kind(**settings.notifier_arguments)
    except TypeError as error:
        raise BadSettings(
            f"{settings.notifier} can't be made: {error}.", "Give what it needs in COPYDESK_NOTIFIER_ARGUMENTS."
        ) from None
