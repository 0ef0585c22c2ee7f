"""The closed vocabularies of the workbook. Spellings are a contract (spec outputs.md sections 4 and 6)."""

from enum import StrEnum


class Step(StrEnum):
    """Row of the 3+3 table at one level (escalation.md section 3), before the ends of the ladder."""

    ESCALATE = "ESCALATE"
    EXPAND = "EXPAND"
    DEESCALATE = "DEESCALATE"
    WAIT = "WAIT"


class Decision(StrEnum):
    """What rules D and T, the cap and a hold make of the step."""

    ESCALATE = "ESCALATE"
    EXPAND = "EXPAND"
    WAIT = "WAIT"
    CONFIRM_LOWER = "CONFIRM_LOWER"
    STOP_NONE = "STOP_NONE"
    STOP_MTD = "STOP_MTD"
    STOP_TOP = "STOP_TOP"
    CAP_HOLD = "CAP_HOLD"
    HOLD = "HOLD"
    NOT_APPLICABLE = "NOT_APPLICABLE"


DOSES_MORE = frozenset({Decision.ESCALATE, Decision.EXPAND, Decision.CONFIRM_LOWER, Decision.WAIT})
"""Decisions that let another subject be dosed: the only ones that are ever withheld."""


class LevelState(StrEnum):
    UNOPENED = "UNOPENED"
    OPEN3 = "OPEN3"
    OPEN6 = "OPEN6"
    CLEARED3 = "CLEARED3"
    CLEARED6 = "CLEARED6"
    EXCEEDED = "EXCEEDED"


class Claim(StrEnum):
    """What may honestly be said of the maximum tolerated dose (rulings.md 3.10)."""

    DECLARED = "DECLARED"
    PROVISIONAL = "PROVISIONAL"
    NOT_REACHED = "NOT_REACHED"
    NONE = "NONE"


class Outcome(StrEnum):
    """One subject in the outcome notation `1NNN 2NNT`."""

    NO_DLT = "N"
    DLT = "T"
    PENDING = "P"


class ComparatorSays(StrEnum):
    """What a comparator design says, before the ends of the ladder."""

    ESCALATE = "ESCALATE"
    STAY = "STAY"
    DEESCALATE = "DEESCALATE"
    ELIMINATE = "ELIMINATE"


class DltStatus(StrEnum):
    """Status of a dosed subject in the dose decision (escalation.md section 2)."""

    DLT = "DLT"
    CLEAR = "CLEAR"
    PENDING = "PENDING"
    NONEVAL = "NONEVAL"
    CANDIDATE = "CANDIDATE"


class Effect(StrEnum):
    """What a finding does (rulings.md section 7)."""

    REJECT = "REJECT"
    BLOCK = "BLOCK"
    FLAG = "FLAG"
    HANDLED = "HANDLED"


class Severity(StrEnum):
    """How bad a finding is, whatever it does."""

    ERROR = "E"
    WARNING = "W"
    INFO = "I"


class Tag(StrEnum):
    """Where a number comes from: the protocol, a published standard, or our assumption."""

    PROTOCOL = "P"
    STANDARD = "S"
    ASSUMPTION = "A"
