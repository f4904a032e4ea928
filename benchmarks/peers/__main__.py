"""Compare OSIT with PostGraphile 5, Mercurius and two floors in one run: `make bench`.

Servers run on the first core, one at a time and in turns, so that other load affects all equally; PostgreSQL and wrk
have the other core. All servers must return equal responses. Limits apply to processor time, which varies less than
elapsed time.
"""

import argparse
import asyncio
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import httpx
import orjson

from benchmarks import databases, fill
from benchmarks.desk import Desk
from benchmarks.load import Load, load, median_of, resident
from benchmarks.peers.operations import OPERATIONS, PeerOperation, comparable
from benchmarks.peers.servers import Running, install, peers, started
from benchmarks.sizes import SEED, Size
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.server import logging_config
from osit_graphql.settings import Settings
from web.build import install_node

HEAD = """
| {label} | connections | requests/s | p50, ms | p95 | p99 | CPU, ms | to rows + orjson | PostgreSQL's | memory, MiB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""
ROWS = "floor: rows + orjson"
CHECKED_REQUESTS = 3
"""Number of requests of each operation whose responses are compared."""


def token(desk: Desk, running: Running, operation: PeerOperation) -> str:
    """Return the token of the request; peers need none."""
    return desk.tokens[operation.role] if running.peer.dialect == "osit" else "none"


def ask(desk: Desk, running: Running, operation: PeerOperation, turn: int) -> Any:
    """Return one response in the common form."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(desk, running, operation)}"}
    body = orjson.dumps(operation.body(running.peer.dialect, desk, turn))
    answer = httpx.post(running.served.url, content=body, headers=headers, timeout=30)
    return comparable(operation.name, orjson.loads(answer.content))


def check(desk: Desk, servers: list[Running], operations: list[PeerOperation]) -> None:
    """Check that all servers return equal responses."""
    for operation in operations:
        for turn in range(CHECKED_REQUESTS):
            responses = {running.peer.name: ask(desk, running, operation, turn) for running in servers}
            for name, answer in responses.items():
                if answer != responses["OSIT"]:
                    raise SystemExit(f"{operation.label}: OSIT answers\n{responses['OSIT']}\nand {name}\n{answer}")


def measure(
    desk: Desk, servers: list[Running], operation: PeerOperation, postmaster: int, arguments: argparse.Namespace
) -> None:
    """Measure one operation on all servers in turns, and print its table."""
    print(HEAD.format(label=operation.label), flush=True)
    for connections in (1,) if operation.alone else map(int, arguments.connections.split(",")):
        runs: dict[str, list[Load]] = {running.peer.name: [] for running in servers}
        for turn in range(arguments.runs + 1):
            for running in servers[turn % len(servers) :] + servers[: turn % len(servers)]:
                dialect = running.peer.dialect
                requests = (operation.body(dialect, desk, each) for each in range(operation.turns))
                bodies = b"".join(orjson.dumps(body) + b"\n" for body in requests)
                pids, bearer_token = (running.process.pid, postmaster), token(desk, running, operation)
                once = {"connections": connections, "seconds": arguments.seconds}
                runs[running.peer.name].append(load(running.served, pids, bearer_token, bodies, **once))
        middle = {name: median_of(each[1:]) for name, each in runs.items()}
        for running in servers:
            median, floor = middle[running.peer.name], middle[ROWS].server
            cells = f"{median.rate:.0f} | {median.p50:.2f} | {median.p95:.2f} | {median.p99:.2f} | {median.server:.2f}"
            more = f"{median.server / floor:.2f}× | {median.postgres:.2f} | {resident(running.process.pid):.0f}"
            print(f"| {running.peer.name} | {connections} | {cells} | {more} |", flush=True)


async def prepare(server: EmbeddedServer | None, name: str) -> Desk:
    """Fill and migrate the database, create the views of the peers, and create sessions for OSIT."""
    admin = databases.admin_url(server, name)
    if server is not None:
        connection = await asyncpg.connect(databases.plain(server.admin_url()))
        there = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
        await connection.close()
        if not there:
            await databases.make(server, name)
            await fill.fill(databases.owner_url(server, name), admin, Size(), seed=SEED, jobs=2)
    owner = Database(databases.owner_url(server, name), pool_size=1)
    await migrate(owner)
    await owner.close()
    connection = await asyncpg.connect(databases.plain(admin))
    await connection.execute(Path(__file__).with_name("peers.sql").read_text("utf-8"))
    await connection.close()
    desk = await Desk.open(name, databases.api_url(server, name), admin)
    await desk.close()
    return desk


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Measure OSIT beside its peers.")
    parser.add_argument("--data-dir", type=Path, default=Path(tempfile.gettempdir()) / "osit-bench")
    parser.add_argument("--name", default="small", help="name of the database; `benchmarks.fill` creates it if absent")
    parser.add_argument("--only", default="", help="operations, Q1 to M2, separated by commas")
    parser.add_argument("--connections", default="1,8,32", help="numbers of connections, separated by commas")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of a run")
    parser.add_argument("--runs", type=int, default=3, help="number of counted runs, after one that is not counted")
    parser.add_argument("--floors", action="store_true", help="only OSIT and the floors")
    return parser.parse_args()


def main() -> None:
    """Start all servers, check and measure."""
    arguments = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    node = install_node()  # PostGraphile needs a recent one
    if not arguments.floors:
        install(node)
    with databases.serving(arguments.data_dir) as server:
        desk = asyncio.run(prepare(server, arguments.name))
        postmaster = int((arguments.data_dir / "postgresql/cluster/postmaster.pid").read_text("ascii").split()[0])
        os.sched_setaffinity(postmaster, {1})
        all_peers = peers(
            node,
            databases.api_url(server, arguments.name),
            databases.plain(databases.admin_url(server, arguments.name)),
        )
        operations = [each for each in OPERATIONS if not arguments.only or each.name in arguments.only.split(",")]
        with ExitStack() as stack:
            wanted = [peer for peer in all_peers if not arguments.floors or peer.dialect in {"floor", "osit"}]
            servers = [stack.enter_context(started(peer)) for peer in wanted]
            check(desk, servers, operations)
            for operation in operations:
                measure(desk, servers, operation, postmaster, arguments)


if __name__ == "__main__":
    main()
