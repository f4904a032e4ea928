"""The purge deletes expired rows and nothing else."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from osit_graphql.db.models import IdempotencyKey, SessionToken
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action
from osit_graphql.services import background_jobs
from osit_graphql.services.auth import opaque_tokens
from tests.company import Company
from tests.desk import Desk
from tests.superuser import Superuser, as_superuser, rolled_back

NOW = datetime.now(UTC)


async def fill(company: Company) -> None:
    """Write keys and sessions of many ages, in hours."""
    owner = company.keys["developer"]
    async with as_superuser(company.database).transaction() as session:
        for hours in (1, 47, 49, 50, 500):
            key = {"person_id": owner, "key": f"{hours}", "digest": b"", "made_at": NOW - timedelta(hours=hours)}
            await session.execute(insert(IdempotencyKey).values(key))
            for expires_at in (NOW - timedelta(hours=hours), NOW + timedelta(hours=hours)):
                token = f"{opaque_tokens.SESSION_PREFIX}{expires_at}"
                row = {"digest": opaque_tokens.digest(token), "person_id": owner, "created_at": NOW}
                await session.execute(insert(SessionToken).values(row | {"expires_at": expires_at}))


async def test_expired_rows_are_deleted_in_batches(company: Company) -> None:
    before = await company.rows()
    await fill(company)
    assert await background_jobs.purge(company.database, batch=2) == 3 + 5
    after = await company.rows()
    assert sorted(row[1] for row in after["idempotency_key"]) == ["1", "47"]
    assert all(row[-1] > NOW for row in after["session_token"])
    assert len(after["session_token"]) == len(before["session_token"]) + 5
    assert await background_jobs.purge(company.database) == 0


async def test_one_process_purges_at_a_time(company: Company, admin: Superuser) -> None:
    await fill(company)
    async with rolled_back(admin) as other:
        await other.execute(text(f"SELECT pg_advisory_xact_lock({background_jobs.PURGE_LOCK})"))
        assert await background_jobs.purge(company.database) == 0
    assert await background_jobs.purge(company.database) == 8


async def test_a_key_that_is_used_again_stays(desk: Desk) -> None:
    number = await desk.company.ticket()
    with clock.at(NOW - timedelta(hours=49)):
        await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    await desk.does("developer", Action.COMMENT, number, idempotencyKey="k")
    assert await background_jobs.purge(desk.company.database) == 0
