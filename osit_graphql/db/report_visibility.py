"""Whose figures somebody's reports are on: of what is kept ready, all of it or their service's."""

from typing import Any

from sqlalchemy import Select, false, select, true

from osit_graphql.db.models import FlowEvent
from osit_graphql.db.visibility import Columns, Condition, reads_all_work
from osit_graphql.domain.viewer import Viewer


def scope(viewer: Viewer) -> int | None:
    """Return whose: a service's, 0 for all of them together, None for nobody's."""
    return 0 if reads_all_work(viewer) else viewer.service_id


def reads_figures(viewer: Viewer, kept: Any) -> Condition:
    """Return which rows of what is kept ready the viewer reads; each belongs to a service, 0 being all of them."""
    if reads_all_work(viewer):
        return true()
    return kept.service_id == viewer.service_id if viewer.service_id is not None else false()


def flow(viewer: Viewer, *columns: Columns) -> Select[Any]:
    """Start a SELECT of the comings and goings of tickets in the viewer's reports: of all, or while their service's."""
    return select(*columns).select_from(FlowEvent).where(reads_figures(viewer, FlowEvent))
