"""The distributions of a generated network: measured on 19,189 projects of Horizon Europe.

Texts are those of a network of two languages. Outputs do not include publications, so there are fewer.
"""

import math
import random
from itertools import accumulate
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """Values and their cumulative weights."""

    values: tuple[Any, ...]
    weights: list[float]

    def draw(self, dice: random.Random) -> Any:
        """Return a random value."""
        return dice.choices(self.values, cum_weights=self.weights)[0]


def choice(**weights: float) -> Choice:
    """Return a choice of names by their weights; `_` in a name means a hyphen."""
    return Choice(tuple(name.replace("_", "-") for name in weights), [*accumulate(weights.values())])


# Weights in percent of participations.
COUNTRY = choice(
    DE=11.2, ES=11.1, IT=9.5, FR=9.2, NL=6.2, BE=5.4, GB=4.9, GR=4.4, AT=2.9, SE=2.8, PT=2.8, DK=2.5, FI=2.4,
    CH=2.4, NO=2.2, IE=1.8, PL=1.8, CZ=1.4, US=1.2, RO=1.1, SI=1.1, TR=0.9, CY=0.9, IL=0.8, HU=0.8, EE=0.65,
    BG=0.6, HR=0.6, LT=0.5, LU=0.5, RS=0.5, SK=0.4, LV=0.34, UA=0.3, IS=0.3, MT=0.2, ZA=0.2, CA=0.2, AL=0.2,
    BA=0.2, MK=0.2, MD=0.15, GE=0.15, TN=0.1, MA=0.1, KE=0.1, JP=0.1, AU=0.1, BR=0.1, XK=0.05,
)  # fmt: skip

# The roles of all participants but the coordinator.
ROLE = choice(partner=72.8, associated_partner=20, third_party=5.1, pilot_area=1.4, target_group=0.7)

KIND = choice(
    company=38, social_enterprise=20, association=9, foundation=4, non_profit_organisation=2,
    research_institute=10, university=9, municipality=4, public_body=3, regional_authority=1,
)  # fmt: skip

OUTPUT_KIND = choice(
    report=22, handbook=14, course=9, toolkit=9, study=9, platform=7, training_module=6, methodology=6,
    database=4, strategy=4, policy_recommendation=3, good_practice=3, roadmap=2, action_plan=1, model=1,
)  # fmt: skip

ACTIVITY_KIND = choice(
    meeting=25, training=20, conference=15, event=12, study_visit=8, phase=8, pilot=6, promotion=6
)

TOPIC = choice(
    social_entrepreneurship=18, education_and_training=16, social_innovation=14, social_inclusion=13,
    employment=11, youth=10, regional_cooperation=8, civil_society=6, rural_development=4,
)  # fmt: skip

_PARTICIPATIONS = (
    (1, 1, 46.9),
    (2, 2, 12.7),
    (3, 3, 4.5),
    (4, 9, 10.8),
    (10, 19, 17.6),
    (20, 29, 5.3),
    (30, 39, 1.3),
)

_RANGES = Choice(
    tuple((minimum, maximum) for minimum, maximum, _ in _PARTICIPATIONS),
    [*accumulate(weight for _, _, weight in _PARTICIPATIONS)],
)

_LARGE_SHARE = 0.009

_MAX_PARTICIPATIONS = 199


def participations(dice: random.Random) -> int:
    """Return the number of participations of a project: one in half of the projects, a hundred in some."""
    if dice.random() < _LARGE_SHARE:
        return min(_MAX_PARTICIPATIONS, 40 + int(dice.expovariate(1 / 22)))
    return dice.randint(*_RANGES.draw(dice))


def outputs(dice: random.Random) -> int:
    """Return the number of outputs of a project: often none, seldom many."""
    return 0 if dice.random() < 0.407 else min(238, 1 + int(dice.expovariate(1 / 1.8)))


def activities(dice: random.Random) -> int:
    """Return the number of activities of a project."""
    return 0 if dice.random() < 0.6 else min(60, 1 + int(dice.expovariate(1 / 0.9)))


def cents(dice: random.Random) -> int:
    """Return a contribution to a project, in cents: some are the round maximum of a call."""
    if dice.random() < 0.2:
        return dice.choice((15_000_000, 150_000_000, 250_000_000, 6_000_000, 40_000_000))
    amount = round(100 * dice.lognormvariate(13.88, 1.43))
    return amount if dice.random() < 0.52 else max(1, amount // 100) * 100


def shares(dice: random.Random, total: int, number: int) -> list[int]:
    """Divide a sum into random shares, exactly to the cent."""
    weights = [math.exp(dice.gauss(0, 0.7)) for _ in range(number)]
    weight_sum = sum(weights)
    amounts = [int(total * weight / weight_sum) for weight in weights]
    amounts[0] += total - sum(amounts)
    return amounts


def months(dice: random.Random) -> int:
    """Return the duration of a project in months."""
    return dice.choice((24, 36, 36, 36, 48, 48, 60)) if dice.random() < 0.8 else dice.randint(6, 66)


def characters(dice: random.Random, median: float, spread: float = 0.35) -> float:
    """Return the length of a text in characters."""
    return median * math.exp(dice.gauss(0, spread))
