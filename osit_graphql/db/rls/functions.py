"""SECURITY DEFINER functions with visibility predicates, for policies and searches that row-level security can't serve.

Their signatures are frozen in migrations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import literal_column as sql
from sqlalchemy import not_

from osit_graphql.db import visibility
from osit_graphql.db.models import Ticket, TicketDocument
from osit_graphql.db.rls.viewer_expressions import (
    has_any_role,
    policy_for_all_roles,
    setting_as_number,
    unrestricted_roles,
    viewer_with_role,
)
from osit_graphql.db.visibility import Condition
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Permission, Role, Status


@dataclass(frozen=True)
class Function:
    """A PL/pgSQL function. The body has the names of `predicates` in braces."""

    signature: str
    body: str
    predicates: Mapping[str, Condition]


SEARCH_PREDICATES: Final[Mapping[str, Condition]] = {
    "all": has_any_role(*unrestricted_roles(visibility.reads_internal)),
    "visible": policy_for_all_roles(visibility.visible),
    "inward": policy_for_all_roles(visibility.reads_internal),
    "whole": not_(TicketDocument.long),
    "within": not_(TicketDocument.superseded),
    "without": not_(TicketDocument.internal),
}
"""Predicates of the two functions that search tickets."""

FUNCTIONS: Final = (
    # Whether a viewer who is only a requester shares a ticket with this person.
    Function(
        "osit_met(somebody bigint) RETURNS boolean",
        """BEGIN
    RETURN {met};
END """,
        {"met": visibility.shares_a_ticket(viewer_with_role(Role.REQUESTER), sql("somebody"))},
    ),
    # Whether the viewer's service had this ticket or worked on it, so that the viewer's reports count it.
    Function(
        "osit_service_had(of_ticket integer) RETURNS boolean",
        """DECLARE
    mine bigint := {service};
BEGIN
    RETURN EXISTS (SELECT FROM intervention WHERE ticket_id = of_ticket AND service_id = mine)
        OR EXISTS (SELECT FROM activity WHERE ticket_id = of_ticket AND to_service_id = mine);
END """,
        {"service": setting_as_number("service", Role.TECHNICIAN)},
    ),
    # Tickets that match a search, in the texts that the viewer may read; `inward`: internal comments included.
    # Under row-level security the full-text index is unused, because « @@ » is not leakproof. Tickets with several
    # parts come from `osit_part_matches`.
    Function(
        "osit_answering(asked tsquery, inward boolean, most bigint) RETURNS integer[]",
        """BEGIN
    IF {all} AND inward THEN
        RETURN ARRAY(
            SELECT ticket_id FROM ticket_document WHERE document @@ asked AND {whole} AND {within}
            UNION ALL SELECT ticket_id FROM osit_part_matches(asked, ARRAY[true])
            LIMIT most
        );
    END IF;
    RETURN ARRAY(
        SELECT ticket_document.ticket_id FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND {whole} AND {visible}
            AND CASE WHEN inward AND {inward} THEN {within} ELSE {without} END
        UNION ALL
        SELECT ticket.id FROM osit_part_matches(asked, ARRAY[false, inward]) AS found
            JOIN ticket ON ticket.id = found.ticket_id
        WHERE {visible} AND found.internals = coalesce(inward AND {inward}, false)
        LIMIT most
    );
END """,
        SEARCH_PREDICATES,
    ),
    # The same with ranks, for searches ordered by relevance.
    Function(
        "osit_ranked(asked tsquery, words tsquery, inward boolean) RETURNS TABLE (id integer, rank double precision)",
        """BEGIN
    IF {all} AND inward THEN
        RETURN QUERY SELECT ticket_id, ts_rank(document, words)::double precision
            FROM ticket_document WHERE document @@ asked AND {whole} AND {within};
        RETURN QUERY SELECT ticket_id, osit_part_rank(ticket_id, true, words)
            FROM osit_part_matches(asked, ARRAY[true]);
        RETURN;
    END IF;
    RETURN QUERY SELECT ticket_document.ticket_id, ts_rank(document, words)::double precision
        FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND {whole} AND {visible}
            AND CASE WHEN inward AND {inward} THEN {within} ELSE {without} END;
    RETURN QUERY SELECT ticket.id, osit_part_rank(ticket.id, found.internals, words)
        FROM osit_part_matches(asked, ARRAY[false, inward]) AS found JOIN ticket ON ticket.id = found.ticket_id
        WHERE {visible} AND found.internals = coalesce(inward AND {inward}, false);
END """,
        SEARCH_PREDICATES,
    ),
    # People who match a search, for viewers who may read the directory.
    Function(
        "osit_called(parts text[]) RETURNS bigint[]",
        """BEGIN
    IF {people} THEN
        RETURN ARRAY(
            SELECT id FROM person
            WHERE search_runs @@ osit_run_query(parts) AND osit_answers(search_text, parts) IS NOT NULL
        );
    END IF;
    RETURN ARRAY[]::bigint[];
END """,
        {"people": has_any_role(*permissions.roles_for(Permission.READ_PEOPLE))},
    ),
    # Number of a service's tickets that are not closed, for administrators, who see no tickets.
    Function(
        "osit_unclosed_tickets(of_service bigint) RETURNS bigint",
        """BEGIN
    IF {directory} THEN
        RETURN (SELECT count(*) FROM ticket WHERE service_id = of_service AND {unclosed});
    END IF;
    RETURN 0;
END """,
        {
            "directory": has_any_role(*permissions.roles_for(Permission.MANAGE_DIRECTORY)),
            "unclosed": Ticket.status != str(Status.CLOSED),
        },
    ),
)
