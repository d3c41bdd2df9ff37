"""The times of commits: by the clock, never before the last commit, and none that is implausible."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""

MAX_PAUSE = timedelta(days=365)
"""The longest time between two commits for which the clock is trusted without a confirmed date."""

_TOLERANCE = timedelta(days=1)
"""The largest difference between the date of the clock and a confirmed one, as time zones differ."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2105
"""The years of which the seconds fit the 32 bits that change-order keys have for them."""

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
    if last and not _is_storable(last):
        raise ImplausibleTimeError(code="last-time-not-storable", last=last)
    try:
        now = clock().astimezone(UTC)
    except (OverflowError, ValueError) as error:  # a year of more than four digits
        raise ImplausibleTimeError(code="time-not-storable", now=error) from error
    time = now.strftime(_FORMAT)
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        raise ImplausibleTimeError(code="time-not-storable", now=time)
    if last and now - _parse(last) > MAX_PAUSE and not _is_confirmed(now, today):
        pause = now - _parse(last)
        raise ImplausibleTimeError(code="long-pause", now=time, last=last, days=pause.days, date=now.date())
    return max(time, last)


def _is_storable(time: str) -> bool:
    try:
        return _FIRST_YEAR <= _parse(time).year <= _LAST_YEAR
    except ValueError:
        return False


def _is_confirmed(now: datetime, today: date | None) -> bool:
    return today is not None and abs(now.date() - today) <= _TOLERANCE


def _parse(time: str) -> datetime:
    return datetime.strptime(time, _FORMAT).replace(tzinfo=UTC)
