"""The caller on the line: people found by any part of their name, address or phone number."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CALLERS = (
    r"""
CREATE FUNCTION osit_spaced(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(public.osit_fold(said), '[-''._,;:/\\()"\s]+', ' ', 'g'))
""",
    # +33 6 12 34 56 78, 0033612345678, +33 (0)6 12… and 06.12.34.56.78 are one number; another country's keeps its 00.
    r"""
CREATE FUNCTION osit_phone(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(regexp_replace(
    replace(said, '(0)', ''), '^\s*[+]', '00'), '[^0-9]', '', 'g'), '^(00330?(?=[1-9])|330?(?=[1-9][0-9]{8}$))', '0')
""",
    # A line each for name, address, the number's words (« poste »), its digits; a word begins where a space is before.
    r"""
CREATE FUNCTION osit_person(name text, email text, phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ' ' || public.osit_spaced(name) || E'\n ' || public.osit_spaced(email)
    || E'\n ' || public.osit_spaced(regexp_replace(coalesce(phone, ''), '[^[:alpha:]]+', ' ', 'g'))
    || E'\n ' || coalesce(public.osit_phone(phone), '')
""",
    # Every run of three characters, and what is left at the end: any part of three or more is found by its runs.
    """
CREATE FUNCTION osit_runs(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(array_to_tsvector(array_agg(DISTINCT substr(said, place, 3))), '')
    FROM generate_series(1, length(said)) place)
""",
    """
CREATE FUNCTION osit_parts(words text, numbers text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN string_to_array(public.osit_spaced(words), ' ')
    || ARRAY(SELECT public.osit_phone(number) FROM unnest(numbers) number)
""",
    # Two characters are the beginning of a run, one must begin a word.
    r"""
CREATE FUNCTION osit_run_query(parts text[]) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(string_agg(DISTINCT CASE length(part) WHEN 1 THEN ''' ' || part || ''':*'
        WHEN 2 THEN '''' || part || ''':*' ELSE '''' || substr(part, place, 3) || '''' END, ' & '), '')::tsquery
    FROM unnest(parts) part, generate_series(1, greatest(length(part) - 2, 1)) place)
""",
    # How well somebody answers: 0 they are named so (or it is their address, their number), 1 a name begins so or a
    # number ends so, 2 words of the name begin so, 3 so does another, 4 it is inside; null when a part is nowhere.
    # No search_path of its own: setting one costs more than the rest, and everything here is pg_catalog's.
    r"""
CREATE FUNCTION osit_answers(said text, parts text[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT
PARALLEL SAFE AS $$
DECLARE
    name text := split_part(said, E'\n', 1);
    whole text := array_to_string(parts, ' ');
    grade integer := 2;
    part text;
BEGIN
    FOREACH part IN ARRAY parts LOOP
        IF strpos(name, ' ' || part) > 0 THEN
            CONTINUE;
        ELSIF strpos(said, ' ' || part) > 0 THEN
            grade := greatest(grade, 3);
        ELSIF length(part) > 1 AND strpos(said, part) > 0 THEN
            grade := 4;
        ELSE
            RETURN NULL;
        END IF;
    END LOOP;
    IF strpos(E'\n' || said || E'\n', E'\n ' || whole || E'\n') > 0 THEN
        RETURN 0;
    ELSIF starts_with(name, ' ' || whole) OR (whole ~ '^[0-9]+$' AND right(said, length(whole)) = whole) THEN
        RETURN 1;
    END IF;
    RETURN grade;
END $$
""",
    "ALTER TABLE person ADD COLUMN search_text TEXT",
    "ALTER TABLE person ADD COLUMN search_runs TSVECTOR",
    """
CREATE FUNCTION osit_index_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.search_text := osit_person(NEW.name, NEW.email, NEW.phone);
    NEW.search_runs := osit_runs(NEW.search_text);
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER person_indexed BEFORE INSERT OR UPDATE ON person
    FOR EACH ROW EXECUTE FUNCTION osit_index_person()
""",
    "UPDATE person SET name = name",
    "ALTER TABLE person ALTER COLUMN search_text SET NOT NULL",
    "ALTER TABLE person ALTER COLUMN search_runs SET NOT NULL",
    "CREATE INDEX person_runs_idx ON person USING gin (search_runs) WITH (gin_pending_list_limit=256)",
)


def upgrade() -> None:
    for statement in CALLERS:
        op.get_bind().exec_driver_sql(statement)
