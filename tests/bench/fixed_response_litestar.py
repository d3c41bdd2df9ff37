"""The limit: an ordinary handler with one fixed response, in a bare Litestar application.

`python -m tests.bench.fixed_response_litestar ROUTE FILE MEDIA-TYPE PORT`; the server has the same configuration as Tikls.
"""

import sys
from pathlib import Path

from litestar import Litestar, get

from tests.bench.comparison_server import serve


def application() -> Litestar:
    """Return the application. A worker inherits the command line of its parent process."""
    route, file, media_type = sys.argv[1:4]
    body = Path(file).read_bytes()

    @get(route, media_type=media_type)
    async def respond() -> bytes:
        return body

    return Litestar([respond], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve("tests.bench.fixed_response_litestar", int(sys.argv[4]))
