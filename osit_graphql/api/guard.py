"""Who may ask for a root field: declared on the field, written into its description, checked before it resolves."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from osit_graphql import rules
from osit_graphql.api.context import Info
from osit_graphql.vocabulary import Action, Right

Needs = Action | Right | None


class Guard(FieldExtension):
    """Lets through whoever is signed in and holds what the field needs; `anonymous` lets anybody through."""

    def __init__(self, needs: Needs = None, *, anonymous: bool = False) -> None:
        self.needs = needs
        self.anonymous = anonymous

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        """Refuse before anything is read or decoded."""
        info.context.act_as(info.context.owner)
        if not self.anonymous:
            viewer = info.context.viewer
            if self.needs is not None:
                rules.authorize(viewer.roles, self.needs)
        return await next_(source, info, **kwargs)


def tell(description: str, needs: Needs) -> str:
    """Say who may where clients read it."""
    return description if needs is None else f"{description} Roles: {', '.join(sorted(rules.roles_for(needs)))}."


def guarded(description: str, needs: Needs = None, *, anonymous: bool = False) -> Any:
    """Make a root field out of an async resolver."""
    return strawberry.field(description=tell(description, needs), extensions=[Guard(needs, anonymous=anonymous)])


def mutation(description: str, needs: Needs = None, *, anonymous: bool = False) -> Any:
    """Make a mutation out of an async resolver."""
    return strawberry.mutation(description=tell(description, needs), extensions=[Guard(needs, anonymous=anonymous)])
