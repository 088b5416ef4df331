"""Charts, drawn on the server as inline SVG: they need no script, and look the same before and without it.

The shapes are stretched to the width of the page, their labels are HTML: so text keeps its size in narrow windows.
Colors are those of the page's classes, so that charts follow Airflow's theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from copydesk.dags.ui.formats import format_time
from copydesk.pipeline.views.volume import HourVolume

HEIGHT = 100
"""Height of a chart in its own units; percent of the plot."""

BAR_WIDTH, BAR_STEP = 8, 10
TIME_LABELS = 4
SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 90, 22


@dataclass(frozen=True, slots=True)
class Span:
    """A step in a chart of spans.

    Attributes:
        label: Its name.
        state: The class of its color: ``good``, ``bad``, ``warn`` or ``quiet``.
        start: Seconds from the start of the first step.
        seconds: How long it took.
        detail: What it consisted of.
    """

    label: str
    state: str
    start: float
    seconds: float
    detail: str = ""


def draw_volume(hours: Sequence[HourVolume], what: str = "Articles") -> Markup:
    """Return a chart with a bar for each hour, and a line with the usual level if it is known.

    Args:
        hours: Consecutive hours.
        what: What is counted, for the caption.
    """
    top = _round_up(max((max(one.articles, one.usual or 0) for one in hours), default=0))
    width = len(hours) * BAR_STEP
    bars = Markup("").join(_draw_bar(number, one, top) for number, one in enumerate(hours))
    usual = [one.usual for one in hours]
    line = Markup("")
    if hours and None not in usual:
        steps = "".join(
            f"{'M' if number == 0 else 'L'}{number * BAR_STEP} {_scale(level or 0, top)}H{(number + 1) * BAR_STEP}"
            for number, level in enumerate(usual)
        )
        line = Markup('<path class="usual" d="{}"/>').format(steps)
    labels = Markup("").join(
        format_time(hours[at].hour) for at in range(0, len(hours), max(len(hours) // TIME_LABELS, 1))
    )
    legend = Markup('<span class="key bar-key"></span>{} by hour').format(what)
    legend += (
        Markup(' <span class="key usual-key"></span>Usual: mean of the same hours of earlier weeks')
        if line
        else Markup(" (the usual level is shown once two earlier weeks have articles)")
    )
    return Markup(
        '<figure class="chart"><div class="plot"><div class="ticks" aria-hidden="true"><span>{}</span><span>{}</span>'
        '<span>0</span></div><svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="grid" d="M0 0H{w}M0 50H{w}M0 100H{w}"/>{}{}</svg></div>'
        '<div class="hours" aria-hidden="true">{}</div><figcaption>{}</figcaption></figure>'
    ).format(top, f"{top / 2:g}", width, HEIGHT, _describe_volume(hours, what), bars, line, labels, legend, w=width)


def draw_sparkline(minutes: Sequence[int]) -> Markup:
    """Return a small line of how the number of a story's copies grew, from its first to its last copy.

    Args:
        minutes: When each copy was published, in minutes since the first one, in order.
    """
    if len(minutes) < 2:
        return Markup("")
    span = max(minutes[-1], 1)
    steps = "".join(
        f"H{minute / span * SPARKLINE_WIDTH:.1f}V{SPARKLINE_HEIGHT - count / len(minutes) * SPARKLINE_HEIGHT:.1f}"
        for count, minute in enumerate(minutes, 1)
    )
    half = minutes[(len(minutes) - 1) // 2]
    label = (
        f"{len(minutes)} copies within {format_span(timedelta(minutes=minutes[-1]))}, "
        f"half of them within {format_span(timedelta(minutes=half))}"
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<title>{label}</title><path class="spark-area" d="M0 {h}{steps}H{w}V{h}Z"/><path d="M0 {h}{steps}H{w}"/></svg>'
    ).format(w=SPARKLINE_WIDTH, h=SPARKLINE_HEIGHT, steps=steps, label=label)


def draw_spans(spans: Sequence[Span]) -> Markup:
    """Return a chart with a row for each step: its name, a bar from its start to its end, and how long it took."""
    whole = max((one.start + one.seconds for one in spans), default=0) or 1
    rows = [
        Markup(
            '<tr><th scope="row">{}</th><td class="span"><svg viewBox="0 0 1000 10" preserveAspectRatio="none"'
            ' aria-hidden="true"><rect class="track" width="1000" height="10"/><rect class="fill-{}" x="{}" width="{}"'
            ' height="10"/></svg></td><td class="number">{}</td><td class="soft detail">{}</td></tr>'
        ).format(
            one.label, one.state, f"{one.start / whole * 1000:.1f}", f"{max(one.seconds / whole * 1000, 3):.1f}",
            format_span(timedelta(seconds=one.seconds)), one.detail,
        )
        for one in spans
    ]  # fmt: skip
    return Markup('<table class="spans"><tbody>{}</tbody></table>').format(Markup("").join(rows))


def format_span(span: timedelta) -> str:
    """Return ``45 s``, ``12 min``, ``3 h 05 min`` or ``2 d 4 h``."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def _draw_bar(number: int, one: HourVolume, top: float) -> Markup:
    usual = "" if one.usual is None else f", usually {one.usual:.0f}"
    label = f"{one.hour:%Y-%m-%d %H:%M} UTC: {one.articles}{usual}"
    y = _scale(one.articles, top)
    x = number * BAR_STEP
    # The invisible part makes the whole height show the number.
    return Markup(
        '<g><title>{}</title><rect class="hit" x="{}" width="{}" height="{}"/>'
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/></g>'
    ).format(escape(label), x, BAR_STEP, HEIGHT, x + 1, y, BAR_WIDTH, f"{HEIGHT - float(y):.2f}")


def _describe_volume(hours: Sequence[HourVolume], what: str) -> str:
    whole = sum(one.articles for one in hours)
    usual = [one.usual for one in hours if one.usual is not None]
    compared = f"; usually about {sum(usual):.0f}" if len(usual) == len(hours) and usual else ""
    highest = max(hours, key=lambda one: one.articles, default=None)
    peak = f"; most in the hour from {_format_hour(highest.hour)}: {highest.articles}" if highest else ""
    return f"{what} by hour: {whole} in the last {len(hours)} hours{compared}{peak}"


def _format_hour(hour: datetime) -> str:
    return f"{hour:%Y-%m-%d %H:%M} UTC"


def _scale(value: float, top: float) -> str:
    return f"{HEIGHT - value / top * HEIGHT:.2f}"


def _round_up(value: float) -> int:
    """Return the next round number, at least 4, of which half is a whole number."""
    if value <= 4:
        return 4
    power: int = 10 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if power > 1 else (4, 6, 8, 10)
    return next(round(step * power) for step in steps if step * power >= value)
