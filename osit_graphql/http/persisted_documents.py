"""The manifests of persisted (trusted) documents: read from the files of client teams and validated once, at start."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import orjson

from osit_graphql.api.document_cache import DocumentCache, InvalidDocumentError
from osit_graphql.domain.errors import SetupError
from osit_graphql.http.errors import ErrorContext, format_errors
from osit_graphql.http.request import HASH_PREFIX

# Hash algorithms by their number of hexadecimal digits: graphql-codegen writes SHA-256 or SHA-1, the Relay compiler MD5
# by default. The hash is a name and no proof: the manifest is trusted.
HASH_ALGORITHMS = {64: "sha256", 40: "sha1", 32: "md5"}
MAX_MANIFEST_BYTES = 20_000_000
STARTUP_CONTEXT = ErrorContext("en", "start")


def read_manifests(files: Sequence[Path], documents: DocumentCache) -> dict[str, str]:
    """Return all documents of the manifests by hash, validated and within the limits.

    Raises one `SetupError` with a line for each invalid document.
    """
    texts: dict[str, str] = {}
    errors: list[str] = []
    for file in files:
        for name, text in _read_manifest(file).items():
            document_hash = name.removeprefix(HASH_PREFIX)
            if error := _find_error(document_hash, text, documents):
                errors.append(f"{file}: document {name[:80]}: {error}")
            else:
                texts[document_hash] = str(text)
    if errors:
        raise SetupError("OSIT_DOCUMENTS has invalid documents.\n" + "\n".join(f"  {e}" for e in errors))
    documents.pin(texts.values())
    return texts


def _read_manifest(file: Path) -> dict[str, object]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SetupError(f"OSIT_DOCUMENTS: {file} can't be read ({error.strerror}).") from error
    if len(content) > MAX_MANIFEST_BYTES:
        raise SetupError(f"OSIT_DOCUMENTS: {file} has more than {MAX_MANIFEST_BYTES} bytes.")
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SetupError(f"OSIT_DOCUMENTS: {file} is not JSON ({error}).") from error
    if not isinstance(manifest, dict):
        raise SetupError(f"OSIT_DOCUMENTS: {file} is not a JSON object of documents by hash.")
    return manifest


def _find_error(document_hash: str, text: object, documents: DocumentCache) -> str | None:
    """Return the error of a manifest entry, None without any."""
    if not isinstance(text, str):
        return "it is not a string."
    algorithm = HASH_ALGORITHMS.get(len(document_hash))
    if algorithm is None:
        return "its name is not a SHA-256, SHA-1 or MD5 hash in hexadecimal digits."
    if hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest() != document_hash:
        return f"its name is not the {algorithm} hash of its text."
    try:
        documents.prepare(text)
    except InvalidDocumentError as invalid:
        return " ".join(str(error["message"]) for error in format_errors(invalid.errors, STARTUP_CONTEXT))
    return None
