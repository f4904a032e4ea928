"""Who is asking, told to PostgreSQL in the very message that begins a transaction; without it none begins.

Row-level security reads these settings (`policies`). They last as long as the transaction, so that no connection of
the pool can carry one person's into the next one's.
"""

from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.viewer import Asker, System, Viewer
from osit_graphql.vocabulary import Role

# What comes after BEGIN while SQLAlchemy makes a connection's acquaintance: nothing, so nothing can be seen either.
GREETING: Final = ""


class NobodyAsks(RuntimeError):
    """A transaction was to begin without anybody having been said to ask; a fault of the code that opened it."""


class DirtyConnection(RuntimeError):
    """A connection came back from the pool inside somebody's transaction; it is closed, never used again."""


class BoundConnection(asyncpg.Connection):  # type: ignore[misc]
    """asyncpg's connection, whose transactions begin with `asking`; SQLAlchemy's pool makes them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking: str | None = GREETING

    @property
    def clean(self) -> bool:
        """Whether nobody's transaction is under way on it, as the driver knows it and as PostgreSQL does."""
        return not self.is_closed() and self._top_xact is None and not self.is_in_transaction()

    def transaction(self, **kwargs: Any) -> Any:
        """Make a transaction for somebody; within another it would be a savepoint, and ask as whoever that is for."""
        if self.asking is None:
            raise NobodyAsks("a transaction begins with somebody: database.transaction(viewer) or reading(viewer)")
        if not self.clean:
            self.terminate()
            raise DirtyConnection("a connection of the pool was still in a transaction")
        return super().transaction(**kwargs)

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        """Send a statement; the driver's own BEGIN goes out with who is asking."""
        if query.startswith("BEGIN"):
            query = query.rstrip(";") + ";" + (self.asking or "")
        return str(await super().execute(query, *args, timeout=timeout))


def told(asker: Asker, *, reports: bool = False) -> str:
    """Return the statements that bind somebody: integers and words of closed enumerations, nothing that was typed."""
    if isinstance(asker, System):
        return f"SET LOCAL osit.roles = '{System(asker).value}'"
    if not isinstance(asker, Viewer):
        raise TypeError(f"a viewer or a system's job asks, not {type(asker).__name__}")
    roles = ",".join(sorted(Role(role).value for role in asker.roles))
    said = [f"SET LOCAL osit.person = '{int(asker.user_id):d}'", f"SET LOCAL osit.roles = '{roles}'"]
    if asker.service_id is not None:
        said.append(f"SET LOCAL osit.service = '{int(asker.service_id):d}'")
    if reports:
        said.append("SET LOCAL osit.reports = 'on'")
    return "; ".join(said)
