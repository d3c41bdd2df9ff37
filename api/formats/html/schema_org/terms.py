"""schema.org classes and properties, by JSON type and field name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SchemaOrgClass:
    """A class of schema.org, with the path of a property by field name.

    A path with the prefix `^` is an inverse property, from the value to the node (JSON-LD's `@reverse`). A dot
    separates the property of a nested node, such as an address, from the property in it. Nodes without
    `required_field` are omitted.
    """

    name: str
    properties: Mapping[str, str] = field(default_factory=dict)
    required_field: str = ""


_GRANT_PROPERTIES = {
    "number": "identifier",
    "summary": "description",
    "projects": "fundedItem",
    "programme": "sponsor",
    "effective_funders": "funder",
}

_PLACE_PROPERTIES = {
    "name": "name",
    "address": "address.streetAddress",
    "locality": "address.addressLocality",
    "region": "address.addressRegion",
    "country": "address.addressCountry",
    "latitude": "latitude",
    "longitude": "longitude",
}

CLASSES: Mapping[str, SchemaOrgClass] = {
    "Project": SchemaOrgClass(
        "Project",
        {
            "title": "name",
            "aliases": "alternateName",
            "acronym": "alternateName",
            "summary": "description",
            "numbers": "identifier",
            "start": "foundingDate",
            "end": "dissolutionDate",
            "participations": "member",
            "countries": "areaServed",
            "grants": "funding",
            "funders": "funder",
            "activities": "event",
            "outputs": "^sourceOrganization",
            "topics": "keywords",
            "keywords": "keywords",
            "homepage": "url",
            "contact_points": "contactPoint",
        },
    ),
    "Participation": SchemaOrgClass(
        "OrganizationRole",
        {"organisation": "member", "role": "roleName", "start": "startDate", "end": "endDate"},
        required_field="organisation",
    ),
    "Grant": SchemaOrgClass("Grant", _GRANT_PROPERTIES),
    "MonetaryGrant": SchemaOrgClass("MonetaryGrant", _GRANT_PROPERTIES | {"amounts": "amount"}),
    "Programme": SchemaOrgClass(
        "FundingScheme",
        {
            "name": "name",
            "aliases": "alternateName",
            "code": "identifier",
            "summary": "description",
            "parent": "parentOrganization",
            "effective_funders": "funder",
            "start": "foundingDate",
            "end": "dissolutionDate",
            "homepage": "url",
        },
    ),
    "Organisation": SchemaOrgClass(
        "Organization",
        {
            "name": "name",
            "aliases": "alternateName",
            "acronym": "alternateName",
            "summary": "description",
            "kind": "additionalType",
            "country": "address.addressCountry",
            "place": "location",
            "homepage": "url",
            "logo": "logo",
            "identifiers": "identifier",
            "part_of": "parentOrganization",
        },
    ),
    "Activity": SchemaOrgClass(
        "Event",
        {
            "title": "name",
            "summary": "description",
            "kind": "additionalType",
            "projects": "^event",
            "start": "startDate",
            "end": "endDate",
            "duration": "duration",
            "places": "location",
            "organisers": "organizer",
        },
    ),
    "Output": SchemaOrgClass(
        "CreativeWork",
        {
            "title": "name",
            "summary": "description",
            "kind": "additionalType",
            "projects": "sourceOrganization",
            "creators": "creator",
            "status": "creativeWorkStatus",
            "date": "datePublished",
            "languages": "inLanguage",
            "url": "url",
            "identifiers": "identifier",
            "licence": "license",
        },
    ),
    "Source": SchemaOrgClass(
        "CreativeWork",
        {
            "title": "name",
            "summary": "description",
            "kind": "additionalType",
            "date": "datePublished",
            "language": "inLanguage",
            "url": "url",
            "licence": "license",
        },
    ),
    "Identifier": SchemaOrgClass("PropertyValue", {"scheme": "propertyID", "notation": "value"}),
    "Amount": SchemaOrgClass("MonetaryAmount", {"kind": "name", "value": "value", "currency": "currency"}),
    "ContactPoint": SchemaOrgClass(
        "ContactPoint", {"role_as_stated": "contactType", "email": "email", "homepage": "url"}
    ),
    "Place": SchemaOrgClass("Place", _PLACE_PROPERTIES),
    "Venue": SchemaOrgClass("Place", _PLACE_PROPERTIES),
    "Concept": SchemaOrgClass(
        "DefinedTerm",
        {
            "name": "name",
            "aliases": "alternateName",
            "definition": "description",
            "notation": "termCode",
            "in_scheme": "inDefinedTermSet",
        },
    ),
    "ConceptScheme": SchemaOrgClass("DefinedTermSet", {"name": "name", "concepts": "hasDefinedTerm"}),
    "Ontology": SchemaOrgClass(
        "DefinedTermSet", {"label": "name", "definition": "description", "licence": "license"}
    ),
    "Country": SchemaOrgClass("Country", {"name": "name"}),
}
"""Classes by JSON type. All other types are Things."""

IRI_PROPERTIES = frozenset({"additionalType", "propertyID", "inDefinedTermSet"})
"""Properties whose values are IRIs instead of nodes."""

CODE_PROPERTIES = frozenset({"addressCountry", "currency", "inLanguage"})
"""Properties whose values are codes instead of nodes."""

LABEL_PROPERTIES = frozenset({"name", "roleName", "creativeWorkStatus"})
"""Properties whose values are labels instead of nodes."""
