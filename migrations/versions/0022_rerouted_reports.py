"""Reports of a service stop where a ticket left it: its flow keeps the application and site, `reopened` its reopenings.

See docs/decisions/0042. A service's last re-routing of a ticket counts; a service that has the ticket again follows it.
Revision 0023 computes the figures of older tickets again.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
serves = "0016"

PLACE = "SET search_path = pg_catalog, public, pg_temp"
COUNTS = ("events", "opened", "closed", "reopened", "rerouted", "pending_decision")
NAMES = ", ".join(COUNTS)
SUMS = ", ".join(f"sum({name})::integer AS {name}" for name in COUNTS)
ADDS = ", ".join(f"{name} = flow_cell.{name} + excluded.{name}" for name in COUNTS)
EVENT = f"day, service_id, application_id, site_id, {NAMES}, minutes, own_application_id, own_site_id"
KEY = "part, span, service_id, part_id"
# All services together follow the ticket of today, each service its own.
PARTS = """LATERAL (VALUES
            (0, application_id, site_id),
            (service_id, coalesce(own_application_id, application_id), coalesce(own_site_id, site_id))
        ) AS s (scope, application_of, site_of),
        LATERAL (VALUES (0, 0), (1, application_of), (2, site_of)) AS p (part, part_id)"""

TABLES = (
    "ALTER TABLE occurrence ADD COLUMN own_reopened BOOLEAN DEFAULT false NOT NULL",
    "UPDATE occurrence SET own_reopened = true WHERE reopened",  # as the cells count them
    # Null where they are the ticket's of today: nearly everywhere.
    "ALTER TABLE flow_event ADD COLUMN own_application_id INTEGER, ADD COLUMN own_site_id INTEGER",
    "ALTER TABLE flow_delta ADD COLUMN own_application_id INTEGER, ADD COLUMN own_site_id INTEGER",
)

TRUTH = (
    # As in 0015, with `own_reopened`: reopened before the ticket last left the service, or at all if it has it.
    """
CREATE OR REPLACE VIEW report_occurrence WITH (security_invoker) AS
SELECT ticket_id, cause_id, service_id, application_id, first_on, first_at, reopened, row_number() OVER (
    PARTITION BY ticket_id, cause_id ORDER BY first_on, first_at, service_id) = 1 AS of_all,
    CASE WHEN reopened THEN coalesce((
        SELECT r.to_service_id = first.service_id OR EXISTS (
            SELECT FROM activity a WHERE a.ticket_id = first.ticket_id AND a.version < r.version
                AND a.from_status = 'CLOSED' AND a.to_status <> 'CLOSED')
        FROM activity r WHERE r.ticket_id = first.ticket_id AND r.kind = 'REROUTING'
            AND first.service_id IN (r.from_service_id, r.to_service_id)
        ORDER BY r.version DESC LIMIT 1
    ), true) ELSE false END AS own_reopened
FROM (
    SELECT i.ticket_id, i.cause_id::integer, i.service_id::integer, t.application_id::integer,
        min(i.started_on) AS first_on, min(i.started_at) AS first_at, t.reopen_count > 0 AS reopened
    FROM intervention i JOIN ticket t ON t.id = i.ticket_id WHERE i.voided_by IS NULL
    GROUP BY i.ticket_id, i.cause_id, i.service_id, t.application_id, t.reopen_count
) AS first
""",
    """
CREATE OR REPLACE VIEW report_truth WITH (security_invoker) AS
SELECT i.started_on AS day, i.service_id::integer, t.application_id::integer, i.cause_id::integer, t.site_id::integer,
    line.*, 0 AS occurrences, 0 AS reopened, 0 AS own_occurrences, 0 AS own_reopened
FROM intervention i JOIN ticket t ON t.id = i.ticket_id, LATERAL (
    SELECT 1, i.minutes, CASE WHEN i.labour IS NULL THEN i.minutes ELSE 0 END,
        coalesce(i.labour * 100, 0)::bigint, (i.expenses * 100)::bigint
) AS line (interventions, minutes, unpriced_minutes, labour_cents, expenses_cents) WHERE i.voided_by IS NULL
UNION ALL
SELECT first_on, service_id, application_id, cause_id, 0, 0, 0, 0, 0, 0,
    of_all::integer, (of_all AND reopened)::integer, 1, own_reopened::integer FROM report_occurrence
