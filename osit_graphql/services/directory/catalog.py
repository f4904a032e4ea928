"""Sites, causes and applications: what a ticket is about."""

from dataclasses import dataclass
from typing import Annotated

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Service, Site
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.record_editor import Entry, open_named
from osit_graphql.services.directory.sheets import Active, Box, Name, Sheet, read_city, read_optional
from osit_graphql.services.validation import ABSENT, AbsentType


@dataclass(frozen=True)
class SiteSheet(Sheet):
    """What is said of a site."""

    name: Name = ABSENT
    city: Annotated[str | AbsentType | None, Box(read_city, "city")] = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class CauseSheet(Sheet):
    """What is said of a cause."""

    name: Name = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class ApplicationSheet(Sheet):
    """What is said of an application; its default service is where its tickets are first proposed to go."""

    name: Name = ABSENT
    default_service_id: Annotated[int | AbsentType | None, Box(read_optional, "defaultServiceId")] = ABSENT
    active: Active = ABSENT


async def create_site(session: Session, viewer: Viewer, sheet: SiteSheet) -> int:
    """Add a site."""
    return await (await open_named(session, viewer, Site, sheet)).write()


async def update_site(session: Session, viewer: Viewer, site_id: int, sheet: SiteSheet) -> int:
    """Change a site; deactivated, it takes no new tickets and keeps its name on the old ones."""
    return await (await open_named(session, viewer, Site, sheet, site_id)).write()


async def create_cause(session: Session, viewer: Viewer, sheet: CauseSheet) -> int:
    """Add a cause."""
    return await (await open_named(session, viewer, Cause, sheet)).write()


async def update_cause(session: Session, viewer: Viewer, cause_id: int, sheet: CauseSheet) -> int:
    """Change a cause; deactivated, no new intervention names it."""
    return await (await open_named(session, viewer, Cause, sheet, cause_id)).write()


async def create_application(session: Session, viewer: Viewer, sheet: ApplicationSheet) -> int:
    """Add an application."""
    return await _write_application(await open_named(session, viewer, Application, sheet))


async def update_application(session: Session, viewer: Viewer, application_id: int, sheet: ApplicationSheet) -> int:
    """Change an application; the service it already has may have been deactivated since."""
    return await _write_application(await open_named(session, viewer, Application, sheet, application_id))


async def _write_application(entry: Entry) -> int:
    named = {"defaultServiceId": (Service, entry.said.get("default_service_id"))}
    await entry.form.references(entry.session, named)
    return await entry.write()
