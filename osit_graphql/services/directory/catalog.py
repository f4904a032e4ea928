"""Creates and updates sites, causes and applications."""

from dataclasses import dataclass
from typing import Annotated

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Service, Site
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.record_editor import (
    Active,
    DirectoryInput,
    FieldSpec,
    Name,
    RecordEditor,
    edit_named,
    read_city,
    read_optional,
)
from osit_graphql.services.validation import ABSENT, AbsentType


@dataclass(frozen=True)
class SiteInput(DirectoryInput):
    """Fields of a site."""

    name: Name = ABSENT
    city: Annotated[str | AbsentType | None, FieldSpec(read_city, "city")] = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class CauseInput(DirectoryInput):
    """Fields of a cause."""

    name: Name = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class ApplicationInput(DirectoryInput):
    """Fields of an application; its tickets are usually assigned to the default service first."""

    name: Name = ABSENT
    default_service_id: Annotated[int | AbsentType | None, FieldSpec(read_optional, "defaultServiceId")] = ABSENT
    active: Active = ABSENT


async def create_site(session: Session, viewer: Viewer, fields: SiteInput) -> int:
    """Create a site."""
    return await (await edit_named(session, viewer, Site, fields)).write()


async def update_site(session: Session, viewer: Viewer, site_id: int, fields: SiteInput) -> int:
    """Update a site; an inactive one gets no new tickets."""
    return await (await edit_named(session, viewer, Site, fields, site_id)).write()


async def create_cause(session: Session, viewer: Viewer, fields: CauseInput) -> int:
    """Create a cause."""
    return await (await edit_named(session, viewer, Cause, fields)).write()


async def update_cause(session: Session, viewer: Viewer, cause_id: int, fields: CauseInput) -> int:
    """Update a cause; an inactive one gets no new interventions."""
    return await (await edit_named(session, viewer, Cause, fields, cause_id)).write()


async def create_application(session: Session, viewer: Viewer, fields: ApplicationInput) -> int:
    """Create an application."""
    return await _write_application(await edit_named(session, viewer, Application, fields))


async def update_application(session: Session, viewer: Viewer, application_id: int, fields: ApplicationInput) -> int:
    """Update an application; its unchanged default service may be inactive."""
    return await _write_application(await edit_named(session, viewer, Application, fields, application_id))


async def _write_application(editor: RecordEditor) -> int:
    service = {"defaultServiceId": (Service, editor.changes.get("default_service_id"))}
    await editor.validator.references(editor.session, service)
    return await editor.write()
