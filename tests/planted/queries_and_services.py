"""Leaks in dataloaders, counts, pages, search, reports, errors, authorization and services."""

from tests.planted.plant import Patch, Plant, plant

COUNTS = "tests/leaks/test_counts.py"
CLASSES = "tests/leaks/test_classes.py"
EXISTENCE = "tests/leaks/test_existence.py"
SEARCH = "tests/search/test_leaks.py"
ALL = "visibility.select"


def as_manager(viewer: str) -> str:
    """Return the source of the viewer with the role of a manager, who sees every ticket."""
    return f"type({viewer})({viewer}.user_id, frozenset({{type(next(iter({viewer}.roles)))('MANAGER')}}))"


DATALOADERS: tuple[Plant, ...] = (
    plant(
        "dataloaders are shared by principals",
        "api/dataloaders.py",
        "self._loaders: dict[Hashable, DataLoader] = {}",
        "self._loaders = globals().setdefault('SHARED', {})",
        f"{CLASSES}::test_concurrent_viewers_get_their_own_responses",
    ),
    plant(
        "names of all people by ID",
        "api/queries/nodes.py",
        "info.context.loaders.person(key)",
        "info.context.loaders.person_on_visible_row(key)",
        f"{CLASSES}::test_people_cannot_be_enumerated_by_id",
    ),
    plant(
        "all tickets by ID",
        "services/queries/tickets.py",
        "return select_tickets(any_viewer, names).where(matches)",
        f"return select_tickets({as_manager('any_viewer')}, names).where(matches)",
        "tests/unit/test_leaks.py::test_a_rerouted_ticket_is_hidden_at_once",
    ),
    plant(
        "all activities by ID",
        "services/queries/activities.py",
        "statement = visibility.activities(viewer, *_columns(viewer, column_names))\n        return",
        "statement = visibility.select(*_columns(viewer, ())).select_from(Activity.__table__.join("
        "visibility.Ticket.__table__, Activity.ticket_id == visibility.Ticket.id))\n        return",
        "tests/unit/test_internal_comments.py::test_a_requester_reads_no_internal_comment",
    ),
    plant(
        "a response contains a ticket that was re-routed",
        "services/queries/ticket_select.py",
        "replacement_traverse(select_tickets(viewer, column_names)",
        f"replacement_traverse(select_tickets({as_manager('viewer')}, column_names)",
        "tests/unit/test_leaks.py::test_a_rerouted_ticket_is_hidden_at_once",
    ),
    plant(
        "a repeated request contains a ticket that was re-routed",
        "api/mutations/run_command.py",
        "rows = await tickets.by_ids(session, info.context.viewer, [ticket_id]",
        f"rows = await tickets.by_ids(session, {as_manager('info.context.viewer')}, [ticket_id]",
        "tests/integrity/test_keys.py::test_a_replayed_response_shows_what_is_visible_now",
    ),
)

COUNTING: tuple[Plant, ...] = (
    plant(
        "lists count all tickets",
        "services/queries/tickets.py",
        "return visibility.tickets(any_viewer, Ticket.id).where(*listing.conditions(any_viewer, as_param))",
        f"return {ALL}(Ticket.id).where(*listing.conditions(any_viewer, as_param))",
        COUNTS,
    ),
    plant(
        "negated searches count all tickets",
        "services/queries/tickets.py",
        "return visibility.tickets(any_viewer, Ticket.id).where(*listing.conditions(any_viewer, as_param))",
        f"return ({ALL}(Ticket.id) if listing.filter.negated else visibility.tickets(any_viewer, Ticket.id)).where("
        "*listing.conditions(any_viewer, as_param))",
        f"{SEARCH}::test_negated_searches_count_only_visible_tickets",
    ),
    plant(
        "a person's tickets are counted without visibility",
        "services/queries/tickets.py",
        "return visibility.tickets(any_viewer, Ticket.id).where(Ticket.requester_id == person_id)",
        f"return {ALL}(Ticket.id).where(Ticket.requester_id == person_id)",
        COUNTS,
    ),
    plant(
        "internal comments are counted",
        "services/queries/activities.py",
        "return visibility.activities(any_viewer, Activity.id).where(Activity.ticket_id == ticket_id, *of_kinds)",
        f"return {ALL}(Activity.id).where(Activity.ticket_id == ticket_id)",
        COUNTS,
    ),
    plant(
        "a recurrence counts tickets that were re-routed",
        "services/reports/recurrence_tickets.py",
        "return visibility.tickets(any_viewer, Ticket.id).where(*_occurrences(any_viewer, request, scope, index))",
        f"return {ALL}(Ticket.id).where(*_occurrences(any_viewer, request, scope, index))",
        "tests/reports/test_leaks.py::test_reports_match_the_oracle_for_each_reader",
    ),
    plant(
        "pages lose a row",
        "services/queries/keyset_pagination.py",
        "page_rows = len(rows) > page_args.size, rows[: page_args.size]",
        "page_rows = len(rows) > page_args.size, rows[1 : page_args.size]",
        "tests/unit/test_pages.py",
    ),
    plant(
        "a cursor of one list works in another",
        "services/queries/keyset_pagination.py",
        "if scope_hash == self.scope_hash:",
        "if scope_hash:",
        "tests/unit/test_cursors.py",
    ),
)

