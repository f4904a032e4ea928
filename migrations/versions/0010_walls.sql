ALTER TABLE person ADD COLUMN signs_in BOOLEAN GENERATED ALWAYS AS (password_hash IS NOT NULL) STORED NOT NULL;

-- What both walls ask of a ticket is seen in the index that lists it.
DROP INDEX ticket_list_idx, ticket_updated_idx, ticket_status_updated_idx,
    ticket_service_list_idx, ticket_application_list_idx, ticket_requester_list_idx, ticket_assignee_list_idx,
    ticket_service_updated_idx, ticket_application_updated_idx, ticket_requester_updated_idx,
    ticket_assignee_updated_idx;

CREATE INDEX ticket_list_idx ON ticket (status, list_rank, list_moment, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_updated_idx ON ticket (updated_at, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_status_updated_idx ON ticket (status, updated_at, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_service_list_idx ON ticket (service_id, status, list_rank, list_moment, id) INCLUDE (requester_id);

CREATE INDEX ticket_service_updated_idx ON ticket (service_id, updated_at, id) INCLUDE (requester_id);

CREATE INDEX ticket_application_list_idx ON ticket (application_id, status, list_rank, list_moment, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_application_updated_idx ON ticket (application_id, updated_at, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_requester_list_idx ON ticket (requester_id, status, list_rank, list_moment, id) INCLUDE (service_id);

CREATE INDEX ticket_requester_updated_idx ON ticket (requester_id, updated_at, id) INCLUDE (service_id);

CREATE INDEX ticket_assignee_list_idx ON ticket (assignee_id, status, list_rank, list_moment, id) INCLUDE (service_id, requester_id);

CREATE INDEX ticket_assignee_updated_idx ON ticket (assignee_id, updated_at, id) INCLUDE (service_id, requester_id);

-- Whoever looks at these is asked what they see; osit_rebuild_reports looks as their owner.
ALTER VIEW report_occurrence SET (security_invoker = true);

ALTER VIEW report_truth SET (security_invoker = true);

-- Row security hides the statistics of a table from whoever it applies to.
ALTER FUNCTION osit_rare(tsvector) SECURITY DEFINER;

-- Who signs in with an address; asked before anybody is known, hence of everybody.
CREATE FUNCTION osit_sign_in(address text) RETURNS TABLE (id bigint, password_hash text, roles text[], service_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('osit.roles', true) = 'system:sign-in' THEN
        RETURN QUERY SELECT p.id, p.password_hash, p.roles, p.service_id FROM person p
            WHERE p.email = address AND p.active;
    END IF;
END $$;

-- Whose session a token's digest is.
CREATE FUNCTION osit_session(of_digest bytea, at timestamptz) RETURNS TABLE (id bigint, roles text[], service_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('osit.roles', true) = 'system:sign-in' THEN
        RETURN QUERY SELECT p.id, p.roles, p.service_id FROM session_token s JOIN person p ON p.id = s.person_id
            WHERE s.digest = of_digest AND s.expires_at > at AND p.active;
    END IF;
END $$;

-- One's own password: the hash to compare with, and a new one.
CREATE FUNCTION osit_own_password() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT password_hash FROM person WHERE id = nullif(current_setting('osit.person', true), '')::bigint);
END $$;

CREATE FUNCTION osit_change_password(hashed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE person SET password_hash = hashed WHERE id = nullif(current_setting('osit.person', true), '')::bigint;
END $$;

-- Minutes × rate ÷ 60, half-even to the cent.
CREATE FUNCTION osit_labour(minutes integer, rate numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (div(rate * 100 * minutes, 60) + CASE sign(mod(rate * 100 * minutes, 60) - 30)
    WHEN 1 THEN 1 WHEN -1 THEN 0 ELSE mod(div(rate * 100 * minutes, 60), 2) END) / 100;

-- Prices a service's work that had no rate, wherever its tickets are: whoever keeps the directory sees none of them.
-- Tickets are held before their lines, in one order, as by everybody who writes on a ticket.
CREATE FUNCTION osit_price_work(of_service bigint, rate numeric, first date, following date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT coalesce(string_to_array(current_setting('osit.roles', true), ',') && '{ADMIN,system:demo}', false) THEN
        RAISE insufficient_privilege USING MESSAGE = 'osit: whoever keeps the directory sets rates';
    END IF;
    PERFORM ticket.id FROM intervention JOIN ticket ON ticket.id = intervention.ticket_id
        WHERE intervention.service_id = of_service AND hourly_rate IS NULL AND started_on >= first
            AND (following IS NULL OR started_on < following)
        ORDER BY ticket.id FOR NO KEY UPDATE OF ticket;
    UPDATE intervention SET hourly_rate = rate, labour = osit_labour(minutes, rate)
        WHERE service_id = of_service AND hourly_rate IS NULL AND started_on >= first
            AND (following IS NULL OR started_on < following);
END $$;

CREATE OR REPLACE FUNCTION osit_met(somebody bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN ((EXISTS (SELECT 1 FROM ticket WHERE ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) AND (ticket.requester_id = somebody OR ticket.operator_id = somebody OR ticket.assignee_id = somebody))) OR (EXISTS (SELECT 1 FROM activity JOIN ticket ON activity.ticket_id = ticket.id WHERE ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) AND NOT activity.internal AND (activity.author_id = somebody OR activity.assignee_id = somebody OR activity.from_requester_id = somebody OR activity.to_requester_id = somebody))));
END $$;

CREATE OR REPLACE FUNCTION osit_service_had(of_ticket integer) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mine bigint := ((SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));
BEGIN
    RETURN EXISTS (SELECT FROM intervention WHERE ticket_id = of_ticket AND service_id = mine)
        OR EXISTS (SELECT FROM activity WHERE ticket_id = of_ticket AND to_service_id = mine);
END $$;

CREATE OR REPLACE FUNCTION osit_answering(asked tsquery, inward boolean, most bigint) RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR'])) AND inward THEN
        RETURN ARRAY(SELECT ticket_id FROM ticket_document WHERE document @@ asked AND NOT superseded LIMIT most);
    END IF;
    RETURN ARRAY(
        SELECT ticket_document.ticket_id FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
            AND CASE WHEN inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) THEN (NOT ticket_document.superseded) ELSE (NOT ticket_document.internal) END
        LIMIT most
    );
END $$;

CREATE OR REPLACE FUNCTION osit_called(parts text[]) RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'TECHNICIAN'])) THEN
        RETURN ARRAY(
            SELECT id FROM person
            WHERE search_runs @@ osit_run_query(parts) AND osit_answers(search_text, parts) IS NOT NULL
        );
    END IF;
    RETURN ARRAY[]::bigint[];
END $$;

ALTER TABLE site ENABLE ROW LEVEL SECURITY;

ALTER TABLE site FORCE ROW LEVEL SECURITY;

CREATE POLICY site_owner ON site TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY site_select ON site FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'REQUESTER', 'TECHNICIAN', 'system:demo', 'system:directory', 'system:import']));

CREATE POLICY site_insert ON site FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

CREATE POLICY site_update ON site FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

GRANT SELECT ON site TO osit_api;

GRANT INSERT ON site TO osit_api;

GRANT UPDATE ON site TO osit_api;

ALTER TABLE application ENABLE ROW LEVEL SECURITY;

ALTER TABLE application FORCE ROW LEVEL SECURITY;

CREATE POLICY application_owner ON application TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY application_select ON application FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'REQUESTER', 'TECHNICIAN', 'system:demo', 'system:directory', 'system:import']));

