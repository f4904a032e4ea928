"""Print the wall as SQL: all of it, or that of the tables and functions named; what a migration freezes."""

import sys

from osit_graphql.db.rls.ddl import grant, list_functions, wall_in
from osit_graphql.db.rls.grants import GRANTS, list_executed
from osit_graphql.db.rls.policies import WALLED


def main() -> None:
    """Print it, each statement ended by a semicolon and a blank line."""
    named = set(sys.argv[1:])
    said = [function for function in list_functions() if not named or any(f" {name}(" in function for name in named)]
    for table in GRANTS:
        if not named or table in named:
            said += wall_in(table) if table in WALLED else grant(table)
    said += [] if named else list_executed()
    for statement in said:
        print(f"{statement};\n")


if __name__ == "__main__":
    main()
