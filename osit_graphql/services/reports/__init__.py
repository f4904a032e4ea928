"""Reports: maintenance costs, recurrences, ticket flow."""
