"""The links lie behind the second wall: a sign-in learns of one subject, nobody else of any, and nobody writes one."""

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import ColumnElement, delete, func, insert, literal, select

from osit_graphql.db.models import Identity
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import Principal, System
from tests.company import PEOPLE, Company
from tests.oidc.standin import SUBJECT, StandIn

WHO = [name for name, *_ in PEOPLE]
JOBS = [job for job in System if job is not System.DIRECTORY]


def asker(company: Company, who: str | System) -> Principal:
    """Return a job as it is, and somebody of the company by their name."""
    return who if isinstance(who, System) else company.viewers[who]


async def count(company: Company, who: str | System, asked: ColumnElement[int]) -> int:
    async with company.database.reading(asker(company, who)) as session:
        return int(await session.scalar(select(asked)) or 0)


@pytest.mark.parametrize("who", [*WHO, *JOBS])
async def test_nobody_reads_or_writes_them(linked: Company, issuer: StandIn, who: str | System) -> None:
    links = select(func.count()).select_from(Identity).scalar_subquery()
    asked = func.osit_identity(literal(issuer.url), literal(SUBJECT)).table_valued("id")
    told = select(func.count()).select_from(asked).scalar_subquery()
    assert await count(linked, System.DIRECTORY, links) == 1
    assert await count(linked, who, links) == 0
    assert await count(linked, who, told) == int(who is System.SIGN_IN)
    row = {"issuer": "x", "subject": "x", "person_id": linked.keys["admin"], "created_at": clock.now()}
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with linked.database.transaction(asker(linked, who)) as session:
            await session.execute(insert(Identity).values(row))
    async with linked.database.transaction(asker(linked, who)) as session:
        assert (await session.execute(delete(Identity))).rowcount == 0
