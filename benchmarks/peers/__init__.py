"""OSIT compared with other GraphQL servers on the same database."""
