"""Cheaper writes: one CHECK for each row of tickets and history, fewer calls of triggers (docs/decisions/0047).

PostgreSQL parses CHECK constraints and the conditions of triggers again in every statement. The rules stay the same.
Revision 0027 validates the constraints.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
serves = "0016"

PLACE = "SET search_path = pg_catalog, public, pg_temp"
CHECK = "CREATE FUNCTION osit_check_{0}({0} {0}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $${1}$$"
TICKET = """
BEGIN
    RETURN (ticket.title ~ '[^[:space:]]' AND char_length(ticket.title) <= 200)
        AND (ticket.description ~ '[^[:space:]]' AND char_length(ticket.description) <= 20000)
        AND (ticket.impact ~ '[^[:space:]]' AND char_length(ticket.impact) <= 2000)
        AND (ticket.status IN ('OPEN', 'PENDING_DECISION', 'CLOSED'))
        AND (ticket.severity IN ('MAJOR', 'MODERATE', 'MINOR'))
        AND (ticket.criticality IN ('BLOCKING', 'NON_BLOCKING', 'EVOLUTION'))
        AND (ticket.priority IN ('URGENT', 'HIGH', 'NORMAL', 'LOW'))
        AND ((ticket.status = 'CLOSED') = (ticket.closed_at IS NOT NULL))
        AND (ticket.version >= 1 AND ticket.reopen_count >= 0 AND ticket.reroute_count >= 0);
END """
ACTIVITY = """
BEGIN
    RETURN (activity.kind IN ('OPENED', 'COMMENT', 'INTERVENTION', 'INTERVENTION_VOIDED', 'REROUTING', 'STATUS_CHANGE', 'QUALIFICATION', 'PRIORITY_CHANGE', 'ASSIGNMENT'))
        AND (activity.decision IN ('APPROVED', 'REJECTED', 'POSTPONED'))
        AND (activity.comment ~ '[^[:space:]]' AND char_length(activity.comment) <= 10000)
        AND (activity.kind NOT IN ('COMMENT', 'INTERVENTION', 'INTERVENTION_VOIDED', 'REROUTING', 'STATUS_CHANGE', 'QUALIFICATION') OR activity.comment IS NOT NULL)
        AND (NOT activity.internal OR activity.kind = 'COMMENT')
        AND ((activity.kind = 'STATUS_CHANGE') = (activity.to_status IS NOT NULL AND activity.from_status IS NOT NULL))
        AND (activity.kind <> 'REROUTING' OR activity.from_service_id <> activity.to_service_id)
        AND ((activity.kind IN ('REROUTING', 'OPENED')) = (activity.to_service_id IS NOT NULL))
        AND ((activity.kind = 'REROUTING') = (activity.from_service_id IS NOT NULL))
        AND ((activity.kind = 'INTERVENTION_VOIDED') = (activity.intervention_id IS NOT NULL))
        AND ((activity.kind = 'PRIORITY_CHANGE') = (activity.to_priority IS NOT NULL))
        AND (activity.meeting_id IS NULL OR activity.decision IS NOT NULL)
        AND ((activity.kind = 'QUALIFICATION') = (activity.to_severity IS NOT NULL));
END """  # noqa: E501 - as the models render it
REPLACED = {
    "ticket": (
        "title", "description", "impact", "status", "severity", "criticality", "priority", "closed_at", "counters",
    ),
    "activity": (
        "kind", "decision", "comment", "commented", "internal", "status", "rerouting", "service", "from_service",
        "intervention", "priority", "meeting", "qualification",
    ),
}  # fmt: skip
CHECKS = (
    CHECK.format("ticket", TICKET),
    CHECK.format("activity", ACTIVITY),
    *(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_row_check CHECK (osit_check_{table}({table})) NOT VALID, "
        + ", ".join(f"DROP CONSTRAINT {table}_{name}_check" for name in names)
        for table, names in REPLACED.items()
    ),
)

# Blanks, control characters and the characters of Unicode that print nothing, as in 0021.
UNPRINTED = (
    r"\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u0001-\u001f\u007f-\u009f\u034f\u2800"
    r"\u00ad\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
TRIGGERS = (
    # Not BEFORE: PostgreSQL then computes the generated columns of every ticket again.
    """
CREATE OR REPLACE TRIGGER ticket_version AFTER UPDATE ON ticket FOR EACH ROW WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION osit_count_version()
""",
    # The function has the long condition, so that PostgreSQL does not parse it for ordinary comments.
    f"""
