"""Leaks in row-level security: policies, their functions, and the viewer's settings in a transaction.

Their tests run with row-level security as the only layer, except those that compare the policies in the database.
"""

from tests.planted.plant import Patch, Plant
from tests.protection import BOTH, RLS

POLICIES_FILE = "migrations/versions/0010_walls.sql"
SEARCH_FILE = "migrations/versions/0025_document_parts.sql"
ROLLUP_POLICIES_FILE = "migrations/versions/0016_flow.sql"
LISTS = "tests/leaks/test_classes.py::test_lists_contain_exactly_the_tickets_that_open"
INTERNAL = "tests/unit/test_internal_comments.py"
SEARCH = "tests/search/test_leaks.py"
PARTS = "tests/search/test_document_parts.py"
REPORTS = "tests/reports/test_leaks.py"
MEETINGS = "tests/meetings/test_meetings.py"
ONLY_LAYER = "tests/rls/test_single_protection.py"
POLICIES_IN_DATABASE = "tests/rls/test_rendered.py::test_policies_in_postgresql_equal_the_rendered_ones"
WITHOUT_VIEWER = "tests/rls/test_missing_viewer.py"


def policy(
    name: str, start: str, old: str, new: str, *tests: str, protection: str = RLS, file: str = POLICIES_FILE
) -> Plant:
    """Return a leak in a policy or function: the text `old` after its start is replaced."""
    return Plant(name, (Patch(file, start + old, start + new),), tests, protection)


def select(table: str) -> str:
    """Return the start of the policy for reads of a table."""
    return f"CREATE POLICY {table}_select ON {table} FOR SELECT TO osit_api\n    USING ("


POLICIES: tuple[Plant, ...] = (
    policy("the policy of tickets allows all reads", select("ticket"), "", "true OR ", LISTS),
    policy(
        "the policy of tickets allows all closed ones", select("ticket"), "", "ticket.closed_at IS NOT NULL OR ", LISTS
    ),
    policy(
        "the policy of tickets takes operators for requesters",
        "'system:import', 'system:reports']) OR ticket.",
        "requester_id",
        "operator_id",
        LISTS,
    ),
    policy(
        "the policy of tickets compares services with people",
        select("ticket"),
        "",
        "ticket.service_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)) OR ",
        LISTS,
    ),
    policy("tickets have no row-level security", "ALTER TABLE ticket ", "ENABLE ROW", "DISABLE ROW", LISTS),
    policy("activities have no row-level security", "ALTER TABLE activity ", "ENABLE ROW", "DISABLE ROW", INTERNAL),
    policy(
        "the owner of tickets bypasses row-level security",
        "ALTER TABLE ticket ",
        "FORCE ROW",
        "NO FORCE ROW",
        POLICIES_IN_DATABASE,
        protection=BOTH,
    ),
    policy(
        "the policy of activities allows all reads",
        "",
        select("activity"),
        "CREATE POLICY activity_select ON activity FOR SELECT TO osit_api\n    USING (true OR ",
        INTERNAL,
    ),
    policy(
        "the policy of activities allows internal comments",
        "activity.ticket_id AND (",
        "activity.internal IS false",
        "true",
        INTERNAL,
    ),
    policy(
        "the search function matches internal words for requesters",
        "THEN (NOT ticket_document.superseded) ELSE ",
        "(NOT ticket_document.internal) END\n        UNION ALL",
        "true END\n        UNION ALL",
        SEARCH,
        file=SEARCH_FILE,
    ),
    policy(
        "the search function matches internal parts for requesters",
        "JOIN reader ON ",
        "CASE WHEN reader.internals THEN NOT part.superseded ELSE NOT part.internal END",
        "true",
        f"{PARTS}::test_words_of_300_comments_find_their_ticket",
        file=SEARCH_FILE,
    ),
    policy(
        "ranks depend on internal parts",
        "part.ticket_id = key AND ",
        "CASE WHEN internals THEN NOT part.superseded ELSE NOT part.internal END",
        "true",
        f"{PARTS}::test_internal_parts_do_not_change_the_order_of_requesters",
        file=SEARCH_FILE,
    ),
    policy(
        "the search function matches all tickets",
        " ticket_document.ticket_id FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id\n"
        "        WHERE document @@ asked AND (NOT ticket_document.long) ",
        "AND ((SELECT",
        "AND (true OR (SELECT",
        POLICIES_IN_DATABASE,
        protection=BOTH,
        file=SEARCH_FILE,
    ),
    policy("the policy of meetings allows all reads", select("meeting"), "", "true OR ", MEETINGS),
    policy("the policy of agenda items allows all reads", select("agenda_item"), "", "true OR ", MEETINGS),
    policy("the policy of interventions allows all reads", select("intervention"), "", "true OR ", REPORTS),
    policy(
        "the function for past services allows all tickets",
        "RETURN ",
        "EXISTS (SELECT FROM intervention",
        "true OR EXISTS (SELECT FROM intervention",
        f"{REPORTS}::test_a_report_covers_only_the_work_of_the_service",
    ),
    policy(
        "the policy of rates allows all reads",
        select("service_rate"),
        "",
        "true OR ",
        f"{INTERNAL}::test_the_rates_that_each_role_reads",
    ),
    policy(
        "the policy of people allows all reads",
        select("person"),
        "",
        "true OR ",
        "tests/leaks/test_classes.py::test_people_cannot_be_enumerated_by_id",
    ),
    policy(
        "the policy of the directory's history allows all reads",
        select("directory_change"),
        "",
        "true OR ",
        "tests/directory/test_history.py::test_only_administrators_read_it",
        file="migrations/versions/0024_directory_changes.sql",
    ),
    policy(
        "the policy of rollups allows all reads",
        select("cost_cell"),
        "",
        "true OR ",
        POLICIES_IN_DATABASE,
        protection=BOTH,
        file=ROLLUP_POLICIES_FILE,
    ),
    policy(
        "activities are written without a check",
        "CREATE POLICY activity_insert ON activity FOR INSERT TO osit_api\n",
        "    WITH CHECK (",
        "    WITH CHECK (true OR ",
        POLICIES_IN_DATABASE,
        protection=BOTH,
    ),
    policy(
        "tickets are updated without a check",
        "CREATE POLICY ticket_update ON ticket FOR UPDATE TO osit_api\n    USING (",
        "",
        "true OR ",
        ONLY_LAYER,
    ),
    policy(
        "any viewer looks up sessions",
        "CREATE FUNCTION osit_session(of_digest bytea, at timestamptz) RETURNS TABLE (id bigint, roles text[], "
        "service_id bigint)\nLANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, "
        "pg_temp AS $$\nBEGIN\n    IF ",
        "current_setting('osit.roles', true) = 'system:sign-in'",
        "true",
        "tests/leaks/test_credentials.py",
        protection=BOTH,
    ),
    policy(
        "sessions of inactive people are valid",
        "WHERE s.digest = of_digest AND s.expires_at > at",
        " AND p.active",
        "",
        "tests/leaks/test_classes.py::test_deactivated_people_cannot_sign_in_or_be_chosen",
        protection=BOTH,
    ),
)

