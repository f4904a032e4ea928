"""A4: cost of row-level security, measured in turns with a superuser, to whom no policy applies.

For transactions: without policies and without settings of a viewer. For GraphQL requests: without policies. On a
generated company; the median over the rounds of the ratio of p50.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from benchmarks import databases
from benchmarks.desk import Desk, ticket_id
from benchmarks.fill import fill
from benchmarks.security._company import embedded_server
from benchmarks.sizes import SEED, Size
from osit_graphql.db.engine import BEGIN_SNAPSHOT, Database, Session, Transaction
from osit_graphql.domain.enums import Role, TicketList
from osit_graphql.domain.viewer import Principal
from osit_graphql.server import logging_config
from osit_graphql.services.queries import activities, ticket_select, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.settings import Settings

ROUNDS, TURNS, WARM_UP = 5, 40, 5
MAX_RATIO, MIN_DIFFERENCE_US = 1.25, 100.0  # of the p50 of a transaction; both must be exceeded
MAX_REQUEST_RATIO = 1.10
OPEN = Listing(TicketList.OPEN)
WANTED = ticket_select.ALL_COLUMNS
PAGE = """
{ openTickets(first: 50) { totalCount nodes { number title status priority openedAt requester { name } assignee { name }
  application { name } service { name } allowedActions } } }
"""
ONE = """
query ($id: ID!) { ticket(by: {id: $id}) { number title description status requester { name } service { name }
  activities(first: 20) { nodes { kind comment createdAt author { name } } } } }
"""
Call = Callable[[Database, Desk, Role, int], Awaitable[Any]]


class SuperuserDatabase(Database):
    """Connections of a superuser, without settings of a viewer."""

    def reading(self, viewer: Principal, *, reports: bool = False) -> AbstractAsyncContextManager[Session]:  # noqa: ARG002 - nobody asks
        """Begin a read transaction without a viewer."""
        return Transaction(self, BEGIN_SNAPSHOT, writes=False)


async def _page(database: Database, desk: Desk, role: Role, _turn: int) -> Any:
    async with database.reading(desk.viewers[role]) as session:
        return await tickets.page(session, desk.viewers[role], OPEN, PageArgs(first=50), WANTED)


async def _count(database: Database, desk: Desk, role: Role, _turn: int) -> Any:
    async with database.reading(desk.viewers[role]) as session:
        return await tickets.total_count(session, desk.viewers[role], OPEN)


async def _one(database: Database, desk: Desk, role: Role, turn: int) -> Any:
    async with database.reading(desk.viewers[role]) as session:
        number = desk.samples["open"][turn % 40]
        return await tickets.by_ids(session, desk.viewers[role], [number], WANTED)


async def _history(database: Database, desk: Desk, role: Role, turn: int) -> Any:
    async with database.reading(desk.viewers[role]) as session:
        numbers = desk.samples["open"][turn % 40 : turn % 40 + 20]
        return await activities.pages_by_ticket(
            session, desk.viewers[role], numbers, None, PageArgs(first=20), activities.ALL_COLUMNS
        )


CALLS: dict[str, Call] = {"page of 50": _page, "count": _count, "one by id": _one, "20 histories": _history}


async def ratio(
    with_rls: Callable[[int], Awaitable[Any]], without_rls: Callable[[int], Awaitable[Any]]
) -> tuple[float, ...]:
    """Return the p50 without and with row-level security in microseconds, and the median ratio of the rounds."""
    ratios, medians = [], ([], [])  # type: tuple[list[float], tuple[list[float], list[float]]]
    for turn in range(WARM_UP):
        await without_rls(turn)
        await with_rls(turn)
    for round_ in range(ROUNDS):
        times: tuple[list[float], list[float]] = ([], [])
        for turn in range(TURNS):
            for samples, call in zip(times, (without_rls, with_rls), strict=True):
                began = time.perf_counter()
                await call(round_ * TURNS + turn)
                samples.append((time.perf_counter() - began) * 1e6)
        both = [statistics.median(each) for each in times]
        ratios.append(both[1] / both[0])
        for samples, median in zip(medians, both, strict=True):
            samples.append(median)
    return statistics.median(medians[0]), statistics.median(medians[1]), statistics.median(ratios)


async def transactions(desk: Desk, superuser: Database) -> int:
    """Print a line for each kind of reading and role; return the number that is too slow."""
    too_slow = 0
    for name, call in CALLS.items():
        for role in (Role.TECHNICIAN, Role.MANAGER, Role.REQUESTER):
            figures = await ratio(
                lambda turn, call=call, role=role: call(desk.database, desk, role, turn),  # type: ignore[misc]
                lambda turn, call=call, role=role: call(superuser, desk, role, turn),  # type: ignore[misc]
            )
            too_slow += figures[2] > MAX_RATIO and figures[1] - figures[0] > MIN_DIFFERENCE_US
            print_figures(f"transaction: {name}, {role}", figures)
    return too_slow


async def requests(desk: Desk, bare: Desk) -> int:
    """Print a line for each GraphQL request and role; return the number that is too slow."""
    too_slow = 0
    for name, document in {"page of 50": PAGE, "one with its history": ONE}.items():
        for role in (Role.TECHNICIAN, Role.MANAGER, Role.REQUESTER):

            def request_of(of: Desk, document: str = document, role: Role = role) -> Callable[[int], Awaitable[Any]]:
                variables = [{"id": ticket_id(key)} for key in of.samples["open"][:40]]
                return lambda turn: of.ask(role, document, variables[turn % 40] if "$id" in document else {})

            figures = await ratio(request_of(desk), request_of(bare))
            too_slow += figures[2] > MAX_REQUEST_RATIO
            print_figures(f"request: {name}, {role}", figures)
    return too_slow


def print_figures(name: str, figures: tuple[float, ...]) -> None:
    """Print a line."""
    print(f"{name:44} {figures[0]:8.0f} {figures[1]:8.0f} µs {figures[2]:6.2f}", flush=True)


async def measure(server: Any, size: Size) -> int:
    """Fill the company, then measure."""
    await databases.make(server, "rls")
    admin = databases.admin_url(server, "rls")
    await fill(databases.owner_url(server, "rls"), admin, size, seed=SEED, jobs=2)
    desk = await Desk.open("with rls", databases.api_url(server, "rls"), admin)
    bare = await Desk.open("bare", admin, admin)
    superuser = SuperuserDatabase(admin, pool_size=1)
    print(f"\n{'p50':44} {'without':>8} {'with':>8}")
    try:
        return await transactions(desk, superuser) + await requests(desk, bare)
    finally:
        for each in (desk, bare, superuser):
            await each.close()


def main() -> int:
    """Return the number of figures beyond the limits in docs/security.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.security.rls")
    parser.add_argument("--tickets", type=int, default=100_000)
    tickets_ = parser.parse_args().tickets
    size = Size(tickets=tickets_, interventions=tickets_ * 3 // 2, people=max(tickets_ // 40, 1000))
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    with embedded_server("rls") as server:
        return asyncio.run(measure(server, size))


if __name__ == "__main__":
    sys.exit(main())
