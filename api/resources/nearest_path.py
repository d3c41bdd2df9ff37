"""The path nearest to one where nothing is."""

from collections.abc import Collection
from difflib import get_close_matches

_MAX_SEGMENT_LENGTH = 100


def nearest_path(path: str, paths: Collection[str]) -> str:
    """Return the path among some that is closest to another, segment by segment, or an empty string.

    It ends before the first segment that is like none there: a misspelt collection with the id of a record
    leads to the collection. At least one segment differs.
    """
    nearest, is_corrected = "", False
    for segment in path.split("/")[1:]:
        within = (other.removeprefix(f"{nearest}/") for other in paths if other.startswith(f"{nearest}/"))
        choices = {other.partition("/")[0] for other in within} - {""}
        spelling = segment[:_MAX_SEGMENT_LENGTH].lower()
        matches = [segment] if segment in choices else get_close_matches(spelling, sorted(choices), n=1)
        if not matches:
            break
        nearest, is_corrected = f"{nearest}/{matches[0]}", is_corrected or matches[0] != segment
    return nearest if is_corrected and nearest in paths else ""
