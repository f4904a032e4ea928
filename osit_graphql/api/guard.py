"""Who may ask for a root field: declared on the field, written into its description, checked before it resolves."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from osit_graphql import rules
from osit_graphql.api.context import Info
from osit_graphql.vocabulary import Action, Right

Needs = Action | Right | None


class Guard(FieldExtension):
    """Lets through whoever is signed in and holds what the field needs; `anonymous` lets anybody through."""

    def __init__(self, needs: Needs = None, *, anonymous: bool = False) -> None:
        self.needs = needs
        self.anonymous = anonymous

    def apply(self, field: StrawberryField) -> None:
        """Say it where clients read it."""
        if self.needs is not None:
            roles = ", ".join(sorted(rules.roles_for(self.needs)))
            field.description = f"{field.description} Roles: {roles}."

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Refuse before anything is read or decoded."""
        info.context.act_as(info.context.owner)
        if not self.anonymous:
            viewer = info.context.viewer
            if self.needs is not None:
                rules.authorize(viewer.roles, self.needs)
        return await next_(source, info, **kwargs)


def guarded(description: str, needs: Needs = None, *, anonymous: bool = False) -> Any:
    """Make a root field out of an async resolver."""
    return strawberry.field(description=description, extensions=[Guard(needs, anonymous=anonymous)])


def mutation(description: str, needs: Needs = None, *, anonymous: bool = False) -> Any:
    """Make a mutation out of an async resolver."""
    return strawberry.mutation(description=description, extensions=[Guard(needs, anonymous=anonymous)])
