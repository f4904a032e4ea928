"""Whoever asks, as policies know them: viewers whose number and service are read from the transaction's settings.

What the law says of one role is asked of a viewer who may hold it: null, hence nobody, unless they do. The union of
the roles is somebody's policy, as it is the first wall's.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, or_, select, true
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import AsBoolean, False_, True_

from osit_graphql.db.visibility import Condition
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import System, Viewer

Holder = Role | System
Verdict = Condition | bool
Law = Callable[[Viewer], Verdict]


def setting(name: str) -> ColumnElement[Any]:
    """Return a setting of the transaction, null when it has none: an empty one is what an earlier one left."""
    return func.nullif(func.current_setting(f"osit.{name}", true()), "")


def _holding(holders: Collection[Holder]) -> ColumnElement[bool]:
    roles = func.string_to_array(func.current_setting("osit.roles", true()), ",")
    return roles.bool_op("&&")(array(sorted(holder.value for holder in holders)))


def held(*holders: Holder) -> Condition:
    """Return whether whoever asks is one of these: a sub-select, worked out once a statement and not for each row."""
    return select(_holding(holders)).scalar_subquery()


def number(name: str, *roles: Role, kind: Any = BigInteger) -> Any:
    """Return a setting as a number; null, if roles are given, for whoever has none of these."""
    read = select(as_type(setting(name), kind))
    return (read.where(_holding(roles)) if roles else read).scalar_subquery()


def asker(role: Role) -> Viewer:
    """Return whoever asks, as far as they hold this role."""
    service_id = number("service", role) if role is Role.TECHNICIAN else None
    return Viewer(number("person", role), frozenset({role}), service_id)


def wholly(law: Law) -> list[Role]:
    """Return the roles to which a part of the law gives everything."""
    verdicts = {role: _plain(law(asker(role))) for role in Role}
    return [role for role, verdict in verdicts.items() if verdict is True or isinstance(verdict, True_)]


def partly(law: Law) -> list[Condition]:
    """Return what it gives to the other roles, row by row."""
    verdicts = (_plain(law(asker(role))) for role in Role)
    return [verdict for verdict in verdicts if not isinstance(verdict, bool | True_ | False_)]


def lifted(law: Law, *systems: System) -> Condition:
    """Return what it gives to anybody, through any of their roles; and everything to these jobs."""
    return or_(held(*wholly(law), *systems), *partly(law))


def _plain(verdict: Verdict) -> Verdict:
    """SQLAlchemy wraps « all » and « none » once more where it simplifies."""
    return verdict.element if isinstance(verdict, AsBoolean) else verdict
