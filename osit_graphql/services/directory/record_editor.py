"""Entries of the directory as rows: found and locked, kept unique, written."""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, cast

from sqlalchemy import BigInteger, Row, Table, Text, func, insert, select, update

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Base, Person, name_key
from osit_graphql.db.statements import NEW, Statement, column_params, param, param_values
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Permission
from osit_graphql.domain.user_errors import AlreadyExists, NotFound
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.sheets import Sheet
from osit_graphql.services.validation import Form, at


class Entry:
    """An entry under way: `row` is its locked row, None when it is new or when there is none (already noted)."""

    def __init__(self, session: Session, model: type[Base], key: int | None = None) -> None:
        self.session = session
        self.table = cast(Table, model.__table__)  # SQLAlchemy only says FromClause
        self.key = key
        self.form = Form()
        self.row: Row[Any] | None = None
        self.given: dict[str, Any] = {}
        self.said: dict[str, Any] = {}

    async def read(self, sheet: Sheet) -> None:
        """Lock the row and read the sheet against it: `given` is what it says, `said` what of it is news."""
        if self.key is not None:
            rows = await self._fetch("lock", _locking, {"id": self.key})
            self.row = rows[0] if rows else None
            if self.row is None:
                self.form.add(NotFound(("id",)))
        self.given = sheet.read(self.form, new=self.key is None)
        self.said = {name: value for name, value in self.given.items() if self._is_news(name, value)}

    @property
    def missing(self) -> bool:
        """Whether it was to be changed and isn't there."""
        return self.key is not None and self.row is None

    def _is_news(self, name: str, value: Any) -> bool:
        return self.row is None or name not in self.table.c or value != self.before(name)

    def before(self, column: str) -> Any:
        """Return what the row says; None of a new one."""
        return None if self.row is None else getattr(self.row, column)

    def after(self, column: str) -> Any:
        """Return what the row will say."""
        return self.said.get(column, self.before(column))

    async def check_unique(self, column: str, value: str | None, argument: str) -> None:
        """Note that another row has it already; for two at the same moment there is the unique index."""
        if value is None or any(error.field == at(argument) for error in self.form.user_errors):
            return
        if await self._fetch(f"others with {column}", partial(_finding, column), {"value": value, "id": self.key}):
            self.form.add(AlreadyExists(at(argument)))

    async def write(self) -> int:
        """Refuse if anything is wrong; else write what is said, and return the entry's id."""
        self.form.check()
        if "name" in self.said:
            self.said["name_key"] = name_key(self.said["name"])
        if self.key is None:
            [row] = await self._fetch(("insert", *self.said), partial(_inserting, self.said), param_values(self.said))
            self.key = int(row.id)
        elif self.said:
            if self.table is Person.__table__:
                self.session.revoke_cached_viewers()
            values = {"id": self.key, **param_values(self.said)}
            await self._fetch(("update", *self.said), partial(_updating, self.said), values)
        return self.key

    async def _fetch(self, name: Hashable, build: Callable[[Table], Statement], values: dict[str, Any]) -> list[Any]:
        return await statements.fetch(self.session, (name, self.table.name), lambda: build(self.table), values)


def _locking(table: Table) -> Statement:
    readable = [column for column in table.c if column.name != "password_hash"]
    return select(*readable).where(table.c.id == param("id")).with_for_update(key_share=True)


def _finding(column: str, table: Table) -> Statement:
    """Return other rows with this value; a new row has no id yet."""
    other = table.c.id.is_distinct_from(param("id", BigInteger))
    return select(table.c.id).where(table.c[column] == param("value"), other).limit(1)


def _inserting(columns: Iterable[str], table: Table) -> Statement:
    return insert(table).values(_params(columns, table)).returning(table.c.id)


def _updating(columns: Iterable[str], table: Table) -> Statement:
    return update(table).where(table.c.id == param("id")).values(_params(columns, table))


def _params(columns: Iterable[str], table: Table) -> dict[str, Any]:
    params = column_params(columns)
    if table is Person.__table__ and "email" in params:
        # PostgreSQL may know capitals that this Python doesn't.
        params["email"] = func.lower(param(f"{NEW}email", Text))
    return params


async def open_named(
    session: Session, viewer: Viewer, model: type[Base], sheet: Sheet, key: int | None = None
) -> Entry:
    """Begin an entry whose name nothing else of its kind has, for somebody who manages the directory."""
    permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    entry = Entry(session, model, key)
    await entry.read(sheet)
    name = entry.said.get("name")
    await entry.check_unique("name_key", None if name is None else name_key(name), "name")
    return entry
