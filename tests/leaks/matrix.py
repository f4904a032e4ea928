"""The access matrix, typed by hand from the design: a cell for each field and role.

Cells: `v` the value, on every visible object; `n` always null; `s` the value on some objects (oneself, one's own
service), null on others; `o` only the viewer's part; `-` this role never sees such an object; `F` FORBIDDEN.
"""

from osit_graphql.domain.enums import Role

TABLE = """
                                                                            REQUESTER OPERATOR TECHNICIAN MANAGER ADMIN
Query: node nodes viewer tickets openTickets evolutionRequests closedTickets    o o o o o
Query: similarTickets                                                           o o o o o
Query: ticket                                                                   o o o o n
Query: services applications sites causes                                       v v v v v
Query: users                                                                    F v v v v
Query: decisionMeetings                                                         F F F v F
Query: directoryChanges                                                         F F F F v
Query: maintenanceCosts recurrences ticketFlow                                  F F o v F

Mutation: signIn signOut viewerPasswordChange                                   v v v v v
Mutation: apiTokenCreate apiTokenRevoke                                         v v v v v
Mutation: ticketCreate                                                          F v F F F
Mutation: ticketComment ticketQualify                                           F v v F F
Mutation: ticketLogIntervention ticketAssign ticketPrioritize                   F F v F F
Mutation: ticketReroute ticketClose ticketReopen                                F F v F F
Mutation: interventionVoid                                                      F F v v F
Mutation: ticketDecide meetingSchedule meetingUpdate                            F F F v F
Mutation: userCreate                                                            F v F F v
Mutation: userUpdate serviceCreate serviceUpdate applicationCreate              F F F F v
Mutation: applicationUpdate siteCreate siteUpdate causeCreate causeUpdate       F F F F v

SignInPayload: token expiresAt viewer userErrors                                v v v v v
SignOutPayload: userErrors                                                      v v v v v
ViewerPasswordChangePayload: viewer userErrors                                  v v v v v
TicketPayload: ticket activity activities userErrors                            - v v v -
DecisionMeetingPayload: meeting userErrors                                      - - - v -
ApiTokenCreatePayload: apiToken token userErrors                                v v v v v
ApiTokenRevokePayload: apiToken userErrors                                      v v v v v
UserPayload: user userErrors                                                    - v - - v
UserPayload: serviceWithoutTechnicians                                          - o - - o
ServicePayload: service userErrors                                              - - - - v
ApplicationPayload: application userErrors                                      - - - - v
SitePayload: site userErrors                                                    - - - - v
CausePayload: cause userErrors                                                  - - - - v
UserError: code field message                                                   o o o o o

Viewer: id user roles allowedActions openTicketCount evolutionRequestCount      o o o o o
Viewer: apiTokens                                                               o o o o o
ApiToken: id name scopes createdAt expiresAt lastUsedAt                         v v v v v

Ticket: id number title description status severity criticality priority        v v v v -
Ticket: requester operator assignee suspectedCause impact application service   v v v v -
Ticket: site openedAt updatedAt closedAt version reopenCount rerouteCount       v v v v -
Ticket: minutesSpent cost                                                       n n v v -
Ticket: allowedActions                                                          o o o o -
Ticket: activities                                                              v v v v -
TicketConnection: edges nodes totalCount                                        o v o v o
TicketConnection: pageInfo                                                      v v v v v
TicketEdge: cursor node                                                         o v o v -
SimilarTicket: ticket score                                                     o o o o -
PageInfo: hasNextPage hasPreviousPage startCursor endCursor                     o o o o o

ActivityConnection: edges nodes totalCount                                      o v v v -
ActivityConnection: pageInfo                                                    v v v v -
ActivityEdge: cursor node                                                       o v v v -
TicketOpened: id kind createdAt comment ticket author service                   v v v v -
Comment: id kind createdAt comment ticket author internal                       v v v v -
Intervention: id kind createdAt comment ticket author startedAt voided cause    v v v v -
Intervention: minutes hourlyRate expenses cost                                  n n v v -
InterventionVoided: id kind createdAt comment ticket author intervention        v v v v -
Rerouting: id kind createdAt comment ticket author fromService toService        v v v v -
StatusChange: id kind createdAt comment ticket author fromStatus toStatus       v v v v -
StatusChange: decision meeting                                                  v v v v -
Qualification: id kind createdAt comment ticket author fromSeverity toSeverity  v v v v -
Qualification: fromCriticality toCriticality fromTitle toTitle                  v v v v -
Qualification: descriptionChanged fromApplication toApplication fromRequester   v v v v -
Qualification: toRequester fromSite toSite                                      v v v v -
PriorityChange: id kind createdAt comment ticket author fromPriority toPriority v v v v -
Assignment: id kind createdAt comment ticket author assignee                    v v v v -

User: id name service active requestedTickets                                   v v v v v
User: email phone roles site                                                    s v v v v
User: apiTokens                                                                 s s s s v
UserConnection: edges nodes pageInfo totalCount                                 - v v v v
UserEdge: cursor node                                                           - v v v v

DirectoryChange: id createdAt kind source actor objectId objectName fields      - - - - v
FieldChange: field old new                                                      - - - - v
DirectoryChangeConnection: edges nodes pageInfo totalCount                      - - - - v
DirectoryChangeEdge: cursor node                                                - - - - v

Service: id name phone email active                                             v v v v v
Service: hourlyRate rates                                                       n n s v v
ServiceRate: from hourlyRate                                                    - - v v v
Application: id name active defaultService                                      v v v v v
Site: id name city active                                                       v v v v v
Cause: id name active                                                           v v v v v
Money: amount currency                                                          - - o v v

DecisionMeeting: id title heldAt                                                v v v v -
DecisionMeeting: agenda                                                         o v o v -
DecisionMeeting: record                                                         n n n v -
AgendaItem: ticket decision comment decidedAt decidedBy                         v v v v -
DecisionMeetingConnection: edges nodes pageInfo totalCount                      - - - v -
DecisionMeetingEdge: cursor node                                                - - - v -

MaintenanceCostReport: total rows                                               - - o v -
MaintenanceCostRow: application service site cause month figures                - - o v -
CostFigures: tickets interventions minutes unpricedMinutes                      - - o v -
CostFigures: labour expenses total                                              - - o v -
Recurrence: id application service site cause occurrences firstAt lastAt        - - o v -
Recurrence: meanDaysBetween previousOccurrences reopened figures tickets        - - o v -
TicketFlowRow: application service site month opened closed reopened rerouted   - - o v -
TicketFlowRow: pendingDecision medianHoursToClose p90HoursToClose               - - o v -
"""


def read_table() -> dict[str, dict[Role, str]]:
    """Return each field's cells by role; raises `ValueError` for a duplicate field."""
    head, *rows = [line for line in TABLE.splitlines() if line.strip()]
    roles = [Role(word) for word in head.split()]
    cells: dict[str, dict[Role, str]] = {}
    for row in rows:
        type_, _, rest = row.partition(":")
        (*names,) = rest.split()
        for name in names[: -len(roles)]:
            place = f"{type_}.{name}"
            if place in cells:
                raise ValueError(f"{place} is in the matrix twice")
            cells[place] = dict(zip(roles, names[-len(roles) :], strict=True))
    return cells
