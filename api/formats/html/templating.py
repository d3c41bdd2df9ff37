"""The files that pages are shown with."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from api.formats.html.formatting import is_season
from api.formats.html.messages import licence_name
from api.formats.html.navigation import is_web_url
from api.formats.html.record_layout import is_mailbox, is_prose, is_table

_CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def asset_files() -> Iterator[tuple[str, bytes, str]]:
    """Yield the name, the body and the content type of each asset."""
    for file in sorted(Path(__file__).with_name("assets").iterdir()):
        yield file.name, file.read_bytes(), _CONTENT_TYPES[file.suffix]


_BY_HAND = {
    "EntryPoint": "entry.html",
    "Collection": "list.html",
    "Ontology": "vocabulary.html",
    "ConceptScheme": "scheme.html",
    "Concept": "concept.html",
}
"""Pages made by hand, by what they are about; all others are records."""


def page_template(type_: str) -> Template:
    """Return the template of the pages about things of a type."""
    return _environment().get_template(_BY_HAND.get(type_, "record.html"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    asked = (is_mailbox, is_prose, is_season, is_table, is_web_url, licence_name)
    environment.globals |= {function.__name__: function for function in asked}
    environment.filters["capital"] = lambda words: words[:1].upper() + words[1:]
    for name in environment.list_templates():
        environment.get_template(name)
    return environment
