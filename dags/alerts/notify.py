"""Log the warnings of a run and send them through the configured Airflow notifier."""

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

WARNING_REMEDIES = {"layout": "add a [[page]] table for the new layout"}
"""What to do about a kind of warning, if its message does not say so."""


def format_warnings(warnings: Sequence[Mapping[str, str]]) -> list[str]:
    """Return one line per warning.

    Args:
        warnings: Each with ``wire`` (empty for the whole run), ``kind`` and ``message``.
    """
    lines = []
    for warning in warnings:
        remedy = WARNING_REMEDIES.get(warning["kind"])
        lines.append(f"{warning['wire'] or 'the run'}: {warning['message']}" + (f"; {remedy}" if remedy else ""))
    return lines


def log_and_notify(context: Context, settings: Settings, warnings: Sequence[Mapping[str, str]]) -> None:
    """Log the warnings and send them. An invalid notifier is logged as an error, and never fails the task."""
    for line in format_warnings(warnings):
        logger.warning("%s", line)
    try:
        notify(context, settings, warnings)
    except BadSettings as error:
        logger.error("%s", error)  # noqa: TRY400 - the message is sufficient


def notify(context: Context, settings: Settings, warnings: Sequence[Mapping[str, str]]) -> None:
    """Send the warnings through the configured notifier, if there is one.

    An error of the notifier is logged and never fails the run, because the warnings are in the database too.

    Args:
        context: The context of the task or run; the notifier's templates can use it.
        settings: The settings with the notifier and its arguments.
        warnings: If empty, nothing is sent. Templates can use the formatted lines as ``warnings``.

    Raises:
        BadSettings: ``COPYDESK_NOTIFIER`` is not a notifier, or does not accept its arguments.
    """
    if not (settings.notifier and warnings):
        return
    notifier = make_notifier(settings)
    notifier_context: dict[str, Any] = {**context, "warnings": format_warnings(warnings)}
    try:
        notifier(notifier_context)
    except Exception as error:  # noqa: BLE001 - a third-party notifier may raise anything
        logger.error("The notifier %s failed: %s", settings.notifier, error)  # noqa: TRY400 - not our traceback


def make_notifier(settings: Settings) -> BaseNotifier:
    """Create the configured notifier.

    Raises:
        BadSettings: The class cannot be imported, is not a notifier, or does not accept the arguments.
    """
    from airflow.sdk import BaseNotifier

    module, _, name = settings.notifier.rpartition(".")
    try:
        notifier_class = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadSettings(
            f"Cannot import COPYDESK_NOTIFIER: {error}.", "Install its package, or set another class."
        ) from None
    if not (isinstance(notifier_class, type) and issubclass(notifier_class, BaseNotifier)):
        raise BadSettings(
            f"{settings.notifier} is not an Airflow notifier.", "Set COPYDESK_NOTIFIER to a subclass of BaseNotifier."
        )
    try:
        return notifier_class(**settings.notifier_arguments)
    except TypeError as error:
        raise BadSettings(
            f"Cannot create the notifier {settings.notifier}: {error}.", "Correct COPYDESK_NOTIFIER_ARGUMENTS."
        ) from None
