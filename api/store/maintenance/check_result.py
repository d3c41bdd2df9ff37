"""The result of a health check."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The kind of a result; the values are printed by `doctor`."""

    OK = "OK"
    NOTE = "NOTE"
    FAILED = "FAILED"
    ADVICE = "ADVICE"


@dataclass(frozen=True)
class CheckResult:
    """The status of a check with its description, or the advice that follows from all results."""

    status: CheckStatus
    text: str


def ok_or_failed(success: str, failure: str, *, passed: bool) -> CheckResult:
    """Return the result of a check that passed or failed."""
    return CheckResult(CheckStatus.OK, success) if passed else CheckResult(CheckStatus.FAILED, failure)


def ok_or_note(success: str, note: str, *, passed: bool) -> CheckResult:
    """Return the result of a check that passed, or found what an operator should know."""
    return CheckResult(CheckStatus.OK, success) if passed else CheckResult(CheckStatus.NOTE, note)
