-- Octets of texts after which a ticket's next comment begins a new part: some 300 words.
CREATE FUNCTION osit_part_limit() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 2000;

-- What a text adds to the size of its part. Each has a gap before it, so that short ones count too: a tsvector has
-- 16,383 positions.
CREATE FUNCTION osit_text_size(said text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(said) + 32;

ALTER TABLE ticket_document ADD COLUMN size INTEGER DEFAULT 0 NOT NULL, ADD COLUMN long BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE ticket_document_part (
    ticket_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    internal BOOLEAN NOT NULL,
    superseded BOOLEAN DEFAULT false NOT NULL,
    first_activity_id BIGINT NOT NULL,
    size INTEGER NOT NULL,
    document TSVECTOR NOT NULL,
    CONSTRAINT ticket_document_part_pkey PRIMARY KEY (ticket_id, part, internal),
    CONSTRAINT ticket_document_part_superseded_check CHECK (NOT (internal AND superseded)),
    CONSTRAINT ticket_document_part_ticket_id_fkey FOREIGN KEY(ticket_id) REFERENCES ticket (id)
);

CREATE INDEX ticket_document_part_words_idx ON ticket_document_part USING gin (document)
    WITH (gin_pending_list_limit=4096);

-- The first document of a ticket, made anew: title, description, number, and the comments before its second part.
CREATE OR REPLACE FUNCTION osit_document(key integer, internals boolean) RETURNS tsvector LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made tsvector;
    said text;
BEGIN
    SELECT osit_head(id, title, description) INTO made FROM ticket WHERE id = key;
    FOR said IN SELECT comment FROM activity WHERE ticket_id = key AND comment IS NOT NULL
            AND (internals OR NOT internal) AND id < coalesce(
                (SELECT first_activity_id FROM ticket_document_part
                    WHERE ticket_id = key AND part = 1 AND NOT ticket_document_part.internal), 9223372036854775807)
            ORDER BY id LOOP
        made := osit_append(made, osit_piece(said, 'C'));
    END LOOP;
    RETURN made;
END $$;

-- Add a comment to the last part of its ticket, or begin another part if that one is full. The first internal comment
-- of a part makes a second document of it, for those who read such comments; the first is left without. Both have the
-- same size, so that they are full at once.
CREATE FUNCTION osit_index_text(key integer, activity_id bigint, said text, inside boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    piece tsvector := osit_piece(said, 'C');
    last_part integer;
    last_size integer;
BEGIN
    IF inside THEN
        INSERT INTO ticket_document (ticket_id, internal, size, document)
            SELECT ticket_id, true, size, document FROM ticket_document
            WHERE ticket_id = key AND NOT superseded AND NOT long AND size < osit_part_limit()
            ON CONFLICT DO NOTHING;
        UPDATE ticket_document SET superseded = true
            WHERE ticket_id = key AND NOT internal AND NOT superseded AND NOT long AND size < osit_part_limit();
    END IF;
    UPDATE ticket_document SET size = size + osit_text_size(said),
            document = CASE WHEN internal OR NOT inside THEN osit_append(document, piece) ELSE document END
        WHERE ticket_id = key AND NOT long AND size < osit_part_limit();
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT part, size INTO last_part, last_size FROM ticket_document_part
        WHERE ticket_id = key ORDER BY part DESC LIMIT 1;
    IF NOT FOUND THEN
        UPDATE ticket_document SET long = true WHERE ticket_id = key;
        INSERT INTO ticket_document_part (ticket_id, part, internal, superseded, first_activity_id, size, document)
            SELECT ticket_id, 0, internal, superseded, 0, size, document FROM ticket_document WHERE ticket_id = key;
        last_part := 0;
        last_size := osit_part_limit();
    END IF;
    IF last_size >= osit_part_limit() THEN
        last_part := last_part + 1;
        INSERT INTO ticket_document_part (ticket_id, part, internal, first_activity_id, size, document)
            VALUES (key, last_part, false, activity_id, 0, '');
    END IF;
    IF inside THEN
        INSERT INTO ticket_document_part (ticket_id, part, internal, first_activity_id, size, document)
            SELECT ticket_id, part, true, first_activity_id, size, document FROM ticket_document_part
            WHERE ticket_id = key AND part = last_part AND NOT superseded
            ON CONFLICT DO NOTHING;
        UPDATE ticket_document_part SET superseded = true
            WHERE ticket_id = key AND part = last_part AND NOT internal AND NOT superseded;
    END IF;
    UPDATE ticket_document_part SET size = size + osit_text_size(said),
            document = CASE WHEN internal OR NOT inside THEN osit_append(document, piece) ELSE document END
        WHERE ticket_id = key AND part = last_part;
END $$;

CREATE OR REPLACE FUNCTION osit_index_comment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM osit_index_text(NEW.ticket_id, NEW.id, NEW.comment, NEW.internal);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION osit_index_ticket() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ticket_document (ticket_id, internal, size, document) VALUES (
            NEW.id, false, osit_text_size(concat(NEW.title, NEW.description)),
            osit_head(NEW.id, NEW.title, NEW.description));
    ELSE
        UPDATE ticket_document SET document = osit_document(ticket_id, internal), size = size
                + osit_text_size(concat(NEW.title, NEW.description)) - osit_text_size(concat(OLD.title, OLD.description))
            WHERE ticket_id = NEW.id;
        UPDATE ticket_document_part AS copied SET document = made.document FROM ticket_document AS made
            WHERE copied.ticket_id = NEW.id AND copied.part = 0 AND made.ticket_id = NEW.id
                AND made.internal = copied.internal;
    END IF;
    RETURN NULL;
END $$;

-- Tickets of several parts that match a search, for readers of internal comments (true) or others (false). Each operand is looked up by itself, because the words of a ticket are in several parts; those of a phrase are in one.
-- An operand is one word or one phrase of the text form of the search. The rest of that form, with the operands
-- numbered, is the condition that the numbers of a ticket's operands meet.
CREATE FUNCTION osit_part_matches(asked tsquery, readers boolean[]) RETURNS TABLE (ticket_id integer, internals boolean)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    word text := $pattern$'(?:[^'\\]|''|\\\\)*'(?::[*A-D]+)?$pattern$;
    operand text := word || '(?: <(?:-|[0-9]+)> ' || word || ')*';
    operands tsquery[];
    condition tsquery;
