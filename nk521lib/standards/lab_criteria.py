"""Notation for laboratory grading criteria, so that a criterion reads like the published table.

    Limit(2, ">", 3 * ULN, when=BASELINE_NORMAL)      grade 2 is entered above three times the upper limit
    Limit(3, "<", {"g/L": 80, "g/dL": 8.0})           an absolute limit, as printed in each unit

Only the edge at which a grade is entered is written: grades are half-open, so no value falls between two of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    LOW = "L"
    HIGH = "H"


class When(StrEnum):
    """What besides the numbers a limit may depend on."""

    BASELINE_NORMAL = "baseline normal"
    BASELINE_ABNORMAL = "baseline abnormal"
    NO_ANTICOAGULANT = "not on an anticoagulant"
    ON_ANTICOAGULANT = "on an anticoagulant"
    CLINICAL = "with symptoms or clinical consequences"


@dataclass(frozen=True)
class Bound:
    """times x (LLN, ULN or BASE) + an amount that depends on the unit; any part may be absent."""

    of: str | None = None
    times: float = 1.0
    amount: Mapping[str, float] | None = None

    def __rmul__(self, times: float) -> "Bound":
        return Bound(self.of, times * self.times, self.amount)

    def __add__(self, amount: Mapping[str, float]) -> "Bound":
        return Bound(self.of, self.times, amount)

    def __str__(self) -> str:
        parts = []
        if self.of:
            parts.append(self.of if self.times == 1 else f"{self.times:g} x {self.of}")
        if self.amount:
            parts.append(" | ".join(f"{number:g} {unit}" for unit, number in self.amount.items()))
        return " + ".join(parts)


LLN, ULN, BASE = Bound("LLN"), Bound("ULN"), Bound("BASE")


@dataclass(frozen=True)
class Limit:
    """One way into a grade: VALUE `op` bound, when the condition holds, and VALUE `also` holds if given."""

    grade: int
    op: str
    bound: Bound
    when: When | None = None
    also: tuple[str, Bound] | None = None

    def __post_init__(self):
        if isinstance(self.bound, Mapping):
            object.__setattr__(self, "bound", Bound(amount=self.bound))

    def __str__(self) -> str:
        also = f"{self.also[0]} {self.also[1]}" if self.also else ""
        condition = ", and ".join(filter(None, (self.when, also)))
        return f"{self.op} {self.bound}" + (f" ({condition})" if condition else "")


@dataclass(frozen=True)
class Criterion:
    """One term of the published criteria in one direction of one test.

    term, soc : names as published. test : CDISC-style test code of a blood result. note : why a term has no limits,
    or what the reader must know. A criterion without limits exists in the standard but cannot be computed.
    """

    term: str
    soc: str
    test: str
    direction: Direction
    limits: tuple[Limit, ...] = ()
    note: str = ""

    @property
    def bounds(self) -> tuple[Bound, ...]:
        return tuple(limit.bound for limit in self.limits) + tuple(limit.also[1] for limit in self.limits if limit.also)

    @property
    def units(self) -> tuple[str, ...]:
        """Units the published limits are printed in; empty when every limit is a multiple, so that units cancel."""
        return next((tuple(b.amount) for b in self.bounds if b.amount), ())

    @property
    def references(self) -> frozenset[str]:
        return frozenset(b.of for b in self.bounds if b.of)

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset(limit.when for limit in self.limits if limit.when)

    def wording(self, grade: int) -> str:
        """The grade in our words, printed from the limits themselves; empty when the grade does not exist."""
        return ", or ".join(str(limit) for limit in self.limits if limit.grade == grade)


@dataclass(frozen=True)
class CriteriaSet:
    """One version of a grading standard. Grades of two versions must not be mixed: compare `version` first."""

    version: str
    published: str
    criteria: tuple[Criterion, ...]

    def __post_init__(self):
        keys = [(c.test, c.direction) for c in self.criteria]
        twice = sorted({f"{test} {direction}" for test, direction in keys if keys.count((test, direction)) > 1})
        if twice:
            raise ValueError(f"criteria version {self.version}: more than one criterion for {', '.join(twice)}")

    def of(self, test: str) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.test == test)

    @property
    def tests(self) -> frozenset[str]:
        return frozenset(c.test for c in self.criteria)
