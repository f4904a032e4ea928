"""Flow: what there is to tell of a ticket is read once; a cell's closings are packed anew where there is one."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
serves = "0016"

COUNTS = ("events", "opened", "closed", "reopened", "rerouted", "pending_decision")
NAMES = ", ".join(COUNTS)
EVENT = f"day, service_id, application_id, site_id, {NAMES}, minutes"
SETTLE = f"""
CREATE OR REPLACE FUNCTION osit_settle_flow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_ticket integer;
    truth flow_truth[];
BEGIN
    IF TG_TABLE_NAME = 'ticket' THEN
        of_ticket := NEW.id;
    ELSE
        SELECT id INTO STRICT of_ticket FROM ticket WHERE id = NEW.ticket_id FOR NO KEY UPDATE;
    END IF;
    SELECT coalesce(array_agg(w), '{{}}') INTO truth FROM flow_truth AS w WHERE ticket_id = of_ticket;
    INSERT INTO flow_delta ({EVENT})
        SELECT day, service_id, application_id, site_id, {", ".join(f"sum(sign) * {name}" for name in COUNTS)}, minutes
        FROM (
            SELECT -1 AS sign, k.* FROM flow_event AS k WHERE ticket_id = of_ticket
            UNION ALL SELECT 1, w.* FROM unnest(truth) AS w
        ) AS side GROUP BY activity_id, happened_at, {EVENT} HAVING sum(sign) <> 0;
    IF FOUND THEN
        DELETE FROM flow_event WHERE ticket_id = of_ticket;
        INSERT INTO flow_event SELECT * FROM unnest(truth);
    END IF;
    RETURN NULL;
END $$
"""


# As 0016 has it, but that cells without a change of their closings keep these as they are.
KEY = "part, span, service_id, part_id"
SUMS = ", ".join(f"sum({name})::integer AS {name}" for name in COUNTS)
ADDS = ", ".join(f"{name} = flow_cell.{name} + excluded.{name}" for name in COUNTS)
MERGE = f"""
CREATE OR REPLACE FUNCTION osit_merge_flow(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    merged integer;
BEGIN
    WITH taken AS (
        DELETE FROM flow_delta WHERE id IN (SELECT id FROM flow_delta ORDER BY id LIMIT most) RETURNING *
    ), change AS (
        SELECT part, osit_flow_span(day, level) AS span, scope AS service_id, part_id, {NAMES}, minutes
        FROM taken, generate_series(0, 2) AS level, LATERAL (VALUES (0), (service_id)) AS s (scope),
            LATERAL (VALUES (0, 0), (1, application_id), (2, site_id)) AS p (part, part_id)
    ), summed AS (
        SELECT {KEY}, {SUMS}, bool_or(minutes IS NOT NULL) AS closing FROM change GROUP BY {KEY}
    ), lasting AS (
        SELECT {KEY}, minutes, closed AS number FROM change WHERE minutes IS NOT NULL
        UNION ALL SELECT {KEY}, each.minutes, each.up_to - each.before
        FROM summed JOIN flow_cell AS cell USING ({KEY}),
            unnest(cell.minutes, cell.up_to, 0 || cell.up_to) AS each (minutes, up_to, before)
        WHERE closing AND each.minutes IS NOT NULL
    ), packed AS (
        SELECT {KEY}, array_agg(minutes ORDER BY minutes) AS minutes, array_agg(up_to ORDER BY minutes) AS up_to FROM (
            SELECT {KEY}, minutes, sum(sum(number)) OVER (PARTITION BY {KEY} ORDER BY minutes)::integer AS up_to
            FROM lasting GROUP BY {KEY}, minutes HAVING sum(number) <> 0) AS lasted GROUP BY {KEY}
    ), counted AS (
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
"""


def upgrade() -> None:
    for statement in (SETTLE, MERGE):
        op.get_bind().exec_driver_sql(statement)
