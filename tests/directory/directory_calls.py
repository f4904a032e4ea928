"""Calls of the directory's services, each in its own transaction, and their errors."""

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
Errors = set[tuple[str, str]]


async def call(company: Company, operation: Callable[..., Awaitable[T]], *arguments: Any, **keywords: Any) -> T:
    """Call `operation(session, …)` in a transaction."""
    viewer = next((argument for argument in arguments if isinstance(argument, Viewer)), System.DIRECTORY)
    async with company.database.transaction(viewer) as session:
        return await operation(session, *arguments, **keywords)


async def row_of(company: Company, model: type[Base], key: int) -> dict[str, Any]:
    """Return one row of the directory."""
    table = model.__table__
    async with as_superuser(company.database).reading() as session:
        return dict((await session.execute(select(table).where(table.c.id == key))).one())


async def refusal(company: Company, operation: Callable[..., Awaitable[T]], *arguments: Any, **keywords: Any) -> Errors:
    """Return the user errors as (path, code), and check that nothing changed."""
    before = await company.snapshot()
    with pytest.raises(Refused) as caught:
        await call(company, operation, *arguments, **keywords)
    assert await company.snapshot() == before
    return {(".".join(error.field), str(error.code)) for error in caught.value.user_errors}


async def check_forbidden(
    company: Company, operation: Callable[..., Awaitable[T]], *arguments: Any, **keywords: Any
) -> None:
    """Check that the call is forbidden and that nothing changed."""
    before = await company.snapshot()
    with pytest.raises(Forbidden):
        await call(company, operation, *arguments, **keywords)
    assert await company.snapshot() == before
