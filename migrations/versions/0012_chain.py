"""History that shows tampering: every row is sealed, each seal hangs on the one before. See docs/decisions/0021.

`0012_chain.sql` has what compares, and the walls around it, frozen.
"""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PLACE = "SET search_path = pg_catalog, public, pg_temp"

TABLE = """
CREATE TABLE seal (
    ticket_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    activity_id BIGINT NOT NULL,
    witness_id INTEGER,
    line BYTEA,
    salt BYTEA,
    said BYTEA,
    state BYTEA,
    digest BYTEA NOT NULL,
    CONSTRAINT seal_pkey PRIMARY KEY (ticket_id, seq)
)
"""


def columns(row: str, *names: str) -> str:
    """Write a row's columns out, so that a column that is added later changes no digest; `*` marks free text."""
    told = (f"convert_to({row}.{name[1:]}, 'UTF8')" if name[0] == "*" else f"{row}.{name}" for name in names)
    return f"record_send(ROW({', '.join(told)}))"


# What is sealed of a row, byte for byte: PostgreSQL's binary form of a record, which no setting of a session changes.
ACTIVITY = columns(
    "a", "id", "ticket_id", "version", "kind", "author_id", "created_at", "internal", "decision", "meeting_id",
    "assignee_id", "intervention_id", "transaction_id", "from_status", "to_status", "from_priority", "to_priority",
    "from_severity", "to_severity", "from_criticality", "to_criticality", "from_service_id", "to_service_id",
    "from_application_id", "to_application_id", "from_requester_id", "to_requester_id", "from_site_id", "to_site_id",
)  # fmt: skip
TEXTS = columns("a", "*comment", "*from_title", "*to_title", "*from_description")
TICKET = columns(
    "t", "id", "*title", "*description", "*impact", "status", "severity", "criticality", "priority",
    "priority_settled", "requester_id", "operator_id", "assignee_id", "suspected_cause_id", "application_id",
    "service_id", "site_id", "opened_at", "updated_at", "closed_at", "version", "reopen_count", "reroute_count",
    "*external_ref",
)  # fmt: skip
LINE = columns(
    "i", "activity_id", "ticket_id", "technician_id", "service_id", "cause_id", "started_at", "started_on",
    "minutes", "hourly_rate", "labour", "expenses", "voided_by",
)  # fmt: skip
FUNCTION = "CREATE FUNCTION {} RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE RETURN {}"

CANON = (
    FUNCTION.format("osit_seal_facts(a activity)", ACTIVITY),
    FUNCTION.format("osit_seal_texts(a activity)", TEXTS),
    FUNCTION.format("osit_seal_state(t ticket)", TICKET),
    FUNCTION.format("osit_seal_line(i intervention)", LINE),
    # What a seal puts after the digest before it; `facts` are the history row's, or the intervention's digest.
    FUNCTION.format(
        "osit_seal_link(s seal, facts bytea)",
        columns("s", "ticket_id", "seq", "activity_id", "witness_id", "said", "state") + " || facts",
    ),
)

