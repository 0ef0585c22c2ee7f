"""D03 and D07 from laboratory values alone: runs of samples beyond a limit after the first dose, and Hy's law.

A run lasts from its first qualifying sample to the first later one that does not qualify. A value that cannot be
graded (no unit, no range, a bound such as <60 that leaves it open) neither starts nor ends one here; the safety chapter
counts it. Source: spec rulings.md 3.3, 5.3, 5.4, 5.6.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.escalation.screen import NO_MINIMUM, overlapping
from nk521lib.chapters.escalation.window import per_subject
from nk521lib.chapters.records import derive_readings, has_result, of_tests, to_standard_units
from nk521lib.cut import Cut
from nk521lib.standards import ctcae, hepatic
from nk521lib.standards.comparison import EQUAL, Measured, above, at_least
from nk521lib.three_valued import either

_TESTS = ("NEUT", "PLAT", "ALT", "AST", "BILI", "ALP")
_BLOOD = ("BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "WHOLE BLOOD")
COLUMNS = ["USUBJID", "SEQ", "KIND", "TERM", "GRADE", "LOW", "HIGH", "ENDHIGH", "LASTQ", "MEETS", "CLAUSES"]


def derive_samples(cut: Cut, windows: pd.DataFrame) -> pd.DataFrame:
    """Blood samples of the tests read here, oldest first: USUBJID SEQ TEST VALUE OP UNIT ULN LOW HIGH AT POST BASE BASEOP BASEHIGH.

    VALUE, ULN and BASE in UNIT, the standard one where the reported one converts to it; OP and BASEOP : `<` and the like
    before VALUE and BASE. POST: after the first dose. Of several unlabelled samples of the dose day the lowest SEQ is
    before it (rulings.md 5.3). BASE: last value before it; BASEHIGH (boolean): BASE above its own ULN.
    """
    lb = of_tests(cut["LB"], "LB", _TESTS)
    lb = lb[has_result(lb, "LB") & (lb["LBSPEC"].str.upper().isin(_BLOOD) | lb["LBSPEC"].isna())]
    lb = lb.merge(windows[["USUBJID", "ADLTSDT", "TRTEDT"]], on="USUBJID", how="inner", validate="many_to_one")
    read = derive_readings(lb, "LB")
    standard = to_standard_units(read)
    converts = standard["UNIT"].notna()
    out = lb[["USUBJID", "ADLTSDT", "TRTEDT"]].assign(
        SEQ=lb["LBSEQ"], TEST=read["TEST"], OP=read["OP"], LOW=read["DAY_LO"], HIGH=read["DAY_HI"], AT=read["MOMENT"],
        **{name: standard[name].where(converts, read[name]) for name in ("VALUE", "UNIT", "ULN")},
    )  # fmt: skip
    out["POST"] = _after_first_dose(cut, lb, out)
    out = out[out["VALUE"].notna()].sort_values(["USUBJID", "TEST", "LOW", "AT", "SEQ"], kind="stable")
    before = out[~out["POST"]].drop_duplicates(["USUBJID", "TEST"], keep="last")
    before = before.assign(BASEHIGH=above(_measured(before), before["ULN"]))
    before = before.rename(columns={"VALUE": "BASE", "OP": "BASEOP", "UNIT": "BASEUNIT"})
    kept = before[["USUBJID", "TEST", "BASE", "BASEOP", "BASEUNIT", "BASEHIGH"]]
    out = out.merge(kept, on=["USUBJID", "TEST"], how="left", validate="many_to_one")
    # Two numbers in different units cannot be compared.
    return out.assign(BASE=out["BASE"].where(out["BASEUNIT"].fillna("") == out["UNIT"].fillna("")))


def _measured(samples: pd.DataFrame, value: str = "VALUE", relation: str = "OP") -> Measured:
    return Measured(samples[value], samples[relation])


def read_lab_events(cut: Cut, windows: pd.DataFrame, adverse: pd.DataFrame) -> pd.DataFrame:
    """One row per run or Hy's law pair: USUBJID SEQ KIND TERM GRADE LOW HIGH ENDHIGH LASTQ MEETS CLAUSES.

    MEETS (boolean): long enough; NA while the last sample still qualifies. LASTQ: day of the latest qualifying sample.
    windows : of them only who was dosed, and when first and last. adverse : `read_adverse_events`, for bleeding beside
    low platelets.
    """
    samples = derive_samples(cut, windows)
    post = samples[samples["POST"]].reset_index(drop=True)
    found = [_haematological(cut, post, adverse), _transaminases(cut, post), _hys_law(cut, samples)]
    found = [frame for frame in found if len(frame)]
    if not found:
        return pd.DataFrame(columns=COLUMNS).astype({"MEETS": "boolean", "GRADE": "Int64"})
    return pd.concat(found, ignore_index=True)[COLUMNS]


def _after_first_dose(cut: Cut, lb: pd.DataFrame, out: pd.DataFrame) -> pd.Series:
    ex = cut["EX"]
    dosed_at = per_subject(out["USUBJID"], dates.moment(ex["EXSTDTC"]).groupby(ex["USUBJID"]).min())
    on_the_day = (out["LOW"] == out["ADLTSDT"]) & (out["HIGH"] == out["ADLTSDT"])
    later = out["SEQ"] > out["SEQ"].where(on_the_day).groupby([out["USUBJID"], out["TEST"]]).transform("min")
    by_label = lb["LBTPTNUM"] > 0
    by_clock = (out["AT"] > dosed_at).astype("boolean").where(out["AT"].notna() & dosed_at.notna())
    same_day = by_label.fillna(by_clock).fillna(later).fillna(False)  # alone on the dose day is before the dose
    # A date that may be before the first dose proves nothing after it, unless all of it comes later.
    return (out["LOW"] > out["ADLTSDT"]) | (on_the_day & same_day)


def _runs(post: pd.DataFrame, qualifies: pd.Series, low_is_worse: bool) -> pd.DataFrame:
    """Consecutive qualifying samples of one test of one subject: first, last, worst, and the sample that ended the run."""
    known = post.assign(Q=qualifies).dropna(subset=["Q"])  # what cannot be judged neither starts nor ends a run
    if known.empty:
        return pd.DataFrame()
    keys = [known["USUBJID"], known["TEST"]]
    known["RUN"] = (known["Q"] != known["Q"].groupby(keys).shift()).fillna(True).cumsum()
    for name in ("LOW", "HIGH", "AT"):
        known[f"NEXT{name}"] = known[name].groupby(keys).shift(-1)
    inside = known[known["Q"].astype(bool)]
    graded = inside.groupby("RUN")
    first, last = (inside.drop_duplicates("RUN", keep=keep).set_index("RUN") for keep in ("first", "last"))
    worst = inside.sort_values("VALUE", ascending=low_is_worse, kind="stable").drop_duplicates("RUN").set_index("RUN")
    day = pd.Timedelta(days=1)
    clock = (last["NEXTAT"] - first["AT"]) / day
    return first[["USUBJID", "TEST", "SEQ", "LOW", "HIGH"]].assign(
        ENDHIGH=last["NEXTHIGH"], LASTQ=last["HIGH"], GRADE=graded["GRADE"].max(), WORST=_said(worst),
        LONGEST=clock.fillna((last["NEXTHIGH"] - first["LOW"]) / day),
        # A run that has not ended lasted at least to its last sample.
        SHORTEST=clock.fillna((last["NEXTLOW"] - first["HIGH"]) / day).fillna((last["LOW"] - first["HIGH"]) / day),
    ).reset_index(drop=True)  # fmt: skip


def _said(samples: pd.DataFrame) -> pd.Series:
    """`<0.5 10^9/L`, as far as the record tells."""
    return (
        samples["OP"].replace(EQUAL, "")
        + samples["VALUE"].map("{:g}".format).astype("string")
        + (" " + samples["UNIT"]).fillna("")
    )


def _longer(runs: pd.DataFrame, days: float) -> pd.Series:
    answer = pd.Series(pd.NA, index=runs.index, dtype="boolean")
    return answer.mask(runs["LONGEST"] <= days, False).mask(runs["SHORTEST"] > days, True)


def _haematological(cut: Cut, post: pd.DataFrame, adverse: pd.DataFrame) -> pd.DataFrame:
    setting = cut.params.escalation.dlt_clauses.get("D03")
    counts = post[post["TEST"].isin(["NEUT", "PLAT"])]
    if setting is None or not setting.on or counts.empty:
        return pd.DataFrame()
    graded = ctcae.grade(counts[["TEST", "VALUE", "UNIT"]].assign(RELATION=counts["OP"]))
    counts = counts.assign(GRADE=graded["GRADEL"])
    # What ends a run need not be graded: it is enough that its grade cannot be as high.
    reaches = lambda grade: either(counts["GRADE"] >= grade, graded["POSSIBLEL"] < grade)
    low = _runs(counts, reaches(setting.grade), low_is_worse=True)
    days = NO_MINIMUM if setting.days is None else setting.days
    found = [low.assign(MEETS=_longer(low, days))] if len(low) else []
    platelets = counts["TEST"] == "PLAT"
    bled = _runs(counts[platelets], reaches(setting.grade - 1)[platelets], low_is_worse=True)
    if len(bled):
        bleeding = adverse[adverse["PT"].isin(cut.params.terms.bleeding)]
        bled = bled[overlapping(bled, bleeding)]
        found.append(bled.assign(MEETS=pd.Series(True, index=bled.index, dtype="boolean"), TEST="PLAT with bleeding"))
    return _named(found, "D03")


def _transaminases(cut: Cut, post: pd.DataFrame) -> pd.DataFrame:
    setting, limits = cut.params.escalation.dlt_clauses.get("D07"), cut.params.escalation.dlt_screen_limits
    enzymes = post[post["TEST"].isin(["ALT", "AST"])]
    if setting is None or not setting.on or enzymes.empty:
        return pd.DataFrame()
    to_baseline = above(_measured(enzymes), limits.alt_baseline * _measured(enzymes, "BASE", "BASEOP"))
    to_range = above(_measured(enzymes), limits.alt_uln * enzymes["ULN"])
    # A baseline that is not known is not shown to be abnormal: the range decides.
    raised = to_range.mask(enzymes["BASEHIGH"].fillna(False), to_baseline)
    runs = _runs(
        enzymes.assign(GRADE=pd.array([setting.grade] * len(enzymes), dtype="Int64")), raised, low_is_worse=False
    )
    days = NO_MINIMUM if setting.days is None else setting.days
    return _named([runs.assign(MEETS=_longer(runs, days))] if len(runs) else [], "D07")


def _hys_law(cut: Cut, samples: pd.DataFrame) -> pd.DataFrame:
    setting, safety = cut.params.escalation.dlt_clauses.get("D07"), cut.params.safety
    if setting is None or not setting.on or samples.empty:
        return pd.DataFrame()
    until = samples["TRTEDT"] + pd.Timedelta(days=safety.teae_end_days)
    exact = samples[samples["POST"] & (samples["LOW"] == samples["HIGH"]) & (samples["LOW"] <= until)]
    base = (
        samples[(samples["TEST"] == "ALP") & ~samples["POST"]]
        .drop_duplicates("USUBJID", keep="last")
        .set_index("USUBJID")
    )
    pairs = hepatic.screen_hys_law(
        exact.rename(columns={"USUBJID": "SUBJECT", "LOW": "DATE", "OP": "RELATION"})[
            ["SUBJECT", "TEST", "DATE", "VALUE", "RELATION", "ULN"]
        ],
        window_days=safety.hy_window_days, transaminase_times=safety.hy_alt_uln, bilirubin_times=safety.hy_bili_uln,
        alp_times=safety.hy_alp_uln, strict_bilirubin=safety.hy_bili_strict,
        baseline_alp_high=at_least(_measured(base), safety.hy_alp_uln * base["ULN"]),
    )  # fmt: skip
    pairs = pairs[pairs["HYS_LAW"].ne("N")]
    # One event per first date: what came later belongs to the same injury.
    pairs = pairs.sort_values(["SUBJECT", "FIRST_DATE", "DATE"], kind="stable")
    last = pairs.groupby("SUBJECT")["DATE"].max()
    first = pairs.drop_duplicates("SUBJECT")
    if first.empty:
        return pd.DataFrame()
    seq = exact.rename(columns={"LOW": "FIRST_DATE", "USUBJID": "SUBJECT"}).drop_duplicates(["SUBJECT", "FIRST_DATE"])
    first = first.merge(
        seq[["SUBJECT", "FIRST_DATE", "SEQ"]], on=["SUBJECT", "FIRST_DATE"], how="left", validate="one_to_one"
    )
    said = first["HYS_LAW"].map({"Y": "Hy's law pattern", "U": "Hy's law pattern, ALP unknown"})
    return pd.DataFrame({
        "USUBJID": first["SUBJECT"], "SEQ": first["SEQ"], "KIND": "HY", "TERM": said, "GRADE": pd.array([pd.NA] * len(first), "Int64"),
        "LOW": first["FIRST_DATE"], "HIGH": first["FIRST_DATE"], "ENDHIGH": pd.NaT, "LASTQ": per_subject(first["SUBJECT"], last),
        "MEETS": pd.array([True] * len(first), "boolean"), "CLAUSES": "D07",
    })  # fmt: skip


def _named(found: list[pd.DataFrame], clause: str) -> pd.DataFrame:
    """Runs with their clause and a term that says test, worst value and how long."""
    if not found:
        return pd.DataFrame()
    runs = pd.concat(found, ignore_index=True)
    length = runs["LONGEST"].map(lambda d: "not ended" if pd.isna(d) else f"{d:g} days").astype("string")
    term = runs["TEST"].astype("string") + " " + runs["WORST"] + ", " + length
    return runs.assign(KIND=runs["TEST"].str[:4].str.strip(), TERM=term, CLAUSES=clause)
