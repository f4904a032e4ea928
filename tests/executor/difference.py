"""In every test of the suite, what a plan writes is compared with what graphql-core makes of the same object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from osit_graphql.api.executor import PlannedExecutor
from osit_graphql.api.scalars import JSON

complete = PlannedExecutor.complete_object_value


def compared(executor: PlannedExecutor, *args: Any) -> Any:
    """Complete an object as the plan does, once graphql-core has been seen to give the same."""
    type_, details, _info, path, value, position = args
    plan = executor._plan(type_, details)
    data = None if plan is None else plan.try_to_write(value)
    if plan is not None and data is not None:
        chosen = executor.collect_subfields(type_, details).grouped_field_set
        planned = {name: field for name, field in chosen.items() if name not in plan.rest}
        errors = len(executor.collected_errors.errors)
        with without_plans(executor):
            expected = executor.execute_fields(type_, value, path, planned, position)
        assert written({name: data[name] for name in planned}) == written(expected)
        assert list(data) == list(chosen)
        assert len(executor.collected_errors.errors) == errors
    return complete(executor, *args)


def written(data: Any) -> bytes:
    """Return data as it is sent: a plan leaves to orjson what orjson writes alike."""
    return orjson.dumps(data, option=JSON)


@contextmanager
def without_plans(executor: PlannedExecutor) -> Iterator[None]:
    """Let graphql-core do everything meanwhile."""
    selections, executor._selections = executor._selections, None
    yield
    executor._selections = selections


@pytest.fixture(autouse=True, scope="session")
def every_plan_is_compared() -> Iterator[None]:
    """Put the comparison in place for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlannedExecutor, "complete_object_value", compared)
        yield
