"""One thing that is measured: how it is called in the services, and how over GraphQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.desk import Desk
from osit_graphql.domain.enums import Role


class Absent(Exception):
    """A database has nothing to measure this on: a list with fewer than a hundred pages, say."""


Call = Callable[[Desk, int], Awaitable[Any]]
Variables = Callable[[Desk, int], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """`call` gets the desk and the number of the run, so that no two runs ask for the same thing."""

    group: str
    name: str
    role: Role
    call: Call
    document: str
    variables: Variables
    writes: bool = False

    async def ask(self, desk: Desk, turn: int) -> Any:
        """Send it as a GraphQL request."""
        return await desk.ask(self.role, self.document, await self.variables(desk, turn))
