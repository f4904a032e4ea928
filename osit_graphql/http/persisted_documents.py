"""Trusted documents: what client teams registered before they shipped, read and checked once, at start."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from osit_graphql.api.document_cache import DocumentCache, InvalidDocumentError
from osit_graphql.api.errors import DocumentUnknown, DocumentUntrusted
from osit_graphql.domain.errors import RequestError, SetupError
from osit_graphql.http.error_formatting import Reader, format_errors

# By how many hexadecimal digits a digest has: graphql-codegen writes SHA-256 or SHA-1, the Relay compiler MD5 unless
# it is told otherwise. The digest is a name, not a proof: what is trusted is the file.
DIGESTS = {64: "sha256", 40: "sha1", 32: "md5"}
PREFIX = "sha256:"
LARGEST = 20_000_000  # bytes of a manifest
READER = Reader("en", "start")


class TrustedDocuments:
    """The texts by their hashes, and whether anything else may run."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._texts = dict(texts or {})
        self._known = frozenset(self._texts.values())
        self._only = only

    def find(self, query: str | None, identifier: str | None) -> str | None:
        """Return the document to run, None when nothing was asked for.

        Raises `DocumentUnknown` for a hash of no manifest's, `DocumentUntrusted` for a text of none when only theirs
        run. A text that comes with its hash, as Apollo Client sends after a miss, is judged as a text.
        """
        if query:
            if self._only and query not in self._known:
                raise DocumentUntrusted
            return query
        if identifier is None:
            return None
        text = self._texts.get(identifier.removeprefix(PREFIX))
        if text is None:
            raise DocumentUnknown
        return text


def read_manifests(files: Sequence[Path], documents: DocumentCache) -> dict[str, str]:
    """Return every document of these files by its hash, each parsed, validated and within the limits.

    Raises `SetupError` with everything that is wrong, a line for each document, by its file and hash.
    """
    texts: dict[str, str] = {}
    wrong: list[str] = []
    for file in files:
        for name, text in _read(file).items():
            identifier = name.removeprefix(PREFIX)
            if fault := _judge(identifier, text, documents):
                wrong.append(f"{file}: document {name[:80]}: {fault}")
            else:
                texts[identifier] = str(text)
    if wrong:
        raise SetupError("OSIT_DOCUMENTS has documents that can't be trusted.\n" + "\n".join(f"  {w}" for w in wrong))
    documents.pin(texts.values())
    return texts


def _read(file: Path) -> dict[str, object]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SetupError(f"OSIT_DOCUMENTS: {file} can't be read ({error.strerror}).") from error
    if len(content) > LARGEST:
        raise SetupError(f"OSIT_DOCUMENTS: {file} has more than {LARGEST} bytes.")
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SetupError(f"OSIT_DOCUMENTS: {file} is not JSON ({error}).") from error
    if not isinstance(manifest, dict):
        raise SetupError(f"OSIT_DOCUMENTS: {file} is not one JSON object of documents by their hashes.")
    return manifest


def _judge(identifier: str, text: object, documents: DocumentCache) -> str | None:
    """Return what is wrong with an entry, None when it can be trusted."""
    if not isinstance(text, str):
        return "it is no text."
    algorithm = DIGESTS.get(len(identifier))
    if algorithm is None:
        return "its name is no SHA-256, SHA-1 or MD5 in hexadecimal digits."
    if hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest() != identifier:
        return f"its name is not the {algorithm} of its text."
    try:
        documents.prepare(text)
    except InvalidDocumentError as invalid:
        return " ".join(str(error["message"]) for error in format_errors(invalid.errors, READER))
    except RequestError as refusal:
        return refusal.sentence.format_map(refusal.parameters)
    return None