""",
    # As in 0016, with the application and site that the ticket had when it last left the event's service: the first
    # qualification after that re-routing recorded them. Null if nothing changed, or if the service has the ticket.
    """
CREATE OR REPLACE VIEW flow_truth WITH (security_invoker) AS
SELECT e.ticket_id, e.id AS activity_id, e.created_at AS happened_at,
    (e.created_at AT TIME ZONE (SELECT osit_zone()))::date AS day,
    e.of_service::integer AS service_id, t.application_id::integer, t.site_id::integer,
    1 AS events, (e.kind = 'OPENED')::integer AS opened, e.closes::integer AS closed,
    coalesce(e.from_status = 'CLOSED' AND e.to_status <> 'CLOSED', false)::integer AS reopened,
    (e.kind = 'REROUTING')::integer AS rerouted,
    (CASE WHEN e.kind = 'OPENED' THEN coalesce(e.first_status, t.status) = 'PENDING_DECISION'
        ELSE coalesce(e.to_status = 'PENDING_DECISION' AND e.from_status <> 'PENDING_DECISION', false) END)::integer
        AS pending_decision,
    CASE WHEN e.closes THEN (lasted.minutes + step.size / 2) / step.size * step.size END AS minutes,
    nullif(left_with.application_id, t.application_id)::integer AS own_application_id,
    nullif(left_with.site_id, t.site_id)::integer AS own_site_id
FROM (
    SELECT a.*, coalesce(to_status = 'CLOSED' AND from_status <> 'CLOSED', false) AS closes,
        coalesce(from_service_id, max(to_service_id) OVER (PARTITION BY ticket_id, routes)) AS of_service,
        count(from_service_id) OVER (PARTITION BY ticket_id) AS reroutings,
        max(from_status) FILTER (WHERE changes = 1 AND from_status IS NOT NULL) OVER (PARTITION BY ticket_id)
            AS first_status
    FROM (
        SELECT id, ticket_id, kind, created_at, from_status, to_status, from_service_id, to_service_id,
            count(to_service_id) OVER history AS routes, count(from_status) OVER history AS changes
        FROM activity WHERE kind IN ('OPENED', 'REROUTING', 'STATUS_CHANGE')
        WINDOW history AS (PARTITION BY ticket_id ORDER BY version, id)
    ) AS a
) AS e JOIN ticket t ON t.id = e.ticket_id
LEFT JOIN LATERAL (
    SELECT q.from_application_id AS application_id, q.from_site_id AS site_id
    FROM (
        SELECT r.version, r.from_service_id FROM activity r
        WHERE e.reroutings > 0 AND r.ticket_id = e.ticket_id AND r.kind = 'REROUTING'
            AND e.of_service IN (r.from_service_id, r.to_service_id)
        ORDER BY r.version DESC LIMIT 1
    ) AS last JOIN activity q ON q.ticket_id = e.ticket_id AND q.kind = 'QUALIFICATION' AND q.version > last.version
    WHERE last.from_service_id = e.of_service ORDER BY q.version LIMIT 1
) AS left_with ON true,
    LATERAL (SELECT greatest(round(extract(epoch FROM e.created_at - t.opened_at) / 60), 0)::integer)
        AS lasted (minutes),
    LATERAL (SELECT 1 << greatest(26 - position('1' IN lasted.minutes::bit(32)::text), 0)) AS step (size)
""",
)

TRIGGERS = (
    # As in 0015, with `own_reopened`.
    f"""
