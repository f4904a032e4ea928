"""The GraphQL API: schema, resolvers, and the executor that calls the services."""
