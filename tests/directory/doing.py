"""Doing something to the directory in a transaction of its own, and what a refusal says."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from osit_graphql.db.models import Base
from osit_graphql.domain.errors import Forbidden, Refused
from osit_graphql.domain.viewer import System, Viewer
from tests.company import Company
from tests.superuser import as_superuser

T = TypeVar("T")
Said = set[tuple[str, str]]


async def do(company: Company, verb: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> T:
    """Call `verb(session, …)` in a transaction."""
    asker = next((each for each in arguments if isinstance(each, Viewer)), System.DIRECTORY)
    async with company.database.transaction(asker) as session:
        return await verb(session, *arguments, **named)


async def row_of(company: Company, model: type[Base], key: int) -> dict[str, Any]:
    """Return one row of the directory."""
    table = model.__table__
    async with as_superuser(company.database).reading() as session:
        return dict((await session.execute(select(table).where(table.c.id == key))).mappings().one())


async def refusal(company: Company, verb: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> Said:
    """Return what is refused, as (path, code); and see that nothing changed."""
    before = await company.snapshot()
    with pytest.raises(Refused) as caught:
        await do(company, verb, *arguments, **named)
    assert await company.snapshot() == before
    return {(".".join(error.field), str(error.code)) for error in caught.value.user_errors}


async def check_forbidden(company: Company, verb: Callable[..., Awaitable[T]], *arguments: Any, **named: Any) -> None:
    """See that no role of the viewer's allows it, and that nothing changed."""
    before = await company.snapshot()
    with pytest.raises(Forbidden):
        await do(company, verb, *arguments, **named)
    assert await company.snapshot() == before
