"""GraphQL documents of meetings."""

SCHEDULE = """
mutation ($input: MeetingScheduleInput!) {
  meetingSchedule(input: $input) { meeting { id title heldAt agenda { ticket { number } } } userErrors { code field } }
}"""
UPDATE = """
mutation ($id: ID!, $input: MeetingUpdateInput!) {
  meetingUpdate(id: $id, input: $input) { meeting { title agenda { ticket { number } } } userErrors { code field } }
}"""
DECIDE = """
mutation ($id: ID!, $input: TicketDecideInput!) {
  ticketDecide(id: $id, input: $input) {
    ticket { status }
    activity { ... on StatusChange { decision comment meeting { title } } }
    userErrors { code field }
  }
}"""
MEETING = """
query ($id: ID!) {
  node(id: $id) {
    ... on DecisionMeeting {
      title heldAt record
      agenda { ticket { number title } decision comment decidedAt decidedBy { name } }
    }
  }
}"""
LIST = """
query ($period: Period, $first: Int, $after: String) {
  decisionMeetings(period: $period, first: $first, after: $after) {
    totalCount nodes { title } pageInfo { hasNextPage endCursor }
  }
}"""
