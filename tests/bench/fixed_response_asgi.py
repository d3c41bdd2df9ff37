"""An ASGI function with one fixed response: the limit of the HTTP server alone.

`python -m tests.bench.fixed_response_asgi FILE HEADERS PORT`, where headers are a JSON object; the server has the
same configuration as Tikls.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import Interfaces

from tests.bench.comparison_server import serve


def application() -> Any:
    """Return the function. A worker inherits the command line of its parent process."""
    file, headers_json = sys.argv[1:3]
    body, fields = Path(file).read_bytes(), msgspec.json.decode(headers_json, type=dict[str, str])
    headers = tuple((name.encode(), value.encode()) for name, value in fields.items())

    async def respond(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return respond


if __name__ == "__main__":
    serve("tests.bench.fixed_response_asgi", int(sys.argv[3]), Interfaces.ASGINL)
