"""The one error of this package."""

from osit_graphql.domain.errors import SetupError


class EmbeddedError(SetupError):
    """The embedded PostgreSQL can't start or go on; the message is one sentence for whoever runs OSIT."""
