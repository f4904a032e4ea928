"""Documents of the directory's mutations."""

USER = "id name email phone roles active service { id name } site { id name }"
SERVICE = "id name phone email hourlyRate { amount currency } active"
APPLICATION = "id name active defaultService { id name }"
SITE = "id name city active"
CAUSE = "id name active"
ENTRIES = {"user": USER, "service": SERVICE, "application": APPLICATION, "site": SITE, "cause": CAUSE}
USER_ERRORS = "userErrors { code message field }"


def create(kind: str) -> str:
    """Return the mutation that creates an entry."""
    mutation = f"{kind}Create(input: $input) {{ {kind} {{ {ENTRIES[kind]} }} {USER_ERRORS} }}"
    return f"mutation ($input: {kind.title()}CreateInput!) {{ {mutation} }}"


def change(kind: str) -> str:
    """Return the mutation that changes an entry."""
    mutation = f"{kind}Update(id: $id, input: $input) {{ {kind} {{ {ENTRIES[kind]} }} {USER_ERRORS} }}"
    return f"mutation ($id: ID!, $input: {kind.title()}UpdateInput!) {{ {mutation} }}"
