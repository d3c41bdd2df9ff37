"""Where things and documents live, for one base address."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Uris:
    """The addresses of one installation. `base` has no slash at its end."""

    base: str

    def resolve(self, iri: str) -> str:
        """Return an IRI of ours with the base before it, and any other as it is."""
        return iri if "://" in iri else f"{self.base}/{iri}"

    def document(self, collection: str, identifier: str) -> str:
        """Return the address of the document about one record."""
        return f"{self.base}/{collection}/{identifier}"

    def resource(self, collection: str, identifier: str) -> str:
        """Return the IRI of what the document is about."""
        return f"{self.base}/{collection}/{identifier}#this"
