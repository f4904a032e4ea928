"""Leaks planted in the second wall: policies, the functions that answer for them, and who is said to ask.

Their tests run with the second wall alone, but where one looks at what PostgreSQL holds.
"""

from tests.planted.plant import Patch, Plant
from tests.walls import BOTH, SECOND

WALL = "migrations/versions/0010_walls.sql"
FIGURES = "migrations/versions/0016_flow.sql"
LISTS = "tests/leaks/test_classes.py::test_a_list_shows_what_opening_shows_and_nothing_else"
INTERNAL = "tests/unit/test_leaks_internal.py"
SEARCH = "tests/search/test_leaks.py"
REPORTS = "tests/reports/test_leaks.py"
MEETINGS = "tests/meetings/test_meetings.py"
ALONE = "tests/rls/test_alone.py"
HELD = "tests/rls/test_rendered.py::test_what_postgresql_holds_is_what_the_law_says"
NOBODY = "tests/rls/test_nobody.py"


def policy(
    name: str, begins: str, found: str, planted: str, *tests: str, walls: str = SECOND, file: str = WALL
) -> Plant:
    """Return a leak in the policy or function that begins so: the words `found` right after it are replaced."""
    return Plant(name, (Patch(file, begins + found, begins + planted),), tests, walls)


def select(table: str) -> str:
    """Return how the policy of reading a table begins."""
    return f"CREATE POLICY {table}_select ON {table} FOR SELECT TO osit_api\n    USING ("


POLICIES: tuple[Plant, ...] = (
    policy("the policy of tickets lets everything be read", select("ticket"), "", "true OR ", LISTS),
    policy("closed tickets are everybody's", select("ticket"), "", "ticket.closed_at IS NOT NULL OR ", LISTS),
    policy(
        "a ticket's operator is taken for its requester", "'system:import', 'system:reports']) OR ticket.",
        "requester_id", "operator_id", LISTS,
    ),
    policy(
        "whose service it is is also asked of the person's number", select("ticket"), "",
        "ticket.service_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)) OR ", LISTS,
    ),
    policy("tickets have no row security", "ALTER TABLE ticket ", "ENABLE ROW", "DISABLE ROW", LISTS),
    policy("histories have no row security", "ALTER TABLE activity ", "ENABLE ROW", "DISABLE ROW", INTERNAL),
    policy("the owner of tickets passes", "ALTER TABLE ticket ", "FORCE ROW", "NO FORCE ROW", HELD, walls=BOTH),
    policy("the policy of histories is dropped", "", select("activity"),
           "CREATE POLICY activity_select ON activity FOR SELECT TO osit_api\n    USING (true OR ", INTERNAL),
    policy(
        "internal comments are read with the ticket", "activity.ticket_id AND (", "activity.internal IS false", "true",
        INTERNAL,
    ),
    policy(
        "internal words match for requesters, in the function", "THEN (NOT ticket_document.superseded) ELSE ",
        "(NOT ticket_document.internal)", "true", SEARCH,
    ),
    policy(
        "words of every ticket match", "WHERE document @@ asked ", "AND ((SELECT", "AND (true OR (SELECT",
        HELD, walls=BOTH,
    ),
    policy("meetings are everybody's", select("meeting"), "", "true OR ", MEETINGS),
    policy("agendas are everybody's", select("agenda_item"), "", "true OR ", MEETINGS),
    policy("everybody's work is in a technician's reports", select("intervention"), "", "true OR ", REPORTS),
    policy(
        "every service has had every ticket", "RETURN ", "EXISTS (SELECT FROM intervention",
        "true OR EXISTS (SELECT FROM intervention",
        f"{REPORTS}::test_a_report_reaches_what_the_service_had_and_no_other_ticket",
    ),
    policy("rates are everybody's", select("service_rate"), "", "true OR ", f"{INTERNAL}::test_who_reads_which_rate"),
    policy("requesters are met by everybody", select("person"), "", "true OR ",
           "tests/leaks/test_classes.py::test_nobody_is_found_by_counting_ids"),
    policy("ready figures are everybody's", select("cost_cell"), "", "true OR ", HELD, walls=BOTH, file=FIGURES),
    policy(
        "histories are written without the check", "CREATE POLICY activity_insert ON activity FOR INSERT TO osit_api\n",
        "    WITH CHECK (", "    WITH CHECK (true OR ", HELD, walls=BOTH,
    ),
    policy(
        "a ticket is left in any state", "CREATE POLICY ticket_update ON ticket FOR UPDATE TO osit_api\n    USING (",
        "", "true OR ", ALONE,
    ),
    policy(
        "a session is anybody's to look up",
        "CREATE FUNCTION osit_session(of_digest bytea, at timestamptz) RETURNS TABLE (id bigint, roles text[], "
        "service_id bigint)\nLANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, "
        "pg_temp AS $$\nBEGIN\n    IF ", "current_setting('osit.roles', true) = 'system:sign-in'", "true",
        "tests/leaks/test_credentials.py", walls=BOTH,
    ),
    policy(
        "whoever has left is still let in", "WHERE s.digest = of_digest AND s.expires_at > at", " AND p.active", "",
        "tests/leaks/test_classes.py::test_whoever_has_left_is_let_in_no_more_and_named_no_more", walls=BOTH,
    ),
)  # fmt: skip

BINDING: tuple[Plant, ...] = (
    Plant(
        "a session outlives its transaction",
        (Patch("osit_graphql/db/engine.py", "        self._session.forget()\n", ""),),
        ("tests/rls/test_connections.py::test_nothing_is_said_on_a_connection_after_its_transaction",), BOTH,
    ),
    Plant(
        "who asked stays with the connection",
        (Patch("osit_graphql/db/connections.py", "        link.driver.bind(None)\n", ""),),
        ("tests/rls/test_connections.py::test_nobody_is_bound_while_nobody_has_it",), BOTH,
    ),
    Plant(
        "what was bound outlives the transaction",
        (
            Patch("osit_graphql/db/session_context.py", "else BEGIN) + self.asking)",
                  'else BEGIN) + self.asking.replace("LOCAL", "SESSION"))'),
        ), (NOBODY,), BOTH,
    ),
    Plant(
        "nobody asking is nobody stopped",
        (Patch("osit_graphql/db/session_context.py", "        if self.asking is None:",
               "        self.asking = self.asking or GREETING\n        if self.asking == 0:"),),
        (NOBODY,), BOTH,
    ),
    Plant(
        "everybody asks as the desk",
        (Patch("osit_graphql/db/session_context.py", "sorted(Role(role).value for role in roles))",
               "sorted(Role(role).value for role in roles | {Role.OPERATOR}))"),), (LISTS,), SECOND,
    ),
    Plant(
        "every reading is a report's",
        (Patch("osit_graphql/db/session_context.py", '" if reports else said', '" if not reports else said'),),
        ("tests/unit/test_leaks.py::test_a_ticket_that_reports_still_count_is_not_shown",), SECOND,
    ),
)  # fmt: skip
WALLED = (*POLICIES, *BINDING)
