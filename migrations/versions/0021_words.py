"""Search: one normalization of texts and searches (docs/decisions/0041).

`osit_fold` normalizes characters for documents, searches and people. `osit_words` splits the result into words. Neither
depends on a locale or on PostgreSQL's parser, so that text and search always agree.
"""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
serves = "0016"

# Characters that print nothing: default-ignorable code points of Unicode. They count as absent.
INVISIBLE = (
    r"\u00ad\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Combining marks of Latin, Greek and Cyrillic letters, and those of symbols.
MARKS = r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Blanks, punctuation, symbols and control characters outside ASCII that have no compatibility decomposition.
SEPARATORS = (
    r"\u0080-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff\u0375\u03f6\u0482\u055a-\u055f"
    r"\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9"
    r"\u06fd-\u06fe\u0700-\u070f\u07f6-\u07f9\u07fe-\u07ff\u0830-\u083e\u085e\u0888\u0890-\u0891\u08e2"
    r"\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u09fd\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f"
    r"\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f\u0e5a-\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38"
    r"\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fda\u104a-\u104f\u109e-\u109f\u10fb\u1360-\u1368\u1390-\u1399"
    r"\u1400\u166d-\u166e\u1680\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a"
    r"\u1940-\u1945\u19de-\u19ff\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b6a\u1b74-\u1b7e\u1bfc-\u1bff"
    r"\u1c3b-\u1c3f\u1c7e-\u1c7f\u1cc0-\u1cc7\u1cd3\u2010-\u20c0\u2104-\u212e\u213a-\u214d\u214f\u218a-\u244a"
    r"\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004"
    r"\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\u3190-\u3191\u31c0-\u31e3\u327f\u4dc0-\u4dff"
    r"\ua490-\ua4c6\ua4fe-\ua4ff\ua60d-\ua60f\ua673\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b"
    r"\ua836-\ua839\ua874-\ua877\ua8ce-\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df"
    r"\uaa5c-\uaa5f\uaa77-\uaa79\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb\ue000-\uf8ff\ufbb2-\ufdff"
    r"\ufe45-\ufe46\ufffc-\ufffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189"
    r"\U0001018c-\U000101fc\U0001039f\U000103d0\U0001056f\U00010857\U00010877-\U00010878\U0001091f\U0001093f"
    r"\U00010a50-\U00010a58\U00010a7f\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c"
    r"\U00010ead\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110c1\U000110cd"
    r"\U00011140-\U00011143\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd\U000111db\U000111dd-\U000111df"
    r"\U00011238-\U0001123d\U000112a9\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6\U000115c1-\U000115d7"
    r"\U00011641-\U00011643\U00011660-\U0001166c\U000116b9\U0001173c-\U0001173f\U0001183b\U00011944-\U00011946"
    r"\U000119e2\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011c41-\U00011c45"
    r"\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011fd5-\U00011fff\U00012470-\U00012474"
    r"\U00012ff1-\U00012ff2\U00013430-\U00013438\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b3f"
    r"\U00016b44-\U00016b45\U00016e97-\U00016e9a\U00016fe2\U0001bc9c\U0001bc9f\U0001cf50-\U0001d15d"
    r"\U0001d16a-\U0001d16c\U0001d183-\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241\U0001d245"
    r"\U0001d300-\U0001d356\U0001d800-\U0001d9ff\U0001da37-\U0001da3a\U0001da6d-\U0001da74"
    r"\U0001da76-\U0001da83\U0001da85-\U0001da8b\U0001e14f\U0001e2ff\U0001e95e-\U0001e95f\U0001ecac\U0001ecb0"
    r"\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbca\U000f0000-\U0010fffd"
)
# The digit zero of each script; nine follows eight places later.
ZEROS = (
    0x660,
    0x6F0,
    0x7C0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xDE6,
    0xE50,
    0xED0,
    0xF20,
    0x1040,
    0x1090,
    0x17E0,
    0x1810,
    0x1946,
    0x19D0,
    0x1A80,
    0x1A90,
    0x1B50,
    0x1BB0,
    0x1C40,
    0x1C50,
    0xA620,
    0xA8D0,
    0xA900,
    0xA9D0,
    0xA9F0,
    0xAA50,
    0xABF0,
    0x104A0,
    0x10D30,
    0x11066,
    0x110F0,
    0x11136,
    0x111D0,
    0x112F0,
    0x11450,
    0x114D0,
    0x11650,
    0x116C0,
    0x11730,
    0x118E0,
    0x11950,
    0x11C50,
    0x11D50,
    0x11DA0,
    0x16A60,
    0x16AC0,
    0x16B50,
    0x1E140,
    0x1E2F0,
    0x1E950,
)
QUOTES = '"«»“”„‟＂'
BLANKS = r"\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
WORD = r"a-z0-9\u0080-\U0010ffff"

DIGITS = "".join(chr(zero + value) for zero in ZEROS for value in range(10))
DIGIT_RANGES = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in ZEROS)
LETTERS = ("ŁłØøÐðĐđĦħŦŧıς‐‑‒–—―−", "llooddddhhttiσ-------")
PAIRS = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}