BEGIN
    IF numnode(asked) = 0 OR NOT EXISTS (SELECT FROM ticket_document_part) THEN
        RETURN;
    END IF;
    operands := ARRAY(SELECT match[1]::tsquery FROM regexp_matches(asked::text, '(' || operand || ')', 'g') AS match);
    SELECT string_agg(concat(sign, CASE WHEN place <= cardinality(operands) THEN place END), '' ORDER BY place)::tsquery
        INTO condition FROM unnest(regexp_split_to_array(asked::text, operand)) WITH ORDINALITY AS each (sign, place);
    RETURN QUERY
        WITH reader AS (SELECT DISTINCT unnest(readers) AS internals),
        met AS (
            SELECT part.ticket_id, reader.internals, array_to_tsvector(array_agg(place::text)) AS places
            FROM unnest(operands) WITH ORDINALITY AS each (operand, place)
                JOIN ticket_document_part AS part ON part.document @@ each.operand
                JOIN reader ON CASE WHEN reader.internals THEN NOT part.superseded ELSE NOT part.internal END
            GROUP BY part.ticket_id, reader.internals
        )
        SELECT met.ticket_id, met.internals FROM met WHERE places @@ condition
        UNION ALL
        SELECT part.ticket_id, reader.internals FROM ticket_document_part AS part CROSS JOIN reader
        WHERE ''::tsvector @@ condition AND part.part = 0 AND NOT part.internal
            AND (part.ticket_id, reader.internals) NOT IN (SELECT met.ticket_id, met.internals FROM met);
END $$;

-- The rank of a ticket of several parts: that of its best part.
CREATE FUNCTION osit_part_rank(key integer, internals boolean, words tsquery) RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT max(ts_rank(document, words)) FROM public.ticket_document_part AS part
    WHERE part.ticket_id = key AND CASE WHEN internals THEN NOT part.superseded ELSE NOT part.internal END);

-- Make the documents of a ticket anew; return whether it has several parts.
CREATE FUNCTION osit_rebuild_document(key integer) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    total integer := (SELECT osit_text_size(concat(title, description)) FROM ticket WHERE id = key)
        + coalesce((SELECT sum(osit_text_size(comment)) FROM activity WHERE ticket_id = key), 0);
BEGIN
    DELETE FROM ticket_document_part WHERE ticket_id = key;
    IF total < osit_part_limit() THEN
        UPDATE ticket_document SET document = osit_document(ticket_id, internal), size = total, long = false
            WHERE ticket_id = key;
        RETURN false;
    END IF;
    DELETE FROM ticket_document WHERE ticket_id = key;
    INSERT INTO ticket_document (ticket_id, internal, size, document)
        SELECT id, false, osit_text_size(concat(title, description)), osit_head(id, title, description)
        FROM ticket WHERE id = key;
    PERFORM osit_index_text(key, id, comment, internal) FROM (SELECT id, comment, internal FROM activity
        WHERE ticket_id = key AND comment IS NOT NULL ORDER BY id) AS said;
    RETURN EXISTS (SELECT FROM ticket_document_part WHERE ticket_id = key);
END $$;