CREATE POLICY application_insert ON application FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

CREATE POLICY application_update ON application FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

GRANT SELECT ON application TO osit_api;

GRANT INSERT ON application TO osit_api;

GRANT UPDATE ON application TO osit_api;

ALTER TABLE cause ENABLE ROW LEVEL SECURITY;

ALTER TABLE cause FORCE ROW LEVEL SECURITY;

CREATE POLICY cause_owner ON cause TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY cause_select ON cause FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'REQUESTER', 'TECHNICIAN', 'system:demo', 'system:directory', 'system:import']));

CREATE POLICY cause_insert ON cause FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

CREATE POLICY cause_update ON cause FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

GRANT SELECT ON cause TO osit_api;

GRANT INSERT ON cause TO osit_api;

GRANT UPDATE ON cause TO osit_api;

ALTER TABLE service ENABLE ROW LEVEL SECURITY;

ALTER TABLE service FORCE ROW LEVEL SECURITY;

CREATE POLICY service_owner ON service TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY service_select ON service FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'REQUESTER', 'TECHNICIAN', 'system:demo', 'system:directory', 'system:import']));

CREATE POLICY service_insert ON service FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

CREATE POLICY service_update ON service FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']) OR service.id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:import']));

GRANT SELECT ON service TO osit_api;

