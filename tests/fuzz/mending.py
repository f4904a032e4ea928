"""Restores the sessions, roles and services of the people as whom the fuzzer sends requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db.models import Person, SessionToken
from osit_graphql.services.auth import opaque_tokens
from tests.leaks.stage import Stage


@dataclass
class Mender:
    """Restores people to their state at its creation; other changes stay."""

    stage: Stage
    people: Sequence[Any]  # rows: id, active, roles, service_id

    @classmethod
    async def of(cls, stage: Stage) -> Self:
        """Read the present state of all people."""
        named = [stage.company.keys[name] for name in stage.people]
        wanted = select(Person.id, Person.active, Person.roles, Person.service_id).where(Person.id.in_(named))
        async with stage.admin.reading() as connection:
            return cls(stage, (await connection.execute(wanted)).all())

    async def mend(self) -> None:
        """Undo sign-outs, changes of roles and deactivations."""
        moment, keys = datetime.now(UTC), self.stage.company.keys
        tokens = [
            {"digest": opaque_tokens.digest(token), "person_id": keys[name], "created_at": moment}
            for name, token in self.stage.company.tokens.items()
            if name != "gone"
        ]
        lasting = [token | {"expires_at": moment + timedelta(hours=9)} for token in tokens]
        async with self.stage.admin.transaction() as connection:
            for row in self.people:
                values = {"active": row.active, "roles": row.roles, "service_id": row.service_id}
                lost = or_(*(getattr(Person, name).is_distinct_from(value) for name, value in values.items()))
                await connection.execute(update(Person).where(Person.id == row.id, lost).values(values))
            await connection.execute(insert(SessionToken).values(lasting).on_conflict_do_nothing())
