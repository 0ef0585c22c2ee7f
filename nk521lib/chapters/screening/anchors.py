"""The days that eligibility windows end on: enrolment and first dose, or what stands for them until they exist."""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut

ENROLLED, FAILED, AS_IF = "enrolment", "screen failure", "as if enrolled at the cut-off"


def derive_anchors(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per subject, index USUBJID: ANCHOR ("before enrolment"), ANCHOR_IS (what it stands for), DOSE_ANCHOR.

    adsl : subjects as `derive_subjects` gives them. Without an enrolment date: the screen failure's date, else the
    cut-off; without a first dose: ANCHOR. Source: protocol.md section 5, rulings.md 2.2.
    """
    adsl = adsl.set_index("USUBJID")
    enrolled = _enrolled(cut, adsl)
    failed = adsl["EOSDT"].where(adsl["EOSSTT"].eq("SCREEN FAILURE"))
    cutoff = pd.Series(cut.cutoff.as_unit("s"), index=adsl.index)
    anchor = enrolled.fillna(failed).fillna(cutoff)
    stands_for = pd.Series(AS_IF, index=adsl.index, dtype="string").mask(failed.notna(), FAILED)
    return pd.DataFrame(
        {
            "ANCHOR": anchor,
            "ANCHOR_IS": stands_for.mask(enrolled.notna(), ENROLLED),
            "DOSE_ANCHOR": adsl["TRTSDT"].fillna(anchor),
        }
    )


def _enrolled(cut: Cut, adsl: pd.DataFrame) -> pd.Series:
    source = cut.params.screening.enrol_date_source
    if source == "first_dose":
        return adsl["TRTSDT"]
    if source == "enrolled_milestone":
        return adsl["ENROLDT"]
    ds = cut["DS"]
    confirmed = ds[ds["DSDECOD"].str.upper().isin(["ELIGIBILITY CONFIRMED", "ELIGIBILITY CRITERIA MET"])]
    first = dates.exact(confirmed["DSSTDTC"]).groupby(confirmed["USUBJID"]).min()
    return first.reindex(adsl.index).astype("datetime64[s]")


def first_day(anchor: pd.Series, inclusive: bool, days: int = 0, months: int = 0, years: int = 0) -> pd.Series:
    """First day of "within … before the anchor": whole days; months and years by the calendar, same day number.

    inclusive : the day exactly that long before the anchor still counts (window_inclusive).
    """
    start = anchor - pd.DateOffset(days=days, months=months, years=years)
    return start if inclusive else start + pd.Timedelta(days=1)
