"""Inputs of reports: period and filter, and their conversion to a report request."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.inputs.tickets_filter import list_field
from osit_graphql.api.strawberry_adapter import is_set
from osit_graphql.domain import date_range
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.reports import request
from osit_graphql.services.reports.request import Dimension, ReportRequest

IDS = {
    "application_ids": ("applicationIds", global_ids.Kind.APPLICATION),
    "service_ids": ("serviceIds", global_ids.Kind.SERVICE),
    "site_ids": ("siteIds", global_ids.Kind.SITE),
    "cause_ids": ("causeIds", global_ids.Kind.CAUSE),
}


@strawberry.input(description="Inclusive date range in the company's time zone.")
class Period:
    from_: date = strawberry.field(name="from", description="First day.")
    to: date = strawberry.field(description="Last day.")

    def days(self) -> tuple[date, date]:
        """Return the first and the last day; raises `BadInput` if the last comes first."""
        if self.to < self.from_:
            raise BadInput("A period ends on the day it begins, or later.", argument=("period", "to"))
        return self.from_, self.to


@strawberry.input(description="Report filter. All conditions must hold. At most 100 values per list.")
class ReportFilter:
    application_ids: list[strawberry.ID] | None = list_field("applications, as currently set on the ticket")
    service_ids: list[strawberry.ID] | None = list_field("services, that did the work or had the ticket then")
    site_ids: list[strawberry.ID] | None = list_field("sites, as currently set on the ticket")
    cause_ids: list[strawberry.ID] | None = list_field("causes; in `ticketFlow`, tickets with an intervention for one")

    def to_service(self) -> request.ReportFilter:
        """Return the filter for the services; raises `BadInput` with the path of an invalid ID."""
        values: dict[str, tuple[int, ...]] = {}
        for name, (argument, kind) in IDS.items():
            if is_set(texts := getattr(self, name)):
                decoded = {
                    global_ids.decode(kind, text, ("filter", argument, str(at))) for at, text in enumerate(texts)
                }
                values[name] = tuple(sorted(decoded))
        return request.ReportFilter(**values)


def to_report_request(period: Period, group_by: Iterable[Any], filter: ReportFilter | None) -> ReportRequest:
    """Return the request for the services, with each dimension once, in the order of the enumeration."""
    selected = {str(dimension) for dimension in group_by}
    dimensions = tuple(dimension for dimension in Dimension if dimension.value in selected)
    conditions = filter.to_service() if is_set(filter) and filter is not None else request.ReportFilter()
    return ReportRequest(date_range.Period(*period.days()), dimensions, conditions).check()
