"""THE SECOND WALL: the law of seeing as PostgreSQL's row-level security, rendered from `visibility` itself.

The migrations hold what this renders, frozen; `tests/rls/test_rendered.py` compares PostgreSQL with it, and
`scripts/render_rls.py` prints it for the next migration. Why so, and what is weaker than the first wall:
docs/decisions/0015.
"""

from osit_graphql.db.rls.names import API, OPEN, UNFORCED

__all__ = ["API", "OPEN", "UNFORCED"]
