"""Row-level security: the predicates of `db.visibility` as PostgreSQL policies, rendered from that module.

Migrations contain the rendered SQL. `tests/rls/test_rendered.py` compares the database with it, and
`scripts/render_rls.py` prints it for the next migration. Where it is weaker than `visibility`: docs/decisions/0015.
"""

from typing import Final

API_ROLE: Final = "osit_api"
"""The PostgreSQL role of policies and grants. The role that the API connects as is a member of it."""
TABLES_WITHOUT_RLS: Final = {
    "alembic_version": "the current revision; no personal data",
    "report_zone": "the company's time zone; no personal data, read through osit_zone() only",
    "search_rebuild": "a ticket number; no personal data, used by osit_rebuild_search() only",
}
"""Tables without row-level security, with the reason."""
NOT_FORCED: Final = {"ticket_document": "osit_rare, run by its owner, reads its statistics, which FORCE hides"}
"""Tables whose owner bypasses row-level security, with the reason. The API never connects as an owner."""
