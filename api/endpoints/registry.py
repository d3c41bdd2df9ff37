"""ENDPOINTS: the registry of addresses that are no record, list or concept. A new one is a row here and a handler."""

from typing import Any

from api.endpoints import fixed_documents, health, sitemap
from api.endpoints.endpoint import Endpoint
from api.resources.route import SERVICE_TAG, VOCABULARY_TAG, WEBSITE_TAG
from schema.json_schema.values import schema_reference

_OBJECT: dict[str, Any] = {"schema": {"type": "object", "additionalProperties": True}}
_STRING: dict[str, Any] = {"schema": {"type": "string"}}

ENDPOINTS = (
    Endpoint(
        "/context.jsonld",
        "getContext",
        VOCABULARY_TAG,
        "The JSON-LD context of all documents",
        {"application/ld+json": {"schema": schema_reference("Context")}},
        fixed_documents.static(fixed_documents.context_document),
    ),
    Endpoint(
        "/schemas/{entity}.json",
        "getSchema",
        VOCABULARY_TAG,
        "The JSON Schema of an entity's documents, as they may be sent and are served",
        {"application/schema+json": _OBJECT},
        fixed_documents.static(fixed_documents.entity_schema),
        path_parameters=fixed_documents.entity_parameter,
    ),
    Endpoint(
        "/{collection}.csv-metadata.json",
        "getTableDescription",
        VOCABULARY_TAG,
        "The columns of a collection's CSV table (CSV on the Web)",
        {"application/csvm+json": _OBJECT},
        fixed_documents.static(fixed_documents.collection_metadata),
        path_parameters=fixed_documents.collection_parameter,
    ),
    Endpoint(
        "/problems/{problem}",
        "getProblem",
        SERVICE_TAG,
        "A problem type; the address is its `type`",
        {"application/json": {"schema": schema_reference("ProblemDescription")}},
        fixed_documents.static(fixed_documents.problem_description),
        path_parameters=fixed_documents.problem_parameter,
    ),
    Endpoint(
        "/assets/{file}",
        "getAsset",
        WEBSITE_TAG,
        "A style sheet or icon of the pages",
        {"text/css": _STRING, "image/svg+xml": _STRING},
        fixed_documents.asset_handler,
        path_parameters=fixed_documents.asset_parameter,
    ),
    Endpoint(
        "/favicon.ico",
        "getFavicon",
        WEBSITE_TAG,
        "The icon for browsers that look for it here",
        {"image/x-icon": _STRING},
        fixed_documents.icon("favicon.ico", "image/x-icon"),
    ),
    Endpoint(
        "/apple-touch-icon.png",
        "getTouchIcon",
        WEBSITE_TAG,
        "The icon of a bookmark on a home screen",
        {"image/png": _STRING},
        fixed_documents.icon("apple-touch-icon.png", "image/png"),
    ),
    Endpoint(
        "/robots.txt",
        "getRobots",
        WEBSITE_TAG,
        "What crawlers may read, and where the sitemap is",
        {"text/plain": _STRING},
        fixed_documents.static(fixed_documents.robots, "text/plain; charset=utf-8"),
    ),
    health.endpoint(health.livez, "getLiveness", "Whether the process answers", "alive"),
    health.endpoint(health.readyz, "getReadiness", "Whether reading works", "ready"),
    Endpoint(
        sitemap.SITEMAP_PATH,
        "getSitemap",
        WEBSITE_TAG,
        "The sitemaps (sitemaps.org)",
        {"application/xml": _STRING},
        sitemap.sitemap_index,
        reads_database=True,
    ),
    Endpoint(
        "/sitemaps/{collection}-{number}.xml",
        "getSitemapPart",
        WEBSITE_TAG,
        "One of the sitemaps: the addresses of documents, and when they changed",
        {"application/xml": _STRING},
        sitemap.sitemap_part,
        path_parameters=sitemap.part_parameters,
        reads_database=True,
    ),
)
