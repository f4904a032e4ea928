"""Leaks in the predicates of visibility: of tickets, people, history, costs and rates."""

from tests.planted.plant import Patch, Plant, plant
from tests.protection import BOTH

TICKETS, PEOPLE_PREDICATES = "db/visibility.py", "db/visibility.py"
INTERNAL = "tests/unit/test_internal_comments.py"
LISTS = "tests/leaks/test_classes.py::test_lists_contain_exactly_the_tickets_that_open"
PEOPLE = f"{INTERNAL}::test_a_requester_reads_no_internal_comment"
REPORTS = "tests/reports/test_leaks.py"
REROUTED = "tests/reports/test_rerouted.py"
SEARCH = "tests/search/test_leaks.py"
MEETINGS = "tests/meetings/test_meetings.py"
DIRECTORY_HISTORY = "tests/directory/test_history.py::test_only_administrators_read_it"
OWN_SERVICE = "viewer.service_id if viewer.service_id is not None else false()"

VISIBILITY: tuple[Plant, ...] = (
    plant(
        "a requester sees everybody's tickets",
        TICKETS,
        "return Ticket.requester_id == viewer.user_id",
        "return true()",
        LISTS,
    ),
    plant(
        "a requester sees tickets by a prefix of the requester's number",
        TICKETS,
        "return Ticket.requester_id == viewer.user_id",
        "return func.starts_with(func.text(Ticket.requester_id), str(viewer.user_id))",
        "tests/leaks/test_scopes.py",
    ),
    plant(
        "a technician sees the services after theirs",
        TICKETS,
        f"return Ticket.service_id == {OWN_SERVICE}",
        f"return Ticket.service_id >= {OWN_SERVICE}",
        LISTS,
    ),
    plant(
        "an administrator sees tickets",
        TICKETS,
        "case Role.ADMIN:\n            return false()",
        "case Role.ADMIN:\n            return true()",
        LISTS,
    ),
    plant(
        "visibility applies roles that the viewer does not have",
        TICKETS,
        "through = viewer.roles if roles is None else viewer.roles & frozenset(roles)\n    scopes",
        "through = viewer.roles if roles is None else frozenset(roles)\n    scopes",
        INTERNAL,
    ),
    plant(
        "a role allows actions on tickets that another role sees",
        TICKETS,
        "return select(*columns).select_from(Ticket).where(visible(viewer, roles, area))",
        "return select(*columns).select_from(Ticket).where(visible(viewer, None, area))",
        f"{INTERNAL}::test_a_role_acts_only_where_it_sees",
    ),
    plant(
        "a requester reads internal comments",
        TICKETS,
        'RoleVisibility("those they requested", internal=False',
        'RoleVisibility("those they requested", internal=True',
        INTERNAL,
    ),
    plant(
        "everyone who sees a ticket reads its internal comments",
        TICKETS,
        "and_(visible(viewer), not_(Activity.internal))",
        "visible(viewer)",
        INTERNAL,
    ),
    plant(
        "an operator sees costs",
        TICKETS,
        'Role.OPERATOR: RoleVisibility("all", internal=True, costs=False',
        'Role.OPERATOR: RoleVisibility("all", internal=True, costs=True',
        "tests/leaks/test_matrix.py",
    ),
    plant(
        "everyone who sees a ticket sees its costs",
        TICKETS,
        "return value if isinstance(shown, True_) else case((shown, value))",
        "return value",
        INTERNAL,
    ),
    plant(
        "every role of the viewer is reported to see the ticket",
        TICKETS,
        "case((tickets_of_role(role, viewer) if acts else false(), literal(str(role))))",
        "case((true(), literal(str(role))))",
        INTERNAL,
    ),
    plant(
        "words of internal comments change a requester's search",
        TICKETS,
        "        return with_internal if internal == {True} else without_internal",
        "        return with_internal",
        SEARCH,
    ),
    plant(
        "a technician voids a colleague's intervention",
        TICKETS,
        "or_(visible(viewer, through - frozenset(own), ApiArea.WORK), mine)",
        "or_(visible(viewer, through, ApiArea.WORK), mine)",
        "tests/unit/test_permissions.py::test_a_technician_voids_only_their_own_work",
    ),
    plant(
        "a viewer reads titles of all meetings",
        TICKETS,
        "return started.where(exists(item.correlate(Meeting)))",
        "return started",
        MEETINGS,
    ),
    plant(
        "a viewer of a meeting reads its minutes",
        TICKETS,
        'the minutes of meetings."""\n    return permissions.has',
        'the minutes of meetings."""\n    return True or permissions.has',
        MEETINGS,
    ),
    plant(
        "a technician's reports contain all interventions",
        TICKETS,
        f"return Intervention.service_id == {OWN_SERVICE}",
        "return Intervention.ticket_id > 0",
        f"{REPORTS}::test_reports_match_the_oracle_for_each_reader",
    ),
    plant(
        "a service's recurrences count reopenings after the ticket left",
        TICKETS,
        "if not on_services:",
        "if on_services:",
        f"{REROUTED}::test_line_9_reports_of_a_technician_stop_at_the_rerouting",
    ),
    plant(
        "a service's flow follows a ticket that left",
        "services/reports/rollup_sql.py",
        "return today if own is None or kind is ScopeKind.ALL else func.coalesce(own, today)",
        "return today",
        f"{REROUTED}::test_line_9_reports_of_a_technician_stop_at_the_rerouting",
    ),
    Plant(  # queries of reports do not use this predicate: `visibility` has another for them
        "a technician's rollups contain all services",
        (
            Patch(
                "osit_graphql/db/visibility.py",
                f"return table.service_id == {OWN_SERVICE}",
                "return table.service_id >= 0",
            ),
        ),
        ("tests/rls/test_rendered.py",),
        BOTH,
    ),
    plant(
        "a viewer reads e-mail addresses of all visible people",
        PEOPLE_PREDICATES,
        "return true() if reads_all_details(viewer) else person.id == viewer.user_id",
        "return true()",
        PEOPLE,
    ),
    plant(
        "a viewer sees all people",
        PEOPLE_PREDICATES,
        "return started if reads_people(viewer) else started.where("
        "or_(Person.id == viewer.user_id, shares_a_ticket(viewer)))",
        "return started",
        PEOPLE,
    ),
    plant(
        "everybody reads the directory's history",
        PEOPLE_PREDICATES,
        "return true() if reads and permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY) else false()",
        "return true()",
        DIRECTORY_HISTORY,
    ),
    plant(
        "a technician reads hourly rates of all services",
        PEOPLE_PREDICATES,
        f"return service.id == {OWN_SERVICE}",
        "return true()",
        f"{INTERNAL}::test_the_rates_that_each_role_reads",
    ),
)
