"""One measured operation: its call of the services, and its GraphQL request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.desk import Desk
from osit_graphql.domain.enums import Role


class Absent(Exception):
    """A database lacks the data of an operation, for example a list with a hundred pages."""


Call = Callable[[Desk, int], Awaitable[Any]]
Variables = Callable[[Desk, int], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """`call` gets the desk and the number of the run, so that runs differ."""

    group: str
    name: str
    role: Role
    call: Call
    document: str
    variables: Variables
    writes: bool = False

    async def ask(self, desk: Desk, turn: int) -> Any:
        """Send the GraphQL request."""
        return await desk.ask(self.role, self.document, await self.variables(desk, turn))
