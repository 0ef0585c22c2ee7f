"""What a parameter's value may be made of: ranges, and small frozen records such as a group or a window."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=0, le=1000)]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Grade = Annotated[int, Field(ge=1, le=5)]
Names = tuple[str, ...]
NotBuilt = Literal[False]
"""A choice whose other side does not exist here: setting it is refused, rather than accepted without effect."""


class Group(Section):
    """A treatment group. `arms` maps each ARMCD to its dose level, null where the study has no levels."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,20}$")]
    label: str
    route: str | None
    arms: dict[str, int | None]


class Window(Section):
    """Days after an anchor: the anchor's own day is day 1 of the window, its last day is day `days`."""

    anchor: Literal["first_dose", "last_dose_cycle1", "last_dose"]
    days: Annotated[int, Field(ge=1, le=366)]


class Clause(Section):
    """One clause of the machine DLT screen."""

    on: bool
    grade: Grade
    days: Annotated[float, Field(ge=0, le=60)] | None = None


class HoldRules(Section):
    """Events that stop all new dosing in a group until the committee speaks."""

    any_d01: bool
    crs_icans_grade: Grade
    crs_icans_subjects: Annotated[int, Field(ge=1, le=18)]
    same_d08_subjects: Annotated[int, Field(ge=1, le=18)]


class ScreenLimits(Section):
    """Limits of the machine DLT screen that a clause's own grade and days do not carry. Durations in days."""

    gi_improves_days: Annotated[float, Field(ge=0, le=60)]
    fever_resolves_days: Annotated[float, Field(ge=0, le=60)]
    pain_days: Annotated[float, Field(ge=0, le=60)]
    alt_uln: Positive
    alt_baseline: Positive


class Limits(Section):
    """Vital-sign limits outside which a reading is shown as notable."""

    temp_high: Positive
    sbp_low: Positive
    sbp_high: Positive
    dbp_high: Positive
    pulse_low: Positive
    pulse_high: Positive
    spo2_low: Positive
    resp_high: Positive


class Estimand(Section):
    """What one endpoint estimates (ICH E9(R1)): in whom, of what, what happens to events in between, and how it is summed up."""

    endpoint: str
    population: str
    variable: str
    intercurrent: str
    summary: str
