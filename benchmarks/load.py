"""What a served request costs, server and PostgreSQL apart: `python -m benchmarks.load --help`.

OSIT is served as in production, by one process on the first core unless it is said otherwise; PostgreSQL and wrk have
the others. Processor time for a request holds still where time by the clock doesn't, so it is what bars are read on.
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

from benchmarks import places
from benchmarks.desk import Desk
from benchmarks.growth import operations
from benchmarks.operation import Absent, Operation
from benchmarks.security._served import Served, await_ready, free_port
from osit_graphql.server import logging_config
from osit_graphql.settings import Settings

TURNS = 120
"""How many different requests of an operation are sent, over and over."""
PAUSE = 0.5
"""Seconds between two runs: what wrk left behind is done by then."""
TICK = 1000 / os.sysconf("SC_CLK_TCK")
"""In milliseconds."""
BOUNDLESS = {
    "OSIT_BUDGET_POINTS": "1000000000",
    "OSIT_BUDGET_RATE": "1000000000",
    "OSIT_MAX_REQUESTS_EACH": "100",
    "OSIT_LOG_LEVEL": "error",
}
HEAD = """
| {name} | connections | requests/s | p50, ms | p95 | p99 | server's CPU, ms | PostgreSQL's | both | memory, MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


@dataclass(frozen=True)
class Load:
    """One run of wrk: times in milliseconds, processor time for one request."""

    rate: float
    p50: float
    p95: float
    p99: float
    server: float
    postgres: float


def processor(pid: int) -> float:
    """Return the milliseconds that a process and those of its children that ended have run; none once it has."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # its parent's by now
    return sum(map(int, said[11:15])) * TICK


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *map(int, children)]


@contextmanager
def serving(url: str, cores: str = "0", **environment: str) -> Iterator[tuple[Served, subprocess.Popen[bytes]]]:
    """Serve a database with `osit serve`, on the first core unless others are named."""
    served, log = Served(free_port()), Path(tempfile.mkdtemp(prefix="osit-load-")) / "log"
    settings = {**BOUNDLESS, "OSIT_DATABASE_URL": url, "OSIT_PORT": str(served.port), **environment}
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


def load(served: Served, pids: tuple[int, int], token: str, bodies: bytes, *, connections: int, seconds: int) -> Load:
    """Run wrk once."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(Path(__file__).with_name("load.lua")), f"http://127.0.0.1:{served.port}"]
    server, postgres = pids
    families = family(server), family(postgres)
    before = [sum(map(processor, each)) for each in families]
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(bodies)
        file.flush()
        environment = {**os.environ, "REQUESTS": file.name, "AUTHORIZATION": f"Bearer {token}"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - wrk
    spent = [sum(map(processor, each)) - start for each, start in zip(families, before, strict=True)]
    time.sleep(PAUSE)
    told = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))[7:])
    if told["bad"] or not told["requests"]:
        raise SystemExit(f"{told['bad']} of {told['requests']} requests failed")
    count = told["requests"]
    p50, p95, p99 = (told[name] / 1000 for name in ("p50", "p95", "p99"))
    return Load(count * 1e6 / told["microseconds"], p50, p95, p99, spent[0] / count, spent[1] / count)


async def prepare(desk: Desk, operation: Operation) -> bytes:
    """Return the operation's requests, a line each, having seen that the first is answered."""
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


def tell(name: str, connections: int, runs: list[Load], memory: float) -> str:
    """Return a row of the table: medians of the runs."""
    rate, p50, p95, p99, server, postgres = astuple(median_of(runs))
    told = f"{rate:.0f} | {p50:.2f} | {p95:.2f} | {p99:.2f} | {server:.2f} | {postgres:.2f} | {server + postgres:.2f}"
    return f"| {name} | {connections} | {told} | {memory:.0f} |"


def resident(pid: int) -> float:
    """Return how many MiB of memory a process and its children hold."""
    return sum(map(_resident, family(pid)))


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def compare(name: str, urls: tuple[str, str], postgres: int, said: argparse.Namespace) -> None:
    """Load every chosen operation on one database."""
    print(HEAD.format(name=name), flush=True)
    desk = await Desk.open(name, *urls)
    with serving(urls[0], said.cores, OSIT_WORKERS=str(said.workers)) as (served, process):
        for operation in operations(said.only):
            try:
                bodies = await prepare(desk, operation)
            except Absent:
                continue
            for connections in map(int, said.connections.split(",")):
                once = {"connections": connections, "seconds": said.seconds}
                pids, token = (process.pid, postgres), desk.tokens[operation.role]
                runs = [load(served, pids, token, bodies, **once) for _ in range(said.runs + 1)]
                print(tell(operation.name, connections, runs[1:], resident(process.pid)), flush=True)
    await desk.close()


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Load OSIT over HTTP.")
    parser.add_argument("names", nargs="*", default=["small"], help="of databases")
    parser.add_argument("--data-dir", type=Path, required=True, help="where `benchmarks.fill` made them")
    parser.add_argument("--only", default="", help="what has one of these words in its name, with commas between")
    parser.add_argument("--connections", default="1,8", help="numbers of connections, with commas between")
    parser.add_argument("--seconds", type=int, default=3, help="how long a run is")
    parser.add_argument("--runs", type=int, default=3, help="how many are kept; one goes before them")
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    parser.add_argument("--cores", default="0", help="cores that they have, as `taskset` names them")
    return parser.parse_args()


def main() -> None:
    """Load them in turns."""
    said = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    with places.serving(said.data_dir) as server:
        postmaster = int((said.data_dir / "postgresql/cluster/postmaster.pid").read_text("ascii").split()[0])
        os.sched_setaffinity(postmaster, {1})
        for name in said.names:
            urls = (places.api_url(server, name), places.admin_url(server, name))
            asyncio.run(compare(name, urls, postmaster, said))


if __name__ == "__main__":
    main()
