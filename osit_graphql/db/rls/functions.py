"""Functions that run as their owner and have the law in them: what policies and the search ask row security can't."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import literal_column as written
from sqlalchemy import not_

from osit_graphql.db import people_visibility, visibility
from osit_graphql.db.models import TicketDocument
from osit_graphql.db.rls.viewer_expressions import asker, held, lifted, number, wholly
from osit_graphql.db.visibility import Condition
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Permission, Role


@dataclass(frozen=True)
class Function:
    """A function in PL/pgSQL; `laws` are what its body has names for, in braces."""

    signature: str
    body: str
    laws: Mapping[str, Condition]


_INWARD = lifted(visibility.reads_internal)
_WITHIN, _WITHOUT = not_(TicketDocument.superseded), not_(TicketDocument.internal)

FUNCTIONS: Final = (
    # Whether whoever asks, only a requester, meets somebody who is not of the desk: it looks where the first wall does.
    Function(
        "osit_met(somebody bigint) RETURNS boolean",
        """BEGIN
    RETURN {met};
END """,
        {"met": people_visibility.met(asker(Role.REQUESTER), written("somebody"))},
    ),
    # Whether the service of whoever asks had a ticket or worked on it: what their reports count.
    Function(
        "osit_service_had(of_ticket integer) RETURNS boolean",
        """DECLARE
    mine bigint := {service};
BEGIN
    RETURN EXISTS (SELECT FROM intervention WHERE ticket_id = of_ticket AND service_id = mine)
        OR EXISTS (SELECT FROM activity WHERE ticket_id = of_ticket AND to_service_id = mine);
END """,
        {"service": number("service", Role.TECHNICIAN)},
    ),
    # Which tickets a search finds, by what whoever asks reads of each; `inward`: by internal comments where they may.
    # Under row security the words' index serves nobody: « @@ » is not leakproof.
    Function(
        "osit_answering(asked tsquery, inward boolean, most bigint) RETURNS integer[]",
        """BEGIN
    IF {all} AND inward THEN
        RETURN ARRAY(SELECT ticket_id FROM ticket_document WHERE document @@ asked AND NOT superseded LIMIT most);
    END IF;
    RETURN ARRAY(
        SELECT ticket_document.ticket_id FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND {visible}
            AND CASE WHEN inward AND {inward} THEN {within} ELSE {without} END
        LIMIT most
    );
END """,
        {
            "all": held(*wholly(visibility.reads_internal)),
            "visible": lifted(visibility.visible),
            "inward": _INWARD,
            "within": _WITHIN,
            "without": _WITHOUT,
        },
    ),
    # The same with each one's rank, for a search by relevance: read where they are found.
    Function(
        "osit_ranked(asked tsquery, words tsquery, inward boolean) RETURNS TABLE (id integer, rank double precision)",
        """BEGIN
    IF {all} AND inward THEN
        RETURN QUERY SELECT ticket_id, ts_rank(document, words)::double precision
            FROM ticket_document WHERE document @@ asked AND NOT superseded;
        RETURN;
    END IF;
    RETURN QUERY SELECT ticket_document.ticket_id, ts_rank(document, words)::double precision
        FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND {visible}
            AND CASE WHEN inward AND {inward} THEN {within} ELSE {without} END;
END """,
        {
            "all": held(*wholly(visibility.reads_internal)),
            "visible": lifted(visibility.visible),
            "inward": _INWARD,
            "within": _WITHIN,
            "without": _WITHOUT,
        },
    ),
    # Which people answer a search, for whoever reads the directory of people.
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
        {"people": held(*permissions.roles_for(Permission.READ_PEOPLE))},
    ),
)
