"""The times of commits: by the clock, never before the last commit, and none that is implausible."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""

MAX_PAUSE = timedelta(days=365)
"""The longest time between two commits for which the clock is trusted without a confirmed date."""

_TOLERANCE = timedelta(days=1)
"""The largest difference between the date of the clock and a confirmed one, as time zones differ."""

EARLIEST, LATEST = "1970-01-01T00:00:00Z", "2105-12-31T23:59:59Z"
"""The bounds of times, on which all versions agree; in any case, a year has four digits."""

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class ImplausibleTimeError(ValueError):
    """A time cannot be that of a commit; `code` names the reason, and `limits` has the times of its message."""

    def __init__(self, code: str, **limits: object) -> None:
        super().__init__(f"{code}: {limits}")
        self.code = code
        self.limits = limits


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def next_time(clock: Clock, last: str, today: date | None) -> str:
    """Return the time of a commit after the last one: that of the clock, or the last one if the clock went back.

    Raise ImplausibleTimeError for years that cannot be stored, and if the clock is more than MAX_PAUSE ahead of the
    last commit and not at the date `today`, which the operator confirms.
    """
    if last and not is_storable(last):
        raise ImplausibleTimeError(code="last-time-not-storable", last=last)
    try:
        now = clock().astimezone(UTC)
    except (OverflowError, ValueError) as error:  # a year of more than four digits
        raise ImplausibleTimeError(code="time-not-storable", now=error) from error
    time = now.strftime(_FORMAT)
    if not is_storable(time):
        raise ImplausibleTimeError(code="time-not-storable", now=time)
    if last and now - parse_time(last) > MAX_PAUSE and not _is_confirmed(now, today):
        pause = now - parse_time(last)
        raise ImplausibleTimeError(code="long-pause", now=time, last=last, days=pause.days, date=now.date())
    return max(time, last)


@lru_cache(maxsize=1_000)
def is_storable(time: str) -> bool:
    """Return True for a time in UTC with second precision, from EARLIEST to LATEST."""
    try:
        return EARLIEST <= time <= LATEST and parse_time(time).strftime(_FORMAT) == time
    except ValueError:
        return False


def parse_time(time: str) -> datetime:
    """Return the time of a commit. Raise ValueError if it has another form."""
    return datetime.strptime(time, _FORMAT).replace(tzinfo=UTC)


def _is_confirmed(now: datetime, today: date | None) -> bool:
    return today is not None and abs(now.date() - today) <= _TOLERANCE
