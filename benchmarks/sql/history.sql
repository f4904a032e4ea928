-- Tickets $1 to $2 with their history and interventions. A ticket's rows, in this order: opened, perhaps re-routed,
-- perhaps assigned, comments, interventions, closed; their moments spread evenly over its life.
WITH drawn AS MATERIALIZED (
    SELECT i::integer AS id, s.*,
        1 + floor(s.applications * power(bench.share(i, 1), 2.2))::integer AS application_id,
        CASE WHEN bench.pick(i, 2, 100) < 80 THEN NULL ELSE 1 + bench.pick(i, 3, s.services) END AS elsewhere,
        1 + bench.pick(i, 4, s.sites) AS site_id,
        -- one requester calls all the time
        s.requester + CASE WHEN bench.pick(i, 5, 100) < 3 THEN 0 ELSE bench.pick(i, 6, s.people + 1 - s.requester) END
            AS requester_id,
        s.first_operator + bench.pick(i, 7, s.operators) AS operator_id,
        (ARRAY['MAJOR', 'MODERATE', 'MODERATE', 'MINOR', 'MINOR'])[1 + bench.pick(i, 8, 5)] AS severity,
        CASE WHEN bench.pick(i, 9, 100) < 6 THEN 'EVOLUTION' WHEN bench.pick(i, 9, 100) < 36 THEN 'BLOCKING'
            ELSE 'NON_BLOCKING' END AS criticality,
        s.today - s.months * interval '30.44 days' * power(1 - i::float8 / s.tickets, 1.5) - interval '2 minutes'
            AS opened_at,
        -- one in a hundred has a long story
        CASE WHEN bench.pick(i, 10, 100) = 0 THEN 18 + bench.pick(i, 11, 8) ELSE (bench.pick(i, 11, 5) = 0)::integer END
            AS comments,
        (bench.pick(i, 12, 100) < 12)::integer AS rerouted,
        (bench.pick(i, 13, 100) < 60)::integer AS assigned,
        -- one of the service's technicians takes a third
        CASE WHEN bench.pick(i, 14, 3) = 0 THEN 0 ELSE bench.pick(i, 15, s.technicians / s.services) END AS hand,
        CASE WHEN i % 2 = 1 THEN 0 ELSE
            (s.interventions::bigint * (i / 2) / (s.tickets / 2) - s.interventions::bigint * (i / 2 - 1)
                / (s.tickets / 2))::integer END AS interventions_made,
        CASE WHEN i > s.tickets * 0.93 THEN bench.pick(i, 16, 100) < 15 ELSE bench.pick(i, 16, 100) < 97 END AS closed,
        bench.pick(i, 17, 8192) AS words, bench.pick(i, 18, 8192) AS more_words,
        floor(power(20000, bench.share(i, 19)))::integer - 1 AS machine,
        bench.share(i, 20) AS swiftness
    FROM bench.size s, generate_series($1::bigint, $2::bigint) AS i
),
settled AS MATERIALIZED (
    SELECT drawn.*, p.priority, coalesce(elsewhere, 1 + application_id % services) AS service_id,
        CASE WHEN closed THEN 'CLOSED' WHEN drawn.criticality = 'EVOLUTION' THEN 'PENDING_DECISION' ELSE 'OPEN' END
            AS status,
        1 + rerouted + assigned + comments + interventions_made + closed::integer AS version,
        opened_at + least(power(swiftness, 4) * interval '60 days', (today - opened_at) * swiftness) AS last_at
    FROM drawn JOIN bench.priority p USING (severity, criticality)
),
tickets AS (
    INSERT INTO ticket (id, title, description, status, severity, criticality, priority, requester_id, operator_id,
        assignee_id, application_id, service_id, site_id, opened_at, updated_at, closed_at, version, reroute_count)
    SELECT id, a.title, a.description || ' ' || b.description || ' ' || m.name, status, severity, criticality, priority,
        requester_id, operator_id, CASE WHEN assigned = 1 THEN service_id + services * hand END, application_id,
        service_id, site_id, opened_at, CASE WHEN version = 1 THEN opened_at ELSE last_at END,
        CASE WHEN closed THEN last_at END, version, rerouted
    FROM settled JOIN bench.stock a ON a.number = words JOIN bench.stock b ON b.number = more_words
        JOIN bench.machine m ON m.number = machine
    ORDER BY id
),
steps AS (
    SELECT settled.*, n,
        opened_at + (last_at - opened_at) * ((n - 1) / greatest(version - 1, 1)::float8) AS created_at,
        CASE WHEN n = 1 THEN 'OPENED'
            WHEN n = 1 + rerouted THEN 'REROUTING'
            WHEN n = 1 + rerouted + assigned THEN 'ASSIGNMENT'
            WHEN n <= 1 + rerouted + assigned + comments THEN 'COMMENT'
            WHEN n <= version - closed::integer THEN 'INTERVENTION'
            ELSE 'STATUS_CHANGE' END AS kind
    FROM settled, generate_series(1, version) AS n
),
told AS MATERIALIZED (
    SELECT 64 * $1::bigint + row_number() OVER (ORDER BY created_at, steps.id, n) AS activity_id, steps.*, r.remark,
        service_id + services * hand AS technician_id,
        -- a re-routed ticket was opened for its neighbour
        CASE WHEN rerouted = 1 THEN 1 + service_id % services ELSE service_id END AS first_service_id
    FROM steps JOIN bench.stock r ON r.number = bench.pick(steps.id * 64::bigint + n, 21, 8192)
),
history AS (
    INSERT INTO activity (id, ticket_id, version, kind, author_id, created_at, comment, internal, decision,
        assignee_id, from_status, to_status, from_service_id, to_service_id)
    SELECT activity_id, id, n, kind,
        CASE WHEN kind = 'OPENED' THEN operator_id
            WHEN kind = 'STATUS_CHANGE' AND criticality = 'EVOLUTION' THEN manager
            WHEN kind = 'COMMENT' AND n % 2 = 0 THEN operator_id ELSE technician_id END,
        created_at, CASE WHEN kind NOT IN ('OPENED', 'ASSIGNMENT') THEN remark END,
        kind = 'COMMENT' AND bench.pick(activity_id, 22, 4) = 0,
        CASE WHEN kind = 'STATUS_CHANGE' AND criticality = 'EVOLUTION' THEN 'REJECTED' END,
        CASE WHEN kind = 'ASSIGNMENT' THEN technician_id END,
        CASE WHEN kind = 'STATUS_CHANGE' THEN
            CASE WHEN criticality = 'EVOLUTION' THEN 'PENDING_DECISION' ELSE 'OPEN' END END,
        CASE WHEN kind = 'STATUS_CHANGE' THEN 'CLOSED' END,
        CASE WHEN kind = 'REROUTING' THEN first_service_id END,
        CASE WHEN kind = 'OPENED' THEN first_service_id WHEN kind = 'REROUTING' THEN service_id END
    FROM told ORDER BY activity_id
),
worked AS (
    SELECT told.*, created_at - 5 * interval '1 minute' * (1 + floor(47 * power(bench.share(activity_id, 23), 2)))
        AS started_at, 5 * (1 + floor(47 * power(bench.share(activity_id, 23), 2)))::smallint AS minutes
    FROM told WHERE kind = 'INTERVENTION'
),
priced AS (
    SELECT worked.*, (started_at AT TIME ZONE 'Europe/Paris')::date AS started_on, r.hourly_rate
    FROM worked LEFT JOIN LATERAL (
        SELECT hourly_rate FROM service_rate
        WHERE service_id = worked.service_id AND effective_from <= (started_at AT TIME ZONE 'Europe/Paris')::date
        ORDER BY effective_from DESC LIMIT 1
    ) r ON true
)
INSERT INTO intervention (activity_id, ticket_id, technician_id, service_id, cause_id, started_at, started_on,
    minutes, hourly_rate, labour, expenses)
SELECT activity_id, id, technician_id, service_id, 1 + floor(causes * power(bench.share(activity_id, 24), 2.2)),
    started_at, started_on, minutes, hourly_rate, round(hourly_rate * minutes / 60, 2),
    CASE WHEN bench.pick(activity_id, 25, 10) = 0 THEN bench.pick(activity_id, 26, 20000) / 100.0 ELSE 0 END
FROM priced ORDER BY activity_id
