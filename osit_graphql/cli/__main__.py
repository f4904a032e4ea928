"""`python -m osit_graphql.cli`, if the `osit` script is not installed."""

from osit_graphql.cli import main

main()
