"""Texts that people write on tickets, and the parts of them that people copy into a search."""

import re
import unicodedata

from hypothesis import strategies as st

from osit_graphql.domain.user_errors import INVISIBLE_CHARACTERS, UNSTORABLE_CHARACTERS
from osit_graphql.services.validation import normalize_line_breaks

QUOTES = '"«»“”„‟＂'
# A text may be cut beside these, and beside blanks, without cutting a word.
SIGNS = frozenset(",;:!?()[]{}<>/\\=@'’*|%&~`" + QUOTES)
# Categories of letters, of marks, and of numbers and unassigned characters, which PostgreSQL takes for letters.
NO_SEPARATORS = frozenset(["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nl", "No", "Cn"])
INVISIBLE = st.sampled_from("\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\ufeff\u034f\u2800\u3164\ufe0f")
HYPHENS = st.sampled_from("---\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])
PLAIN = """imprimante réseau connexion échouées scanners Weißhaupt Łódź Ørsted Đorđe ħobża ıspanak ÆTHER œuvre þing
  İstanbul Ελλάδος Москва й 打印机 프린터 טונר हिन्दी MES PC Wi Fi VPN erreur poste E 1er 3e m² ½ ﷺ ﬁchier №12 nº1234
  PROD™ été a"""
STOPS = "son de la le les est ce que mes à même c s d l or et ou pas pour"
SIGNED = "C++ C# .NET F# g++ Notepad++ ASP.NET S: C:\\Users\\x A+B --verbose"
NUMERIC = """-2147467259 code=-5011 +33612345678 UTC+2 no.5 eth0.100 v2.10.3 10.0.0.1:8080 rapport.2026.xlsx log.1
  0x80070035 1e5 backup.20261123.tar.gz 24" 1,5 ±3"""
ADDRESSES = """<z@exemple.fr> <java.lang.NullPointerException> <br/> mailto:z@exemple.fr tel:+33612345678 a_b_c
  https://intra.osit.fr/a/b.html?c=d#e \\\\srv-01\\partage$ jean-luc.d'o@x-y.fr"""
PLAIN_WORDS, STOP_WORDS = st.sampled_from(PLAIN.split()), st.sampled_from(STOPS.split())
STRINGS = st.sampled_from([*SIGNED.split(), *NUMERIC.split(), *ADDRESSES.split(), "ORA -12541", "06 12 34 56 78"])
LINES = st.sampled_from(["-" * 33, "- " * 40, "=" * 50, "_" * 33, "…", "•", "—", "-", "--", "'", '"', "😀", "*", "(:"])


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Return a number in the digits of a script."""
    digits = draw(DIGITS)
    return "".join(digits[int(digit)] for digit in str(draw(st.integers(0, 999_999))))


@st.composite
def compounds(draw: st.DrawFn) -> str:
    """Return words joined by hyphens or dots."""
    parts = draw(st.lists(PLAIN_WORDS | STOP_WORDS | numbers(), min_size=2, max_size=3))
    return "".join(part + draw(HYPHENS | st.just(".")) for part in parts[:-1]) + parts[-1]


@st.composite
def with_invisible(draw: st.DrawFn) -> str:
    """Return a word with an invisible character at any place."""
    word = draw(PLAIN_WORDS | STOP_WORDS | compounds())
    place = draw(st.integers(0, len(word)))
    return word[:place] + draw(INVISIBLE) + word[place:]


FRAGMENTS = (
    PLAIN_WORDS | STOP_WORDS | STRINGS | LINES | numbers() | compounds() | with_invisible() | st.text(max_size=6)
)
GAPS = st.sampled_from(
    [" ", " ", " ", " ", "\n", "\u00a0", " - ", " -", ", ", ". ", "", '"', " «", "» ", "/", "\u2003", "\x0b"]
)


@st.composite
def texts(draw: st.DrawFn, limit: int, fragments: int) -> str:
    """Return a text as it is stored: with LF line breaks, without characters that PostgreSQL can't store."""
    pieces = draw(st.lists(st.tuples(FRAGMENTS, GAPS), min_size=1, max_size=fragments))
    written = normalize_line_breaks("".join(fragment + gap for fragment, gap in pieces))
    return UNSTORABLE_CHARACTERS.sub("", written)[:limit].strip()


@st.composite
def copied(draw: st.DrawFn, text: str, limit: int) -> str:
    """Return a part of the text that cuts no word."""
    cuts = [place for place in range(len(text) + 1) if _is_cut(text, place)]
    start = draw(st.sampled_from(cuts))
    return text[start : draw(st.sampled_from([place for place in cuts if start <= place <= start + limit]))]


def _is_cut(text: str, place: int) -> bool:
    if place in {0, len(text)}:
        return True
    before, after = text[place - 1], text[place]
    return before.isspace() or after.isspace() or before in SIGNS or (after in SIGNS and before not in "+#.-")


def excludes(search: str) -> bool:
    """Whether a hyphen of the search excludes a word or a phrase."""
    visible = INVISIBLE_CHARACTERS.sub("", UNSTORABLE_CHARACTERS.sub(" ", search)).strip()
    return any(
        letter in QUOTES or unicodedata.category(unicodedata.normalize("NFKD", letter)[0]) in NO_SEPARATORS
        for letter in re.findall(r"(?<!\S)-(\S)", visible)
    )