def fold_pairs() -> str:
    """Return the SQL that replaces letters by two."""
    expression = f"translate(said, '{LETTERS[0]}', '{LETTERS[1]}')"
    for letter, letters in PAIRS.items():
        expression = f"replace({expression}, '{letter}', '{letters}')"
    return expression


IMMUTABLE = "IMMUTABLE STRICT PARALLEL SAFE"
FUNCTIONS = (
    # Case, accents and invisible characters away; ligatures, digits and hyphens of all scripts in ASCII; other
    # characters that are no part of a word, blanks. ASCII punctuation stays.
    rf"""
CREATE OR REPLACE FUNCTION osit_fold(said text) RETURNS text LANGUAGE plpgsql {IMMUTABLE} AS $$
BEGIN
    IF octet_length(said) = length(said) THEN
        RETURN lower(said);
    END IF;
    said := lower(regexp_replace(
        normalize(translate(said, 'ºª™℠', '    '), NFKD), '[{MARKS}{"".join(INVISIBLE)}]', '', 'g'));
    IF octet_length(said) = length(said) THEN
        RETURN said;
    END IF;
    IF said ~ '[{LETTERS[0]}{"".join(PAIRS)}]' THEN
        said := {fold_pairs()};
    END IF;
    IF said ~ '[{DIGIT_RANGES}]' THEN
        said := translate(said, '{DIGITS}', '{"0123456789" * len(ZEROS)}');
    END IF;
    RETURN regexp_replace(said, '[{"".join(SEPARATORS)}]', ' ', 'g');
END $$
""",
    # Words, each after one blank. A dot or hyphen between two words, without blanks, joins them: « pc-0412.local ».
    # C++, C# and .NET are words of their own. Endings that the stemmer takes for two are made one: échoué, échouées.
    rf"""
CREATE OR REPLACE FUNCTION osit_words(said text) RETURNS text LANGUAGE plpgsql {IMMUTABLE} AS $$
BEGIN
    said := public.osit_fold(said);
    IF said ~ '[+#]' THEN
        said := regexp_replace(said, '(?<![{WORD}])([a-z])[+][+](?![a-z+])', '\1plusplus ', 'g');
        said := regexp_replace(said, '(?<![{WORD}])([a-z])#(?![#{WORD}])', '\1sharp ', 'g');
    END IF;
    IF strpos(said, '.net') > 0 THEN
        said := regexp_replace(said, '(?<![.{WORD}])[.]net(?![{WORD}])', ' dotnet', 'g');
    END IF;
    said := btrim(regexp_replace(said, '[^{WORD}]{{2,}}|[^.{WORD}-]', ' ', 'g'), ' .-');
    IF said ~ 'e(e|rs)' THEN
        said := regexp_replace(said, '(?<=[a-z])(?:(e)e+s?|(er)s)(?![a-z0-9])', '\1\2', 'g');
    END IF;
    RETURN said;
END $$
""",
    # « word "a phrase" -without or another ». A hyphen at the start or after a blank excludes if a letter or a quote
    # follows. A quote without a second one is a blank.
    rf"""
CREATE OR REPLACE FUNCTION osit_query(said text) RETURNS tsquery LANGUAGE plpgsql {IMMUTABLE} AS $$
DECLARE
    words text := public.osit_words(said);
    query text := '';
    wanted text[] := '{{}}';
    unwanted text[] := '{{}}';
    alternative boolean := false;
    piece text;
BEGIN
    IF said !~ '[{QUOTES}-]' AND words !~ '[.-]|(^| )or( |$)' THEN
        RETURN public.osit_all(words);
    END IF;
    said := translate(regexp_replace(said, '[{"".join(INVISIBLE)}]', '', 'g'),
        '{QUOTES}' || chr(1), '{'"' * len(QUOTES)} ');
    said := regexp_replace(said, '(^|[{BLANKS}])-(?=[^{BLANKS}-])', '\1' || chr(1), 'g');
    FOR piece IN SELECT match[1]
        FROM regexp_matches(said, '(\u0001?"[^"]*"|\u0001?[^\u0001"{BLANKS}]+)', 'g') AS match
    LOOP
        words := public.osit_words(piece);
        CONTINUE WHEN words = '';
        IF words = 'or' AND NOT alternative AND wanted || unwanted <> '{{}}' AND piece !~ '[\u0001"]' THEN
            alternative := true;
            CONTINUE;
        END IF;
        IF alternative THEN
            query := query || public.osit_group(wanted, unwanted) || ' | ';
            wanted := '{{}}';
            unwanted := '{{}}';
            alternative := false;
        END IF;
        IF starts_with(piece, chr(1)) AND public.osit_fold(piece) ~ '^\u0001["a-z\u0080-\U0010ffff]' THEN
            unwanted := unwanted || words;
        ELSIF piece ~ '"' THEN
            wanted := wanted || words;
        ELSE
            wanted := wanted || string_to_array(words, ' ');
        END IF;
    END LOOP;
    IF alternative THEN
        wanted := wanted || 'or'::text;
    END IF;
    RETURN (query || public.osit_group(wanted, unwanted))::tsquery;
END $$
""",
    rf"""
CREATE OR REPLACE FUNCTION osit_spaced(said text) RETURNS text LANGUAGE sql {IMMUTABLE}
RETURN btrim(regexp_replace(public.osit_fold(said), '[^@{WORD}]+', ' ', 'g'))
""",
    # As in 0007, with the digits of all scripts.
    rf"""
CREATE OR REPLACE FUNCTION osit_phone(said text) RETURNS text LANGUAGE sql {IMMUTABLE}
RETURN regexp_replace(regexp_replace(regexp_replace(
    replace(public.osit_fold(said), '(0)', ''), '^\s*[+]', '00'), '[^0-9]', '', 'g'),
    '^(00330?(?=[1-9])|330?(?=[1-9][0-9]{{8}}$))', '0')
""",
    # The parts of a search for people: its words, then its phone numbers (two digits or more, with the signs that
    # people put between them). « Name <address> », mailto: and tel: are their words.
    rf"""
CREATE FUNCTION osit_caller(said text) RETURNS text[] LANGUAGE plpgsql {IMMUTABLE} AS $$
DECLARE
    phone text := '(?<![@.{WORD}_])[+(]?[0-9][0-9\s().+/-]*[0-9](?![@{WORD}_])';
BEGIN
    said := regexp_replace(public.osit_fold(said), '(?<![{WORD}])mailto:([^\s?]*)([?]\S*)?', ' \1 ', 'g');
    said := regexp_replace(said, '(?<![{WORD}])(?:tel|callto|sips?)[.]?\s*:\s*([^\s;]*)(;\S*)?', ' \1 ', 'g');
    RETURN string_to_array(public.osit_spaced(regexp_replace(said, phone, ' ', 'g')), ' ')
        || ARRAY(SELECT number
            FROM regexp_matches(said, '(' || phone || ')', 'g') AS match, public.osit_phone(match[1]) AS number
            WHERE number <> '');
END $$
""",
)

TRIGGER = rf"""
CREATE TRIGGER activity_comment_printed BEFORE INSERT ON activity FOR EACH ROW
    WHEN (NEW.comment ~ '[^[:space:]]'  -- white space is the CHECK's
        AND NEW.comment !~ '[^{BLANKS}\u0001-\u001f\u007f-\u009f\u034f\u2800{"".join(INVISIBLE)}]')
    EXECUTE FUNCTION osit_refuse_comment()
"""


def upgrade() -> None:
    rest = Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n")
    for statement in (*FUNCTIONS, *rest, TRIGGER):
        op.get_bind().exec_driver_sql(statement)
