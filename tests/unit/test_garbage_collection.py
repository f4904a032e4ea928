"""A request leaves no reference cycles for the garbage collector."""

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from osit_graphql.api.context import Context
from osit_graphql.api.dataloader import DataLoader
from osit_graphql.api.dataloaders import DataLoaders
from osit_graphql.api.executor import CompiledExecutor
from osit_graphql.domain.enums import Action
from osit_graphql.settings import Settings
from tests.desk import Desk

MADE = (Context, CompiledExecutor, DataLoaders, DataLoader)
SCREEN = "{ ticket(by: {number: 1}) { title site { name } activities { nodes { kind author { name } } } } }"
PAGE = "{ tickets { nodes { number activities { totalCount nodes { kind author { service { name } } } } } } }"


@pytest.fixture
def without_collection() -> Iterator[None]:
    """Disable the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive() -> Counter[str]:
    """Count the live objects that requests create."""
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, MADE))


@pytest.mark.usefixtures("without_collection")
async def test_a_request_leaves_no_objects(desk: Desk, settings: Settings) -> None:
    if settings.executor != "compiled":
        pytest.skip("graphql-core's executor refers to itself")
    for _ in range(3):
        await desk.company.ticket()
    for document in (SCREEN, PAGE):
        await desk.reads("operator", document)  # fills the caches
        before = alive()
        for _ in range(3):
            await desk.reads("operator", document)
        assert alive() == before, document
    await desk.does("developer", Action.COMMENT, 1)
    before = alive()
    for number in (1, 2, 3):
        await desk.does("developer", Action.COMMENT, number)
    assert alive() == before