-- Make the documents of the latest tickets anew that are from before, at most so many; return how many tickets. One
-- with several parts ends a call, because it may have any number of comments. Tickets are locked first, as by every
-- writer, so that no comment is missing. One process at a time.
CREATE OR REPLACE FUNCTION osit_rebuild_search(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ends integer;
    tickets integer[];
    number integer := 0;
BEGIN
    SELECT below INTO ends FROM search_rebuild FOR UPDATE SKIP LOCKED;
    IF ends IS NULL THEN
        RETURN 0;
    END IF;
    tickets := ARRAY(SELECT id FROM ticket WHERE id < ends ORDER BY id DESC LIMIT most);
    IF tickets = '{}' THEN
        DELETE FROM search_rebuild;
        RETURN 0;
    END IF;
    PERFORM id FROM ticket WHERE id = ANY (tickets) ORDER BY id FOR NO KEY UPDATE;
    LOOP
        number := number + 1;
        EXIT WHEN osit_rebuild_document(tickets[number]) OR number = cardinality(tickets);
    END LOOP;
    UPDATE search_rebuild SET below = tickets[number];
    RETURN number;
END $$;

CREATE OR REPLACE FUNCTION osit_tidy_search() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(1366600526) THEN
        RETURN 0;
    END IF;
    RETURN gin_clean_pending_list('ticket_document_words_idx') + gin_clean_pending_list('ticket_document_part_words_idx');
END $$;

CREATE OR REPLACE FUNCTION osit_answering(asked tsquery, inward boolean, most bigint) RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR'])) AND inward THEN
        RETURN ARRAY(
            SELECT ticket_id FROM ticket_document WHERE document @@ asked AND (NOT ticket_document.long) AND (NOT ticket_document.superseded)
            UNION ALL SELECT ticket_id FROM osit_part_matches(asked, ARRAY[true])
            LIMIT most
        );
    END IF;
    RETURN ARRAY(
        SELECT ticket_document.ticket_id FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND (NOT ticket_document.long) AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
            AND CASE WHEN inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) THEN (NOT ticket_document.superseded) ELSE (NOT ticket_document.internal) END
        UNION ALL
        SELECT ticket.id FROM osit_part_matches(asked, ARRAY[false, inward]) AS found
            JOIN ticket ON ticket.id = found.ticket_id
        WHERE ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) AND found.internals = coalesce(inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])), false)
        LIMIT most
    );
END $$;

CREATE OR REPLACE FUNCTION osit_ranked(asked tsquery, words tsquery, inward boolean) RETURNS TABLE (id integer, rank double precision) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR'])) AND inward THEN
        RETURN QUERY SELECT ticket_id, ts_rank(document, words)::double precision
            FROM ticket_document WHERE document @@ asked AND (NOT ticket_document.long) AND (NOT ticket_document.superseded);
        RETURN QUERY SELECT ticket_id, osit_part_rank(ticket_id, true, words)
            FROM osit_part_matches(asked, ARRAY[true]);
        RETURN;
    END IF;
    RETURN QUERY SELECT ticket_document.ticket_id, ts_rank(document, words)::double precision
        FROM ticket_document JOIN ticket ON ticket.id = ticket_document.ticket_id
        WHERE document @@ asked AND (NOT ticket_document.long) AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN']))
            AND CASE WHEN inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) THEN (NOT ticket_document.superseded) ELSE (NOT ticket_document.internal) END;
    RETURN QUERY SELECT ticket.id, osit_part_rank(ticket.id, found.internals, words)
        FROM osit_part_matches(asked, ARRAY[false, inward]) AS found JOIN ticket ON ticket.id = found.ticket_id
        WHERE ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.requester_id = (SELECT CAST(nullif(current_setting('osit.person', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['REQUESTER']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])) AND found.internals = coalesce(inward AND ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])), false);
END $$;

ALTER TABLE ticket_document_part ENABLE ROW LEVEL SECURITY;

ALTER TABLE ticket_document_part FORCE ROW LEVEL SECURITY;

CREATE POLICY ticket_document_part_owner ON ticket_document_part TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY ticket_document_part_select ON ticket_document_part FOR SELECT TO osit_api
    USING ((SELECT string_to_array(current_setting('osit.roles', true), ',') && ARRAY['MANAGER', 'OPERATOR']) OR (EXISTS (SELECT 1 FROM ticket WHERE ticket.id = ticket_document_part.ticket_id AND (ticket_document_part.internal IS false OR ticket.service_id = (SELECT CAST(nullif(current_setting('osit.service', true), '') AS BIGINT) WHERE string_to_array(current_setting('osit.roles', true), ',') && ARRAY['TECHNICIAN'])))));

-- A background job makes all documents anew. Until then a long ticket has one document, as before.
DELETE FROM search_rebuild;

INSERT INTO search_rebuild SELECT id + 1 FROM ticket ORDER BY id DESC LIMIT 1