SEARCHING: tuple[Plant, ...] = (
    plant(
        "similar tickets of an invisible ticket are returned",
        "services/queries/similar_tickets.py",
        'return visibility.tickets(viewer, *columns).where(Ticket.id == param("id"))',
        f'return {ALL}(*columns).where(Ticket.id == param("id"))',
        f"{SEARCH}::test_similar_tickets_of_an_invisible_ticket_are_null",
    ),
    plant(
        "word weights depend on invisible tickets",
        "services/queries/similar_tickets.py",
        "return visibility.join_documents(viewer, visibility.tickets(viewer, *columns))",
        f"return visibility.join_documents(viewer, {ALL}(*columns))",
        f"{SEARCH}::test_hidden_writes_do_not_change_a_response",
    ),
)

REFUSING: tuple[Plant, ...] = (
    plant(
        "a response contains the message of an internal error",
        "http/errors.py",
        "        return format_internal_error(context)",
        "        return {**format_internal_error(context), 'message': str(error.original_error)}",
        "tests/http/test_errors.py::test_an_internal_error_is_masked_and_logged",
    ),
    plant(
        "the status of a foreign ticket shows in the refusal",
        "services/tickets/ticket_command.py",
        '        validator.add(NotFound(("id",)))',
        '        validator.add(NotFound(("id",)))\n'
        f"        there = await context.session.scalar({ALL}(Ticket.status).where(Ticket.id == (ticket_id or 0)))\n"
        "        validator.add(*(permissions.check_status(action, there) if there else ()))",
        EXISTENCE,
    ),
    plant(
        "root fields check no permission",
        "api/authorization.py",
        "            if self.required is not None:",
        "            if self.required is not None and self.anonymous:",
        "tests/leaks/test_matrix.py",
    ),
    Plant(
        "every role reads the directory of people",
        (
            Patch(
                "osit_graphql/api/queries/directory.py",
                'best match first.", Permission.READ_PEOPLE)',
                'best match first.")',
            ),
            Patch(
                "osit_graphql/services/queries/people.py",
                "    permissions.authorize(viewer.roles, Permission.READ_PEOPLE)\n",
                "",
            ),
        ),
        (f"{CLASSES}::test_people_cannot_be_enumerated_by_id",),
    ),
    plant(
        "the log contains search terms",
        "http/middleware.py",
        "    write = log.debug if scope",
        "    log.info('asked', words='cq00001x')\n    write = log.debug if scope",
        f"{CLASSES}::test_the_log_contains_no_texts_of_tickets",
    ),
    plant(
        "operators close tickets",
        "domain/permissions.py",
        "Action.CLOSE:             _row({TECHNICIAN}, ",
        "Action.CLOSE:             _row({TECHNICIAN, OPERATOR}, ",
        "tests/unit/test_permissions.py",
    ),
    plant(
        "operators create administrators",
        "domain/permissions.py",
        "authorize(roles, Permission.CREATE_REQUESTER if requester_only else Permission.MANAGE_DIRECTORY)",
        "authorize(roles, Permission.CREATE_REQUESTER)",
        "tests/directory/test_permissions.py",
    ),
    plant(
        "roles that do not see a ticket allow actions on it",
        "domain/permissions.py",
        "allowed_roles = rule.roles & frozenset(visible_as)\n        if",
        "allowed_roles = rule.roles\n        if",
        "tests/unit/test_internal_comments.py::test_a_role_acts_only_where_it_sees",
    ),
)
QUERIES_AND_SERVICES = (*DATALOADERS, *COUNTING, *SEARCHING, *REFUSING)
