"""OSIT beside PostGraphile 5, Mercurius and two floors, in one run: `make bench`.

Each server has the first core to itself, one at a time and in turns, so that a busy neighbour falls on all; PostgreSQL
and wrk have the other. Nothing is measured unless all answer alike. Processor time for a request holds still where time
by the clock doesn't: bars are read on it.
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

from benchmarks import fill, places
from benchmarks.desk import Desk
from benchmarks.load import Load, load, median_of, resident
from benchmarks.peers.questions import QUESTIONS, Question, comparable
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
CHECKED = 3
"""How many requests of each operation all servers must answer alike."""


def token(desk: Desk, running: Running, question: Question) -> str:
    """Return whose token the request carries: nobody's in front of the peers."""
    return desk.tokens[question.role] if running.peer.dialect == "osit" else "none"


def ask(desk: Desk, running: Running, question: Question, turn: int) -> Any:
    """Return one answer, in the shape that all have in common."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(desk, running, question)}"}
    body = orjson.dumps(question.body(running.peer.dialect, desk, turn))
    answer = httpx.post(running.served.url, content=body, headers=headers, timeout=30)
    return comparable(question.name, orjson.loads(answer.content))


def check(desk: Desk, servers: list[Running], chosen: list[Question]) -> None:
    """See that all answer alike."""
    for question in chosen:
        for turn in range(CHECKED):
            told = {running.peer.name: ask(desk, running, question, turn) for running in servers}
            for name, answer in told.items():
                if answer != told["OSIT"]:
                    raise SystemExit(f"{question.label}: OSIT answers\n{told['OSIT']}\nand {name}\n{answer}")


def measure(desk: Desk, servers: list[Running], question: Question, postmaster: int, said: argparse.Namespace) -> None:
    """Load all servers with one operation, in turns, and print its table."""
    print(HEAD.format(label=question.label), flush=True)
    for connections in (1,) if question.alone else map(int, said.connections.split(",")):
        runs: dict[str, list[Load]] = {running.peer.name: [] for running in servers}
        for turn in range(said.runs + 1):
            for running in servers[turn % len(servers) :] + servers[: turn % len(servers)]:
                dialect = running.peer.dialect
                asked = (question.body(dialect, desk, each) for each in range(question.turns))
                bodies = b"".join(orjson.dumps(body) + b"\n" for body in asked)
                pids, whose = (running.process.pid, postmaster), token(desk, running, question)
                once = {"connections": connections, "seconds": said.seconds}
                runs[running.peer.name].append(load(running.served, pids, whose, bodies, **once))
        middle = {name: median_of(each[1:]) for name, each in runs.items()}
        for running in servers:
            found, floor = middle[running.peer.name], middle[ROWS].server
            cells = f"{found.rate:.0f} | {found.p50:.2f} | {found.p95:.2f} | {found.p99:.2f} | {found.server:.2f}"
            more = f"{found.server / floor:.2f}× | {found.postgres:.2f} | {resident(running.process.pid):.0f}"
            print(f"| {running.peer.name} | {connections} | {cells} | {more} |", flush=True)


async def prepare(server: EmbeddedServer | None, name: str) -> Desk:
    """Fill the database unless it is there, bring it up to date, make what the peers look at, sign OSIT's people in."""
    admin = places.admin_url(server, name)
    if server is not None:
        behind = await asyncpg.connect(places.plain(server.admin_url()))
        there = await behind.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
        await behind.close()
        if not there:
            await places.make(server, name)
            await fill.fill(places.owner_url(server, name), admin, Size(), seed=SEED, jobs=2)
    owner = Database(places.owner_url(server, name), pool_size=1)
    await migrate(owner)
    await owner.close()
    connection = await asyncpg.connect(places.plain(admin))
    await connection.execute(Path(__file__).with_name("peers.sql").read_text("utf-8"))
    await connection.close()
    desk = await Desk.open(name, places.api_url(server, name), admin)
    await desk.close()
    return desk


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Measure OSIT beside its peers.")
    parser.add_argument("--data-dir", type=Path, default=Path(tempfile.gettempdir()) / "osit-bench")
    parser.add_argument("--name", default="small", help="the database, made by `benchmarks.fill` when it isn't there")
    parser.add_argument("--only", default="", help="operations, Q1 to M2, with commas between")
    parser.add_argument("--connections", default="1,8,32", help="numbers of connections, with commas between")
    parser.add_argument("--seconds", type=int, default=3, help="how long a run is")
    parser.add_argument("--runs", type=int, default=3, help="how many are kept; one goes before them")
    parser.add_argument("--floors", action="store_true", help="only OSIT and the floors")
    return parser.parse_args()


def main() -> None:
    """Start everything, check, measure."""
    said = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    node = install_node()  # PostGraphile asks for a later one than the machine may have
    if not said.floors:
        install(node)
    with places.serving(said.data_dir) as server:
        desk = asyncio.run(prepare(server, said.name))
        postmaster = int((said.data_dir / "postgresql/cluster/postmaster.pid").read_text("ascii").split()[0])
        os.sched_setaffinity(postmaster, {1})
        every = peers(node, places.api_url(server, said.name), places.plain(places.admin_url(server, said.name)))
        chosen = [each for each in QUESTIONS if not said.only or each.name in said.only.split(",")]
        with ExitStack() as stack:
            wanted = [peer for peer in every if not said.floors or peer.dialect in {"floor", "osit"}]
            servers = [stack.enter_context(started(peer)) for peer in wanted]
            check(desk, servers, chosen)
            for question in chosen:
                measure(desk, servers, question, postmaster, said)


if __name__ == "__main__":
    main()
