"""Namespaces of external vocabularies, and the prefixes of all namespaces."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DC, DCAT, DCTERMS, FOAF, ORG, OWL, RDF, RDFS, SDO, SKOS, XSD, DefinedNamespace


class ADMS(DefinedNamespace):
    """Asset Description Metadata Schema, the terms in use."""

    _fail = True
    _NS = Namespace("http://www.w3.org/ns/adms#")

    identifier: URIRef


class EDTF(DefinedNamespace):
    """Extended Date/Time Format, the datatype of the Library of Congress."""

    _fail = True
    _NS = Namespace("http://id.loc.gov/datatypes/edtf/")

    EDTF: URIRef


class FRAPO(DefinedNamespace):
    """Funding, Research Administration and Projects Ontology, the terms in use."""

    _fail = True
    _NS = Namespace("http://purl.org/cerif/frapo/")

    hasAcronym: URIRef  # noqa: N815 - the vocabulary's own name
    hasGrantNumber: URIRef  # noqa: N815 - the vocabulary's own name


class HYDRA(DefinedNamespace):
    """Hydra Core Vocabulary, the terms in use."""

    _fail = True
    _NS = Namespace("http://www.w3.org/ns/hydra/core#")

    Collection: URIRef
    PartialCollectionView: URIRef
    collection: URIRef
    first: URIRef
    member: URIRef
    next: URIRef
    previous: URIRef
    totalItems: URIRef  # noqa: N815 - the vocabulary's own name
    view: URIRef


PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dc": str(DC),
    "dcat": str(DCAT),
    "dcterms": str(DCTERMS),
    "eurio": "http://data.europa.eu/s66#",
    "foaf": str(FOAF),
    "frapo": "http://purl.org/cerif/frapo/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "org": str(ORG),
    "owl": str(OWL),
    "rdfs": str(RDFS),
    "schema": str(SDO),
    "skos": str(SKOS),
    "tikls": "vocab#",
    "xsd": str(XSD),
}
"""Prefix to namespace IRI, for every format with prefixes. The own namespace is relative to the base."""

__all__ = [
    "ADMS",
    "DC",
    "DCAT",
    "DCTERMS",
    "EDTF",
    "FOAF",
    "FRAPO",
    "HYDRA",
    "ORG",
    "OWL",
    "PREFIXES",
    "RDF",
    "RDFS",
    "SDO",
    "SKOS",
    "XSD",
]
