"""Processor time of a request over HTTP, of the server and of PostgreSQL: `python -m benchmarks.load --help`.

OSIT is served as in production, by default by one process on the first core; PostgreSQL and wrk have the others. Limits
apply to processor time, which varies less than elapsed time.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import orjson

from benchmarks import databases
from benchmarks.desk import Desk
from benchmarks.growth import operations
from benchmarks.operation import Absent, Operation
from benchmarks.security._demo_server import DemoServer, await_ready, free_port
from osit_graphql.server import logging_config
from osit_graphql.settings import Settings
from tests.embedded_postgres.server_process import list_children

TURNS = 120
"""Number of different requests of an operation, which are repeated."""
PAUSE_S = 0.5
"""Seconds between two runs, in which the server finishes requests of wrk."""
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
"""Milliseconds of a clock tick."""
UNLIMITED = {
    "OSIT_BUDGET_POINTS": "1000000000",
    "OSIT_BUDGET_RATE": "1000000000",
    "OSIT_MAX_REQUESTS_EACH": "100",
    "OSIT_LOG_LEVEL": "error",
    "OSIT_DRAIN_SECONDS": "0",
}
HEAD = """
| {name} | connections | requests/s | p50, ms | p95 | p99 | server's CPU, ms | PostgreSQL's | both | memory, MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


@dataclass(frozen=True)
class Load:
    """One run of wrk: times in milliseconds, processor time per request."""

    rate: float
    p50: float
    p95: float
    p99: float
    server: float
    postgres: float


def processor(pid: int) -> float:
    """Return the processor time of a process and its ended children, in milliseconds; 0 once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # counted in its parent
    return sum(map(int, fields[11:15])) * TICK_MS


def process_tree(pid: int) -> list[int]:
    """Return a process and its children."""
    return [pid, *list_children(pid)]


@contextmanager
def serve(url: str, cores: str = "0", **environment: str) -> Iterator[tuple[DemoServer, subprocess.Popen[bytes]]]:
    """Serve a database with `osit serve` on these cores."""
    served, log = DemoServer(free_port()), Path(tempfile.mkdtemp(prefix="osit-load-")) / "log"
    settings = {**UNLIMITED, "OSIT_DATABASE_URL": url, "OSIT_PORT": str(served.port), **environment}
    command = ["taskset", "-c", cores, sys.executable, "-m", "osit_graphql.cli", "serve"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=file, stderr=file)  # noqa: S603 - our own
    try:
        await_ready(served, process, log)
        yield served, process
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(log.parent)


def load(
    served: DemoServer, pids: tuple[int, int], token: str, bodies: bytes, *, connections: int, seconds: int
) -> Load:
    """Run wrk once."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(Path(__file__).with_name("load.lua")), f"http://127.0.0.1:{served.port}"]
    server, postgres = pids
    families = process_tree(server), process_tree(postgres)
    before = [sum(map(processor, each)) for each in families]
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(bodies)
        file.flush()
        environment = {**os.environ, "REQUESTS": file.name, "AUTHORIZATION": f"Bearer {token}"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - wrk
    processor_times = [sum(map(processor, each)) - start for each, start in zip(families, before, strict=True)]
    time.sleep(PAUSE_S)
    result = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))[7:])
    if result["bad"] or not result["requests"]:
        raise SystemExit(f"{result['bad']} of {result['requests']} requests failed")
    count = result["requests"]
    p50, p95, p99 = (result[name] / 1000 for name in ("p50", "p95", "p99"))
    return Load(
        count * 1e6 / result["microseconds"], p50, p95, p99, processor_times[0] / count, processor_times[1] / count
    )


async def prepare(desk: Desk, operation: Operation) -> bytes:
    """Return the requests of an operation, one per line; the first one is tested."""
    lines = []
    for turn in range(TURNS):
        variables = await operation.variables(desk, turn)
        lines.append(orjson.dumps({"query": operation.document, "variables": variables}))
        if turn == 0:
            await desk.ask(operation.role, operation.document, variables)
    return b"\n".join(lines) + b"\n"


def median_of(runs: list[Load]) -> Load:
    """Return the median of each figure."""
    return Load(*(statistics.median(figures) for figures in zip(*map(astuple, runs), strict=True)))


def format_row(name: str, connections: int, runs: list[Load], memory: float) -> str:
    """Return a row of the table with the medians of the runs."""
    rate, p50, p95, p99, server, postgres = astuple(median_of(runs))
    result = f"{rate:.0f} | {p50:.2f} | {p95:.2f} | {p99:.2f} | {server:.2f} | {postgres:.2f} | {server + postgres:.2f}"
    return f"| {name} | {connections} | {result} | {memory:.0f} |"


def resident(pid: int) -> float:
    """Return the resident memory of a process and its children, in MiB."""
    return sum(map(_resident, process_tree(pid)))


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def compare(name: str, urls: tuple[str, str], postgres: int, arguments: argparse.Namespace) -> None:
    """Measure the chosen operations on one database."""
    print(HEAD.format(name=name), flush=True)
    desk = await Desk.open(name, *urls)
    with serve(urls[0], arguments.cores, OSIT_WORKERS=str(arguments.workers)) as (served, process):
        for operation in operations(arguments.only):
            try:
                bodies = await prepare(desk, operation)
            except Absent:
                continue
            for connections in map(int, arguments.connections.split(",")):
                once = {"connections": connections, "seconds": arguments.seconds}
                pids, token = (process.pid, postgres), desk.tokens[operation.role]
                runs = [load(served, pids, token, bodies, **once) for _ in range(arguments.runs + 1)]
                print(format_row(operation.name, connections, runs[1:], resident(process.pid)), flush=True)
    await desk.close()


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Load OSIT over HTTP.")
    parser.add_argument("names", nargs="*", default=["small"], help="names of databases")
    parser.add_argument(
        "--data-dir", type=Path, required=True, help="directory in which `benchmarks.fill` created them"
    )
    parser.add_argument(
        "--only", default="", help="operations with one of these words in their name, separated by commas"
    )
    parser.add_argument("--connections", default="1,8", help="numbers of connections, separated by commas")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of a run")
    parser.add_argument("--runs", type=int, default=3, help="number of counted runs, after one that is not counted")
    parser.add_argument("--workers", type=int, default=1, help="number of worker processes")
    parser.add_argument("--cores", default="0", help="their cores, in the notation of `taskset`")
    return parser.parse_args()


def main() -> None:
    """Measure the databases one after the other."""
    arguments = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    with databases.serving(arguments.data_dir) as server:
        postmaster = int((arguments.data_dir / "postgresql/cluster/postmaster.pid").read_text("ascii").split()[0])
        os.sched_setaffinity(postmaster, {1})
        for name in arguments.names:
            urls = (databases.api_url(server, name), databases.admin_url(server, name))
            asyncio.run(compare(name, urls, postmaster, arguments))


if __name__ == "__main__":
    main()
