"""Amounts of money in the company's currency."""

from decimal import Decimal

import strawberry

from osit_graphql.api.context import Info


@strawberry.type(description="Amount of money, exact to the cent.")
class Money:
    amount: Decimal = strawberry.field(description="Amount.")
    currency: str = strawberry.field(description="Currency, ISO 4217.")


def money(info: Info, amount: Decimal | None) -> Money | None:
    """Return an amount in the company's currency; None for None."""
    if amount is None:
        return None
    return Money(amount=amount.quantize(Decimal("0.01")), currency=info.context.settings.currency)
