-- The stem of a word; null of a stop word. Folding revives stop words that have an accent.
CREATE FUNCTION osit_stem(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN word ~ '[0-9]' THEN left(word, 500)
    WHEN word = ANY ('{a,ete,etes,etais,etait,etions,etiez,etaient,etant,fumes,futes,fut,meme,memes,eumes,eutes,eut}')
        THEN NULL
    ELSE (ts_lexize('pg_catalog.french_stem'::regdictionary, left(word, 500)))[1]
END;

-- Stop words have no position: they cost little, no phrase counts them, and similarity leaves them out. A compound
-- is its parts, and joined without hyphens at the last of them: « pc-0412 » is pc, 0412 and pc0412, « log.1 » is
-- log, 1 and log.1.
CREATE OR REPLACE FUNCTION osit_piece(said text, weight "char") RETURNS tsvector LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    words text := public.osit_words(said);
    parts text := translate(words, '.-', '  ');
    lexemes text;
    compound text;
    joined text;
    last integer := 0;
BEGIN
    SELECT coalesce(string_agg(coalesce(stem || ':' || place || weight::text, left(word, 500)), ' '), '') INTO lexemes
        FROM (SELECT word, place, public.osit_stem(word) AS stem
            FROM string_to_table(parts, ' ') WITH ORDINALITY AS each (word, place)) AS stemmed;
    IF parts = words THEN
        RETURN lexemes::tsvector;
    END IF;
    FOREACH compound IN ARRAY string_to_array(words, ' ') LOOP
        last := last + 1 + length(compound) - length(translate(compound, '.-', ''));
        CONTINUE WHEN compound !~ '[.-]';
        FOR joined IN SELECT replace(compound, '-', '') UNION SELECT replace(segment, '-', '')
            FROM string_to_table(compound, '.') AS segment WHERE strpos(segment, '-') > 0
        LOOP
            lexemes := lexemes || ' ' || coalesce(public.osit_stem(joined) || ':' || last || weight::text, joined);
        END LOOP;
    END LOOP;
    RETURN lexemes::tsvector;
END $$;

-- What a search asks for: the words of a phrase in their order, joined or not if it is one compound. Null if all are
-- stop words, unless these count.
CREATE FUNCTION osit_operand(words text, stops boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    parts text := translate(words, '.-', '  ');
    joined text := replace(words, '-', '');
    operand text;
BEGIN
    SELECT string_agg(coalesce('<' || place - before || '>', '') || quote_literal(stem), '' ORDER BY place) INTO operand
        FROM (
            SELECT stem, place, lag(place) OVER (ORDER BY place) AS before FROM (
                SELECT place, public.osit_stem(word) AS stem
                FROM string_to_table(parts, ' ') WITH ORDINALITY AS each (word, place)
            ) AS stemmed WHERE stem IS NOT NULL
        ) AS content;
    IF operand IS NULL AND stops THEN
        SELECT string_agg(DISTINCT quote_literal(word), ' & ') INTO operand FROM string_to_table(parts, ' ') AS word;
    END IF;
    IF parts <> words AND strpos(words, ' ') = 0 THEN
        operand := quote_literal(coalesce(public.osit_stem(joined), joined)) || ' | ' || operand;
    END IF;
    RETURN '(' || operand || ')';
END $$;

-- A text without signs: all of its words.
CREATE FUNCTION osit_all(words text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    query text;
BEGIN
    SELECT string_agg(DISTINCT quote_literal(stem), ' & ') INTO query
        FROM (SELECT public.osit_stem(word) AS stem FROM string_to_table(words, ' ') AS word) AS stemmed;
    RETURN coalesce(
        query, (SELECT string_agg(DISTINCT quote_literal(word), ' & ') FROM string_to_table(words, ' ') AS word), ''
    )::tsquery;
END $$;

-- The operands between two « or ». Stop words count where nothing else is left.
CREATE FUNCTION osit_group(wanted text[], unwanted text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    required text := (SELECT string_agg(public.osit_operand(words, false), ' & ') FROM unnest(wanted) AS words);
    excluded text := (SELECT string_agg('!' || public.osit_operand(words, false), ' & ') FROM unnest(unwanted) AS words);
BEGIN
    IF required IS NULL THEN
        required := (SELECT string_agg(public.osit_operand(words, true), ' & ') FROM unnest(wanted) AS words);
    END IF;
    IF required IS NULL AND excluded IS NULL THEN
        excluded := (SELECT string_agg('!' || public.osit_operand(words, true), ' & ') FROM unnest(unwanted) AS words);
    END IF;
    RETURN concat_ws(' & ', required, excluded);
END $$;

-- Words only: those with a position.
CREATE OR REPLACE FUNCTION osit_draft(title text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ts_filter(
    public.osit_append(public.osit_piece(title, 'A'), public.osit_piece(coalesce(description, ''), 'B')),
    '{a,b}'::"char"[]);

CREATE OR REPLACE FUNCTION osit_head(number integer, title text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN public.osit_append(
    public.osit_append(public.osit_piece(title, 'A'), public.osit_piece(coalesce(description, ''), 'B')),
    public.osit_piece(number::text, 'D'));

-- Documents of tickets below this number are from before; no row: none is.
CREATE TABLE search_rebuild (below INTEGER NOT NULL, CONSTRAINT search_rebuild_pkey PRIMARY KEY (below));

INSERT INTO search_rebuild SELECT id + 1 FROM ticket ORDER BY id DESC LIMIT 1;

-- Make the documents of the latest tickets anew that are from before, at most so many; return how many tickets.
-- Tickets are locked first, as by every writer, so that no comment is missing. One process at a time.
CREATE FUNCTION osit_rebuild_search(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ends integer;
    tickets integer[];
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
    UPDATE ticket_document SET document = osit_document(ticket_id, internal) WHERE ticket_id = ANY (tickets);
    UPDATE search_rebuild SET below = tickets[cardinality(tickets)];
    RETURN cardinality(tickets);
END $$;

REVOKE EXECUTE ON FUNCTION osit_rebuild_search(integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION osit_rebuild_search(integer) TO osit_api;

UPDATE person SET name = name WHERE search_text <> osit_person(name, email, phone);

-- A mandatory comment prints something. Earlier comments stay: history is append-only.
CREATE FUNCTION osit_refuse_comment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'osit: the comment of an activity prints nothing' USING ERRCODE = 'OS001';
END $$
