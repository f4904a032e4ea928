"""The contract of the client teams, compared with the schema."""
