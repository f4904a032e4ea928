"""What tickets are about and where they go: services, applications, sites, causes."""

from datetime import date
from typing import ClassVar

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
    """One of a service's."""

    from_: date = strawberry.field(name="from", description="First day, in the company's time zone.")
    hourly_rate: Money | None = strawberry.field(description="Hourly rate. Null: no rate from then on.")


@row_backed(global_ids.Kind.SERVICE)
@strawberry.type(description="Team to which tickets are assigned: « service ».")
class Service(RowBacked, Node):
    """The contract's `Service`."""

    key: strawberry.Private[int]
    name: str = strawberry.field(description="Name.")
    phone: str | None = strawberry.field(description="Phone number.")
    email: str | None = strawberry.field(description="E-mail address.")
    active: bool = strawberry.field(description=ACTIVE)

    @strawberry.field(description="Hourly rate today. Null without a rate, or if the viewer may not see rates.")
    async def hourly_rate(self, info: Info) -> Money | None:
        """Through the law: managers, administrators, and the service's own technicians."""
        return money(info, await info.context.loaders.current_rate(self.key))

    @strawberry.field(
        description="All hourly rates, past and future, latest first. Null if the viewer may not see rates."
    )
    async def rates(self, info: Info) -> list[ServiceRate] | None:
        """Through the same law."""
        rows = await info.context.loaders.rates(self.key)
        if rows is None:
            return None
        return [ServiceRate(from_=row.effective_from, hourly_rate=money(info, row.hourly_rate)) for row in rows]


@row_backed(global_ids.Kind.APPLICATION)
@strawberry.type(description="Application that employees use: « application ».")
class Application(RowBacked, Node):
    """The contract's `Application`."""

    name: str = strawberry.field(description="Name.")
    active: bool = strawberry.field(description=ACTIVE)
    default_service_id: strawberry.Private[int | None]
    required_columns: ClassVar[RequiredColumns] = {"default_service": ("default_service_id",)}

    @strawberry.field(description="Service to which its tickets are usually assigned first.")
    async def default_service(self, info: Info) -> Service | None:
        """Null when none was chosen."""
        return None if self.default_service_id is None else await service(info, self.default_service_id)


@row_backed(global_ids.Kind.SITE)
@strawberry.type(description="Site of the company: « site ».")
class Site(RowBacked, Node):
    """The contract's `Site`."""

    name: str = strawberry.field(description="Name.")
    city: str | None = strawberry.field(description="Town.")
    active: bool = strawberry.field(description=ACTIVE)


@row_backed(global_ids.Kind.CAUSE)
@strawberry.type(description="Cause of incidents, as technicians found it: « cause ».")
class Cause(RowBacked, Node):
    """The contract's `Cause`."""

    name: str = strawberry.field(description="Name.")
    active: bool = strawberry.field(description=ACTIVE)


async def service(info: Info, key: int) -> Service | None:
    """Return a service by its row's number."""
    row = await info.context.loaders.directory_record(models.Service, key)
    return None if row is None else Service.from_row(row)


async def application(info: Info, key: int) -> Application | None:
    """Return an application by its row's number."""
    row = await info.context.loaders.directory_record(models.Application, key)
    return None if row is None else Application.from_row(row)


async def site(info: Info, key: int) -> Site | None:
    """Return a site by its row's number."""
    row = await info.context.loaders.directory_record(models.Site, key)
    return None if row is None else Site.from_row(row)


async def cause(info: Info, key: int) -> Cause | None:
    """Return a cause by its row's number."""
    row = await info.context.loaders.directory_record(models.Cause, key)
    return None if row is None else Cause.from_row(row)
