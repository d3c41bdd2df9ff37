"""Static documents: the entry point and the vocabulary, which follow from the declaration and the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from api.formats.document import JsonDocument, ResourceKind
from api.formats.format import Format
from api.lists.related_lists import RelatedLists
from api.resources.resource_protocol import STATIC_OPTIONS, DocumentLoader
from api.resources.route import SERVICE_TAG, VOCABULARY_TAG, Route
from api.store.queries.select_statements import SelectStatements, read_moments
from api.store.readers.reader import Reader
from api.store.record_index.index_snapshot import IndexSnapshot

STATIC_ROUTES = (
    Route("/", "getEntryPoint", SERVICE_TAG, "The entry point, which links to everything", "EntryPoint"),
    Route(
        "/vocab",
        "getVocabulary",
        VOCABULARY_TAG,
        "The vocabulary: classes, properties, concept schemes",
        "Ontology",
    ),
    Route(
        "/vocab/{scheme}",
        "getConceptScheme",
        VOCABULARY_TAG,
        "A concept scheme with its concepts",
        "ConceptScheme",
    ),
    Route("/vocab/{scheme}/{code}", "getConcept", VOCABULARY_TAG, "A concept", "Concept"),
)
"""The path patterns of static documents, the entry point first."""


@dataclass(frozen=True)
class StaticResource:
    """A document that is built when the server starts; it was modified when the database was rebuilt for it."""

    document: JsonDocument
    statements: SelectStatements
    parameters: tuple[str, ...] = ()
    multivalued: frozenset[str] = frozenset()
    options: frozenset[str] = STATIC_OPTIONS
    schema_url: str = ""
    kind: ResourceKind = ResourceKind.STATIC

    def prepare(self, _: Mapping[str, str], __: Format) -> DocumentLoader:
        """Return the loader of the document, which reads nothing but its moment."""
        return self._load

    async def _load(self, reader: Reader, _: str) -> JsonDocument:
        _, fingerprint_at = await read_moments(reader, self.statements)
        return self.document._replace(last_modified=fingerprint_at)


@dataclass(frozen=True)
class ConceptResource:
    """A concept that projects are filtered by: its document also has the list of those projects."""

    document: JsonDocument
    related_lists: RelatedLists
    scheme: str
    code: str
    parameters: tuple[str, ...] = ()
    multivalued: frozenset[str] = frozenset()
    options: frozenset[str] = STATIC_OPTIONS
    schema_url: str = ""
    kind: ResourceKind = ResourceKind.STATIC

    def prepare(self, _: Mapping[str, str], __: Format) -> DocumentLoader:
        """Return the loader of the document, which counts the projects."""
        return lambda reader, _: self.related_lists.paginator.index.answer(reader, self._load)

    async def _load(self, snapshot: IndexSnapshot) -> JsonDocument:
        lists = await self.related_lists.of_concept(snapshot, self.scheme, self.code)
        body = msgspec.json.decode(self.document.body) | lists
        return JsonDocument.from_body(body, last_modified=snapshot.version.served_at)