GRANT INSERT ON service TO osit_api;

GRANT UPDATE ON service TO osit_api;

ALTER TABLE service_rate ENABLE ROW LEVEL SECURITY;

ALTER TABLE service_rate FORCE ROW LEVEL SECURITY;

CREATE POLICY service_rate_owner ON service_rate TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY service_rate_select ON service_rate FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'system:demo', 'system:import']) OR service_rate.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

CREATE POLICY service_rate_insert ON service_rate FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo']));

CREATE POLICY service_rate_update ON service_rate FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo']));

GRANT SELECT ON service_rate TO osit_api;

GRANT INSERT ON service_rate TO osit_api;

GRANT UPDATE ON service_rate TO osit_api;

ALTER TABLE person ENABLE ROW LEVEL SECURITY;

ALTER TABLE person FORCE ROW LEVEL SECURITY;

CREATE POLICY person_owner ON person TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY person_select ON person FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'TECHNICIAN', 'system:demo', 'system:directory', 'system:import']) OR person.id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR (SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'REQUESTER', 'TECHNICIAN']) AND ((person.roles && ARRAY['ADMIN', 'MANAGER', 'OPERATOR', 'TECHNICIAN']) OR osit_met(person.id)));

CREATE POLICY person_insert ON person FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:directory', 'system:import']) OR (SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'OPERATOR']) AND person.roles = ARRAY['REQUESTER'] AND person.password_hash IS NULL);

CREATE POLICY person_update ON person FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:directory']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:demo', 'system:directory']));

GRANT SELECT (email, phone, roles, service_id, site_id, signs_in, search_text, search_runs, id, name, name_key, active) ON person TO osit_api;

GRANT INSERT (email, phone, roles, service_id, site_id, password_hash, name, name_key, active) ON person TO osit_api;

GRANT UPDATE (email, phone, roles, service_id, site_id, password_hash, name, name_key, active) ON person TO osit_api;

ALTER TABLE session_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE session_token FORCE ROW LEVEL SECURITY;

CREATE POLICY session_token_owner ON session_token TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY session_token_select ON session_token FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:directory']) OR session_token.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

CREATE POLICY session_token_insert ON session_token FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:sign-in']));

CREATE POLICY session_token_delete ON session_token FOR DELETE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:directory']) OR session_token.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

GRANT SELECT ON session_token TO osit_api;

GRANT INSERT ON session_token TO osit_api;

GRANT DELETE ON session_token TO osit_api;

ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;

ALTER TABLE ticket FORCE ROW LEVEL SECURITY;

CREATE POLICY ticket_owner ON ticket TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY ticket_select ON ticket FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR', 'system:demo', 'system:import', 'system:reports']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']) OR ticket.id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)) OR (SELECT coalesce(nullif(current_setting('osit.reports', true), '') = 'on', false)) AND osit_service_had(ticket.id));

