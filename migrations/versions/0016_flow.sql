CREATE OR REPLACE FUNCTION osit_ranked(asked tsquery, words tsquery, inward boolean) RETURNS TABLE (id integer, rank double precision) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR'])) AND inward THEN
        RETURN QUERY SELECT ticket_id, ts_rank(document, words)::double precision
            FROM ticket_document WHERE document @@ asked AND NOT superseded;
        RETURN;
    END IF;
    RETURN QUERY SELECT ticket_document.ticket_id, ts_rank(document, words)::double precision
        FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
            AND CASE WHEN inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) THEN (NOT ticket_document.superseded) ELSE (NOT ticket_document.internal) END;
END $$;

ALTER TABLE report_delta ENABLE ROW LEVEL SECURITY;

ALTER TABLE report_delta FORCE ROW LEVEL SECURITY;

CREATE POLICY report_delta_owner ON report_delta TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY report_delta_select ON report_delta FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR report_delta.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON report_delta TO osit_api;

ALTER TABLE cost_cell ENABLE ROW LEVEL SECURITY;

ALTER TABLE cost_cell FORCE ROW LEVEL SECURITY;

CREATE POLICY cost_cell_owner ON cost_cell TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY cost_cell_select ON cost_cell FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR cost_cell.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON cost_cell TO osit_api;

ALTER TABLE recurrence_cell ENABLE ROW LEVEL SECURITY;

ALTER TABLE recurrence_cell FORCE ROW LEVEL SECURITY;

CREATE POLICY recurrence_cell_owner ON recurrence_cell TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY recurrence_cell_select ON recurrence_cell FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR recurrence_cell.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON recurrence_cell TO osit_api;

ALTER TABLE occurrence ENABLE ROW LEVEL SECURITY;

ALTER TABLE occurrence FORCE ROW LEVEL SECURITY;

CREATE POLICY occurrence_owner ON occurrence TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY occurrence_select ON occurrence FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR occurrence.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON occurrence TO osit_api;

ALTER TABLE flow_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE flow_event FORCE ROW LEVEL SECURITY;

CREATE POLICY flow_event_owner ON flow_event TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY flow_event_select ON flow_event FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR flow_event.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON flow_event TO osit_api;

ALTER TABLE flow_delta ENABLE ROW LEVEL SECURITY;

ALTER TABLE flow_delta FORCE ROW LEVEL SECURITY;

CREATE POLICY flow_delta_owner ON flow_delta TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY flow_delta_select ON flow_delta FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR flow_delta.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON flow_delta TO osit_api;

ALTER TABLE flow_cell ENABLE ROW LEVEL SECURITY;

ALTER TABLE flow_cell FORCE ROW LEVEL SECURITY;

CREATE POLICY flow_cell_owner ON flow_cell TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY flow_cell_select ON flow_cell FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']) OR flow_cell.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

GRANT SELECT ON flow_cell TO osit_api;

GRANT SELECT ON report_truth TO osit_api;

GRANT SELECT ON report_occurrence TO osit_api;

GRANT SELECT ON flow_truth TO osit_api;


-- Functions that run as their owner are called by triggers and by the API, and by nobody else.
REVOKE EXECUTE ON FUNCTION osit_settle_occurrences(integer, bigint), osit_settle_flow(), osit_merge_costs(integer), osit_merge_flow(integer),
    osit_rebuild_costs(), osit_rebuild_flow(), osit_merge_reports(integer), osit_ranked(tsquery, tsquery, boolean), osit_zone(), osit_tell_zone(text, boolean) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION osit_merge_reports(integer), osit_ranked(tsquery, tsquery, boolean), osit_zone(), osit_tell_zone(text, boolean) TO osit_api;
