"""Periods, as they come in."""

from datetime import date

import strawberry

from osit_graphql.domain.errors import BadInput


@strawberry.input(description="Inclusive date range in the company's time zone.")
class Period:
    """The contract's `Period`."""

    from_: date = strawberry.field(name="from", description="First day.")
    to: date = strawberry.field(description="Last day.")

    def days(self) -> tuple[date, date]:
        """Return its first and last day, in that order or not at all."""
        if self.to < self.from_:
            raise BadInput("A period ends on the day it begins, or later.", argument=("period", "to"))
        return self.from_, self.to
