"""Keyset pagination: stable under concurrent writes, in both directions, with opaque cursors."""

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
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    and_,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import Build, Row, Values, param
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
COUNT_LIMIT = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SCOPE_HASH_VERSION = "2"
UNVERSIONED_SCOPE_HASH_LENGTH = 12
"""Earlier releases hashed Python's names into a digest of this length, without a version."""


@dataclass(frozen=True)
class SortKey:
    """A column that a list is ordered by; never null. `constant`: every row of the list has the same value there."""

    column: Any
    descending: bool = False
    constant: bool = False


@dataclass(frozen=True)
class PageArgs:
    """The GraphQL arguments of a page: first, after, last, before."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backward(self) -> bool:
        """Whether the page is counted from the end of the list."""
        return self.last is not None

    @property
    def cursor_arguments(self) -> list[str]:
        """The arguments that hold a cursor."""
        return [name for name in ("after", "before") if getattr(self, name) is not None]

    @property
    def cache_key(self) -> Hashable:
        """The values on which the SQL text of a page depends."""
        return self.backward, self.size, *self.cursor_arguments

    @cached_property
    def size(self) -> int:
        """The page size; raises `BadInput` when it is out of bounds."""
        if self.first is not None and self.last is not None:
            raise BadInput("Set `first` or `last`, not both.", argument=("last",))
        name, value = ("last", self.last) if self.backward else ("first", self.first)
        size = DEFAULT_PAGE_SIZE if value is None else value
        if not 0 <= size <= MAX_PAGE_SIZE:
            raise BadInput("A page has 0 to {limit} items.", argument=(name,), limit=MAX_PAGE_SIZE)
        return size


@dataclass(frozen=True)
class Page:
    """A page: its rows in the list's order, the function that encodes a row's cursor, and the flags of PageInfo."""

    rows: Sequence[Row]
    cursor: Callable[[Any], str]
    has_next: bool
    has_previous: bool

    @property
    def mappings(self) -> Sequence[Mapping[str, Any]]:
        """The rows by column name; rows of `statements` are mappings already."""
        rows: Sequence[Any] = self.rows
        return rows if rows and rows[0].mapping is rows[0] else [row.mapping for row in rows]


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def microseconds(moment: datetime | None) -> int | None:
    """Return a moment as microseconds since 1970, the same in every time zone."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