CREATE OR REPLACE FUNCTION osit_settle_occurrences(of_ticket integer, of_cause bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
BEGIN
    INSERT INTO report_delta (day, service_id, application_id, cause_id, site_id, occurrences, reopened,
            own_occurrences, own_reopened)
        SELECT first_on, service_id, application_id, cause_id, 0, sum(sign * of_all::integer),
            sum(sign * (of_all AND reopened)::integer), sum(sign), sum(sign * own_reopened::integer)
        FROM (
            SELECT -1 AS sign, k.* FROM occurrence AS k WHERE ticket_id = of_ticket
            UNION ALL SELECT 1, w.* FROM report_occurrence AS w WHERE ticket_id = of_ticket
        ) AS side WHERE of_cause IS NULL OR cause_id = of_cause
        GROUP BY cause_id, service_id, application_id, first_on, first_at, reopened, of_all, own_reopened
        HAVING sum(sign) <> 0;
    IF FOUND THEN
        DELETE FROM occurrence WHERE ticket_id = of_ticket AND (of_cause IS NULL OR cause_id = of_cause);
        INSERT INTO occurrence SELECT * FROM report_occurrence
            WHERE ticket_id = of_ticket AND (of_cause IS NULL OR cause_id = of_cause);
    END IF;
END $$
""",
    # As in 0019, without the trigger's part.
    f"""
CREATE FUNCTION osit_settle_events(of_ticket integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    truth flow_truth[];
BEGIN
    SELECT coalesce(array_agg(w), '{{}}') INTO truth FROM flow_truth AS w WHERE ticket_id = of_ticket;
    INSERT INTO flow_delta ({EVENT})
        SELECT day, service_id, application_id, site_id, {", ".join(f"sum(sign) * {name}" for name in COUNTS)}, minutes,
            own_application_id, own_site_id
        FROM (
            SELECT -1 AS sign, k.* FROM flow_event AS k WHERE ticket_id = of_ticket
            UNION ALL SELECT 1, w.* FROM unnest(truth) AS w
        ) AS side GROUP BY activity_id, happened_at, {EVENT} HAVING sum(sign) <> 0;
    IF FOUND THEN
        DELETE FROM flow_event WHERE ticket_id = of_ticket;
        INSERT INTO flow_event SELECT * FROM unnest(truth);
    END IF;
END $$
""",
    f"""
CREATE OR REPLACE FUNCTION osit_settle_flow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    of_ticket integer;
    was_reopened boolean := false;
BEGIN
    IF TG_TABLE_NAME = 'ticket' THEN
        of_ticket := NEW.id;
    ELSE
        SELECT id, reopen_count > 0 INTO STRICT of_ticket, was_reopened FROM ticket WHERE id = NEW.ticket_id
            FOR NO KEY UPDATE;
        IF was_reopened AND NEW.kind = 'REROUTING' THEN
            PERFORM osit_settle_occurrences(of_ticket, NULL);
        END IF;
    END IF;
    PERFORM osit_settle_events(of_ticket);
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE TRIGGER activity_flows AFTER INSERT ON activity FOR EACH ROW
    WHEN (NEW.kind IN ('OPENED', 'REROUTING', 'STATUS_CHANGE') OR NEW.kind = 'QUALIFICATION'
        AND (NEW.from_application_id <> NEW.to_application_id OR NEW.from_site_id <> NEW.to_site_id))
    EXECUTE FUNCTION osit_settle_flow()
""",
    "REVOKE EXECUTE ON FUNCTION osit_settle_events(integer) FROM PUBLIC",
)

# A cell's closings: how many took so long at most.
PACKED = f"""
    SELECT {KEY}, array_agg(minutes ORDER BY minutes) AS minutes, array_agg(up_to ORDER BY minutes) AS up_to FROM (
        SELECT {KEY}, minutes, sum(sum(number)) OVER (PARTITION BY {KEY} ORDER BY minutes)::integer AS up_to
        FROM {{}} AS lasting GROUP BY {KEY}, minutes HAVING sum(number) <> 0) AS lasted GROUP BY {KEY}
"""
CLOSINGS = "unnest(cell.minutes, cell.up_to, 0 || cell.up_to) AS each (minutes, up_to, before)"
NEXT_SPAN = "osit_flow_span(DATE '1900-01-01' + (span >> 2), longer) AS span"
UPKEEP = (
    # As in 0019, with other parts.
    f"""
CREATE OR REPLACE FUNCTION osit_merge_flow(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER {PLACE} AS $$
DECLARE
    merged integer;
BEGIN
    WITH taken AS (
        DELETE FROM flow_delta WHERE id IN (SELECT id FROM flow_delta ORDER BY id LIMIT most) RETURNING *
    ), change AS (
        SELECT part, osit_flow_span(day, level) AS span, scope AS service_id, part_id, {NAMES}, minutes
        FROM taken, generate_series(0, 2) AS level, {PARTS}
    ), summed AS (
        SELECT {KEY}, {SUMS}, bool_or(minutes IS NOT NULL) AS closing FROM change GROUP BY {KEY}
    ), lasting AS (
        SELECT {KEY}, minutes, closed AS number FROM change WHERE minutes IS NOT NULL
        UNION ALL SELECT {KEY}, each.minutes, each.up_to - each.before
        FROM summed JOIN flow_cell AS cell USING ({KEY}), {CLOSINGS}
        WHERE closing AND each.minutes IS NOT NULL
    ), packed AS ({PACKED.format("lasting")}), counted AS (
        INSERT INTO flow_cell ({KEY}, {NAMES}) SELECT {KEY}, {NAMES} FROM summed WHERE NOT closing ORDER BY {KEY}
        ON CONFLICT ({KEY}) DO UPDATE SET {ADDS}
    ), closed AS (
        INSERT INTO flow_cell ({KEY}, {NAMES}, minutes, up_to)
        SELECT {KEY}, {NAMES}, coalesce(minutes, '{{}}'), coalesce(up_to, '{{}}')
        FROM summed LEFT JOIN packed USING ({KEY}) WHERE closing ORDER BY {KEY}
        ON CONFLICT ({KEY}) DO UPDATE SET {ADDS}, minutes = excluded.minutes, up_to = excluded.up_to
    )
    SELECT count(*) INTO merged FROM taken;
    RETURN merged;
END $$
""",
    # As in 0016, with other parts.
    f"""
CREATE OR REPLACE FUNCTION osit_rebuild_flow() RETURNS void LANGUAGE plpgsql SECURITY DEFINER {PLACE}
SET work_mem = '128MB' AS $$
BEGIN
    DELETE FROM flow_delta;
    DELETE FROM flow_cell;
    DELETE FROM flow_event;
    INSERT INTO flow_event SELECT * FROM flow_truth ORDER BY activity_id;
    INSERT INTO flow_cell ({KEY}, {NAMES}, minutes, up_to)
        SELECT {KEY}, {NAMES}, coalesce(minutes, '{{}}'), coalesce(up_to, '{{}}')
        FROM (SELECT part, osit_flow_span(day, 0) AS span, scope AS service_id, part_id, {SUMS}
            FROM flow_event, {PARTS} GROUP BY 1, 2, 3, 4) AS summed
        LEFT JOIN ({
        PACKED.format(f'''(
            SELECT part, osit_flow_span(day, 0) AS span, scope AS service_id, part_id, minutes, count(*) AS number
            FROM flow_event, {PARTS} WHERE minutes IS NOT NULL GROUP BY 1, 2, 3, 4, 5
        )''')
    }) AS packed USING ({KEY}) ORDER BY {KEY};
    FOR longer IN 1..2 LOOP
        INSERT INTO flow_cell ({KEY}, {NAMES}, minutes, up_to)
            SELECT {KEY}, {NAMES}, coalesce(minutes, '{{}}'), coalesce(up_to, '{{}}')
            FROM (SELECT part, {NEXT_SPAN}, service_id, part_id, {SUMS}
                FROM flow_cell WHERE span & 3 = longer - 1 GROUP BY 1, 2, 3, 4) AS summed
            LEFT JOIN ({
        PACKED.format(f'''(
                SELECT part, {NEXT_SPAN}, service_id, part_id, each.minutes, each.up_to - each.before AS number
                FROM flow_cell AS cell, {CLOSINGS} WHERE each.minutes IS NOT NULL AND span & 3 = longer - 1
            )''')
    }) AS packed USING ({KEY}) ORDER BY {KEY};
    END LOOP;
END $$
""",
)


def upgrade() -> None:
    for statement in (*TABLES, *TRUTH, *TRIGGERS, *UPKEEP):
        op.get_bind().exec_driver_sql(statement)
