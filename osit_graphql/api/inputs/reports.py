"""What reports are asked, as it comes in."""

from collections.abc import Iterable
from typing import Any

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import is_set
from osit_graphql.api.inputs.periods import Period
from osit_graphql.api.inputs.tickets_filter import listed
from osit_graphql.domain import date_range
from osit_graphql.services.reports import request
from osit_graphql.services.reports.request import Dimension, ReportRequest

IDS = {
    "application_ids": ("applicationIds", global_ids.Kind.APPLICATION),
    "service_ids": ("serviceIds", global_ids.Kind.SERVICE),
    "site_ids": ("siteIds", global_ids.Kind.SITE),
    "cause_ids": ("causeIds", global_ids.Kind.CAUSE),
}


@strawberry.input(description="Report filter. All conditions must hold. At most 100 values per list.")
class ReportFilter:
    """The contract's `ReportFilter`."""

    application_ids: list[strawberry.ID] | None = listed("applications, as the tickets stand today")
    service_ids: list[strawberry.ID] | None = listed("services, that did the work or had the ticket then")
    site_ids: list[strawberry.ID] | None = listed("sites, as the tickets stand today")
    cause_ids: list[strawberry.ID] | None = listed("causes; in `ticketFlow`, tickets with an intervention for one")

    def to_service(self) -> request.ReportFilter:
        """Return what the services take; ids that can't be decoded are refused by their path."""
        values: dict[str, tuple[int, ...]] = {}
        for name, (argument, kind) in IDS.items():
            if is_set(texts := getattr(self, name)):
                decoded = {
                    global_ids.decode(kind, text, ("filter", argument, str(at))) for at, text in enumerate(texts)
                }
                values[name] = tuple(sorted(decoded))
        return request.ReportFilter(**values)


def to_report_request(period: Period, group_by: Iterable[Any], narrowed: ReportFilter | None) -> ReportRequest:
    """Return what the services take: dimensions in their own order, each once."""
    asked = {str(word) for word in group_by}
    kept = tuple(word for word in Dimension if word.value in asked)
    taken = narrowed.to_service() if is_set(narrowed) and narrowed is not None else request.ReportFilter()
    return ReportRequest(date_range.Period(*period.days()), kept, taken).check()
