"""Leaks planted in the law of seeing: who sees which tickets, and what of them."""

from tests.planted.plant import Patch, Plant, plant
from tests.walls import BOTH

LAW, PEOPLE_LAW = "db/visibility.py", "db/people_visibility.py"
INTERNAL = "tests/unit/test_leaks_internal.py"
LISTS = "tests/leaks/test_classes.py::test_a_list_shows_what_opening_shows_and_nothing_else"
PEOPLE = f"{INTERNAL}::test_a_requester_hears_nothing_of_it"
REPORTS = "tests/reports/test_leaks.py"
SEARCH = "tests/search/test_leaks.py"
MEETINGS = "tests/meetings/test_meetings.py"
OURS = "viewer.service_id if viewer.service_id is not None else false()"

SEEING: tuple[Plant, ...] = (
    plant(
        "a requester sees everybody's tickets", LAW,
        "return Ticket.requester_id == viewer.user_id", "return true()", LISTS,
    ),
    plant(
        "a requester sees those whose number begins with theirs", LAW,
        "return Ticket.requester_id == viewer.user_id",
        "return func.starts_with(func.text(Ticket.requester_id), str(viewer.user_id))", "tests/leaks/test_scopes.py",
    ),
    plant(
        "a technician sees the services after theirs", LAW,
        f"return Ticket.service_id == {OURS}", f"return Ticket.service_id >= {OURS}", LISTS,
    ),
    plant(
        "an administrator sees tickets", LAW,
        "case Role.ADMIN:\n            return false()", "case Role.ADMIN:\n            return true()",
        LISTS,
    ),
    plant(
        "roles that somebody hasn't see for them", LAW,
        "through = viewer.roles if roles is None else viewer.roles & frozenset(roles)\n    scopes",
        "through = viewer.roles if roles is None else frozenset(roles)\n    scopes", INTERNAL,
    ),
    plant(
        "a role acts on what another role sees", LAW,
        "return select(*columns).select_from(Ticket).where(visible(viewer, roles, reach))",
        "return select(*columns).select_from(Ticket).where(visible(viewer, None, reach))",
        f"{INTERNAL}::test_a_role_acts_only_where_it_sees",
    ),
    plant(
        "a requester reads internal comments", LAW,
        'RoleVisibility("those whose requester they are", internal=False',
        'RoleVisibility("those whose requester they are", internal=True', INTERNAL,
    ),
    plant(
        "internal comments stand in the history of whoever sees the ticket", LAW,
        "and_(visible(viewer), not_(Activity.internal))", "visible(viewer)", INTERNAL,
    ),
    plant(
        "an operator sees costs", LAW,
        'Role.OPERATOR: RoleVisibility("all", internal=True, costs=False',
        'Role.OPERATOR: RoleVisibility("all", internal=True, costs=True',
        "tests/leaks/test_matrix.py",
    ),
    plant(
        "costs are shown wherever the ticket is", LAW,
        "return value if isinstance(shown, True_) else case((shown, value))", "return value",
        INTERNAL,
    ),
    plant(
        "every role of somebody's is said to see the ticket", LAW,
        "case((scope(role, viewer) if acts else false(), literal(str(role))))", "case((true(), literal(str(role))))",
        INTERNAL,
    ),
    plant(
        "internal words move what requesters find", LAW,
        "        return within if internal == {True} else without", "        return within", SEARCH,
    ),
    plant(
        "a technician takes back what a colleague reported", LAW,
        "or_(visible(viewer, through - frozenset(own), ApiArea.WORK), mine)",
        "or_(visible(viewer, through, ApiArea.WORK), mine)",
        "tests/unit/test_rules.py::test_a_technician_takes_back_only_their_own_work",
    ),
    plant(
        "anybody reads any meeting's title", LAW,
        "return started.where(exists(item.correlate(Meeting)))", "return started", MEETINGS,
    ),
    plant(
        "minutes are told to whoever meets the meeting", LAW,
        'the minutes of meetings."""\n    return permissions.has',
        'the minutes of meetings."""\n    return True or permissions.has', MEETINGS,
    ),
    plant(
        "a technician's reports are on everybody's work", LAW,
        f"return Intervention.service_id == {OURS}", "return Intervention.ticket_id > 0",
        f"{REPORTS}::test_readers_are_told_what_the_oracle_says",
    ),
    Plant(  # the first wall has its own words for it: `figures.scope`
        "a technician's figures are the company's",
        (
            Patch(
                "osit_graphql/db/report_visibility.py",
                f"return kept.service_id == {OURS}",
                "return kept.service_id >= 0",
            ),
        ),
        ("tests/rls/test_rendered.py",), BOTH,
    ),
    plant(
        "e-mails of everybody who is met", PEOPLE_LAW,
        "return true() if reads_all_details(viewer) else person.id == viewer.user_id", "return true()",
        PEOPLE,
    ),
    plant(
        "anybody meets anybody", PEOPLE_LAW,
        "return started if reads_people(viewer) else started.where(or_(Person.id == viewer.user_id, met(viewer)))",
        "return started", PEOPLE,
    ),
    plant(
        "hourly rates of every service", PEOPLE_LAW,
        f"return service.id == {OURS}", "return true()", f"{INTERNAL}::test_who_reads_which_rate",
    ),
)  # fmt: skip
