"""Who may ask for a root field: declared on the field, written into its description, checked before it resolves."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from osit_graphql.api.context import Info
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ApiArea, Permission, Scope

Needs = Action | Permission | None


class Guard(FieldExtension):
    """Lets through whoever is signed in and holds what the field needs; `anonymous` lets anybody through.

    `reach`: the part of the API that a token needs a scope for; what `needs` belongs to, unless it is said.
    """

    def __init__(self, needs: Needs = None, reach: ApiArea | None = None, *, anonymous: bool = False) -> None:
        self.needs = needs
        self.reach = permissions.api_area_of(needs) if reach is None and needs is not None else reach
        self.anonymous = anonymous

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Refuse before anything is read or decoded."""
        context = info.context
        context.act_as(context.owner)
        if not self.anonymous:
            viewer = context.viewer
            if self.needs is not None:
                permissions.authorize(viewer.roles, self.needs)
            permissions.require_scope(viewer.scopes, self.reach or ApiArea.SIGN_INS)
        return await next_(source, info, **kwargs)

    def tell(self, description: str) -> str:
        """Say who may, and which tokens, where clients read it."""
        told = [description]
        if self.reach is not None:
            scopes = permissions.SCOPES[self.reach]
            named = " or ".join(scope for scope in Scope if scope in scopes) or "none"
            told.append("Any token." if scopes == set(Scope) else f"Token scopes: {named}.")
        if self.needs is not None:
            told.append(f"Roles: {', '.join(sorted(permissions.roles_for(self.needs)))}.")
        return " ".join(told)


def guarded(description: str, needs: Needs = None, reach: ApiArea | None = None) -> Any:
    """Make a root field out of an async resolver."""
    guard = Guard(needs, reach)
    return strawberry.field(description=guard.tell(description), extensions=[guard])


def mutation(description: str, needs: Needs = None, reach: ApiArea | None = None, *, anonymous: bool = False) -> Any:
    """Make a mutation out of an async resolver."""
    guard = Guard(needs, reach, anonymous=anonymous)
    return strawberry.mutation(description=guard.tell(description), extensions=[guard])
