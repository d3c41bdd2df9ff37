"""URIs of resources and documents, relative to the base URI of an installation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Uris:
    """Builds the URIs of an installation. `base` has no trailing slash."""

    base: str

    def resolve(self, iri: str) -> str:
        """Return an IRI resolved against the base; an absolute IRI is returned unchanged."""
        return iri if "://" in iri else f"{self.base}/{iri}"

    def document(self, collection: str, identifier: str) -> str:
        """Return the URL of a record's document."""
        return f"{self.base}/{collection}/{identifier}"

    def resource(self, collection: str, identifier: str) -> str:
        """Return the URI of the resource that a record's document describes."""
        return f"{self.base}/{collection}/{identifier}#this"