CREATE POLICY ticket_insert ON ticket FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['OPERATOR', 'system:demo', 'system:import']));

CREATE POLICY ticket_update ON ticket FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR', 'system:demo', 'system:import']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:demo', 'system:import']) OR ticket.id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)));

GRANT SELECT ON ticket TO osit_api;

GRANT INSERT (title, description, status, severity, criticality, priority, priority_settled, requester_id, operator_id, assignee_id, suspected_cause_id, impact, application_id, service_id, site_id, opened_at, updated_at, closed_at, version, reopen_count, reroute_count, external_ref) ON ticket TO osit_api;

GRANT UPDATE (title, description, status, severity, criticality, priority, priority_settled, requester_id, operator_id, assignee_id, suspected_cause_id, impact, application_id, service_id, site_id, opened_at, updated_at, closed_at, version, reopen_count, reroute_count, external_ref) ON ticket TO osit_api;

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;

ALTER TABLE activity FORCE ROW LEVEL SECURITY;

CREATE POLICY activity_owner ON activity TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY activity_select ON activity FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR', 'system:demo', 'system:import', 'system:reports']) OR (EXISTS (SELECT 1 FROM ticket WHERE ticket.id = activity.ticket_id AND (activity.internal IS false OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])))));

CREATE POLICY activity_insert ON activity FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:demo', 'system:import']) OR activity.author_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)) AND activity.ticket_id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)));

GRANT SELECT ON activity TO osit_api;

GRANT INSERT (ticket_id, version, kind, author_id, created_at, comment, internal, decision, meeting_id, assignee_id, intervention_id, from_status, to_status, from_priority, to_priority, from_severity, to_severity, from_criticality, to_criticality, from_title, to_title, from_description, from_service_id, to_service_id, from_application_id, to_application_id, from_requester_id, to_requester_id, from_site_id, to_site_id) ON activity TO osit_api;

ALTER TABLE intervention ENABLE ROW LEVEL SECURITY;

ALTER TABLE intervention FORCE ROW LEVEL SECURITY;

CREATE POLICY intervention_owner ON intervention TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY intervention_select ON intervention FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo', 'system:import', 'system:reports']) OR CASE WHEN (SELECT coalesce(nullif(current_setting('osit.reports', true), '') = 'on', false)) THEN intervention.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']) ELSE (SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR (EXISTS (SELECT 1 FROM ticket WHERE ticket.id = intervention.ticket_id)) END);

CREATE POLICY intervention_insert ON intervention FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:demo', 'system:import']) OR intervention.ticket_id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)) AND intervention.technician_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)) AND intervention.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']));

CREATE POLICY intervention_update ON intervention FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:demo']) OR intervention.ticket_id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:demo']) OR intervention.ticket_id = (SELECT CAST(nullif(current_setting('osit.acting', true), '') AS INTEGER)));

GRANT SELECT ON intervention TO osit_api;

GRANT INSERT (activity_id, ticket_id, technician_id, service_id, cause_id, started_at, started_on, minutes, hourly_rate, labour, expenses) ON intervention TO osit_api;

GRANT UPDATE (voided_by) ON intervention TO osit_api;

ALTER TABLE ticket_document ENABLE ROW LEVEL SECURITY;

CREATE POLICY ticket_document_owner ON ticket_document TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY ticket_document_select ON ticket_document FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR (EXISTS (SELECT 1 FROM ticket WHERE ticket.id = ticket_document.ticket_id AND (ticket_document.internal IS false OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])))));

GRANT SELECT ON ticket_document TO osit_api;

ALTER TABLE meeting ENABLE ROW LEVEL SECURITY;

ALTER TABLE meeting FORCE ROW LEVEL SECURITY;

CREATE POLICY meeting_owner ON meeting TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY meeting_select ON meeting FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']) OR (EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.meeting_id = meeting.id)));

