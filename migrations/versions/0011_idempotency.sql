CREATE TABLE idempotency_key (
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    digest BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject_id BIGINT,
    activity_ids BIGINT[],
    problems JSONB,
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (person_id, key),
    CONSTRAINT idempotency_key_key_check CHECK (key ~ '[^[:space:]]' AND char_length(key) <= 255),
    CONSTRAINT idempotency_key_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE INDEX idempotency_key_made_idx ON idempotency_key (made_at);

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;

CREATE POLICY idempotency_key_owner ON idempotency_key TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY idempotency_key_select ON idempotency_key FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:purge']) OR idempotency_key.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

CREATE POLICY idempotency_key_insert ON idempotency_key FOR INSERT TO osit_api
    WITH CHECK (idempotency_key.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

CREATE POLICY idempotency_key_update ON idempotency_key FOR UPDATE TO osit_api
    USING (idempotency_key.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)))
    WITH CHECK (idempotency_key.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

CREATE POLICY idempotency_key_delete ON idempotency_key FOR DELETE TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['system:purge']));

GRANT SELECT ON idempotency_key TO osit_api;

GRANT INSERT ON idempotency_key TO osit_api;

GRANT UPDATE ON idempotency_key TO osit_api;

GRANT DELETE ON idempotency_key TO osit_api;

-- What has had its time is cleared away by a job of the system's own.
ALTER POLICY session_token_select ON session_token
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:directory', 'system:purge']) OR session_token.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));

ALTER POLICY session_token_delete ON session_token
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['ADMIN', 'system:directory', 'system:purge']) OR session_token.person_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT)));
