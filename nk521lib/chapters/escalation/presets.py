"""Questions that a committee asks again and again, as inputs ready to be answered."""

from nk521lib.chapters.escalation.course import OPEN
from nk521lib.chapters.escalation.decide import GroupReview
from nk521lib.chapters.escalation.inquiry import Inputs, next_cohort_size
from nk521lib.params import Params
from nk521lib.terms import DltStatus

PENDING_CLEAR, NEXT_IS_DLT, THREE_WEEKS, MTD_ON_3 = (
    "All pending clear", "Next one is a DLT", "21-day window", "MTD on 3",
)  # fmt: skip
PRESETS = (PENDING_CLEAR, NEXT_IS_DLT, THREE_WEEKS, MTD_ON_3)


def preset(name: str, params: Params, inputs: Inputs, review: GroupReview) -> Inputs | str:
    """The question laid over what is asked already, or why it cannot be asked now.

    review : the group as it stands under the inputs. The next outcome is that of the open subject whose window ends
    first; where nobody is open, one DLT in the next cohort.
    """
    open_ = sorted((s for s in review.history.course.subjects if s.status in OPEN and not s.imagined), key=lambda s: (s.ends, s.usubjid))  # fmt: skip
    if name == PENDING_CLEAR:
        asked = inputs
        for subject in open_:
            asked = asked.with_status(subject.usubjid, DltStatus.CLEAR)
        return asked if open_ else f"nobody in group {inputs.group} is pending"
    if name == NEXT_IS_DLT:
        if open_:
            return inputs.with_status(open_[0].usubjid, DltStatus.DLT)
        offer = next_cohort_size(review)
        if isinstance(offer, str):
            return f"nobody is open, and {offer}"
        level, size = offer
        return inputs.with_imagined(inputs.group, (*inputs.cohorts(inputs.group), f"{level}{'N' * (size - 1)}T"))
    if name == THREE_WEEKS:
        return inputs.with_setting(params, "dlt_window", {"anchor": "first_dose", "days": 21})
    if name == MTD_ON_3:
        return inputs.with_setting(params, "mtd_min_n", 3)
    raise KeyError(name)


def nothing_asked(inputs: Inputs) -> Inputs:
    """Back to the record, in the same group."""
    return Inputs(inputs.group)
