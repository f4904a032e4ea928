"""Creates and updates directory records: field specs, input classes, and the editor that validates and writes them."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast, get_type_hints

from sqlalchemy import BigInteger, Table, Text, func, insert, select, update

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Base, Person, name_key
from osit_graphql.db.statements import NEW, Row, Statement, column_params, param, param_values
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Role
from osit_graphql.domain.user_errors import AlreadyExists, NotFound, Path, Required, TooLong
from osit_graphql.services.auth.password_hashing import check_password
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at

Reader = Callable[[InputValidator, Any, Path], Any]
"""Validates and normalizes a value; adds its user errors to the validator."""


@dataclass(frozen=True)
class FieldSpec:
    """A field's reader, the argument that its user errors name, and whether a new record needs it."""

    read: Reader
    argument: str
    required: bool = False


class DirectoryInput:
    """The fields of a record; subclasses are frozen dataclasses whose fields are annotated with a `FieldSpec`."""

    def read(self, validator: InputValidator, *, new: bool) -> dict[str, Any]:
        """Return the fields that are set, validated; a new record's required fields are validated in any case."""
        values = {}
        for name, hint in get_type_hints(type(self), include_extras=True).items():
            spec: FieldSpec = hint.__metadata__[0]
            value = getattr(self, name)
            if value is not ABSENT or (new and spec.required):
                values[name] = spec.read(validator, None if value is ABSENT else value, at(spec.argument))
        return values


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return " ".join(text.split())


def read_line(
    validator: InputValidator, value: str | None, path: Path, *, limit: int, required: bool = False
) -> str | None:
    """Read a text of one line; blank is None."""
    return validator.text(None if value is None else one_line(value), path, limit=limit, required=required)


def read_name(validator: InputValidator, value: str | None, path: Path) -> str | None:
    """Read a name; ligatures that `name_key`, which is indexed, expands to many letters count as too long."""
    name = read_line(validator, value, path, limit=permissions.NAME_LIMIT, required=True)
    if name is not None and len(name) <= permissions.NAME_LIMIT and len(name_key(name)) > 2 * permissions.NAME_LIMIT:
        validator.add(TooLong(path, permissions.NAME_LIMIT))
    return name


def read_required(validator: InputValidator, value: Any, path: Path) -> Any:
    """Read a value that must not be null."""
    if value is None:
        validator.add(Required(path))
    return value


def read_optional(validator: InputValidator, value: Any, path: Path) -> Any:  # noqa: ARG001 - a `Reader`
    """Read a value that null clears."""
    return value


def read_roles(validator: InputValidator, value: Collection[Role] | None, path: Path) -> list[str]:
    """Read at least one role, without duplicates."""
    if not value:
        validator.add(Required(path))
    return [str(role) for role in Role if role in (value or ())]


def read_password(validator: InputValidator, value: str | None, path: Path) -> str | None:
    """Read a new password, white space included; null removes the password."""
    if value is None:
        return None
    weak = check_password(value, path[-1])
    if weak:
        validator.add(weak)
    return value


read_phone = partial(read_line, limit=permissions.PHONE_LIMIT)
read_city = partial(read_line, limit=permissions.NAME_LIMIT)

Name = Annotated[str | AbsentType | None, FieldSpec(read_name, "name", required=True)]
Phone = Annotated[str | AbsentType | None, FieldSpec(read_phone, "phone")]
Active = Annotated[bool | AbsentType | None, FieldSpec(read_required, "active")]


class RecordEditor:
    """A record being created or updated; `row` is its locked row, None for a new or missing one."""

    def __init__(self, session: Session, model: type[Base], key: int | None = None) -> None:
        self.session = session
        self.table = cast(Table, model.__table__)  # SQLAlchemy types it as FromClause
        self.key = key
        self.validator = InputValidator()
        self.row: Row | None = None
        self.values: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}

    async def load(self, fields: DirectoryInput) -> None:
        """Lock the row and validate the fields: `values` are those that are set, `changes` those that differ."""
        if self.key is not None:
            rows = await self._fetch("lock", _select_for_update, {"id": self.key})
            self.row = rows[0] if rows else None
            if self.row is None:
                self.validator.add(NotFound(("id",)))
        self.values = fields.read(self.validator, new=self.key is None)
        self.changes = {name: value for name, value in self.values.items() if self._differs(name, value)}

    @property
    def is_missing(self) -> bool:
        """Whether the record to update does not exist."""
        return self.key is not None and self.row is None

    def _differs(self, name: str, value: Any) -> bool:
        return self.row is None or name not in self.table.c or value != self.old(name)

    def old(self, column: str) -> Any:
        """Return the row's value; None for a new record."""
        return None if self.row is None else getattr(self.row, column)

    def new(self, column: str) -> Any:
        """Return the value after the change."""
        return self.changes.get(column, self.old(column))

    async def check_unique(self, column: str, value: str | None, argument: str) -> None:
        """Add `AlreadyExists` if another row has the value; the unique index catches concurrent ones."""
        if value is None or any(error.field == at(argument) for error in self.validator.user_errors):
            return
        values = {"value": value, "id": self.key}
        if await self._fetch(f"others with {column}", partial(_select_others, column), values):
            self.validator.add(AlreadyExists(at(argument)))

    async def write(self) -> int:
        """Write the changes and return the record's id; raises `Refused` if there is any user error."""
        self.validator.check()
        if "name" in self.changes:
            self.changes["name_key"] = name_key(self.changes["name"])
        if self.key is None:
            values = param_values(self.changes)
            [row] = await self._fetch(("insert", *self.changes), partial(_insert, self.changes), values)
            self.key = int(row.id)
        elif self.changes:
            if self.table is Person.__table__:
                self.session.revoke_cached_viewers()
            values = {"id": self.key, **param_values(self.changes)}
            await self._fetch(("update", *self.changes), partial(_update, self.changes), values)
        return self.key

    async def _fetch(self, name: Hashable, build: Callable[[Table], Statement], values: dict[str, Any]) -> list[Any]:
        return await statements.fetch(self.session, (name, self.table.name), lambda: build(self.table), values)


def _select_for_update(table: Table) -> Statement:
    readable = [column for column in table.c if column.name != "password_hash"]
    return select(*readable).where(table.c.id == param("id")).with_for_update(key_share=True)


def _select_others(column: str, table: Table) -> Statement:
    """Select other rows with a value; a new record has no id yet."""
    other = table.c.id.is_distinct_from(param("id", BigInteger))
    return select(table.c.id).where(table.c[column] == param("value"), other).limit(1)


def _insert(columns: Iterable[str], table: Table) -> Statement:
    return insert(table).values(_params(columns, table)).returning(table.c.id)


def _update(columns: Iterable[str], table: Table) -> Statement:
    return update(table).where(table.c.id == param("id")).values(_params(columns, table))


def _params(columns: Iterable[str], table: Table) -> dict[str, Any]:
    params = column_params(columns)
    if table is Person.__table__ and "email" in params:
        # PostgreSQL may know capitals that Python doesn't.
        params["email"] = func.lower(param(f"{NEW}email", Text))
    return params
