"""Converts HTML of an export to plain text: paragraphs and lists become lines; tags, styles and scripts go."""

import html
import re
from html.parser import HTMLParser

BLOCK = re.compile(
    "address|article|aside|blockquote|body|center|d[dlt]|div|fieldset|figure|footer|form|h[1-6]|head|header|hr|html|li|main"
    "|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
INLINE = re.compile(
    "a|abbr|acronym|b|bd[io]|big|br|button|caption|cite|code|col|colgroup|del|em|figcaption|font|i|img|input|ins|kbd"
    "|label|link|mark|meta|q|s|samp|script|small|span|strike|strong|style|su[bp]|title|tt|u|var|wbr"
    "|(?:o|v|w|st1):\\w+"  # Office's
)
SILENT = frozenset({"script", "style", "title"})
CELLS = frozenset({"td", "th"})
KNOWN_TAG = re.compile(rf"</?(?:{BLOCK.pattern}|{INLINE.pattern})(?:[\s/][^<>]*)?>", re.IGNORECASE)
SPACES = re.compile(r"[ \t\n\r\f\xa0]+")


class _TextWriter(HTMLParser):
    """Collects the lines of a document; text that only looks like a tag, such as `<z@exemple.fr>`, stays text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self.silent = 0
        self.preformatted = 0
        self.after_bullet = False

    def write(self, text: str) -> None:
        if not self.silent:
            self.lines[-1] += text if self.preformatted else SPACES.sub(" ", text)
            self.after_bullet = self.after_bullet and not text.strip()

    def break_line(self) -> None:
        if self.lines[-1].strip() and not self.after_bullet:  # a paragraph in a list's item stays on its line
            self.lines.append("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        self.preformatted += tag == "pre"
        if tag == "br":
            self.lines.append("")
        elif tag in CELLS:
            self.write(" ")
        elif BLOCK.fullmatch(tag):
            self.after_bullet = self.after_bullet and tag != "li"
            self.break_line()
            if tag == "li":
                self.write("- ")
                self.after_bullet = True
        elif tag == "img":
            self.write(dict(attrs).get("alt") or "")
        elif not INLINE.fullmatch(tag):
            self.write(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT and self.silent > 0
        self.preformatted -= tag == "pre" and self.preformatted > 0
        if tag in CELLS or INLINE.fullmatch(tag):
            return
        if BLOCK.fullmatch(tag):
            self.break_line()
        else:
            self.write(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.write(data)


def html_to_text(source: str) -> str:
    """Return the text of HTML, also of HTML whose tags were escaped once more, as in exports of GLPI 9 and 10."""
    unescaped = html.unescape(source)
    if not KNOWN_TAG.search(source) and KNOWN_TAG.search(unescaped):
        source = unescaped
    if not KNOWN_TAG.search(source):
        return unescaped.strip()
    try:
        return _write(source)
    except AssertionError:  # the parser's, for a `<![` that begins no section that it knows
        return _write(source.replace("<![", "&lt;!["))


def _write(source: str) -> str:
    writer = _TextWriter()
    writer.feed(source)
    writer.close()
    return "\n".join(line.strip(" ") for line in "\n".join(writer.lines).split("\n")).strip()