class Paging:
    """One list under one order. Its cursors are valid for the same `scope` only: the list, its filter and its order.

    Cursors stay valid across releases. A scope is JSON with literal names and the values that are set. So Python names
    may change, and a new filter field changes no scope in which it is absent.
    """

    def __init__(self, scope: Mapping[str, Any], keys: Sequence[SortKey]) -> None:
        self.keys = keys
        self._scope = scope

    @cached_property
    def scope_hash(self) -> str:
        """The first element of every cursor of this list."""
        scope = orjson.dumps(self._scope, option=orjson.OPT_SORT_KEYS)
        return SCOPE_HASH_VERSION + hashlib.blake2s(scope, digest_size=6).hexdigest()

    def sort_columns(self) -> list[ColumnElement[Any]]:
        """Return the sort columns, labelled; every paginated statement selects them."""
        return [key.column.label(f"key_{index}") for index, key in enumerate(self.keys)]

    def with_params(self, statement: Select[Any], page_args: PageArgs) -> Select[Any]:
        """Return the statement of all pages with this `cache_key`; `param_values` gives its parameters.

        It selects one row more, to detect a next page.
        """
        columns = [key.column for key in self.keys]
        for argument in page_args.cursor_arguments:
            values = [param(f"{argument}_{index}", column.type) for index, column in enumerate(columns)]
            statement = statement.where(self._past_cursor(values, backward=argument == "before"))
        return statement.order_by(*self.order_by(columns, page_args)).limit(literal_limit(page_args.size + 1))

    def param_values(self, page_args: PageArgs) -> dict[str, Any]:
        """Return the cursors' values by parameter name; raises `BadInput` for a cursor of another list."""
        cursors = {"after": page_args.after, "before": page_args.before}
        return {
            f"{argument}_{index}": value
            for argument, cursor in cursors.items()
            if cursor is not None
            for index, value in enumerate(self.decode(cursor, argument))
        }

    def order_by(self, columns: Sequence[Any], page_args: PageArgs) -> list[ColumnElement[Any]]:
        """Return the ORDER BY of a page over these columns, reversed for a backward page.

        With a cursor, constant keys are compared with `=`, so the ORDER BY omits them.
        """
        ordering = [
            (column, key)
            for column, key in zip(columns, self.keys, strict=True)
            if not (key.constant and page_args.cursor_arguments)
        ]
        return [column.desc() if key.descending is not page_args.backward else column.asc() for column, key in ordering]

    def to_page(self, rows: Sequence[Row], page_args: PageArgs) -> Page:
        """Drop the extra row and put the others in the list's order."""
        more, page_rows = len(rows) > page_args.size, rows[: page_args.size]
        if page_args.backward:
            page_rows = page_rows[::-1]
        # The row of an `after` cursor precedes the page, so there is a previous page; `before` is the mirror case.
        has_next = page_args.before is not None or (more and not page_args.backward)
        has_previous = page_args.after is not None or (more and page_args.backward)
        return Page(page_rows, self.encode, has_next, has_previous)

    async def fetch_page(
        self, session: Session, viewer: Viewer, cache_key: Hashable, build: Build, page_args: PageArgs, values: Values
    ) -> Page:
        """Return a page of the rows of `build`, which must select `sort_columns()`."""
        all_values = {**values, **self.param_values(page_args)}

        def build_page(any_viewer: Viewer) -> Select[Any]:
            return self.with_params(build(any_viewer), page_args)

        key = ("page", cache_key, page_args.cache_key)
        rows = await statements.fetch_as(session, viewer, key, build_page, all_values)
        return self.to_page(rows, page_args)

    def _past_cursor(self, values: Sequence[Any], *, backward: bool) -> ColumnElement[bool]:
        """Return the condition for rows past a cursor: a row comparison, or its expansion where directions mix.

        Constant sort keys are compared with `=` outside the row comparison, because PostgreSQL estimates a row
        comparison from its first column only.
        """
        pairs = list(zip(self.keys, values, strict=True))
        constants = [key.column == value for key, value in pairs if key.constant]
        varying = [(key, value) for key, value in pairs if not key.constant]
        columns, limits = [key.column for key, _ in varying], [value for _, value in varying]
        downward = [key.descending is not backward for key, _ in varying]
        if len(set(downward)) == 1:
            left, right = tuple_(*columns), tuple_(*limits)
            return and_(*constants, left < right if downward[0] else left > right)
        steps = []
        for index, down in enumerate(downward):
            ties = [columns[tie] == limits[tie] for tie in range(index)]
            steps.append(and_(*ties, columns[index] < limits[index] if down else columns[index] > limits[index]))
        first = columns[0] <= limits[0] if downward[0] else columns[0] >= limits[0]
        return and_(*constants, first, or_(*steps))

    def encode(self, row: Row) -> str:
        """Return the row's cursor."""
        values = [_pack(row.mapping[f"key_{index}"]) for index in range(len(self.keys))]
        return base64.urlsafe_b64encode(orjson.dumps([self.scope_hash, *values])).rstrip(b"=").decode()

    def decode(self, cursor: str, argument: str) -> list[Any]:
        """Return a cursor's values; raises `BadInput` when it is malformed or from another list."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            scope_hash, *packed = orjson.loads(raw)
            values = [_unpack(value, key.column) for value, key in zip(packed, self.keys, strict=True)]
        except (binascii.Error, ValueError, TypeError, OverflowError) as error:
            raise BadInput("This cursor is not from this list.", argument=(argument,)) from error
        if scope_hash == self.scope_hash:
            return values
        if isinstance(scope_hash, str) and len(scope_hash) == UNVERSIONED_SCOPE_HASH_LENGTH:
            raise BadInput(
                "This cursor is from an earlier version: begin again at the first page.", argument=(argument,)
            )
        raise BadInput("This cursor belongs to another order or filter.", argument=(argument,))


def _pack(value: Any) -> Any:
    return [microseconds(value)] if isinstance(value, datetime) else value


def _unpack(value: Any, column: ColumnElement[Any]) -> Any:
    """Return the value of a sort key; raises `ValueError` or `TypeError` if no row of this column has it."""
    type_ = column.type.python_type
    if type_ is datetime:
        [microsecond] = value
        if type(microsecond) is not int:
            raise ValueError("not a moment")
        return EPOCH + microsecond * MICROSECOND
    if type(value) is not type_ or (type_ is str and "\0" in value):
        raise ValueError("not a value of this column")
    if type_ is int and not -_integer_limit(column) <= value < _integer_limit(column):
        raise ValueError("not an integer of this size")
    return value


def _integer_limit(column: ColumnElement[Any]) -> int:
    if isinstance(column.type, SmallInteger):
        return 2**15
    return 2**63 if isinstance(column.type, BigInteger) else 2**31


async def count(session: Session, viewer: Viewer, cache_key: Hashable, build: Build, values: Values) -> int:
    """Count the rows of `build` exactly up to `COUNT_LIMIT`; 10,001 means more than that."""

    def build_count(any_viewer: Viewer) -> Select[Any]:
        return select_count(build(any_viewer))

    [row] = await statements.fetch_as(session, viewer, ("count", cache_key), build_count, values)
    return int(row.number)


def select_count(statement: Select[Any]) -> Select[int]:
    """Return the counting statement; its only column is `number`."""
    return select(func.count().label("number")).select_from(statement.limit(literal_limit(COUNT_LIMIT + 1)).subquery())


def literal_limit(limit: int) -> ColumnElement[int]:
    """Return LIMIT as a literal: a generic plan assumes that a LIMIT parameter returns a tenth of all rows."""
    return literal_column(f"{limit:d}", Integer())
