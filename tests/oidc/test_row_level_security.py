"""Row-level security of identity links: a sign-in reads one subject's link, others read none, and none writes one."""

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import ColumnElement, delete, func, insert, literal, select

from osit_graphql.db.models import Identity
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import Principal, System
from tests.company import PEOPLE, Company
from tests.oidc.fake_issuer import SUBJECT, FakeIssuer

NAMES = [name for name, *_ in PEOPLE]
JOBS = [job for job in System if job is not System.DIRECTORY]


def principal(company: Company, reader: str | System) -> Principal:
    """Return a job unchanged, and the viewer of a person's name."""
    return reader if isinstance(reader, System) else company.viewers[reader]


async def count(company: Company, reader: str | System, value: ColumnElement[int]) -> int:
    async with company.database.reading(principal(company, reader)) as session:
        return int(await session.scalar(select(value)) or 0)


@pytest.mark.parametrize("reader", [*NAMES, *JOBS])
async def test_only_the_directory_reads_and_writes_links(
    linked_company: Company, issuer: FakeIssuer, reader: str | System
) -> None:
    links = select(func.count()).select_from(Identity).scalar_subquery()
    identity = func.osit_identity(literal(issuer.url), literal(SUBJECT)).table_valued("id")
    statement = select(func.count()).select_from(identity).scalar_subquery()
    assert await count(linked_company, System.DIRECTORY, links) == 1
    assert await count(linked_company, reader, links) == 0
    assert await count(linked_company, reader, statement) == int(reader is System.SIGN_IN)
    row = {"issuer": "x", "subject": "x", "person_id": linked_company.keys["admin"], "created_at": clock.now()}
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with linked_company.database.transaction(principal(linked_company, reader)) as session:
            await session.execute(insert(Identity).values(row))
    async with linked_company.database.transaction(principal(linked_company, reader)) as session:
        assert (await session.execute(delete(Identity))).rowcount == 0
