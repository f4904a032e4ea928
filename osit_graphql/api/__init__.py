"""The GraphQL API: what clients see, and how a request becomes a use case."""
