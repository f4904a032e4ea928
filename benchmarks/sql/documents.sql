-- What search reads of tickets $1 to $2, as its triggers would have written it (migration 0025), put together from the
-- stock's texts, each folded and stemmed once: half a second instead of half an hour.
WITH said AS MATERIALIZED (
    SELECT a.ticket_id, bench.append(s.remark_words ORDER BY a.id) AS words, bool_or(a.internal) AS mixed,
        sum(osit_text_size(a.comment)) AS size
    FROM activity a JOIN bench.stock s ON s.number = bench.pick(a.ticket_id * 64::bigint + a.version, 21, 8192)
    WHERE a.ticket_id BETWEEN $1 AND $2 AND a.comment IS NOT NULL GROUP BY a.ticket_id
),
open AS (
    SELECT a.ticket_id, bench.append(s.remark_words ORDER BY a.id) AS words
    FROM activity a JOIN bench.stock s ON s.number = bench.pick(a.ticket_id * 64::bigint + a.version, 21, 8192)
    WHERE a.ticket_id IN (SELECT ticket_id FROM said WHERE mixed) AND a.comment IS NOT NULL AND NOT a.internal
    GROUP BY a.ticket_id
),
heads AS MATERIALIZED (
    SELECT i::integer AS ticket_id, public.osit_append(
        public.osit_append(a.title_words, a.description_words || b.description_words || m.words),
        setweight((i || ':1')::tsvector, 'D')) AS words, osit_text_size(concat(t.title, t.description)) AS size
    FROM generate_series($1::bigint, $2::bigint) AS i JOIN ticket t ON t.id = i
        JOIN bench.stock a ON a.number = bench.pick(i, 17, 8192)
        JOIN bench.stock b ON b.number = bench.pick(i, 18, 8192)
        JOIN bench.machine m ON m.number = floor(power(20000, bench.share(i, 19)))::integer - 1
)
INSERT INTO ticket_document (ticket_id, internal, superseded, size, document)
SELECT ticket_id, false, coalesce(mixed, false), heads.size + coalesce(said.size, 0),
    coalesce(osit_append(heads.words, CASE WHEN mixed THEN open.words ELSE said.words END), heads.words)
FROM heads LEFT JOIN said USING (ticket_id) LEFT JOIN open USING (ticket_id)
UNION ALL
SELECT ticket_id, true, false, heads.size + said.size, osit_append(heads.words, said.words) FROM heads JOIN said USING (ticket_id) WHERE mixed
