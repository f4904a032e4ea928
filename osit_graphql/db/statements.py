"""Statements that are built once: SQL compiled once for a shape, then sent on the driver's own connection.

What is built is what the law says of a viewer whose number and service are parameters: `visibility` is asked as ever,
once for these roles and scopes. A shape is all that a statement's text depends on; its values are all the rest.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import ARRAY, CompoundSelect, Select, TypeDecorator, bindparam
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from osit_graphql.db.engine import RECOGNISED, Session
from osit_graphql.domain.viewer import Viewer

KEPT = 1000  # shapes; a document's wishes are its caller's, so that there may be any number
ASKER, SERVICE = "asker", "asker_service"
NEW = "new_"

Built = Select[Any] | CompoundSelect[Any] | ReturningInsert[Any] | ReturningUpdate[Any]
Build = Callable[[Viewer], Built]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled one: for each of its parameters, which value it takes, or None and what it always is; its rows."""

    text: str
    parameters: tuple[tuple[str | None, Any], ...]
    row: type[Any]
    arguments: Callable[[Values], tuple[Any, ...]] = field(init=False)
    """The parameters in order; a value that wasn't given is a `KeyError`."""

    def __post_init__(self) -> None:
        """Find out how values become parameters: picked all at once, those that are always the same among them."""
        fixed = {f"always {place}": always for place, (name, always) in enumerate(self.parameters) if name is None}
        names = [name or f"always {place}" for place, (name, _) in enumerate(self.parameters)]
        pick = itemgetter(*names) if len(names) > 1 else lambda values: tuple([values[name] for name in names])
        object.__setattr__(self, "arguments", (lambda values: pick({**values, **fixed})) if fixed else pick)


_kept: OrderedDict[Hashable, Statement] = OrderedDict()


def given(name: str, type_: Any = None) -> Any:
    """Return a parameter of a shape: its value comes with each execution."""
    return bindparam(name, type_=type_)


def boxes(row: Iterable[str]) -> dict[str, Any]:
    """Return a parameter for each column that is written; `filled` gives what goes into them."""
    return {name: given(f"{NEW}{name}") for name in row}


def filled(row: Values, prefix: str = NEW) -> dict[str, Any]:
    """Return the values of a row's `boxes`, or of parameters that begin otherwise."""
    return dict(zip(_named(prefix, *row), row.values(), strict=True))


@lru_cache(KEPT)
def _named(prefix: str, *columns: str) -> list[str]:
    return [f"{prefix}{column}" for column in columns]


def parameterized(viewer: Viewer) -> Viewer:
    """Return a viewer of the same roles and scopes whose number and service are parameters."""
    service: Any = None if viewer.service_id is None else given(SERVICE)
    return replace(viewer, user_id=given(ASKER), service_id=service)


async def seen(session: Session, viewer: Viewer, shape: Hashable, build: Build, values: Values) -> list[Any]:
    """Return a statement's rows as this viewer sees them; `build` makes it, from `shape` alone, for anybody."""
    statement = recall(
        (shape, viewer.permission_key), lambda: build(parameterized(viewer)), session.sync_engine.dialect
    )
    whose = {**values, ASKER: viewer.user_id, SERVICE: viewer.service_id}
    return await _send(session, statement, statement.arguments(whose))


async def asked(session: Session, shape: Hashable, build: Callable[[], Built], values: Values) -> list[Any]:
    """Return a statement's rows: attributes by name, and `_mapping` by name as the driver has it, words as text."""
    statement = recall(shape, build, session.sync_engine.dialect)
    return await _send(session, statement, statement.arguments(values))


def recall(shape: Hashable, build: Callable[[], Built], dialect: Any) -> Statement:
    """Return a shape's statement, built the first time."""
    found = _kept.get(shape)
    if found is None:
        found = _kept[shape] = compile_statement(build(), dialect)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(shape)
    return found


def compile_statement(built: Built, dialect: Any) -> Statement:
    """Compile as SQLAlchemy would have sent it; refuse what is only written when its values are known."""
    compiled: Any = built.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise AssertionError("a text that depends on its values is not a shape's")
    if getattr(getattr(built, "table", None), "name", None) in RECOGNISED:
        raise AssertionError("what may take a right away is SQLAlchemy's to send: the database counts it there")
    parameters = [_parameter(compiled, name) for name in compiled.positiontup]
    row = _row(compiled._result_columns, dialect)  # noqa: SLF001 - SQLAlchemy's own have no door
    return Statement(compiled.string, tuple(parameters), row)


def _parameter(compiled: Any, name: str) -> tuple[str | None, Any]:
    bound = compiled.binds[name]
    if bound.required:
        return bound.key, None
    process = compiled._bind_processors.get(name)  # noqa: SLF001 - as above
    return None, process(bound.effective_value) if process else bound.effective_value


def _row(columns: Sequence[Any], dialect: Any) -> type[Any]:
    """Make the class of a statement's rows: the driver's own records, whose words are, as attributes, enumerations'."""
    names = [column.keyname for column in columns]
    told: dict[str, Any] = {name: property(itemgetter(place)) for place, name in enumerate(names)}
    made = ((c.keyname, c.type) for c in columns if isinstance(c.type, (TypeDecorator, ARRAY)))
    words = {name: word for name, type_ in made if (word := type_.result_processor(dialect, None)) is not None}
    told |= {name: property(partial(_worded, word, names.index(name))) for name, word in words.items()}
    whole = property(lambda row: row)
    return type("Row", (asyncpg.Record,), {"__slots__": (), "_mapping": whole, "_fields": tuple(names), **told})


def _worded(word: Any, place: int, row: Any) -> Any:
    return word(row[place])


async def _send(session: Session, statement: Statement, arguments: tuple[Any, ...]) -> list[Any]:
    """Run it in the session's transaction, which begins with who asks if it hasn't; whoever listens hears it."""
    heard, connection = session.sync_engine.dispatch, session.sync_connection
    if heard.before_cursor_execute:
        heard.before_cursor_execute(connection, None, statement.text, arguments, None, False)
    rows = await session.fetch(statement.text, arguments, statement.row)
    if heard.after_cursor_execute:
        sent = _Sent(len(rows))
        heard.after_cursor_execute(connection, sent, statement.text, arguments, None, False)
    return rows


@dataclass(frozen=True)
class _Sent:
    """What listeners read of a cursor."""

    rowcount: int
