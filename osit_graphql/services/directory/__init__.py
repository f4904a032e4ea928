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
    ServiceInput,
    SiteInput,
    create_entry,
    update_entry,
)
from osit_graphql.services.directory.people import PersonInput, create_person, create_person_unchecked, update_person

__all__ = [
    "ApplicationInput",
    "CauseInput",
    "FirstPersonInput",
    "ListedPerson",
    "PersonInput",
    "ServiceInput",
    "SiteInput",
    "create_entry",
    "create_person",
    "create_person_unchecked",
    "find_person",
    "find_service",
    "find_site",
    "list_people",
    "reset_password",
    "update_entry",
    "update_person",
]
