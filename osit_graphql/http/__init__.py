"""GraphQL over HTTP: the endpoint, its middleware, rate limiting, health checks and GraphiQL."""
