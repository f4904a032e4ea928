"""Documents of the reports that dashboards request."""

FIGURES = "figures { tickets interventions minutes unpricedMinutes labour { amount } expenses { amount } }"
COSTS = f"""query ($period: Period!, $by: [CostDimension!]!, $filter: ReportFilter) {{
  maintenanceCosts(period: $period, groupBy: $by, filter: $filter) {{
    total {{ tickets interventions total {{ amount currency }} }}
    rows {{ application {{ id }} service {{ id }} site {{ id }} cause {{ id }} month {FIGURES} }} }} }}"""
BACK = f"""query ($period: Period!, $by: [RecurrenceDimension!]!, $filter: ReportFilter, $min: Int!, $first: Int!) {{
  recurrences(period: $period, groupBy: $by, filter: $filter, minOccurrences: $min, first: $first) {{
    id application {{ id }} service {{ id }} site {{ id }} cause {{ id }}
    occurrences firstAt lastAt meanDaysBetween previousOccurrences reopened {FIGURES}
    tickets(first: 100) {{ totalCount nodes {{ number }} pageInfo {{ endCursor }} }}
    counted: tickets(first: 1) {{ totalCount }} }} }}"""
FLOW = """query ($period: Period!, $by: [FlowDimension!]!, $filter: ReportFilter) {
  ticketFlow(period: $period, groupBy: $by, filter: $filter) {
    application { id } service { id } site { id } month
    opened closed reopened rerouted pendingDecision medianHoursToClose p90HoursToClose } }"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on Recurrence { occurrences tickets { totalCount } } } }"
PERIOD = {"from": "2026-01-01", "to": "2026-04-30"}