CREATE OR REPLACE FUNCTION osit_refuse_comment() RETURNS trigger LANGUAGE plpgsql {PLACE} AS $$
BEGIN
    IF NEW.comment ~ '[^[:space:]]'  -- white space is the CHECK's
        AND NEW.comment !~ '[^{UNPRINTED}]'
    THEN
        RAISE EXCEPTION 'osit: the comment of an activity prints nothing' USING ERRCODE = 'OS001';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE OR REPLACE TRIGGER activity_comment_printed BEFORE INSERT ON activity FOR EACH ROW
    WHEN (NEW.comment !~ '[!-~]') EXECUTE FUNCTION osit_refuse_comment()
""",
    # As in 0012, with `osit_seal` written out.
    f"""
CREATE OR REPLACE FUNCTION osit_seal_activity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    s seal;
    before bytea;
BEGIN
    s.ticket_id := NEW.ticket_id;
    s.activity_id := NEW.id;
    s.salt := uuid_send(gen_random_uuid());
    s.said := sha256(s.salt || osit_seal_texts(NEW));
    SELECT sha256(s.salt || osit_seal_state(t)), last.seq + 1, last.digest INTO s.state, s.seq, before
        FROM ticket t LEFT JOIN LATERAL (
            SELECT seq, digest FROM seal WHERE ticket_id = NEW.ticket_id ORDER BY seq DESC LIMIT 1
        ) AS last ON true
        WHERE id = NEW.ticket_id;
    IF s.seq IS NULL THEN
        s.seq := 1;
        -- In two queries: together they read the seals of many tickets in the index.
        SELECT max(ticket_id) INTO s.witness_id FROM seal WHERE ticket_id < NEW.ticket_id;
        SELECT digest INTO before FROM seal WHERE ticket_id = s.witness_id AND seq = 1;
    END IF;
    INSERT INTO seal (ticket_id, seq, activity_id, witness_id, salt, said, state, digest)
        VALUES (s.ticket_id, s.seq, s.activity_id, s.witness_id, s.salt, s.said, s.state,
            sha256(coalesce(before, '') || osit_seal_link(s, osit_seal_facts(NEW))));
    RETURN NULL;
END $$
""",
    # As in 0022, but a ticket's first row alone is its only event: it is written without `flow_truth`.
    f"""
CREATE OR REPLACE FUNCTION osit_settle_flow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    t ticket;
BEGIN
    IF TG_TABLE_NAME = 'ticket' THEN
        PERFORM osit_settle_events(NEW.id);
        RETURN NULL;
    END IF;
    IF NEW.kind NOT IN ('OPENED', 'REROUTING', 'STATUS_CHANGE', 'QUALIFICATION') OR NEW.kind = 'QUALIFICATION'
        AND NEW.from_application_id = NEW.to_application_id AND NEW.from_site_id = NEW.to_site_id
    THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT t FROM ticket WHERE id = NEW.ticket_id FOR NO KEY UPDATE;
    IF NEW.kind = 'OPENED' AND NEW.from_status IS NULL
        AND NOT EXISTS (SELECT FROM activity WHERE ticket_id = NEW.ticket_id AND id <> NEW.id)
    THEN
        WITH event AS (
            INSERT INTO flow_event (ticket_id, activity_id, happened_at, day, service_id, application_id, site_id,
                    events, opened, pending_decision)
                VALUES (NEW.ticket_id, NEW.id, NEW.created_at, (NEW.created_at AT TIME ZONE osit_zone())::date,
                    NEW.to_service_id, t.application_id, t.site_id, 1, 1, (t.status = 'PENDING_DECISION')::integer)
                RETURNING *
        )
        INSERT INTO flow_delta (day, service_id, application_id, site_id, events, opened, pending_decision)
            SELECT day, service_id, application_id, site_id, events, opened, pending_decision FROM event;
        RETURN NULL;
    END IF;
    IF NEW.kind = 'REROUTING' AND t.reopen_count > 0 THEN
        PERFORM osit_settle_occurrences(NEW.ticket_id, NULL);
    END IF;
    PERFORM osit_settle_events(NEW.ticket_id);
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE TRIGGER activity_flows AFTER INSERT ON activity FOR EACH ROW WHEN (NEW.kind <> 'COMMENT')
    EXECUTE FUNCTION osit_settle_flow()
""",
)


def upgrade() -> None:
    for statement in (*CHECKS, *TRIGGERS):
        op.get_bind().exec_driver_sql(statement)
