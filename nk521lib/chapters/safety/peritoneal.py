"""What belongs to treatment into the abdomen: drained volumes by purpose, baseline ascites, girth, and ascites recorded as an event.

Ascites at baseline is the disease: only a worsening is an event, and a drainage by protocol is none (spec safety.md section 4).
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.ascites import last_ascites_reading
from nk521lib.chapters.drainages import done_drainages
from nk521lib.chapters.records import derive_readings, of_tests
from nk521lib.chapters.safety.timing import by_subject, safety_set
from nk521lib.cut import Cut

_ASCITES = ("ASCITES", "MALIGNANT ASCITES", "ASCITES AGGRAVATED", "ASCITES LOCULATED")
_KINDS = ("ABDOMINAL", "CATHETER")
PURPOSES = {"PROTOCOL": ("PROTOCOL DRAINAGE",), "THERAPEUTIC": ("THERAPEUTIC", "SYMPTOM RELIEF"),
            "OTHER": ("DIAGNOSTIC", "SAMPLING", "CATHETER CARE")}  # fmt: skip


def derive_drained(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per drainage of a dosed subject: USUBJID START ADY PURPOSE (PROTOCOL, THERAPEUTIC, OTHER, UNKNOWN) VOLUME PRSEQ AFTER.

    AFTER (boolean) : on or after the first dose, NA when the date does not tell. A purpose that is missing or on no list is UNKNOWN.
    """
    people, pr = safety_set(adsl), done_drainages(cut)
    pr = pr[pr["USUBJID"].isin(people["USUBJID"])].reset_index(drop=True)
    first = by_subject(pr["USUBJID"], people.set_index("USUBJID")["TRTSDT"])
    said = pr["PRINDC"].str.upper().str.strip()
    purpose = pd.Series("UNKNOWN", index=pr.index, dtype="string")
    for name, words in PURPOSES.items():
        purpose = purpose.mask(said.isin(words), name)
    start = dates.exact(pr["PRSTDTC"])
    low, high = dates.earliest(pr["PRSTDTC"]), dates.latest(pr["PRSTDTC"])
    return pd.DataFrame({
        "USUBJID": pr["USUBJID"], "START": start, "ADY": dates.study_day(start, first), "PURPOSE": purpose,
        "VOLUME": pr["PRVOL"], "PRSEQ": pr["PRSEQ"], "AFTER": dates.on_or_after(low, high, first),
    })  # fmt: skip


def derive_peritoneal(cut: Cut, adsl: pd.DataFrame, adae: pd.DataFrame, advs: pd.DataFrame) -> pd.DataFrame:
    """One row per dosed subject who has a drainage or is treated into the abdomen, in the order of `adsl`.

    USUBJID TRT01A; ASCVOLBL the last ascites volume (mL, FA) up to the first dose; per purpose N_ (drainages from the first dose
    on, NA without a table of procedures), ML_ (their known volumes, mL) and NOML_ (those without a volume); DATEUNK
    drainages whose date does not tell; GIRTHBL, GIRTHLAST, WTBL, WTLAST; ASCAE terms and grades of ascites recorded as an event; ABDN, CATHN records of abdominal
    and catheter events (term lists of the parameters, whatever the group).
    """
    people = safety_set(adsl)
    drained = derive_drained(cut, adsl)
    inside = [g.id for g in cut.params.trial.groups if str(g.route).upper() == "INTRAPERITONEAL"]
    wanted = people["GROUPTRT"].isin(inside) | people["USUBJID"].isin(drained["USUBJID"])
    out = people.loc[wanted, ["USUBJID", "TRT01A", "TRTSDT"]].reset_index(drop=True)
    volumes = derive_readings(of_tests(cut["FA"], "FA", ["VOLUME"]), "FA")
    before = last_ascites_reading(volumes, people.set_index("USUBJID")["TRTSDT"])
    out["ASCVOLBL"] = by_subject(out["USUBJID"], before["VALUE"]).astype("Float64")
    after = drained[drained["AFTER"].fillna(False)]
    for purpose in (*PURPOSES, "UNKNOWN"):
        some = after[after["PURPOSE"] == purpose].groupby("USUBJID")["VOLUME"]
        number = by_subject(out["USUBJID"], some.size()).astype("Int64")
        # No record is no drainage, but not where procedures were not delivered at all.
        out[f"N_{purpose}"] = number.fillna(0) if "PR" in cut.frames else number
        out[f"ML_{purpose}"] = by_subject(out["USUBJID"], some.sum(min_count=1)).astype("Float64")
        unknown = after[(after["PURPOSE"] == purpose) & after["VOLUME"].isna()].groupby("USUBJID").size()
        out[f"NOML_{purpose}"] = by_subject(out["USUBJID"], unknown).astype("Int64").fillna(0)
    out["DATEUNK"] = (
        by_subject(out["USUBJID"], drained[drained["AFTER"].isna()].groupby("USUBJID").size()).astype("Int64").fillna(0)
    )
    for test, name in (("ABDCIRC", "GIRTH"), ("WEIGHT", "WT")):
        rows = advs[advs["PARAMCD"].isin([test]) & advs["AVAL"].notna()]
        base = rows[rows["ABLFL"].isin(["Y"])].drop_duplicates("USUBJID").set_index("USUBJID")["AVAL"]
        later = rows[rows["ADT"].notna() & (~rows["PREDOSE"]).fillna(False)].sort_values("ADT", kind="stable")
        last = later.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")["AVAL"]
        out[f"{name}BL"], out[f"{name}LAST"] = (by_subject(out["USUBJID"], s).astype("Float64") for s in (base, last))
    out["ASCAE"] = by_subject(out["USUBJID"], _ascites_events(adae)).astype("string")
    term = adae["AEDECOD"].str.upper().str.strip()
    for kind, name in zip(_KINDS, ("ABDN", "CATHN"), strict=True):
        some = (
            adae[term.isin(cut.params.terms.aesi_terms.get(kind, ())) & adae["TRTEMFL"].isin(["Y"])]
            .groupby("USUBJID")
            .size()
        )
        out[name] = by_subject(out["USUBJID"], some).astype("Int64").fillna(0)
    return out.drop(columns="TRTSDT")


def _ascites_events(adae: pd.DataFrame) -> pd.Series:
    """Ascites recorded as an event, each with its grade and record; grades are clinical and taken as recorded."""
    some = adae[adae["APT"].str.upper().str.strip().isin(_ASCITES)]
    grade = ("grade " + some["ATOXGRN"].astype("string")).fillna("grade missing")
    place = some["TRTEMFL"].isin(["Y"]).map({True: "", False: ", not treatment-emergent"})
    text = some["APT"] + " " + grade + " (AE " + some["AESEQ"].astype("string") + place + ")"
    return text.groupby(some["USUBJID"], sort=False).agg("; ".join)
