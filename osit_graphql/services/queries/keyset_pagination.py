"""Keyset pages: stable under writes, in both directions, with cursors that hold under one order and filter only."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from osit_graphql.db.engine import Session
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import BadInput

DEFAULT_SIZE = 50
LARGEST_SIZE = 100
COUNT_LIMIT = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MARK_VERSION = "2"
UNVERSIONED_MARK_LENGTH = 12
"""Marks of the releases that hashed Python's own names: digits of a digest, and nothing else."""


@dataclass(frozen=True)
class Key:
    """A column that a list is ordered by; never null. `alike`: all of the list have the same there."""

    column: Any
    descending: bool = False
    alike: bool = False


@dataclass(frozen=True)
class PageArgs:
    """Which page is asked for: the contract's first, after, last, before."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backward(self) -> bool:
        """Whether it is the end of the list that is wanted."""
        return self.last is not None

    @property
    def edges(self) -> list[str]:
        """Which of its ends a cursor says."""
        return [name for name in ("after", "before") if getattr(self, name) is not None]

    @property
    def shape(self) -> Hashable:
        """What a page's statement depends on, but for values."""
        return self.backward, self.size, *self.edges

    @cached_property
    def size(self) -> int:
        """How many rows; refuses what the contract refuses."""
        if self.first is not None and self.last is not None:
            raise BadInput("Ask for the first ones or for the last ones, not for both.", argument=("last",))
        name, asked = ("last", self.last) if self.backward else ("first", self.first)
        size = DEFAULT_SIZE if asked is None else asked
        if not 0 <= size <= LARGEST_SIZE:
            raise BadInput("A page has 0 to {limit} items.", argument=(name,), limit=LARGEST_SIZE)
        return size


@dataclass(frozen=True)
class Page:
    """A page: its rows in the list's order, what makes a row's cursor, and whether there is more on either side."""

    rows: Sequence[Row[Any]]
    cursor: Callable[[Any], str]
    has_next: bool
    has_previous: bool

    @property
    def mappings(self) -> Sequence[Mapping[str, Any]]:
        """Its rows by columns' names; those of `statements` are that themselves."""
        rows: Sequence[Any] = self.rows
        return rows if rows and rows[0]._mapping is rows[0] else [row._mapping for row in rows]


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are set."""
    return {name: value for name, value in values.items() if value is not None}


def microseconds(moment: datetime | None) -> int | None:
    """Return a moment as a number that is the same in every time zone."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