CREATE POLICY meeting_insert ON meeting FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']));

CREATE POLICY meeting_update ON meeting FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']));

GRANT SELECT ON meeting TO osit_api;

GRANT INSERT ON meeting TO osit_api;

GRANT UPDATE ON meeting TO osit_api;

ALTER TABLE agenda_item ENABLE ROW LEVEL SECURITY;

ALTER TABLE agenda_item FORCE ROW LEVEL SECURITY;

CREATE POLICY agenda_item_owner ON agenda_item TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY agenda_item_select ON agenda_item FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR', 'system:demo']) OR (EXISTS (SELECT 1 FROM ticket WHERE ticket.id = agenda_item.ticket_id)));

CREATE POLICY agenda_item_insert ON agenda_item FOR INSERT TO osit_api
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']));

CREATE POLICY agenda_item_update ON agenda_item FOR UPDATE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']))
    WITH CHECK ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']));

CREATE POLICY agenda_item_delete ON agenda_item FOR DELETE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:demo']));

GRANT SELECT ON agenda_item TO osit_api;

GRANT INSERT ON agenda_item TO osit_api;

GRANT UPDATE ON agenda_item TO osit_api;

GRANT DELETE ON agenda_item TO osit_api;

ALTER TABLE report_delta ENABLE ROW LEVEL SECURITY;

ALTER TABLE report_delta FORCE ROW LEVEL SECURITY;

CREATE POLICY report_delta_owner ON report_delta TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY report_delta_select ON report_delta FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']));

GRANT SELECT ON report_delta TO osit_api;

ALTER TABLE cost_cell ENABLE ROW LEVEL SECURITY;

ALTER TABLE cost_cell FORCE ROW LEVEL SECURITY;

CREATE POLICY cost_cell_owner ON cost_cell TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY cost_cell_select ON cost_cell FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']));

GRANT SELECT ON cost_cell TO osit_api;

ALTER TABLE recurrence_cell ENABLE ROW LEVEL SECURITY;

ALTER TABLE recurrence_cell FORCE ROW LEVEL SECURITY;

CREATE POLICY recurrence_cell_owner ON recurrence_cell TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY recurrence_cell_select ON recurrence_cell FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']));

GRANT SELECT ON recurrence_cell TO osit_api;

ALTER TABLE occurrence ENABLE ROW LEVEL SECURITY;

ALTER TABLE occurrence FORCE ROW LEVEL SECURITY;

CREATE POLICY occurrence_owner ON occurrence TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY occurrence_select ON occurrence FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'system:reports']));

GRANT SELECT ON occurrence TO osit_api;

GRANT SELECT ON report_truth TO osit_api;

GRANT SELECT ON report_occurrence TO osit_api;

GRANT SELECT ON alembic_version TO osit_api;

REVOKE EXECUTE ON FUNCTION osit_answering(tsquery, boolean, bigint), osit_called(text[]), osit_change_password(text), osit_merge_reports(integer), osit_met(bigint), osit_own_password(), osit_price_work(bigint, numeric, date, date), osit_rare(tsvector), osit_rebuild_reports(), osit_service_had(integer), osit_session(bytea, timestamp with time zone), osit_sign_in(text) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION osit_answering(tsquery, boolean, bigint), osit_called(text[]), osit_change_password(text), osit_merge_reports(integer), osit_met(bigint), osit_own_password(), osit_price_work(bigint, numeric, date, date), osit_rare(tsvector), osit_rebuild_reports(), osit_service_had(integer), osit_session(bytea, timestamp with time zone), osit_sign_in(text) TO osit_api;

-- Functions that run as their owner are called by triggers and by the API, and by nobody else.
REVOKE EXECUTE ON FUNCTION osit_require_history(), osit_index_ticket(), osit_index_comment(), osit_count_intervention(),
    osit_move_figures(), osit_settle_occurrence(integer, bigint, bigint, boolean) FROM PUBLIC;

