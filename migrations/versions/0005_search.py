"""Search: what tickets say, folded and stemmed.

Everything is kept up by triggers, so that whichever door writes, the same transaction finds it. Functions are
written with SQL-standard bodies or qualified names: they are immutable, and survive a dump and its restore.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FOLDING = (
    # Case and accents away, ligatures and typographer's signs unfolded: both what is kept and what is looked for.
    r"""
CREATE FUNCTION osit_fold(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(translate(
    replace(replace(replace(replace(
        regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g'),
        'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'),
    '’‘ʼ«»“”„–—•·°€', repeat('''', 3) || repeat(' ', 11)))
""",
    # « pare-feu », « PC-0412 », « export.xlsx », « ligne/colonne » are their words. What the stemmer takes for two is
    # made one: échoué and échouées, scanner and scanners.
    r"""
CREATE FUNCTION osit_words(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(translate(public.osit_fold(said), '_/\@:#', '      '),
    '(?<=[a-z0-9])(-+(?=[a-z0-9])|[.](?=[a-z]))', ' ', 'g'), '(?<=[a-z])(?:(e)e+s?|(er)s)\M', '\1\2', 'g')
""",
    # Folding revives stop words that have an accent; in a query each becomes one that has none.
    r"""
CREATE FUNCTION osit_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN websearch_to_tsquery('pg_catalog.french'::regconfig, regexp_replace(
    public.osit_words(translate(said, '«»“”„', repeat('"', 5))),
    '\m(a|etes?|etais|etait|etions|etiez|etaient|etant|fumes|futes|fut|memes?|eumes|eutes|eut)\M', 'le', 'g'))
""",
    # What relevance is measured by: any of the words. Of all of them, many in a comment could outweigh one in a title.
    """
CREATE FUNCTION osit_any(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(query::text, ' & ', ' | ')::tsquery
""",
    """
CREATE FUNCTION osit_piece(said text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN setweight(to_tsvector('pg_catalog.french'::regconfig, public.osit_words(said)), weight)
""",
    # A gap between two pieces, so that no phrase spans them. Beyond PostgreSQL's megabyte the rest isn't searched.
    """
CREATE FUNCTION osit_append(document tsvector, piece tsvector) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT
PARALLEL SAFE AS $$
BEGIN
    IF pg_column_size(document) + pg_column_size(piece) < 250000 THEN
        RETURN ts_delete(document || '¶:9'::tsvector || piece, '¶');
    END IF;
    BEGIN
        RETURN ts_delete(document || '¶:9'::tsvector || piece, '¶');
    EXCEPTION WHEN program_limit_exceeded THEN
        RETURN document;
    END;
END $$
""",
)

TABLES = (
    """
CREATE TABLE ticket_document (
    ticket_id INTEGER NOT NULL,
    internal BOOLEAN NOT NULL,
    superseded BOOLEAN DEFAULT false NOT NULL,
    document TSVECTOR NOT NULL,
    CONSTRAINT ticket_document_pkey PRIMARY KEY (ticket_id, internal),
    CONSTRAINT ticket_document_superseded_check CHECK (NOT (internal AND superseded)),
    CONSTRAINT ticket_document_ticket_id_fkey FOREIGN KEY(ticket_id) REFERENCES ticket (id)
)
""",
    "ALTER TABLE ticket_document ALTER COLUMN document SET STATISTICS 500",
)

KEEPING = (
    """
CREATE FUNCTION osit_draft(title text, description text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN public.osit_append(public.osit_piece(title, 'A'), public.osit_piece(coalesce(description, ''), 'B'))
""",
    """
CREATE FUNCTION osit_head(number integer, title text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN public.osit_append(public.osit_draft(title, description), public.osit_piece(number::text, 'D'))
""",
    # The whole document anew: for what is here already, for a title that is corrected, and to check the kept one by.
    """
CREATE FUNCTION osit_document(key integer, internals boolean) RETURNS tsvector LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made tsvector;
    said text;
BEGIN
    SELECT osit_head(id, title, description) INTO made FROM ticket WHERE id = key;
    FOR said IN SELECT comment FROM activity WHERE ticket_id = key AND comment IS NOT NULL
            AND (internals OR NOT internal) ORDER BY id LOOP
        made := osit_append(made, osit_piece(said, 'C'));
    END LOOP;
    RETURN made;
END $$
""",
    """
CREATE FUNCTION osit_index_ticket() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ticket_document (ticket_id, internal, document)
            VALUES (NEW.id, false, osit_head(NEW.id, NEW.title, NEW.description));
    ELSE
        UPDATE ticket_document SET document = osit_document(ticket_id, internal) WHERE ticket_id = NEW.id;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER ticket_indexed AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION osit_index_ticket()
""",
    """
CREATE TRIGGER ticket_indexed_again AFTER UPDATE OF title, description ON ticket FOR EACH ROW
    WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.description IS DISTINCT FROM NEW.description)
    EXECUTE FUNCTION osit_index_ticket()
""",
    # The first internal comment makes a second document, for those who read such comments; the first is left without.
    """
CREATE FUNCTION osit_index_comment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.internal THEN
        INSERT INTO ticket_document (ticket_id, internal, document)
            SELECT ticket_id, true, document FROM ticket_document WHERE ticket_id = NEW.ticket_id AND NOT superseded
            ON CONFLICT DO NOTHING;
        UPDATE ticket_document SET superseded = true
            WHERE ticket_id = NEW.ticket_id AND NOT internal AND NOT superseded;
    END IF;
    UPDATE ticket_document SET document = osit_append(document, osit_piece(NEW.comment, 'C'))
        WHERE ticket_id = NEW.ticket_id AND (internal OR NOT NEW.internal);
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER activity_indexed AFTER INSERT ON activity FOR EACH ROW WHEN (NEW.comment IS NOT NULL)
    EXECUTE FUNCTION osit_index_comment()
""",
)

RESEMBLING = (
    # Which documents may resemble this one: those with one of its rarest words. What is rare is ANALYZE's to say: as
    # many words as some 2,000 documents have between them, however many there are. Null when none is.
    """
CREATE FUNCTION osit_rare(document tsvector) RETURNS tsquery LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    total real;
    words text[];
    shares real[];
BEGIN
    SELECT greatest(reltuples, 0) INTO total FROM pg_class WHERE oid = 'ticket_document'::regclass;
    SELECT most_common_elems::text::text[], most_common_elem_freqs INTO words, shares FROM pg_stats
        WHERE schemaname = 'public' AND tablename = 'ticket_document' AND attname = 'document';
    RETURN (
        WITH said AS (
            SELECT lexeme, 'A' = ANY (weights) AS titled,
                total * coalesce(share, shares[cardinality(words) + 1] / 2, 0) AS expected
            FROM unnest(document) LEFT JOIN unnest(words, shares[:cardinality(words)]) AS known (word, share)
                ON word = lexeme
            WHERE length(lexeme) > 1
        ), ranked AS (
            SELECT lexeme, sum(expected) OVER (ORDER BY expected, titled DESC, length(lexeme) DESC, lexeme) AS budget
            FROM said
        )
        SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery FROM ranked WHERE budget <= 2000
    );
END $$
""",
)

# What is here already; then what finds it.
FILLING = (
    """
INSERT INTO ticket_document (ticket_id, internal, document)
    SELECT id, false, osit_document(id, false) FROM ticket
""",
    """
INSERT INTO ticket_document (ticket_id, internal, document)
    SELECT ticket_id, true, osit_document(ticket_id, true) FROM activity WHERE internal GROUP BY ticket_id
""",
    """
UPDATE ticket_document SET superseded = true WHERE ticket_id IN (SELECT ticket_id FROM ticket_document WHERE internal)
    AND NOT internal
""",
    """
CREATE INDEX ticket_document_words_idx ON ticket_document USING gin (document) WITH (gin_pending_list_limit=256)
""",
)


def upgrade() -> None:
    for statement in (*FOLDING, *TABLES, *KEEPING, *RESEMBLING, *FILLING):
        op.get_bind().exec_driver_sql(statement)