class Paging:
    """One list under one order; its cursors hold for the same `scope` only: the list, its filter and its order.

    Cursors outlive releases. A scope is JSON, made of literal names and of the values that are set: a new filter field
    adds nothing where it is absent, and Python's names may change.
    """

    def __init__(self, scope: Mapping[str, Any], keys: Sequence[Key]) -> None:
        self.keys = keys
        self._scope = scope

    @cached_property
    def mark(self) -> str:
        """What tells the list's cursors from another's."""
        scope = orjson.dumps(self._scope, option=orjson.OPT_SORT_KEYS)
        return MARK_VERSION + hashlib.blake2s(scope, digest_size=6).hexdigest()

    def labelled(self) -> list[ColumnElement[Any]]:
        """Return the ordering columns, to be selected beside the others."""
        return [key.column.label(f"key_{index}") for index, key in enumerate(self.keys)]

    def bound(self, statement: Select[Any], window: PageArgs) -> Select[Any]:
        """Return the statement of a page, with one row more than asked: whether there is more."""
        values = self.values(window)
        return self._cut(statement, window, lambda name, kind: literal(values[name], kind))

    def framed(self, statement: Select[Any], window: PageArgs) -> Select[Any]:
        """Return the statement of any page of this window's shape: what `values` gives are its parameters."""
        return self._cut(statement, window, param)

    def values(self, window: PageArgs) -> dict[str, Any]:
        """Return what a page of this window is cut with, by name; refuses a cursor that isn't this list's."""
        cursors = {"after": window.after, "before": window.before}
        return {
            f"{edge}_{place}": value
            for edge, cursor in cursors.items()
            if cursor is not None
            for place, value in enumerate(self.decode(cursor, edge))
        }

    def _cut(self, statement: Select[Any], window: PageArgs, value: Callable[[str, Any], Any]) -> Select[Any]:
        columns = [key.column for key in self.keys]
        for edge in window.edges:
            bound = [value(f"{edge}_{place}", column.type) for place, column in enumerate(columns)]
            statement = statement.where(self._beyond(bound, backward=edge == "before"))
        return statement.order_by(*self.order(columns, window)).limit(exactly(window.size + 1))

    def order(self, columns: Sequence[Any], window: PageArgs) -> list[ColumnElement[Any]]:
        """Return the ORDER BY of a page over these columns: the list's order, turned round for its end.

        What is alike is known to be so past a cursor, and orders nothing there.
        """
        ordering = [
            (column, key) for column, key in zip(columns, self.keys, strict=True) if not (key.alike and window.edges)
        ]
        return [column.desc() if key.descending is not window.backward else column.asc() for column, key in ordering]

    def slice(self, rows: Sequence[Row[Any]], window: PageArgs) -> Page:
        """Cut the extra row off, put the rest in the list's order."""
        more, kept = len(rows) > window.size, rows[: window.size]
        if window.backward:
            kept = kept[::-1]
        # What a cursor stands for is beyond the page, on its side.
        has_next = window.before is not None or (more and not window.backward)
        has_previous = window.after is not None or (more and window.backward)
        return Page(kept, self.encode, has_next, has_previous)

    async def page(self, session: Session, statement: Select[Any], window: PageArgs) -> Page:
        """Run a page; the statement selects `labelled()` too."""
        return self.slice((await session.execute(self.bound(statement, window))).all(), window)

    def _beyond(self, bound: Sequence[Any], *, backward: bool) -> ColumnElement[bool]:
        """Return what lies past a cursor: a row comparison, or its expansion where directions mix.

        What is alike is an equation of its own: a row is compared by its first column as far as PostgreSQL guesses how
        many there are, and takes them for none, or for all.
        """
        same = [key.column == value for key, value in zip(self.keys, bound, strict=True) if key.alike]
        kept = [(key, value) for key, value in zip(self.keys, bound, strict=True) if not key.alike]
        columns, values = [key.column for key, _ in kept], [value for _, value in kept]
        downward = [key.descending is not backward for key, _ in kept]
        if len(set(downward)) == 1:
            here, there = tuple_(*columns), tuple_(*values)
            return and_(*same, here < there if downward[0] else here > there)
        steps = []
        for index, down in enumerate(downward):
            ties = [columns[tie] == values[tie] for tie in range(index)]
            steps.append(and_(*ties, columns[index] < values[index] if down else columns[index] > values[index]))
        edge = columns[0] <= values[0] if downward[0] else columns[0] >= values[0]
        return and_(*same, edge, or_(*steps))

    def encode(self, row: Row[Any]) -> str:
        """Return the row's cursor."""
        values = [_pack(row._mapping[f"key_{index}"]) for index in range(len(self.keys))]
        return base64.urlsafe_b64encode(orjson.dumps([self.mark, *values])).rstrip(b"=").decode()

    def decode(self, cursor: str, argument: str) -> list[Any]:
        """Return a cursor's values, or refuse it."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            mark, *packed = orjson.loads(raw)
            values = [_unpack(value, key.column) for value, key in zip(packed, self.keys, strict=True)]
        except (binascii.Error, ValueError, TypeError, OverflowError) as error:
            raise BadInput("This cursor is not one of this list.", argument=(argument,)) from error
        if mark == self.mark:
            return values
        if isinstance(mark, str) and len(mark) == UNVERSIONED_MARK_LENGTH:
            raise BadInput(
                "This cursor is from an earlier version: begin again at the first page.", argument=(argument,)
            )
        raise BadInput("This cursor belongs to another order or filter.", argument=(argument,))


def _pack(value: Any) -> Any:
    return [microseconds(value)] if isinstance(value, datetime) else value


def _unpack(value: Any, column: ColumnElement[Any]) -> Any:
    kind = column.type.python_type
    if kind is datetime and isinstance(value, list):
        return EPOCH + int(*value) * MICROSECOND
    if type(value) is not kind or (kind is int and abs(value) >= 2**31) or (kind is str and "\0" in value):
        raise ValueError("not a value of this column")
    return value


async def count(session: Session, statement: Select[Any]) -> int:
    """Count up to 10,000 exactly; 10,001 says « more than that »."""
    return int((await session.execute(counting(statement))).scalar_one())


def counting(statement: Select[Any]) -> Select[int]:
    """Return the statement that counts so: `number`."""
    return select(func.count().label("number")).select_from(statement.limit(exactly(COUNT_LIMIT + 1)).subquery())


def exactly(limit: int) -> ColumnElement[int]:
    """Return a LIMIT that plans know: of one that comes later, a plan kept for many would take a tenth of all rows."""
    return literal_column(f"{limit:d}", Integer())
