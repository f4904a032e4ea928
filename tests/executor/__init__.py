"""The execution plan: the same answers as graphql-core, in every case."""
