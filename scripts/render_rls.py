"""Print the SQL of row-level security, for a migration: all of it, or that of the tables and functions named."""

import sys

from osit_graphql.db.rls.ddl import grant, list_functions, protect_table
from osit_graphql.db.rls.grants import GRANTS, grant_functions
from osit_graphql.db.rls.policies import TABLES_WITH_RLS


def main() -> None:
    """Print the statements, each with a semicolon and a blank line after it."""
    names = set(sys.argv[1:])
    statements = [
        function for function in list_functions() if not names or any(f" {name}(" in function for name in names)
    ]
    for table in GRANTS:
        if not names or table in names:
            statements += protect_table(table) if table in TABLES_WITH_RLS else grant(table)
    statements += [] if names else grant_functions()
    for statement in statements:
        print(f"{statement};\n")


if __name__ == "__main__":
    main()
