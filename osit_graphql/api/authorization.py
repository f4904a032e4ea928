"""Authorization of root fields: declared on the field, checked before it resolves, and part of its description."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from osit_graphql.api.context import Info
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ApiArea, Permission, Scope

Required = Action | Permission | None
"""A ticket command or a permission; None: any viewer."""


class Authorization(FieldExtension):
    """Refuses viewers without the required permission, and tokens without a scope for the field's area of the API.

    `area`: that of the required permission, where it is not passed. `anonymous`: the field needs no viewer.
    """

    def __init__(self, required: Required = None, area: ApiArea | None = None, *, anonymous: bool = False) -> None:
        self.required = required
        self.area = permissions.api_area_of(required) if area is None and required is not None else area
        self.anonymous = anonymous

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Authorize the viewer before the resolver decodes its arguments or reads anything."""
        context = info.context
        context.act_as(context.token_viewer)
        if not self.anonymous:
            viewer = context.viewer
            if self.required is not None:
                permissions.authorize(viewer.roles, self.required)
            permissions.require_scope(viewer.scopes, self.area or ApiArea.SIGN_INS)
        return await next_(source, info, **kwargs)

    def describe(self, description: str) -> str:
        """Return the description with the roles and the token scopes that the field needs."""
        sentences = [description]
        if self.area is not None:
            scopes = permissions.SCOPES[self.area]
            names = " or ".join(scope for scope in Scope if scope in scopes) or "none"
            sentences.append("Any token." if scopes == set(Scope) else f"Token scopes: {names}.")
        if self.required is not None:
            sentences.append(f"Roles: {', '.join(sorted(permissions.roles_for(self.required)))}.")
        return " ".join(sentences)


def authorized_field(description: str, required: Required = None, area: ApiArea | None = None) -> Any:
    """Decorate the async resolver of a root query field."""
    authorization = Authorization(required, area)
    return strawberry.field(description=authorization.describe(description), extensions=[authorization])


def authorized_mutation(
    description: str, required: Required = None, area: ApiArea | None = None, *, anonymous: bool = False
) -> Any:
    """Decorate the async resolver of a mutation."""
    authorization = Authorization(required, area, anonymous=anonymous)
    return strawberry.mutation(description=authorization.describe(description), extensions=[authorization])
