"""A what-if scenario as it is saved: what it was made from, what differs from the record, and why somebody asked.

The parameters that differ stand in the same file, in their own sections, as in any overlay. Source: spec escalation.md
section 9, outputs.md section 2.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nk521lib.errors import ParamsError
from nk521lib.params.messages import first_problem

_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Cohort = Annotated[str, Field(pattern=r"^[1-9][0-9]?[NTP]{1,6}$")]
_Status = Literal["CLEAR", "DLT", "PENDING", "NONEVAL"]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Scenario(BaseModel):
    """The block `scenario:` of a saved file.

    params_sha256 : of the effective parameters with the file's own changes, this block left out.
    statuses : status supposed per USUBJID.   imagined : per group the cohorts imagined next, each as `2NNT`.
    rates : true DLT rate per level that was assumed, none where chances average over what the data leave open.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    format: Literal[1]
    software: str
    snapshot_id: str
    snapshot_sha256: _Hash
    params_sha256: _Hash
    note: Annotated[str, Field(max_length=2000)] = ""
    statuses: dict[str, _Status] = {}
    imagined: dict[str, tuple[_Cohort, ...]] = {}
    rates: tuple[Annotated[float, Field(ge=0, le=1)], ...] | None = None

    @field_validator("note")
    @classmethod
    def _is_text(cls, note: str) -> str:
        if _UNPRINTABLE.search(note):
            raise ValueError("holds control characters")
        return note


def read_scenario(source: str, block: Any) -> Scenario:
    """The scenario of an overlay file. Raises ParamsError naming the file and the first thing wrong in it."""
    if not isinstance(block, Mapping):
        raise ParamsError(f"{source}: scenario: expected names with values, found {block!r}")
    try:
        return Scenario.model_validate_json(json.dumps(block))
    except TypeError:
        raise ParamsError(
            f"{source}: scenario: only plain text, numbers, lists and names with values are read"
        ) from None
    except ValidationError as error:
        raise ParamsError(f"{source}: scenario: {first_problem(error)}") from None


def refuse_other_parameters(source: str, scenario: Scenario, settings_sha256: str) -> None:
    """A scenario is the answer under its own parameters; under others it would be another one."""
    if scenario.params_sha256 != settings_sha256:
        raise ParamsError(
            f"{source}: this scenario was saved with parameters {scenario.params_sha256[:12]}, with these it would run "
            f"on {settings_sha256[:12]}; leave out other --params and --set, or save it again"
        )
