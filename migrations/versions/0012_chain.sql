-- What the rows say, against what was sealed of them: one line a difference, in the words of `services/audit.py`.
CREATE FUNCTION osit_audit(first integer, last integer)
RETURNS TABLE (ticket integer, activity bigint, difference text, entries bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF current_setting('osit.roles', true) IS DISTINCT FROM 'system:audit' THEN
        RAISE insufficient_privilege USING MESSAGE = 'osit: an audit is a job of the system''s own';
    END IF;
    RETURN QUERY
    WITH chain AS MATERIALIZED (
        SELECT s, a, a.id IS NOT NULL AS told, s.line IS NULL AS of_activity,
            lag(s.seq, 1, 0) OVER entry AS seq_before, lag(s.digest) OVER entry AS digest_before,
            lag(a.version) OVER kind AS version_before, lag(a.transaction_id) OVER kind AS transaction_before,
            lead(s.seq) OVER kind IS NULL AS latest, count(*) OVER part > 1 AND s.line IS NULL AS twice,
            lead(s.seq) OVER part_in_order IS NULL AS stands
        FROM seal s LEFT JOIN activity a ON a.id = s.activity_id AND a.ticket_id = s.ticket_id
        WHERE s.ticket_id BETWEEN first AND last
        WINDOW entry AS (PARTITION BY s.ticket_id ORDER BY s.seq),
            kind AS (PARTITION BY s.ticket_id, s.line IS NULL ORDER BY s.seq),
            part AS (PARTITION BY s.ticket_id, s.line IS NULL, s.activity_id),
            part_in_order AS (PARTITION BY s.ticket_id, s.line IS NULL, s.activity_id ORDER BY s.seq)
    )
    SELECT (s).ticket_id, (s).activity_id, unnest(array_remove(ARRAY[
        CASE WHEN (s).seq <> seq_before + 1 THEN 'SEAL_REMOVED' END,
        CASE WHEN (s).witness_id IS NOT NULL AND w.ticket_id IS NULL THEN 'WITNESSED_TICKET_REMOVED' END,
        CASE WHEN NOT told THEN 'ACTIVITY_REMOVED'
            WHEN (s).digest <> sha256(coalesce(digest_before, w.digest, '') ||
                osit_seal_link(s, coalesce((s).line, osit_seal_facts(a))))
                OR NOT of_activity AND (s).salt IS NOT NULL THEN 'ACTIVITY_CHANGED' END,
        CASE WHEN told AND of_activity THEN CASE
            -- erased: that is what is left where there was something
            WHEN (s).salt IS NULL THEN CASE WHEN array_remove(
                ARRAY[(a).comment, (a).from_title, (a).to_title, (a).from_description], NULL
            ) <@ ARRAY['[…]'] IS NOT TRUE OR num_nonnulls((a).comment, (a).from_title, (a).to_title,
                (a).from_description) = 0 THEN 'SALT_REMOVED' END
            WHEN (s).said IS DISTINCT FROM sha256((s).salt || osit_seal_texts(a)) THEN 'TEXT_CHANGED' END END,
        CASE WHEN twice THEN 'SEALED_TWICE' END,
        CASE WHEN of_activity AND (version_before > (a).version OR version_before = (a).version
            AND transaction_before <> (a).transaction_id) THEN 'VERSION_OUT_OF_ORDER' END,
        CASE WHEN of_activity AND latest THEN CASE WHEN t.id IS NULL THEN 'TICKET_REMOVED'
            WHEN (s).salt IS NULL OR (s).state IS DISTINCT FROM sha256((s).salt || osit_seal_state(t))
                OR t.version <> (a).version THEN 'TICKET_CHANGED' END END,
        CASE WHEN NOT of_activity AND stands THEN CASE WHEN i.activity_id IS NULL THEN 'INTERVENTION_REMOVED'
            WHEN (s).line <> sha256(osit_seal_line(i)) THEN 'INTERVENTION_CHANGED' END END
    ], NULL)), 0
    FROM chain LEFT JOIN seal w ON w.ticket_id = (s).witness_id AND w.seq = 1 AND (s).seq = 1
        LEFT JOIN ticket t ON of_activity AND latest AND t.id = (s).ticket_id
        LEFT JOIN intervention i ON NOT of_activity AND stands AND i.activity_id = (s).activity_id
            AND i.ticket_id = (s).ticket_id
    UNION ALL SELECT t.id, NULL, 'TICKET_NOT_SEALED', 0 FROM ticket t WHERE t.id BETWEEN first AND last
        AND NOT EXISTS (SELECT FROM chain WHERE (s).ticket_id = t.id AND of_activity)
    UNION ALL SELECT b.ticket_id, b.id, 'ACTIVITY_NOT_SEALED', 0 FROM activity b
        WHERE b.ticket_id BETWEEN first AND last AND b.id NOT IN (SELECT (s).activity_id FROM chain WHERE of_activity)
    UNION ALL
    SELECT i.ticket_id, i.activity_id, 'INTERVENTION_NOT_SEALED', 0 FROM intervention i
        WHERE i.ticket_id BETWEEN first AND last
            AND i.activity_id NOT IN (SELECT (s).activity_id FROM chain WHERE NOT of_activity)
    UNION ALL
    SELECT b.ticket_id, b.id, 'INTERVENTION_REMOVED', 0 FROM activity b LEFT JOIN intervention i ON i.activity_id = b.id
        WHERE b.ticket_id BETWEEN first AND last AND b.kind = 'INTERVENTION' AND i.activity_id IS NULL
    UNION ALL SELECT b.ticket_id, b.id, 'VOIDING_CHANGED', 0
        FROM (SELECT * FROM activity WHERE ticket_id BETWEEN first AND last AND kind = 'INTERVENTION_VOIDED') AS b
        FULL JOIN (SELECT * FROM intervention WHERE ticket_id BETWEEN first AND last AND voided_by IS NOT NULL) AS i
            ON i.voided_by = b.id AND i.activity_id = b.intervention_id
        WHERE b.id IS NULL OR i.activity_id IS NULL
    UNION ALL SELECT NULL, NULL, NULL, count(*) FROM chain;
END $$;

-- Where an audit pauses: the last ticket of each slice, with how many tickets there are in it.
CREATE FUNCTION osit_audit_slices(size integer) RETURNS TABLE (last integer, tickets bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF current_setting('osit.roles', true) IS DISTINCT FROM 'system:audit' THEN
        RAISE insufficient_privilege USING MESSAGE = 'osit: an audit is a job of the system''s own';
    END IF;
    RETURN QUERY
    SELECT max(id), count(*) FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / size AS slice FROM ticket) AS t
    GROUP BY slice ORDER BY slice;
END $$;

-- Seals are written by triggers, and read through the functions above.
ALTER TABLE seal ENABLE ROW LEVEL SECURITY;

ALTER TABLE seal FORCE ROW LEVEL SECURITY;

CREATE POLICY seal_owner ON seal TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY seal_select ON seal FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:audit']));

GRANT SELECT ON seal TO osit_api;

REVOKE EXECUTE ON FUNCTION osit_audit(integer, integer), osit_audit_slices(integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION osit_audit(integer, integer), osit_audit_slices(integer) TO osit_api;
