"""The directory of the company: entries are added, changed and deactivated, never deleted.

One function a verb, each returning the id of its entry. A sheet says what is filled in: what it leaves `ABSENT` stays,
null clears or is `REQUIRED`, and what a row already says is no refusal but no change either.
"""

from osit_graphql.services.directory.admin import (
    FounderSheet,
    Listed,
    find_person,
    find_service,
    find_site,
    list_people,
    reset_password,
)
from osit_graphql.services.directory.catalog import (
    ApplicationSheet,
    CauseSheet,
    SiteSheet,
    create_application,
    create_cause,
    create_site,
    update_application,
    update_cause,
    update_site,
)
from osit_graphql.services.directory.people import PersonSheet, create_person, enrol, update_person
from osit_graphql.services.directory.services import ServiceSheet, create_service, update_service

__all__ = [
    "ApplicationSheet",
    "CauseSheet",
    "FounderSheet",
    "Listed",
    "PersonSheet",
    "ServiceSheet",
    "SiteSheet",
    "create_application",
    "create_cause",
    "create_person",
    "create_service",
    "create_site",
    "enrol",
    "find_person",
    "find_service",
    "find_site",
    "list_people",
    "reset_password",
    "update_application",
    "update_cause",
    "update_person",
    "update_service",
    "update_site",
]
