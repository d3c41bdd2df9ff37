"""The `shape` parameter: a smaller shape of JSON."""

from collections.abc import Mapping

from api.http.problem_messages import message
from api.http.problems import BadParameter

SHAPE, PLAIN = "shape", "plain"


def is_plain(parameters: Mapping[str, str]) -> bool:
    """Return True if the plain shape is requested. Raise BadParameter for any other shape."""
    shape = parameters.get(SHAPE)
    if shape not in (None, PLAIN):
        raise BadParameter(message("unknown-shape", shape=shape, plain=PLAIN), parameter=SHAPE)
    return shape is not None
