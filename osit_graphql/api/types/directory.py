"""Directory entries: services, applications, sites and causes."""

from datetime import date
from typing import Any, ClassVar, TypeVar

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.row_types import RequiredColumns, RowBacked, row_backed
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import Node
from osit_graphql.db import models

ACTIVE = "Whether it is in use. Entries are deactivated, never deleted."


@strawberry.type(description="Hourly rate of a service from a day on.")
class ServiceRate:
    from_: date = strawberry.field(name="from", description="First day, in the company's time zone.")
    hourly_rate: Money | None = strawberry.field(description="Hourly rate. Null: no rate from then on.")


@row_backed(global_ids.Kind.SERVICE)
@strawberry.type(description="Team to which tickets are assigned: « service ».")
class Service(RowBacked, Node):
    key: strawberry.Private[int]
    name: str = strawberry.field(description="Name.")
    phone: str | None = strawberry.field(description="Phone number.")
    email: str | None = strawberry.field(description="E-mail address.")
    active: bool = strawberry.field(description=ACTIVE)

    @strawberry.field(description="Hourly rate today. Null without a rate, or if the viewer may not see rates.")
    async def hourly_rate(self, info: Info) -> Money | None:
        """Load the rate; managers, administrators and the service's technicians may see it."""
        return money(info, await info.context.loaders.current_rate(self.key))

    @strawberry.field(
        description="All hourly rates, past and future, latest first. Null if the viewer may not see rates."
    )
    async def rates(self, info: Info) -> list[ServiceRate] | None:
        rows = await info.context.loaders.rates(self.key)
        if rows is None:
            return None
        return [ServiceRate(from_=row.effective_from, hourly_rate=money(info, row.hourly_rate)) for row in rows]


@row_backed(global_ids.Kind.APPLICATION)
@strawberry.type(description="Application that employees use: « application ».")
class Application(RowBacked, Node):
    name: str = strawberry.field(description="Name.")
    active: bool = strawberry.field(description=ACTIVE)
    default_service_id: strawberry.Private[int | None]
    required_columns: ClassVar[RequiredColumns] = {"default_service": ("default_service_id",)}

    @strawberry.field(description="Service to which its tickets are usually assigned first.")
    async def default_service(self, info: Info) -> Service | None:
        return None if self.default_service_id is None else await load_entry(info, Service, self.default_service_id)


@row_backed(global_ids.Kind.SITE)
@strawberry.type(description="Site of the company: « site ».")
class Site(RowBacked, Node):
    name: str = strawberry.field(description="Name.")
    city: str | None = strawberry.field(description="Town.")
    active: bool = strawberry.field(description=ACTIVE)


@row_backed(global_ids.Kind.CAUSE)
@strawberry.type(description="Cause of incidents, as technicians found it: « cause ».")
class Cause(RowBacked, Node):
    name: str = strawberry.field(description="Name.")
    active: bool = strawberry.field(description=ACTIVE)


MODELS: dict[Any, Any] = {
    Service: models.Service,
    Application: models.Application,
    Site: models.Site,
    Cause: models.Cause,
}
E = TypeVar("E", Service, Application, Site, Cause)


async def load_entry(info: Info, type_: type[E], key: int) -> E | None:
    """Return the directory entry with a row number; None when there is none."""
    row = await info.context.loaders.directory_record(MODELS[type_], key)
    return None if row is None else type_.from_row(row)
