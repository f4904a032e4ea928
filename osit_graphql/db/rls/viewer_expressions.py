"""SQL expressions for the viewer in policies: person id, roles and service come from the transaction's settings.

A visibility predicate is rendered once per role, for a viewer whose id is NULL unless they have that role.
The union over the roles is the policy.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import AsBoolean, False_, True_

from osit_graphql.db.visibility import Condition
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import System, Viewer

RoleOrSystem = Role | System
PredicateResult = Condition | bool
Predicate = Callable[[Viewer], PredicateResult]


def setting(name: str) -> ColumnElement[Any]:
    """Return a setting `osit.…` of the transaction, null if it is empty, as an earlier transaction leaves it."""
    return func.nullif(func.current_setting(f"osit.{name}", true()), "")


def _has_any(roles: Collection[RoleOrSystem]) -> ColumnElement[bool]:
    held = func.string_to_array(func.current_setting("osit.roles", true()), ",")
    return held.bool_op("&&")(array(sorted(role.value for role in roles)))


def has_any_role(*roles: RoleOrSystem) -> Condition:
    """Return whether the viewer has one of these roles: a sub-select, evaluated once per statement, not per row."""
    return select(_has_any(roles)).scalar_subquery()


def setting_as_number(name: str, *roles: Role, kind: Any = BigInteger) -> Any:
    """Return a setting as a number; null, if roles are named, for a viewer with none of them."""
    query = select(cast(setting(name), kind))
    return (query.where(_has_any(roles)) if roles else query).scalar_subquery()


def viewer_with_role(role: Role) -> Viewer:
    """Return a viewer with this role only, whose id and service are expressions."""
    service_id = setting_as_number("service", role) if role is Role.TECHNICIAN else None
    return Viewer(setting_as_number("person", role), frozenset({role}), service_id)


def unrestricted_roles(predicate: Predicate) -> list[Role]:
    """Return the roles for which the predicate is true of every row."""
    results = {role: _unwrap(predicate(viewer_with_role(role))) for role in Role}
    return [role for role, result in results.items() if result is True or isinstance(result, True_)]


def restricted_conditions(predicate: Predicate) -> list[Condition]:
    """Return the predicate's conditions on rows, of the other roles."""
    results = (_unwrap(predicate(viewer_with_role(role))) for role in Role)
    return [result for result in results if not isinstance(result, bool | True_ | False_)]


def policy_for_all_roles(predicate: Predicate, *systems: System) -> Condition:
    """Return the union of the predicate over all roles, and every row for these system jobs."""
    return or_(has_any_role(*unrestricted_roles(predicate), *systems), *restricted_conditions(predicate))


def _unwrap(result: PredicateResult) -> PredicateResult:
    """Return `true` and `false` without the element that SQLAlchemy wraps around them."""
    return result.element if isinstance(result, AsBoolean) else result
