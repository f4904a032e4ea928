"""A request whose statements have been compiled once compiles none again, whatever its values are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from osit_graphql.db import engine, statements
from osit_graphql.domain.enums import Action
from tests.desk import Desk


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the statements that are compiled for one execution, and those that enter the cache."""
    compiled: list[str] = []
    compile_once, get_or_compile = statements.compile_once, statements.get_or_compile

    def once(statement: object, parameters: object = None) -> object:
        compiled.append(str(statement))
        return compile_once(statement, parameters)  # type: ignore[arg-type]

    def cached(cache_key: object, build: object) -> object:
        if cache_key not in statements._cache:
            compiled.append(str(cache_key))
        return get_or_compile(cache_key, build)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(engine, "compile_once", once)
        patch.setattr(statements, "get_or_compile", cached)
        yield compiled


async def read_all(desk: Desk, number: int) -> None:
    """Read what a desk reads; `number` chooses the values."""
    ticket = desk.company.id(number)
    for who in ("manager", "developer", "requester"):
        await desk.api.read(
            desk.token(who),
            f'{{ ticket(by: {{id: "{ticket}"}}) {{ number activities(first: 5) {{ totalCount nodes {{ kind }} }} }}'
            " openTickets(first: 5) { totalCount nodes { number requester { name } } }"
            " sites { name } services { name } causes { name } }",
        )


@pytest.mark.parametrize("action", [Action.COMMENT, Action.PRIORITIZE, Action.LOG_INTERVENTION, Action.CLOSE])
async def test_a_warm_mutation_compiles_nothing(desk: Desk, action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [await desk.company.ticket() for _ in range(2)]
    await desk.does("developer", action, numbers[0], idempotencyKey="a")
    with counted(monkeypatch) as compiled:
        await desk.does("developer", action, numbers[1], idempotencyKey="b")
    assert compiled == []


async def test_warm_reads_compile_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [await desk.company.ticket() for _ in range(2)]
    await read_all(desk, numbers[0])
    with counted(monkeypatch) as compiled:
        await read_all(desk, numbers[1])
    assert compiled == []
