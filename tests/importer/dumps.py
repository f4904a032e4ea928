"""Dumps of imported rows, with names instead of identifiers, so that two imports can be compared."""

from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Database
from tests.superuser import as_superuser

TICKETS_WITH_NAMES = """FROM ticket t
JOIN person requester ON requester.id = t.requester_id
LEFT JOIN person operator ON operator.id = t.operator_id
LEFT JOIN person assignee ON assignee.id = t.assignee_id
JOIN application ON application.id = t.application_id
JOIN service ON service.id = t.service_id
JOIN site ON site.id = t.site_id
LEFT JOIN cause ON cause.id = t.suspected_cause_id"""
TICKETS = f"""
SELECT t.external_ref, t.title, t.description, t.status, t.severity, t.criticality, t.priority, t.opened_at,
       t.updated_at, t.closed_at, t.version, t.reopen_count, t.reroute_count, requester.email AS requester,
       operator.email AS operator, assignee.email AS assignee, application.name AS application,
       service.name AS service, site.name AS site, cause.name AS cause
{TICKETS_WITH_NAMES}
WHERE t.external_ref LIKE :source || ':%' ORDER BY t.id
"""

ACTIVITIES = """
SELECT t.external_ref, a.version, a.kind, a.created_at, a.comment, author.email AS author, assignee.email AS assignee,
       a.from_status, a.to_status, a.from_severity, a.to_severity, a.from_criticality, a.to_criticality,
       a.from_title, a.to_title, a.from_description, was.name AS from_service, became.name AS to_service,
       before.name AS from_application, after.name AS to_application, i.minutes, i.labour
FROM activity a
JOIN ticket t ON t.id = a.ticket_id
LEFT JOIN person author ON author.id = a.author_id
LEFT JOIN person assignee ON assignee.id = a.assignee_id
LEFT JOIN service was ON was.id = a.from_service_id
LEFT JOIN service became ON became.id = a.to_service_id
LEFT JOIN application before ON before.id = a.from_application_id
LEFT JOIN application after ON after.id = a.to_application_id
LEFT JOIN intervention i ON i.activity_id = a.id
WHERE t.external_ref LIKE :source || ':%' ORDER BY t.id, a.id
"""

PEOPLE = """
SELECT p.name, p.email, p.roles, service.name AS service, site.name AS site, p.password_hash, p.active
FROM person p LEFT JOIN service ON service.id = p.service_id LEFT JOIN site ON site.id = p.site_id
WHERE p.email LIKE '%@' || :source || '.import.invalid' ORDER BY p.id
"""

COUNTED_TABLES = ("ticket", "activity", "intervention", "service", "site", "application", "cause", "person")

Dump = dict[str, list[dict[str, Any]]]


async def dump(database: Database, source: str) -> Dump:
    """Return the rows imported from this source, without the source's name."""
    tables: Dump = {}
    async with as_superuser(database).reading() as session:
        for name, statement in {"tickets": TICKETS, "activities": ACTIVITIES, "people": PEOPLE}.items():
            rows = await session.execute(text(statement), {"source": source.lower()})
            tables[name] = [{key: _without(value, source) for key, value in row.items()} for row in rows]
    return tables


def _without(value: object, source: str) -> object:
    if not isinstance(value, str):
        return value
    return value.replace(f"de {source} (", "de … (").replace(f"{source.lower()}:", "…:").replace(
        f"@{source.lower()}.", "@…."
    )  # fmt: skip


async def sizes(database: Database) -> dict[str, int]:
    """Return the number of rows of each table."""
    async with as_superuser(database).reading() as session:
        return {table: await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in COUNTED_TABLES}
