"""`python -m osit_graphql.cli`, for where the `osit` command is not installed."""

from osit_graphql.cli import main

main()
