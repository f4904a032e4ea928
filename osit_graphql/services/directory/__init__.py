"""The directory: people, services, applications, sites and causes are created, updated and deactivated, never deleted.

Each command returns the record's id. An `ABSENT` field keeps its value; null clears it or is `REQUIRED`; an unchanged
value is neither an error nor a change.
"""

from osit_graphql.services.directory.admin import (
    FirstPersonInput,
    ListedPerson,
    find_person,
    find_service,
    find_site,
    list_people,
    reset_password,
)
from osit_graphql.services.directory.catalog import (
    ApplicationInput,
    CauseInput,
    SiteInput,
    create_application,
    create_cause,
    create_site,
    update_application,
    update_cause,
    update_site,
)
from osit_graphql.services.directory.people import PersonInput, create_person, create_person_unchecked, update_person
from osit_graphql.services.directory.services import ServiceInput, create_service, update_service

__all__ = [
    "ApplicationInput",
    "CauseInput",
    "FirstPersonInput",
    "ListedPerson",
    "PersonInput",
    "ServiceInput",
    "SiteInput",
    "create_application",
    "create_cause",
    "create_person",
    "create_person_unchecked",
    "create_service",
    "create_site",
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
