"""OSIT: the incident desk of a company on several sites, as a GraphQL API."""
