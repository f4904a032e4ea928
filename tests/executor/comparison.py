"""In every test of the suite, the data of generated code is compared with graphql-core's for the same object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from osit_graphql.api.executor import CompiledExecutor
from osit_graphql.api.scalars import JSON_OPTIONS

complete_object_value = CompiledExecutor.complete_object_value


def complete_and_compare(executor: CompiledExecutor, *args: Any) -> Any:
    """Complete an object, after graphql-core has completed the same fields with the same result."""
    type_, details, _info, path, value, position = args
    serializer = executor._serializer(type_, details)
    data = None if serializer is None else serializer.serialize_or_none(value)
    if serializer is not None and data is not None:
        selected = executor.collect_subfields(type_, details).grouped_field_set
        covered = {name: field for name, field in selected.items() if name not in serializer.remaining}
        errors = len(executor.collected_errors.errors)
        with only_graphql_core(executor):
            expected = executor.execute_fields(type_, value, path, covered, position)
        assert as_json({name: data[name] for name in covered}) == as_json(expected)
        assert list(data) == list(selected)
        assert len(executor.collected_errors.errors) == errors
    return complete_object_value(executor, *args)


def as_json(data: Any) -> bytes:
    """Return data as it is sent: a `PassthroughScalar` is left to orjson."""
    return orjson.dumps(data, option=JSON_OPTIONS)


@contextmanager
def only_graphql_core(executor: CompiledExecutor) -> Iterator[None]:
    """Execute everything with graphql-core during the test."""
    selections, executor._selections = executor._selections, None
    yield
    executor._selections = selections


@pytest.fixture(autouse=True, scope="session")
def every_serializer_is_compared() -> Iterator[None]:
    """Compare for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CompiledExecutor, "complete_object_value", complete_and_compare)
        yield
