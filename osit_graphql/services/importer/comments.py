"""What an imported history row says of where it comes from, in French as its readers expect; never blank."""

from dataclasses import dataclass, fields

from osit_graphql.domain import permissions
from osit_graphql.services.importer.row_parser import Facts, Reading

WORDS = {
    "severity": "gravité",
    "criticality": "criticité",
    "application": "application",
    "requester": "demandeur",
    "site": "site",
    "title": "titre",
    "description": "description",
}


@dataclass(frozen=True)
class Writer:
    """Signs every sentence with the source, the incident's number there, and the line of the file."""

    source: str
    number: str

    def _sign(self, reading: Reading, said: str) -> str:
        by = f", par {reading.updated_by}" if reading.updated_by else ""
        whole = f"Importé de {self.source} ({self.number}, ligne {reading.line}) : {said}{by}."
        return whole if len(whole) <= permissions.COMMENT_LIMIT else f"{whole[: permissions.COMMENT_LIMIT - 1]}…"

    def on_opening(self, reading: Reading) -> str:
        """Say how the incident began."""
        return self._sign(reading, f"incident ouvert, groupe « {reading.service} »")

    def on_rerouting(self, reading: Reading, before: str) -> str:
        """Say from which group to which."""
        return self._sign(reading, f"le groupe passe de « {before} » à « {reading.service} »")

    def on_assignment(self, reading: Reading) -> str:
        """Say who has it now."""
        return self._sign(reading, f"affecté à « {reading.assignee} »" if reading.assignee else "n'est plus affecté")

    def on_qualification(self, reading: Reading, before: Facts) -> str:
        """Say what changed; the row itself has the values."""
        changed = [
            item.name for item in fields(Facts) if getattr(before, item.name) != getattr(reading.facts, item.name)
        ]
        return self._sign(reading, f"modification de la qualification ({', '.join(WORDS[name] for name in changed)})")

    def on_reopening(self, reading: Reading) -> str:
        """Say which state the closed incident took again."""
        return self._sign(reading, f"incident rouvert, état « {reading.state} »")

    def on_closing(self, reading: Reading, *, cause: str | None) -> str:
        """Say in which state it was closed, and what it came from."""
        why = f", cause « {cause} »" if cause else ""
        return self._sign(reading, f"incident clos, état « {reading.state} »{why}")

    def on_intervention(self, reading: Reading, minutes: int) -> str:
        """Say that the time is what the map declares."""
        return self._sign(
            reading, f"intervention de {minutes} min d'après la carte d'import, cause « {reading.cause} »"
        )
