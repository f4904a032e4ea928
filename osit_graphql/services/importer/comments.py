"""Comments of imported activities, in French; each names its source, and none is blank."""

from dataclasses import dataclass, fields

from osit_graphql.domain import permissions
from osit_graphql.services.importer.row_parser import Facts, ParsedRow

FIELD_LABELS = {
    "severity": "gravité",
    "criticality": "criticité",
    "application": "application",
    "requester": "demandeur",
    "site": "site",
    "title": "titre",
    "description": "description",
}


@dataclass(frozen=True)
class CommentWriter:
    """Writes comments that name the source, the incident's number in it, and the line of the file."""

    source: str
    number: str

    def _sign(self, parsed: ParsedRow, text: str) -> str:
        author = f", par {parsed.updated_by}" if parsed.updated_by else ""
        comment = f"Importé de {self.source} ({self.number}, ligne {parsed.line}) : {text}{author}."
        return comment if len(comment) <= permissions.COMMENT_LIMIT else f"{comment[: permissions.COMMENT_LIMIT - 1]}…"

    def on_opening(self, parsed: ParsedRow) -> str:
        """Return the comment of the opening."""
        return self._sign(parsed, f"incident ouvert, groupe « {parsed.service} »")

    def on_rerouting(self, parsed: ParsedRow, before: str) -> str:
        """Return the comment of a change of group."""
        return self._sign(parsed, f"le groupe passe de « {before} » à « {parsed.service} »")

    def on_assignment(self, parsed: ParsedRow) -> str:
        """Return the comment of a change of assignee."""
        return self._sign(parsed, f"affecté à « {parsed.assignee} »" if parsed.assignee else "n'est plus affecté")

    def on_undated_assignment(self, parsed: ParsedRow) -> str:
        """Return the comment of an assignment whose time the export does not have."""
        return self._sign(parsed, f"affecté à « {parsed.assignee} », à une date que l'export n'a pas")

    def on_resolution(self, parsed: ParsedRow) -> str:
        """Return the comment of a resolution before the closing."""
        return self._sign(parsed, "incident résolu")

    def on_last_change(self, parsed: ParsedRow) -> str:
        """Return the comment of the last change, of which the export has only the time."""
        return self._sign(parsed, "dernière modification")

    def on_qualification(self, parsed: ParsedRow, before: Facts) -> str:
        """Return the comment of a qualification; it lists the changed fields, and the activity has their values."""
        changed = [
            field_.name
            for field_ in fields(Facts)
            if getattr(before, field_.name) != getattr(parsed.facts, field_.name)
        ]
        return self._sign(
            parsed, f"modification de la qualification ({', '.join(FIELD_LABELS[name] for name in changed)})"
        )

    def on_reopening(self, parsed: ParsedRow) -> str:
        """Return the comment of a reopening, with the new state."""
        return self._sign(parsed, f"incident rouvert, état « {parsed.state} »")

    def on_closing(self, parsed: ParsedRow, *, cause: str | None) -> str:
        """Return the comment of a closing, with the state and the cause."""
        cause_text = f", cause « {cause} »" if cause else ""
        return self._sign(parsed, f"incident clos, état « {parsed.state} »{cause_text}")

    def on_intervention(self, parsed: ParsedRow, minutes: int) -> str:
        """Return the comment of an intervention, whose duration comes from the map."""
        return self._sign(parsed, f"intervention de {minutes} min d'après la carte d'import, cause « {parsed.cause} »")
