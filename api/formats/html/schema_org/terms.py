"""What schema.org calls our things and fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SchemaOrgClass:
    """A class of schema.org, with a property for each of our fields that it has one for.

    `^` before a property turns it around: it leads from the value to the thing. A dot leads into a thing
    between, such as an address. A thing without the field that it `needs` says nothing.
    """

    name: str
    properties: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""


_GRANT = {
    "number": "identifier",
    "summary": "description",
    "projects": "fundedItem",
    "programme": "sponsor",
    "funders": "funder",
}

_PLACE = {
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
        needs="organisation",
    ),
    "Grant": SchemaOrgClass("Grant", _GRANT),
    "MonetaryGrant": SchemaOrgClass("MonetaryGrant", _GRANT | {"amounts": "amount"}),
    "Programme": SchemaOrgClass(
        "FundingScheme",
        {
            "name": "name",
            "code": "identifier",
            "summary": "description",
            "parent": "parentOrganization",
            "funders": "funder",
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
    "Identifier": SchemaOrgClass("PropertyValue", {"scheme": "propertyID", "notation": "value"}),
    "Amount": SchemaOrgClass("MonetaryAmount", {"kind": "name", "value": "value", "currency": "currency"}),
    "ContactPoint": SchemaOrgClass(
        "ContactPoint", {"role_as_stated": "contactType", "email": "email", "homepage": "url"}
    ),
    "Place": SchemaOrgClass("Place", _PLACE),
    "Venue": SchemaOrgClass("Place", _PLACE),
    "Concept": SchemaOrgClass(
        "DefinedTerm",
        {
            "name": "name",
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
"""By our own types; what is not here is a Thing with a name."""

AS_IRI = frozenset({"additionalType", "propertyID", "inDefinedTermSet"})
"""Properties whose values are said by their IRIs alone."""

AS_CODE = frozenset({"addressCountry", "currency", "inLanguage"})
"""Properties whose values are said by their codes."""

AS_NAME = frozenset({"name", "roleName", "creativeWorkStatus"})
"""Properties whose values are said by what they are called."""
