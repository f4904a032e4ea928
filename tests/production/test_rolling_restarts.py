"""Two servers behind nginx are restarted one after the other, and no client notices."""

import pytest
from sqlalchemy import text

from tests.company import Company
from tests.production.nginx import PROGRAM
from tests.production.rolling_restarts import restart_each
from tests.superuser import as_superuser

FASTER = {"keepalive_timeout 4s": "keepalive_timeout 300ms", "max_fails=1": "max_fails=0"}  # for a drain under 1 s
COMMENTS = text("SELECT count(*) FROM activity WHERE kind = 'COMMENT'")


@pytest.mark.skipif(PROGRAM is None, reason="needs nginx")
async def test_a_restart_of_each_server_fails_no_request(company: Company) -> None:
    load = await restart_each(company, 1, drain_seconds="0.6", changes=FASTER)
    assert load.failures == []
    assert load.comments > 0
    async with as_superuser(company.database).reading() as session:
        assert await session.scalar(COMMENTS) == load.comments