SESSION_CONTEXT: tuple[Plant, ...] = (
    Plant(
        "a session outlives its transaction",
        (Patch("osit_graphql/db/engine.py", "        self._session.close()\n", ""),),
        ("tests/rls/test_connections.py::test_a_session_is_unusable_after_its_transaction",),
        BOTH,
    ),
    Plant(
        "a transaction has another person's ID",
        (Patch("osit_graphql/db/engine.py", "{int(viewer.user_id):d}", "{int(viewer.user_id) + 1:d}"),),
        ("tests/rls/test_connections.py::test_the_same_connection_serves_one_transaction_after_another",),
        BOTH,
    ),
    Plant(
        "the viewer's settings outlive the transaction",
        (Patch("osit_graphql/db/engine.py", 'settings = f"SET LOCAL osit', 'settings = f"SET osit'),),
        (WITHOUT_VIEWER,),
        BOTH,
    ),
    Plant(
        "a transaction begins without a viewer",
        (
            Patch(
                "osit_graphql/db/engine.py",
                "        raise MissingViewerError(",
                "        return ''\n        raise MissingViewerError(",
            ),
        ),
        (WITHOUT_VIEWER,),
        BOTH,
    ),
    Plant(
        "every viewer is an operator",
        (
            Patch(
                "osit_graphql/db/engine.py",
                "sorted(Role(role).value for role in roles))",
                "sorted(Role(role).value for role in roles | {Role.OPERATOR}))",
            ),
        ),
        (LISTS,),
        RLS,
    ),
    Plant(
        "every read transaction has the rights of a report",
        (Patch("osit_graphql/db/engine.py", '" if reports else settings', '" if not reports else settings'),),
        ("tests/unit/test_leaks.py::test_a_hidden_ticket_counted_in_reports_is_not_shown",),
        RLS,
    ),
)
ROW_LEVEL_SECURITY = (*POLICIES, *SESSION_CONTEXT)
