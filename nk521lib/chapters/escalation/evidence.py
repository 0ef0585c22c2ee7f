"""What stands beside the proposal: late events, who is on treatment, how current the data are.

Source: spec rulings.md section 8, escalation.md section 8. None of it changes a count.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.events import CANDIDATE, DLT, LATE
from nk521lib.chapters.escalation.window import per_subject
from nk521lib.chapters.subjects import ended_treatment
from nk521lib.cut import Cut
from nk521lib.terms import Decision, DltStatus, LevelState


def notable_events(found: Escalation, *verdicts: str) -> pd.DataFrame:
    """Events with one of the verdicts, else all that anybody judged or the screen marked; in the order of subjects."""
    events = found.events
    if verdicts:
        keep = events["VERDICT"].isin(verdicts)
    else:
        judged = events["INVESTIG"].notna() | events["COMMITTEE"].notna()
        keep = events["VERDICT"].isin([DLT, CANDIDATE, LATE]) | judged | (events["GRADE"] >= 3).fillna(False)
    order = pd.Series(range(len(found.status)), index=found.status["USUBJID"])
    rows = events[keep].assign(ORDER=lambda e: per_subject(e["USUBJID"], order, "Int64"))
    return rows.sort_values(["ORDER", "LOW", "SEQ"], kind="stable").drop(columns="ORDER").reset_index(drop=True)


def seen_elsewhere(found: Escalation, group: str) -> list:
    """Subjects of a group with a DLT or a death: rows with USUBJID LEVEL WHAT, for the review of the other groups.

    A death counts from whatever source and whenever it was; escalation.md section 1: a notice, no rule.
    """
    mine = found.status[found.status["GROUP"].eq(group).fillna(False)]
    died = found.adsl.loc[found.adsl["DTHFL"].eq("Y").fillna(False), "USUBJID"]
    fatal = pd.concat([died, found.events.loc[found.events["FATAL"].fillna(False), "USUBJID"]])  # unknown is not said
    dlt, dead = mine["STATUS"].eq(DltStatus.DLT), mine["USUBJID"].isin(fatal)
    what = mine["REASON"].where(dlt, "died") + pd.Series("; died", index=mine.index, dtype="string").where(
        dlt & dead, ""
    )
    return list(mine.assign(WHAT=what)[dlt | dead].itertuples())


def on_treatment(cut: Cut, found: Escalation) -> pd.DataFrame:
    """Subjects still being dosed at a level that is held, waiting or exceeded: USUBJID GROUP LEVEL NDOSE LEFT NEXTDT STATE.

    Whoever has a recorded end of treatment is not. WITHDRAWN: the adverse event whose action withdrew the product though no
    end of treatment is recorded, as `AE 2`; NA where there is none. The two records contradict each other: a person decides.
    """
    planned = cut.params.trial.dose_days
    adsl = found.adsl[found.adsl["USUBJID"].isin(found.status["USUBJID"])]
    ended = adsl["EOSDT"].notna() | adsl["DTHFL"].notna() | adsl["USUBJID"].isin(ended_treatment(cut))
    going = adsl[(adsl["NDOSE"] < len(planned)) & ~ended]
    out = going[["USUBJID", "GROUP", "LEVEL", "NDOSE"]].assign(LEFT=len(planned) - going["NDOSE"])
    next_day = going["NDOSE"].map(dict(enumerate(planned))).astype("Float64")
    out["NEXTDT"] = going["TRTSDT"] + pd.to_timedelta(next_day - 1, unit="D")
    states = {
        (group, level): "on hold" if review.recommendation.decision is Decision.HOLD else str(state)
        for group, review in found.groups.items()
        for level, state in enumerate(review.recommendation.states, 1)
    }
    out["STATE"] = pd.array(
        [states.get(key, "") for key in zip(out["GROUP"], out["LEVEL"], strict=True)], dtype="string"
    )
    ae = cut["AE"]
    stopped = ae[ae["AEACN"].str.upper().str.strip().eq("DRUG WITHDRAWN").fillna(False)].drop_duplicates("USUBJID")
    record = ("AE " + stopped["AESEQ"].astype("string")).set_axis(stopped["USUBJID"])
    out["WITHDRAWN"] = per_subject(out["USUBJID"], record, "string")
    waiting = ("on hold", LevelState.EXCEEDED, LevelState.OPEN3, LevelState.OPEN6)
    return out[out["STATE"].isin(waiting)].reset_index(drop=True)


def data_currency(cut: Cut, found: Escalation) -> pd.DataFrame:
    """Per dosed subject the latest AE, laboratory and visit date, LASTCON the latest contact in SV, VS, LB or EX, and SILENT
    days from it to the cut-off; LSTALVDT the latest day any record shows the subject alive, DTHDT and DTHFL of the dead.
    """
    out = found.status[["USUBJID", "GROUP", "LEVEL"]].copy()
    for domain, variable in (("AE", "AESTDTC"), ("LB", "LBDTC"), ("SV", "SVSTDTC")):
        frame = cut[domain]
        out[f"LAST{domain}"] = per_subject(
            out["USUBJID"], dates.earliest(frame[variable]).groupby(frame["USUBJID"]).max()
        )
    out["LASTCON"] = found.status["LASTCON"]
    out["SILENT"] = (cut.cutoff - out["LASTCON"]).dt.days.astype("Int64")
    lives = found.adsl[["USUBJID", "LSTALVDT", "DTHDT", "DTHFL"]]
    return out.merge(lives, on="USUBJID", how="left", validate="one_to_one")
