"""Responses to problems: a page for clients that prefer HTML, else a problem document."""

from collections.abc import Callable

from api.formats.format import Formats, RefusedRequest, SerializerContext
from api.http.language_parameters import default_page_language, problem_language
from api.http.problems import MEDIA_TYPE, Problem
from api.http.request import Request
from api.http.response import Response, response_headers, vary_header
from api.http.url_path_and_format_suffix import UrlPath
from schema.declaration.messages import DEFAULT_LANGUAGE
from schema.documents.renderer import Renderer


class ProblemRenderer:
    """Renders the problems of one installation, each in the format and the language that a request prefers."""

    def __init__(
        self, renderer: Renderer, formats: Formats, is_valid: Callable[[str, str, str], bool]
    ) -> None:
        context = SerializerContext(renderer, formats)
        self._base = renderer.uris.base
        self._formats = formats
        self._is_valid = is_valid
        self._page_language = default_page_language(renderer.languages)
        self._serializers = {
            row.name: (row, row.create_problem_serializer(context))
            for row in formats
            if row.create_problem_serializer
        }

    def __call__(self, request: Request, problem: Problem) -> Response:
        """Return the response to a problem, which caches must not store."""
        path, accept = UrlPath.parse(request.path), request.header(b"accept").decode("latin-1")
        preferred = self._formats.preferred(path, request.query, accept)
        row, serialize = self._serializers.get(preferred.name if preferred else "", (None, None))
        default = self._page_language if row else DEFAULT_LANGUAGE
        language = problem_language(path.language, request.query, default)
        if row and serialize:
            body = serialize(RefusedRequest(request, problem, language, self._is_valid))
        else:
            body = problem.body(self._base, language)
        headers = {
            "content-type": row.content_type if row else MEDIA_TYPE,
            "content-language": language,
            "cache-control": "no-store",
            "vary": vary_header(negotiated=path.suffix not in self._formats.by_name),
            **(row.headers if row else {}),
            **problem.headers,
        }
        return Response(problem.status, response_headers(headers), body)
