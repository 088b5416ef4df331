"""The sample network's own command line: ``python -m copydesk.crawler.sample serve|truth``."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from copydesk.crawler.sample.ground_truth import iter_truths
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.server import HOST, NetworkServer, parse_time, utc_now
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.pipeline.core.errors import BadInput, CopydeskError

app = typer.Typer(add_completion=False, help="A dozen fictional wires on this machine.", pretty_exceptions_enable=False)

Seed = Annotated[int, typer.Option(help="The seed: the same one gives the same copy.")]
PerDay = Annotated[int, typer.Option(help="About how many articles a day, 10 to 1,000,000.")]


@app.command()
def serve(
    base_port: Annotated[int, typer.Option(help="The first wire's port; 0 takes free ones.")] = 8801,
    seed: Seed = 7,
    per_day: PerDay = 200,
    sources: Annotated[Path | None, typer.Option(help="Write the wires' source files into this folder.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write the addresses here (JSON) once all listen.")] = None,
    now: Annotated[str, typer.Option(help="Stop the network's clock at this time (ISO 8601).")] = "",
) -> None:
    """Serve the wires until SIGTERM or Ctrl-C."""
    fixed = parse_time(now) if now else None
    server = NetworkServer(_make_network(seed, per_day), utc_now if fixed is None else lambda: fixed)
    asyncio.run(_serve(server, base_port, sources, ready_file))


@app.command("truth")
def print_truth(
    since: Annotated[str, typer.Option(help="From this time on (ISO 8601, UTC without a zone).")],
    until: Annotated[str, typer.Option(help="Up to this time, not included; unset: an hour later.")] = "",
    seed: Seed = 7,
    per_day: PerDay = 200,
    base_port: Annotated[int, typer.Option(help="The first wire's port, for the addresses.")] = 8801,
) -> None:
    """Print what is true of every article of a time, one JSON object a line."""
    start = parse_time(since)
    end = parse_time(until) if until else start + timedelta(hours=1)
    network = _make_network(seed, per_day)
    for one in iter_truths(network, start, end, origins=make_origins(base_port)):
        sys.stdout.write(json.dumps(one.to_dict(), ensure_ascii=False) + "\n")


def make_origins(base_port: int) -> dict[str, str]:
    """The wires' addresses when they are served from a base port on."""
    return {name: f"http://{HOST}:{base_port + offset}" for offset, name in enumerate(load_wires())}


def _make_network(seed: int, per_day: int) -> Network:
    try:
        return Network(seed, per_day)
    except ValueError as error:
        raise BadInput(f"{str(error)[:1].upper()}{str(error)[1:]}.", "Give --per-day a number in that range.") from None


async def _serve(server: NetworkServer, base_port: int, sources: Path | None, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    await server.start(base_port)
    try:
        if sources is not None:
            write_sources(sources, server.origins)
        control = f"http://{HOST}:{server.control_port}"
        for name, origin in server.origins.items():
            typer.echo(f"{name:12} {origin}/")
        typer.echo(f"{'control':12} {control}/")
        if ready_file is not None:
            ready = {"origins": server.origins, "control": control, "pid": os.getpid()}
            part = ready_file.with_suffix(".part")
            part.write_text(json.dumps(ready), encoding="utf-8")
            part.replace(ready_file)
        await stop.wait()
    finally:
        await server.stop()


def run() -> None:
    """Run the command; a mistake is told in one sentence, with its exit status."""
    try:
        app()
    except CopydeskError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'A file'} can't be written: {error.strerror}.\n")
        sys.exit(77)


if __name__ == "__main__":
    run()
