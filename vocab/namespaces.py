"""The vocabularies of others that we use, and the one list of prefixes."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DC, DCAT, DCTERMS, FOAF, ORG, OWL, RDF, RDFS, SDO, SKOS, XSD, DefinedNamespace


class ADMS(DefinedNamespace):
    """Asset Description Metadata Schema: the terms we use."""

    _fail = True
    _NS = Namespace("http://www.w3.org/ns/adms#")

    identifier: URIRef


class EDTF(DefinedNamespace):
    """The Library of Congress's datatype for Extended Date/Time Format."""

    _fail = True
    _NS = Namespace("http://id.loc.gov/datatypes/edtf/")

    EDTF: URIRef


class FRAPO(DefinedNamespace):
    """Funding, Research Administration and Projects Ontology: the terms we use."""

    _fail = True
    _NS = Namespace("http://purl.org/cerif/frapo/")

    hasAcronym: URIRef  # noqa: N815 - the vocabulary's own name
    hasGrantNumber: URIRef  # noqa: N815 - the vocabulary's own name


class HYDRA(DefinedNamespace):
    """Hydra Core Vocabulary: the terms we use."""

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
"""Prefix to namespace, for every format that can be abbreviated; ours is relative to the base."""

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
