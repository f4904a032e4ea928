"""The compiled executor returns the same response as graphql-core for every document and all data."""
