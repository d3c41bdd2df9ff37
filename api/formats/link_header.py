"""The Link header of a representation: its alternates, its licence, and what its format adds (RFC 8288)."""

from collections.abc import Iterator, Mapping

from api.formats.format import Format, LinkContext
from api.http.language_parameters import LANGUAGE
from api.http.link_value import link_value
from api.http.parameter_names import FIELDS, option_of
from schema.documents.localization_and_fieldsets import lookup_language
from vocab.turtle_parser import LANGUAGES

_MAX_ALTERNATES_LENGTH = 4_096
"""Characters. Each alternate repeats the query of a list, and proxies refuse responses with long headers."""


def static_links(context: LinkContext, chosen: Format) -> list[str]:
    """Return the Link values that do not depend on the content of a representation."""
    alternates = [*_alternates(context, chosen)]
    if sum(len(value) for value in alternates) > _MAX_ALTERNATES_LENGTH:
        alternates = []
    licence = link_value(context.renderer.licence, "license")
    service_links = context.service_links if context.target.path.stem == "/" else ()
    return [*alternates, licence, *chosen.links(context), *service_links]


def first_page_url(context: LinkContext, chosen: Format, shared: Mapping[str, str]) -> str:
    """Return the URL of the first page of a list in the same format."""
    names = ("format", *chosen.options)
    options = {name: value for name, value in context.target.parameters.items() if name in names}
    return context.renderer.uris.base + context.target.path.url({**shared, **options})


def _alternates(context: LinkContext, chosen: Format) -> Iterator[str]:
    """Yield a link to the same resource in each other format, and to its page in each language, this one first."""
    base, path = context.renderer.uris.base, context.target.path
    for other in context.formats.applicable(context.kind):
        parameters = _shared_parameters(context, chosen, other)
        if other.is_page:
            for language in _page_languages(context):
                url = base + path.page(language).url(parameters)
                yield link_value(url, "alternate", other.media_type, language)
        elif other is not chosen:
            url = base + path.with_suffix(other.name).url(parameters)
            yield link_value(url, "alternate", other.media_type)


def _shared_parameters(context: LinkContext, chosen: Format, other: Format) -> dict[str, str]:
    """Return the query parameters of an alternate. Pages and data share no options."""
    options = {*other.options} if chosen.is_page == other.is_page else set()
    dropped = context.formats.options - options | {"format"}
    if other.is_page:
        dropped |= {LANGUAGE}
    if other.full_documents and "." in context.target.parameters.get(FIELDS, ""):
        dropped |= {FIELDS}  # Few fields of parts and cards have a column.
    return {
        name: value for name, value in context.target.parameters.items() if option_of(name) not in dropped
    }


def _page_languages(context: LinkContext) -> list[str]:
    """Return the languages of pages, the requested one first."""
    path, parameters = context.target
    requested = path.language or lookup_language(parameters.get(LANGUAGE, ""), LANGUAGES)
    return sorted(LANGUAGES, key=lambda language: language != requested)
