"""Issue 17, line 24: HTML of descriptions becomes plain text, and loses no word."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osit_graphql.services.importer.html_text import html_to_text
from tests.importer.exports import MAP, make_map, plan_rows

WORDS = st.lists(st.text("abcéè<>&;'\"0 -@.", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Bonjour,</p><p>L'écran est <b>noir</b>.</p>", "Bonjour,\nL'écran est noir."),
        ("&lt;p&gt;R&amp;amp;D&lt;/p&gt;", "R&D"),
        ("&#60;p&#62;Bonjour&#60;br /&#62;Zoé&#60;/p&#62;", "Bonjour\nZoé"),
        ("<ul><li>un</li><li><p>deux</p></li></ul>fin", "- un\n- deux\nfin"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<style>p {color: red}</style><script>alert('<p>')</script><p>texte</p>", "texte"),
        ("<div>de Zoé &lt;z@exemple.fr&gt;</div>", "de Zoé <z@exemple.fr>"),
        ("<div>de Zoé <z@exemple.fr></div>", "de Zoé <z@exemple.fr>"),
        ("<p>Erreur <java.lang.Error> 5 < 6 & 7</p>", "Erreur <java.lang.Error> 5 < 6 & 7"),
        ("<p>a<o:p></o:p>\xa0<img src='x.png' alt='capture'></p>", "a capture"),
        ("<pre>a\n  b</pre><p>c\n  d</p>", "a\nb\nc d"),
        ("<p>un<br>\n<br>deux</p>", "un\n\ndeux"),
        (
            "texte\nsur deux lignes, Zoé <z@exemple.fr> &amp; R&#38;D",
            "texte\nsur deux lignes, Zoé <z@exemple.fr> & R&D",
        ),
        ("<!-- note --><P CLASS=MsoNormal>x</P>", "x"),
        ("<p>non fermé", "non fermé"),
        ("</p></style>texte", "texte"),
        ("", ""),
    ],
)
def test_html_becomes_lines_of_text(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize("section", ["<![foo bar]>", "<![ 12", "<![if !vml]>x<![endif]>", "<!-- <![endif]--><![z]>"])
def test_a_marked_section_ends_no_import(section: str) -> None:
    text = html_to_text(f"<p>avant</p>{section}<p>après</p>")
    assert (text[:5], text[-5:]) == ("avant", "après")


@given(WORDS)
def test_text_that_html_escapes_comes_back(words: list[str]) -> None:
    escaped = [word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for word in words]
    lines = html_to_text("".join(f"<p>{word}</p>" for word in escaped)).split("\n")
    assert lines == [" ".join(word.split()) for word in words]


def test_only_the_columns_of_the_map_are_html(tmp_path: Path) -> None:
    row = {"word": "<p>R&amp;D</p>", "app": "&lt;Paie&gt;"}
    text = MAP.replace('unknown = "?"', 'unknown = "?"\nhtml = ["word"]', 1)
    facts = plan_rows(tmp_path, row, text=text).histories[0].last.after.facts
    assert (facts.description, facts.application) == ("R&D", "&lt;Paie&gt;")
    assert make_map(tmp_path, MAP).file.html == frozenset()
    assert plan_rows(tmp_path, row).histories[0].last.after.facts.description == "<p>R&amp;D</p>"


def test_html_without_text_is_an_unknown_value(tmp_path: Path) -> None:
    text = MAP.replace('unknown = "?"', 'unknown = "?"\nhtml = ["word"]', 1)
    facts = plan_rows(tmp_path, {"word": "<p>&nbsp;</p>"}, text=text).histories[0].last.after.facts
    assert facts.description == "inconnu"
