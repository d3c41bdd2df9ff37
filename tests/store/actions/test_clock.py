"""Tests of wrong clocks: no commit has a time that is implausible or cannot be stored, and time never goes back."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from api.settings import Settings
from api.store.log import clock
from api.store.log.actions import publish
from api.store.log.clock import ImplausibleTimeError
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.doctor import run_checks
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support.assertions import assert_command_failed
from tests.support.generators.records import record
from tests.support.processes import run
from tests.support.site import BASE, KINDS

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)

MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def shipped_pause(monkeypatch) -> None:
    """Trust the clock as long as an installation does; other tests trust it for ever."""
    monkeypatch.setattr(clock, "MAX_PAUSE", timedelta(days=365))


@pytest.fixture(params=KINDS)
def address(request, databases):
    with databases.temporary(request.param) as address:
        yield address


def store_at(address: str, now: datetime, today=None) -> Store:
    return create_store(Settings(database=address, base=BASE, today=today), clock=lambda: now)


def commit(store: Store, title: str) -> None:
    try:
        store.commit([publish(record("Project", "project", title={"en": title}))], "editor")
    finally:
        store.database.close()


def times(address: str) -> list[str]:
    """Return the times of all revisions, and check that the head has the last of them."""
    store = store_at(address, NOW)
    try:
        with store.database.reading() as connection:
            found = [row.at for row in connection.execute(select(store.tables.revision.c.at))]
            assert connection.scalar(select(store.tables.head.c.at)) == (found or [""])[-1]
            return found
    finally:
        store.database.close()


def failed_checks(address: str) -> list[str]:
    store = store_at(address, NOW)
    try:
        return [check.text for check in run_checks(store) if check.status is not CheckStatus.OK]
    finally:
        store.database.close()


def test_a_quiet_year_needs_no_confirmation(address):
    moments = [NOW, NOW + MONTH, NOW + 13 * MONTH]
    for moment in moments:
        commit(store_at(address, moment), str(moment))
    assert times(address) == [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]


def test_a_clock_far_ahead_is_refused_until_its_date_is_confirmed(address):
    commit(store_at(address, NOW), "before")
    far = NOW + timedelta(days=366)
    for today in (None, NOW.date(), far.date() - timedelta(days=2)):
        with pytest.raises(ImplausibleTimeError, match="366"):
            commit(store_at(address, far, today), "after")
    # What changes nothing is not refused, and neither is a rebuild.
    commit(store_at(address, far), "before")
    store = store_at(address, far)
    assert not store.rebuild()
    store.database.close()
    assert times(address) == ["2026-11-30T12:00:00Z"]
    for number, today in enumerate((far.date(), far.date() - timedelta(days=1))):
        commit(store_at(address, far, today), f"after {number}")
    assert times(address)[1:] == ["2027-12-01T12:00:00Z"] * 2


def test_a_rebuild_that_changes_triples_is_refused_by_a_clock_far_ahead_until_its_date_is_confirmed(address):
    commit(store_at(address, NOW), "before")
    far = NOW + timedelta(days=366)
    licence = Settings(database=address, base=BASE, licence="https://example.org/licence")
    for today, number in ((None, 1), (far.date(), 2)):
        store = create_store(replace(licence, today=today), clock=lambda: far)
        with nullcontext() if today else pytest.raises(ImplausibleTimeError, match="366"):
            store.rebuild()
        with store.database.reading() as connection:
            changes = [row.at for row in connection.execute(select(store.tables.change.c.at))]
            assert connection.scalar(select(store.tables.head.c.number)) == number
        assert changes == ["2026-11-30T12:00:00Z", "2027-12-01T12:00:00Z"][:number]
        store.database.close()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2106, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_time_that_cannot_be_stored_is_refused_even_if_it_is_confirmed(address, moment, is_empty):
    if not is_empty:
        commit(store_at(address, NOW), "before")
    with pytest.raises(ImplausibleTimeError):
        commit(store_at(address, moment, moment.date()), "after")
    assert len(times(address)) == (not is_empty)


def test_a_clock_that_no_date_can_have_is_refused(address):
    def overflow() -> datetime:
        message = "year 10000 is out of range"
        raise ValueError(message)

    store = create_store(Settings(database=address, base=BASE), clock=overflow)
    with pytest.raises(ImplausibleTimeError):
        commit(store, "after")
    assert times(address) == []


@pytest.mark.parametrize("last", ["2106-02-07T06:28:16Z", "1969-12-31T23:59:59Z", "yesterday"])
def test_nothing_is_appended_to_a_log_whose_last_time_cannot_be_stored(address, last):
    store = store_at(address, NOW)
    with store.database.writing() as connection:
        connection.execute(update(store.tables.head).values(at=last))
    with pytest.raises(ImplausibleTimeError, match=last):
        commit(store, "after")


def test_commits_of_a_right_clock_keep_a_last_time_in_the_future_until_it_is_over_and_doctor_tells(address):
    ahead = NOW + timedelta(days=3)
    commit(store_at(address, ahead), "ahead")
    commit(store_at(address, NOW), "now")
    assert any("2026-12-03T12:00:00Z" in text for text in failed_checks(address))
    commit(store_at(address, ahead + timedelta(hours=1)), "later")
    assert times(address) == ["2026-12-03T12:00:00Z"] * 2 + ["2026-12-03T13:00:00Z"]


@pytest.mark.parametrize(
    ("last", "advice"), [("2020-01-01T00:00:00Z", "TIKLS_TODAY="), ("2200-01-01T00:00:00Z", "backup")]
)
def test_a_refused_time_is_one_line_that_says_how_to_go_on(databases, last, advice):
    address = databases.make("sqlite")
    store = store_at(address, datetime(2020, 1, 1, tzinfo=UTC))
    commit(store, "before")
    with store.database.writing() as connection:
        connection.execute(update(store.tables.head).values(at=last))
    store.database.close()
    withdraw = ("withdraw", "projects/project", "--reason", "It is over.")
    (line,) = assert_command_failed(run(*withdraw, database=address, base=BASE, today="2020-01-02"), 1)
    assert last in line
    assert advice in line
