"""What the committee's paper shows beside the proposal, as datasets of the pack: nothing is computed twice for it.

Source: spec escalation.md section 8, rulings.md section 8. The paper and any other reader take these rows as they are.
"""

import pandas as pd

from nk521lib.chapters.escalation.after_dose import masking_drugs
from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.evidence import data_currency, notable_events, on_treatment, seen_elsewhere
from nk521lib.chapters.escalation.outlook import earliest_certain, open_subjects
from nk521lib.chapters.escalation.spacing import next_dosing
from nk521lib.chapters.escalation.what_if import list_foreseen
from nk521lib.chapters.escalation.window import per_subject
from nk521lib.cut import Cut

EVENT_DATES = {"LOW": "ASTLODT", "HIGH": "ASTHIDT", "ENDLOW": "AENLODT", "ENDHIGH": "AENHIDT"}
"""First and last day an onset or end can mean, under names that say date."""

GROUP_ITEMS = ("GROUP", "ITEM", "NAME", "VALUE", "ADT", "WHY")


def list_standing(cut: Cut, found: Escalation) -> dict[str, pd.DataFrame]:
    """`addltev`, `adstand`, `adgroup` and `adforesn`; nothing where the study has no ladder of doses.

    addltev : one row per event that counts, may count, was judged or marked, or is of grade 3 and more (`notable_events`).
    adstand : one row per dosed subject: USUBJID GROUP, NDOSE NLEFT NEXTDT STATE WITHDRAWN of those on treatment at a level
    that is not settled (`on_treatment`), LASTAEDT LASTLBDT LASTSVDT LASTCDT SILENTDY LSTALVDT DTHDT DTHFL how
    current the data are (`data_currency`), IFCLEAR IFDLT the decisions that
    an open subject's outcome would leave (codes with | between), MASKING drugs in use in the window.
    adgroup : one row per fact of a group: ITEM DESIGN (NAME of the design, VALUE it says, WHY), CERTAIN (VALUE a decision
    that can become certain on ADT at the earliest), DOSING (NAME may or may not, VALUE places, ADT not before, WHY),
    SEEN (NAME the subject, VALUE its level, WHY its DLT or death, for the reviews of the other groups).
    adforesn : one row per outcome of a group's only open subject, see `what_if.list_foreseen`.
    """
    if not found.groups:
        return {}
    events = notable_events(found).rename(columns=EVENT_DATES)
    return {"addltev": events, "adstand": _subjects(cut, found), "adgroup": _groups(cut, found),
            "adforesn": list_foreseen(cut, found, *found.groups)}  # fmt: skip


def _subjects(cut: Cut, found: Escalation) -> pd.DataFrame:
    now = data_currency(cut, found).rename(
        columns={"LASTAE": "LASTAEDT", "LASTLB": "LASTLBDT", "LASTSV": "LASTSVDT", "LASTCON": "LASTCDT", "SILENT": "SILENTDY"}
    )  # fmt: skip
    now["LASTCDT"] = now["LASTCDT"].dt.normalize()
    going = on_treatment(cut, found)[["USUBJID", "NDOSE", "LEFT", "NEXTDT", "STATE", "WITHDRAWN"]].rename(
        columns={"LEFT": "NLEFT"}
    )
    going["NEXTDT"] = going["NEXTDT"].astype("datetime64[s]")
    out = now.merge(going, on="USUBJID", how="left", validate="one_to_one")
    open_ = pd.DataFrame(
        [
            {"USUBJID": one.usubjid, "IFCLEAR": "|".join(one.resolved.if_clear), "IFDLT": "|".join(one.resolved.if_dlt)}
            for group in found.groups
            for one in open_subjects(found, group)
        ],
        columns=["USUBJID", "IFCLEAR", "IFDLT"],
    ).astype("string")
    out = out.merge(open_, on="USUBJID", how="left", validate="one_to_one")
    drugs = masking_drugs(cut, found).drop_duplicates(["USUBJID", "DRUG", "STARTDT"])
    drugs = drugs[drugs["INWINDOW"].fillna(True)]  # a drug that may be in use in the window is shown
    day = ("day " + drugs["STUDYDAY"].astype("string")).fillna("an unknown day")
    doubt = pd.Series(" (perhaps)", index=drugs.index, dtype="string").where(drugs["INWINDOW"].isna(), "")
    said = (drugs["DRUG"].str.lower() + " from " + day + doubt).groupby(drugs["USUBJID"]).agg("; ".join)
    return out.assign(MASKING=per_subject(out["USUBJID"], said, "string"))


def _groups(cut: Cut, found: Escalation) -> pd.DataFrame:
    rows: list[tuple] = []
    for group, review in found.groups.items():
        rows += [(group, "DESIGN", a.design, str(a.says), pd.NaT, a.why) for a in review.advice.values()]
        certain = earliest_certain(found, group, cut.cutoff) or {}
        rows += [(group, "CERTAIN", "", str(decision), day, "") for decision, day in certain.items()]
        dosing = next_dosing(cut, found.status, group, review.recommendation, review.withheld)
        may = "may" if dosing["may"] else "may not"
        rows.append((group, "DOSING", may, str(dosing["places"]), dosing["day"], dosing["why"]))
        rows += [(group, "SEEN", r.USUBJID, str(r.LEVEL), pd.NaT, r.WHAT) for r in seen_elsewhere(found, group)]
    frame = pd.DataFrame(rows, columns=list(GROUP_ITEMS))
    text = {name: "string" for name in GROUP_ITEMS if name != "ADT"}
    return frame.astype(text | {"ADT": "datetime64[s]"})
