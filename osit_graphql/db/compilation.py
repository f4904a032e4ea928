"""Compiles SQLAlchemy Core statements to SQL text and arguments, as asyncpg takes them.

Only what SQLAlchemy documents is used, beside `binds` and `positiontup` of a compiled statement, which have docstrings.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, JSON, Dialect, TypeDecorator, make_url

DIALECT: Final[Dialect] = make_url("postgresql+asyncpg://").get_dialect()()

Processor = Callable[[Any], Any]


def compile_once(statement: Any, parameters: Mapping[str, Any] | None = None) -> tuple[str, list[Any]]:
    """Return the SQL text and the arguments of a statement that is executed with these parameters."""
    compiled = statement.compile(dialect=DIALECT)
    state = compiled.construct_expanded_state(parameters or {})  # writes out the lists of IN
    arguments = []
    for name in state.positiontup or ():
        process = bind_processor(compiled.binds[name].type) if name in compiled.binds else state.processors.get(name)
        value = state.parameters[name]
        arguments.append(value if process is None else process(value))
    return state.statement, arguments


def compile_many(statement: Any, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[list[Any]]]:
    """Return the SQL text, and the arguments of each row; every row has the names of the first."""
    compiled = statement.compile(dialect=DIALECT, column_keys=list(rows[0]))
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    arguments = [(bind.key, bind_processor(bind.type)) for bind in binds]
    return compiled.string, [
        [row[name] if process is None else process(row[name]) for name, process in arguments] for row in rows
    ]


def bind_processor(type_: Any) -> Processor | None:
    """Return the function that converts a value for asyncpg; None if asyncpg takes the value unchanged."""
    processor: Processor | None = type_.dialect_impl(DIALECT).bind_processor(DIALECT)
    return processor


def needs_bind_processor(type_: Any) -> bool:
    """Whether a value must be converted for asyncpg: JSON must, to text; an enumeration is text already."""
    return isinstance(type_, JSON)


def result_processor(type_: Any) -> Processor | None:
    """Return the function that decodes an enumeration, or a list of them; None for all other types."""
    if not isinstance(type_, (TypeDecorator, ARRAY)):
        return None
    processor: Processor | None = type_.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return processor


def returned_columns(statement: Any) -> list[tuple[str, Any]]:
    """Return the name and type of each column that a statement returns; none for text and for DML without RETURNING."""
    columns = getattr(statement, "exported_columns", None)
    return [] if columns is None else [(name, column.type) for name, column in columns.items()]