TRIGGERS = (
    # Called by those below only, as their owner. A ticket's first seal hangs on the first of the ticket before it, as
    # far as it was there to be seen.
    """
CREATE FUNCTION osit_seal(s seal, facts bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before bytea;
BEGIN
    SELECT seq + 1, digest INTO s.seq, before FROM seal WHERE ticket_id = s.ticket_id ORDER BY seq DESC LIMIT 1;
    IF NOT FOUND THEN
        s.seq := 1;
        SELECT ticket_id, digest INTO s.witness_id, before
            FROM seal WHERE ticket_id < s.ticket_id AND seq = 1 ORDER BY ticket_id DESC LIMIT 1;
    END IF;
    s.digest := sha256(coalesce(before, '') || osit_seal_link(s, facts));
    INSERT INTO seal VALUES (s.*);
END $$
""",
    f"""
CREATE FUNCTION osit_seal_activity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    s seal;
BEGIN
    s.ticket_id := NEW.ticket_id;
    s.activity_id := NEW.id;
    s.salt := uuid_send(gen_random_uuid());
    s.said := sha256(s.salt || osit_seal_texts(NEW));
    SELECT sha256(s.salt || osit_seal_state(t)) INTO s.state FROM ticket t WHERE id = NEW.ticket_id;
    PERFORM osit_seal(s, osit_seal_facts(NEW));
    RETURN NULL;
END $$
""",
    f"""
CREATE FUNCTION osit_seal_cost() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    s seal;
BEGIN
    s.ticket_id := NEW.ticket_id;
    s.activity_id := NEW.activity_id;
    s.line := sha256(osit_seal_line(NEW));
    PERFORM osit_seal(s, s.line);
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER activity_sealed AFTER INSERT ON activity FOR EACH ROW EXECUTE FUNCTION osit_seal_activity()",
    "CREATE TRIGGER line_sealed AFTER INSERT OR UPDATE ON intervention FOR EACH ROW EXECUTE FUNCTION osit_seal_cost()",
    "CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON seal FOR EACH ROW EXECUTE FUNCTION osit_refuse()",
    "CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON seal FOR EACH STATEMENT EXECUTE FUNCTION osit_refuse()",
)

# Seals what was written without the triggers above: before they were there, or by a superuser who left them out.
REBUILD = (
    """
CREATE FUNCTION osit_seal_step(state bytea, start bytea, link bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN sha256(coalesce(state, start, '') || link); END $$
""",
    "CREATE AGGREGATE osit_sealed (start bytea, link bytea) (SFUNC = osit_seal_step, STYPE = bytea)",
    f"""
CREATE FUNCTION osit_chain_rebuild(first integer, last integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
{PLACE} AS $$
DECLARE
    prior integer;
    prior_digest bytea;
    made bigint;
BEGIN
    SELECT ticket_id, digest INTO prior, prior_digest
        FROM seal WHERE ticket_id < first AND seq = 1 ORDER BY ticket_id DESC LIMIT 1;
    WITH told AS (
        SELECT ticket_id, id, 1 AS part, uuid_send(gen_random_uuid()) AS salt, osit_seal_facts(a) AS facts,
            osit_seal_texts(a) AS texts
        FROM activity a WHERE ticket_id BETWEEN first AND last
        UNION ALL
        SELECT ticket_id, activity_id, 2, NULL, sha256(osit_seal_line(i)), NULL
        FROM intervention i WHERE ticket_id BETWEEN first AND last
    ), placed AS MATERIALIZED (
        SELECT told.*, row_number() OVER (PARTITION BY ticket_id ORDER BY id, part)::integer AS seq,
            part = 1 AND id = max(id) OVER (PARTITION BY ticket_id) AS latest
        FROM told WHERE ticket_id NOT IN (SELECT ticket_id FROM seal WHERE ticket_id BETWEEN first AND last)
    ), linked AS MATERIALIZED (
        SELECT s, osit_seal_link(s, facts) AS link FROM (
            SELECT facts, ROW(ticket_id, seq, placed.id,
                CASE seq WHEN 1 THEN lag(ticket_id, 1, prior) OVER (PARTITION BY seq = 1 ORDER BY ticket_id) END,
                CASE part WHEN 2 THEN facts END, salt, sha256(salt || texts),
                CASE WHEN latest THEN sha256(salt || osit_seal_state(t)) END, NULL)::seal AS s
            FROM placed LEFT JOIN ticket t ON latest AND t.id = ticket_id
        ) AS drawn
    ), firsts AS (
        SELECT (s).ticket_id, osit_sealed(prior_digest, link) OVER (ORDER BY (s).ticket_id) AS digest
        FROM linked WHERE (s).seq = 1
    ), starts AS (
        SELECT ticket_id, lag(digest, 1, prior_digest) OVER (ORDER BY ticket_id) AS start FROM firsts
    ), written AS (
        INSERT INTO seal SELECT ticket_id, (s).seq, (s).activity_id, (s).witness_id, (s).line, (s).salt, (s).said,
            (s).state, osit_sealed(start, link) OVER (PARTITION BY ticket_id ORDER BY (s).seq)
        FROM linked JOIN starts ON ticket_id = (s).ticket_id RETURNING 1
    )
    SELECT count(*) INTO made FROM written;
    RETURN made;
END $$
""",
    "REVOKE EXECUTE ON FUNCTION osit_chain_rebuild, osit_seal FROM PUBLIC",
    "SELECT osit_chain_rebuild(1, (SELECT max(id) FROM ticket))",
)


def upgrade() -> None:
    rest = Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n")
    for statement in (TABLE, *CANON, *TRIGGERS, *REBUILD, *rest):
        op.get_bind().exec_driver_sql(statement)
