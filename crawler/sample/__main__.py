"""The command line of the sample network: ``python -m copydesk.crawler.sample serve|truth``."""

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
from copydesk.crawler.sample.server import HOST, NetworkServer, utc_now
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.pipeline.core.errors import BadInput, CopydeskError
from copydesk.pipeline.core.times import parse_user_time

app = typer.Typer(
    add_completion=False,
    help="A dozen fictional wires on this machine, with known ground truth.",
    pretty_exceptions_enable=False,
)

Seed = Annotated[int, typer.Option(help="Seed. The same seed generates the same articles.")]
PerDay = Annotated[int, typer.Option(help="Approximate number of articles per day, 10 to 1,000,000.")]


@app.command()
def serve(
    base_port: Annotated[int, typer.Option(help="Port of the first wire; 0: free ports.")] = 8801,
    seed: Seed = 7,
    per_day: PerDay = 200,
    sources: Annotated[Path | None, typer.Option(help="Folder to write the wires' source files to.")] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="JSON file to write the URLs to once all ports are open.")
    ] = None,
    now: Annotated[
        str, typer.Option(help="Stop the network's clock at this time (ISO 8601). Default: the real time.")
    ] = "",
) -> None:
    """Serve the wires until SIGTERM or Ctrl-C."""
    fixed_time = parse_user_time(now) if now else None
    server = NetworkServer(_make_network(seed, per_day), utc_now if fixed_time is None else lambda: fixed_time)
    asyncio.run(_serve(server, base_port, sources, ready_file))


@app.command("truth")
def print_truth(
    since: Annotated[str, typer.Option(help="Start (ISO 8601, UTC without a zone).")],
    until: Annotated[str, typer.Option(help="End, exclusive. Default: one hour after the start.")] = "",
    seed: Seed = 7,
    per_day: PerDay = 200,
    base_port: Annotated[int, typer.Option(help="Port of the first wire, for the URLs.")] = 8801,
) -> None:
    """Print the ground truth of all articles published in a window, one JSON object per line."""
    start = parse_user_time(since)
    end = parse_user_time(until) if until else start + timedelta(hours=1)
    network = _make_network(seed, per_day)
    for truth in iter_truths(network, start, end, origins=make_origins(base_port)):
        sys.stdout.write(json.dumps(truth.to_dict(), ensure_ascii=False) + "\n")


def make_origins(base_port: int) -> dict[str, str]:
    """Return the origin of each wire, by its name, if the wires are served from this port on."""
    return {name: f"http://{HOST}:{base_port + offset}" for offset, name in enumerate(load_wires())}


def _make_network(seed: int, per_day: int) -> Network:
    try:
        return Network(seed, per_day)
    except ValueError:
        raise BadInput(f"Invalid --per-day {per_day}.", "Set it to a number from 10 to 1,000,000.") from None


async def _serve(server: NetworkServer, base_port: int, sources: Path | None, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
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
            partial = ready_file.with_suffix(".part")
            partial.write_text(json.dumps(ready), encoding="utf-8")
            partial.replace(ready_file)
        await stop.wait()
    finally:
        await server.stop()


def run() -> None:
    """Run the command; print an expected error in one sentence, and exit with its status."""
    try:
        app()
    except CopydeskError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except OSError as error:
        sys.stderr.write(f"Writing {error.filename or 'a file'} failed: {error.strerror}.\n")
        sys.exit(77)


if __name__ == "__main__":
    run()
