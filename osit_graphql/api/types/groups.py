"""What the rows of reports are told apart by: fetched ahead, a statement for each kind of thing that is selected."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from osit_graphql.api.lookahead import Selection
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.db import models
from osit_graphql.db.engine import Session
from osit_graphql.services.queries import directory
from osit_graphql.services.reports.request import Dimension, Group, ReportRequest

Named = dict[str, Any]  # what a row is told apart by, as its fields are called
BY = "Null unless the report is grouped by this."
THINGS: dict[Dimension, tuple[directory.CatalogModel, type[Application | Service | Site | Cause]]] = {
    Dimension.APPLICATION: (models.Application, Application),
    Dimension.SERVICE: (models.Service, Service),
    Dimension.SITE: (models.Site, Site),
    Dimension.CAUSE: (models.Cause, Cause),
}


@strawberry.type
class Grouped:
    """Mixed into rows; none of these things is ever deleted."""

    application: Application | None = strawberry.field(default=None, description=f"Application. {BY}")
    service: Service | None = strawberry.field(default=None, description=f"Service. {BY}")
    site: Site | None = strawberry.field(default=None, description=f"Site. {BY}")


@strawberry.type
class Monthly(Grouped):
    """Mixed into rows that can be told apart by month, in the company's time zone."""

    month: date | None = strawberry.field(default=None, description=f"First day of the month. {BY}")


@strawberry.type
class Caused(Grouped):
    """Mixed into rows that can be told apart by cause."""

    cause: Cause | None = strawberry.field(default=None, description=f"Cause. {BY}")


async def name_groups(
    session: Session, request: ReportRequest, asked: Selection, groups: Sequence[Group]
) -> list[Named]:
    """Return what each group's row shows of what it is told apart by."""
    named: dict[str, Sequence[Any]] = {}
    for dimension, values in zip(request.group_by, zip(*groups, strict=True), strict=bool(groups)):
        name = dimension.value.lower()
        if dimension not in THINGS:
            named[name] = values
        elif name in asked:
            thing, type_ = THINGS[dimension]
            found = await directory.by_ids(session, thing, {key for key in values if key is not None})
            things = {key: type_.from_row(row) for key, row in found.items()}
            named[name] = [things.get(key) for key in values]
    return [{name: values[place] for name, values in named.items()} for place in range(len(groups))]
