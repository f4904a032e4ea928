"""The public audits of GraphQL over HTTP, and the tools of examples/client."""
