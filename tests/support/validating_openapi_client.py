"""A client that checks every response against the OpenAPI document of the installation.

The document leaves objects open; here they are closed, so that an undescribed key is an error.
"""

import asyncio
import json
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from httpx import ByteStream, Request, Response
from jsonschema_rs import Draft202012Validator
from litestar import Litestar
from litestar.testing import TestClient
from litestar.testing.transport import TestClientTransport
from litestar.types import Message

from api.endpoints.endpoint import EndpointContext
from api.formats.registry import FORMATS
from api.http.url_path_and_format_suffix import UrlPath
from api.openapi.document import openapi_document
from vocab.turtle_parser import LANGUAGES

# Headers of the connection and the content, which OpenAPI leaves to HTTP.
TRANSPORT = {"content-type", "content-length", "content-encoding", "connection"}

MEDIA_TYPES = tuple((row.name, row.media_type) for row in FORMATS)

# Status codes of requests to any path.
ANYWHERE = {400, 404, 405, 413, 414, 429, 431, 500, 503}


LOCALIZED = tuple(row.name for row in FORMATS if row.is_page or row.is_localized)

# Query parameters that may leave out fields of documents; `fields` has variants for included records.
PARTIAL = {"fields", "fallback", "shape"}


class CachedValidator:
    """A validator of a schema, with the values that were valid."""

    def __init__(self, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
        """Take a schema that may refer to some of the component schemas."""
        self.type = schema.get("type")
        self._schema, self._schemas = schema, schemas
        self._valid: set[bytes | str | int] = set()

    @cached_property
    def _validator(self) -> Draft202012Validator:
        """Return the compiled schema: most schemas are never needed, and many are large."""
        complete = {
            **self._schema,
            "components": {"schemas": _referenced_schemas(self._schema, self._schemas)},
        }
        return Draft202012Validator(complete, validate_formats=True)

    def check(self, value: bytes | str | int) -> None:
        """Raise AssertionError unless a value, or the JSON in bytes, is valid."""
        if value in self._valid:
            return
        instance = msgspec.json.decode(value) if isinstance(value, bytes) else value
        assert self._validator.is_valid(instance), "\n".join(self._messages(instance))
        self._valid.add(value)

    def _messages(self, instance: Any) -> Iterator[str]:
        for error in self._validator.iter_errors(instance):
            yield f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"


class ExpectedResponse:
    """The described headers and contents of the responses of an operation with one status."""

    def __init__(self, document: "DocumentChecker", response: Mapping[str, Any]) -> None:
        response = document.resolved(response)
        headers = {name.lower(): document.resolved(header) for name, header in response["headers"].items()}
        self._required = {name for name, header in headers.items() if header["required"]}
        self._headers = {name: document.validator(header["schema"]) for name, header in headers.items()}
        contents = response.get("content", {})
        self._contents = {
            media_type: [
                document.validator(arm) for arm in content["schema"].get("anyOf", [content["schema"]])
            ]
            for media_type, content in contents.items()
        }

    def check(self, headers: Mapping[str, str], content: bytes | None, parameters: Collection[str]) -> None:
        """Raise AssertionError if a response is not as described; `content` is None if it is not checked.

        The query parameters decide which of the alternative schemas holds: of a document, of the same in one
        language, of parts of it.
        """
        names = set(headers)
        unknown = names - self._headers.keys() - TRANSPORT
        assert not unknown, f"the headers {unknown} are not described"
        assert self._required <= names, f"there are no headers {self._required - names}"
        for name in names & self._headers.keys():
            self._headers[name].check(headers[name])
        media_type = headers.get("content-type", "").partition(";")[0]
        assert media_type in (self._contents or [""]), f"the media type {media_type!r} is not described"
        if content is not None and media_type.endswith("json"):
            schemas = self._contents[media_type]
            is_localized = "lang" in parameters and len(schemas) > 2
            is_partial = bool(PARTIAL & {name.partition("[")[0] for name in parameters})
            schemas[-1 if is_partial else is_localized].check(content)


class DocumentChecker:
    """A check of responses against an OpenAPI document whose objects are closed."""

    def __init__(
        self, document: Mapping[str, Any], media_types: Iterable[tuple[str, str]] = MEDIA_TYPES
    ) -> None:
        self._document = closed_document(document)
        self._media_types = dict(media_types)
        self._schemas = self._document["components"]["schemas"]
        self._problems = self._document["components"]["responses"]
        self._operations = [path_item["get"] for path_item in self._document["paths"].values()]
        patterns = (pattern(path, item["get"]) for path, item in self._document["paths"].items())
        self._patterns = [*zip(patterns, self._operations, strict=True)]
        self._validators: dict[str, CachedValidator] = {}
        self.operation = cache(self._operation)
        self._parameters = cache(self._parameters_of)
        self._expected = cache(self._expected_of)

    def check(
        self, method: str, target: str, status: int, headers: Mapping[str, str], content: bytes | None
    ) -> None:
        """Raise AssertionError if a response is not described; `content` is None if it is not checked.

        The target is the path and the query as sent; header names are in lower case.
        """
        if method == "OPTIONS" and status == 204:
            return
        path, _, query = target.partition("?")
        try:
            names = frozenset(name for name, _ in parse_qsl(query)) if status == 200 else frozenset()
            number = self.operation(path, names) if method in ("GET", "HEAD") else None
            if number is None and status == 302:
                return
            if number is None and status == 308:
                location = urlsplit(headers["location"]).path
                # There may be nothing in the requested format where a redirect leads to.
                numbers = map(self.operation, (location, UrlPath.parse(location).stem))
                assert any(number is not None for number in numbers), (
                    f"a redirect to {location}, which is undescribed"
                )
                return
            if number is not None and status == 200:
                self._check_query(number, query)
            parameters = dict(parse_qsl(query)) if status == 200 else {}
            checked_content = content if method != "HEAD" else None
            self._expected(number, status).check(headers, checked_content, parameters)
        except AssertionError as error:
            message = f"{method} {target[:200]}: {error}"
            raise AssertionError(message) from None

    def resolved(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object of the document, or the component that it refers to."""
        if "$ref" not in item:
            return item
        kind, name = item["$ref"].split("/")[-2:]
        return self._document["components"][kind][name]

    def validator(self, schema: Mapping[str, Any]) -> CachedValidator:
        """Return the validator of a schema."""
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = CachedValidator(schema, self._schemas)
        return self._validators[key]

    def _operation(self, path: str, names: frozenset[str] = frozenset()) -> int | None:
        """Return the index of the operation of a path that takes some query parameters, or None.

        The type at an address with a suffix holds without the parameters that change it: with these, it is
        that of the address without. Pages are described only there.
        """
        number = self._described(path)
        if number is not None and self._parameters(number).keys() >= names:
            return number
        address = UrlPath.parse(path)
        if address.suffix not in self._media_types or "." in address.stem:
            return number
        if address.language and not (address.suffix in LOCALIZED and address.language in LANGUAGES):
            return number
        negotiated = self._described(address.stem)
        if negotiated is None:
            return number
        offers = self.resolved(self._operations[negotiated]["responses"]["200"])["content"]
        return negotiated if self._media_types[address.suffix] in offers and len(offers) > 1 else number

    def _described(self, path: str) -> int | None:
        """Return the index of the operation that is described at a path, or None."""
        numbers = (number for number, (regex, _) in enumerate(self._patterns) if regex.fullmatch(path))
        return next(numbers, None)

    def _expected_of(self, number: int | None, status: int) -> ExpectedResponse:
        if number is None:
            assert status in ANYWHERE, f"the status {status} of an undescribed path"
            return ExpectedResponse(self, self._problems[f"Problem{status}"])
        responses = self._operations[number]["responses"]
        assert str(status) in responses, f"{status} is not described"
        return ExpectedResponse(self, responses[str(status)])

    def _parameters_of(self, number: int) -> Mapping[str, CachedValidator]:
        parameters = [self.resolved(item) for item in self._operations[number].get("parameters", [])]
        return {item["name"]: self.validator(item["schema"]) for item in parameters if item["in"] == "query"}

    def _check_query(self, number: int, query: str) -> None:
        parameters = self._parameters(number)
        for name, value in parse_qsl(query):
            assert name in parameters, f"the parameter {name!r} is not described"
            validator = parameters[name]
            parse = {"integer": int, "array": _json_array}.get(validator.type, str)
            validator.check(parse(value))


def _json_array(value: str) -> bytes:
    """Return comma-separated values as a JSON array."""
    return msgspec.json.encode(value.split(","))


def pattern(path: str, operation: Mapping[str, Any]) -> re.Pattern[str]:
    """Return a regular expression for the paths of an operation, with the values of its path parameters."""
    parameters = [one for one in operation.get("parameters", []) if one.get("in") == "path"]
    values = {one["name"]: _values(one["schema"]) for one in parameters}
    parts = re.split(r"{(\w+)}", path)
    return re.compile("".join(values[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def _values(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return f"(?:{'|'.join(map(re.escape, schema['enum']))})"
    if schema["type"] == "integer":
        return "[1-9][0-9]*"
    return f"(?:{schema['pattern'].removeprefix('^').partition('$')[0]})"


def closed_document(document: Mapping[str, Any]) -> Any:
    """Return a document in whose schemas objects may have the keys that are told of, and no others."""
    document = msgspec.json.decode(msgspec.json.encode(document))
    schemas = document["components"]["schemas"]

    for content in _contents(document):
        content["schema"] = _closed(content["schema"], schemas)
    closed = {name: _closed(schema, schemas) for name, schema in schemas.items()}
    document["components"]["schemas"] = closed
    return document


def _closed(schema: Any, schemas: Mapping[str, Any]) -> Any:
    if "allOf" in schema:
        schema = _merged([schemas[arm["$ref"].rpartition("/")[2]] for arm in schema["allOf"]])
    if "properties" in schema:
        inside = {name: _closed(one, schemas) for name, one in schema["properties"].items()}
        schema = {"additionalProperties": False, **schema, "properties": inside}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema = schema | {key: _closed(schema[key], schemas)}
    for key in ("oneOf", "anyOf"):
        if key in schema:
            schema = schema | {key: [_closed(arm, schemas) for arm in schema[key]]}
    return schema


def _merged(arms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the schema of what is valid by several, each of which leaves open what the others tell of."""
    return {
        "properties": {name: one for arm in arms for name, one in arm["properties"].items()},
        "required": [name for arm in arms for name in arm["required"]],
    }


def _referenced_schemas(schema: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the component schemas that a schema refers to, directly or through others."""
    names = [*_references(schema)]
    for name in names:
        names += {*_references(schemas[name])} - {*names}
    return {name: schemas[name] for name in names}


def _references(schema: Any) -> Iterator[str]:
    """Yield the name of every component that a schema refers to by itself."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix("#/components/schemas/")
        yield from (name for value in schema.values() for name in _references(value))
    elif isinstance(schema, list):
        yield from (name for value in schema for name in _references(value))


def _contents(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every content object of the responses of a document."""
    responses = [*document["components"]["responses"].values()]
    responses += [
        response for path in document["paths"].values() for response in path["get"]["responses"].values()
    ]
    for response in responses:
        yield from response.get("content", {}).values()


_checkers: dict[Hashable, tuple[EndpointContext, DocumentChecker]] = {}
"""The checks of the installations of this process, many of which have the same document.

The contexts are kept, so that no other object gets the identity of a row of theirs.
"""


def _document_key(context: EndpointContext) -> Hashable:
    """Return everything that the OpenAPI document of an installation is a function of."""
    renderer = context.renderer
    publisher = tuple(renderer.publisher.items())
    settings = (renderer.uris, renderer.languages, renderer.licence, publisher)
    rows = (*context.formats, *context.endpoints)
    return renderer.model, settings, tuple(map(id, rows))


class OneTaskTransport(TestClientTransport):
    """Sends a request to the application in one task of its event loop.

    The calls of Litestar's transport take longer than most requests.
    """

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return self.client.blocking_portal.call(asyncio.get_running_loop)

    def handle_request(self, request: Request) -> Response:
        """Return the response to a request. Raise what the application raises."""
        scope = self.parse_request(request)
        scope.update(method=request.method, http_version="1.1", extensions={})
        exchange = _Exchange(request.read())
        response = self.client.app(scope, exchange.receive, exchange.send)
        asyncio.run_coroutine_threadsafe(response, self._loop).result()
        start, *parts = exchange.sent
        headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
        body = b"" if request.method == "HEAD" else b"".join(part["body"] for part in parts)
        return Response(start["status"], headers=headers, stream=ByteStream(body), request=request)


class _Exchange:
    """The messages of a request and its response. The client leaves after the end of the response."""

    def __init__(self, content: bytes) -> None:
        self.sent: list[Message] = []
        self._requests = [{"type": "http.request", "body": content, "more_body": False}]
        self._is_complete = asyncio.Event()

    async def receive(self) -> Message:
        if self._requests:
            return self._requests.pop()
        await self._is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._is_complete.set()


class DescribedClient(TestClient):
    """A client that validates every response against the OpenAPI document of the installation."""

    def __init__(self, app: Litestar) -> None:
        super().__init__(app)
        self._transport = OneTaskTransport(self)
        self._context = app.state.dispatcher.context

    @cached_property
    def described(self) -> DocumentChecker:
        """Return the check against the OpenAPI document of the installation, which many tests do not need."""
        key = _document_key(self._context)
        if key not in _checkers:
            document = msgspec.json.decode(msgspec.json.encode(openapi_document(self._context)))
            media_types = [(row.name, row.media_type) for row in self._context.formats]
            _checkers[key] = self._context, DocumentChecker(document, media_types)
        return _checkers[key][1]

    def send(self, request: Request, *, stream: bool = False, **options: Any) -> Response:
        """Send a request. Raise AssertionError if the response is not described."""
        last = super().send(request, stream=stream, **options)
        for response in [*last.history, last]:
            content = None if stream else response.content
            method, target = response.request.method, response.request.url.raw_path.decode()
            self.described.check(method, target, response.status_code, response.headers, content)
        return last
