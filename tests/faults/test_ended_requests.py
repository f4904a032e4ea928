"""A fault of PostgreSQL that only requests which have ended could report: one line, without a traceback."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from osit_graphql.api.dataloader import DataLoader
from osit_graphql.db import fault_log
from osit_graphql.domain.errors import Unavailable
from osit_graphql.server.serve import report_loop_exception
from osit_graphql.server.shutdown import Shutdown

LoadMany = Callable[[list[Any]], Awaitable[dict[Any, Any]]]


async def fail_after_the_field(load_many: LoadMany) -> None:
    """Cancel the only field of a batch, let the batch fail, and forget both."""
    field = asyncio.create_task(DataLoader(1, load_many).load(1))
    await asyncio.sleep(0.01)
    field.cancel()
    with suppress(asyncio.CancelledError):
        await field
    await asyncio.sleep(0.05)


@pytest.mark.parametrize("known", [True, False])
async def test_a_batch_that_no_field_awaits(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    async def load_many(_keys: list[Any]) -> dict[Any, Any]:
        await asyncio.sleep(0.03)
        raise Unavailable(fault="unreachable", cause="SQLSTATE 08003") if known else ValueError

    monkeypatch.setattr(fault_log, "LIMIT", fault_log.LineLimit())
    asyncio.get_running_loop().set_exception_handler(partial(report_loop_exception, Shutdown(0, None)))
    try:
        with capture_logs() as lines:
            await fail_after_the_field(load_many)
            gc.collect()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert [line["event"] for line in lines] == ["database fault" if known else "fault"]
    assert ("exc_info" in lines[0]) is not known
