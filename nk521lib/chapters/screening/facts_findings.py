"""Facts from consent, demography, ECG, echocardiography, scales, vital signs, scans and ascites (I00, I02-I04, I09, E05)."""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.ascites import ascites_readings, last_ascites_reading
from nk521lib.chapters.records import BEGINNING, Deciding, first_days, known_in, source_ids, upper, within_days
from nk521lib.chapters.screening.evidence import Screened, answer, day_text, joined, measure, number_text, state
from nk521lib.chapters.screening.facts_laboratory import derive_ages
from nk521lib.standards.comparison import at_least
from nk521lib.standards.ecg import qtcb, qtcf, rr_from_heart_rate
from nk521lib.three_valued import decided, known, surely

_CONSENTED_BEFORE = ("LB", "VS", "EG", "CV", "QS")
_CLASSES = {"I": 1, "II": 2, "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_ECG_UNIT = {"QTAG": "ms", "QTCFAG": "ms", "QTCBAG": "ms", "RRAG": "ms", "EGHRMN": "beats/min"}


def _age(screened: Screened) -> pd.DataFrame:
    """AGE_LOW, AGE_HIGH: youngest and oldest possible age at enrolment, or at consent."""
    at_consent = screened.cut.params.screening.age_anchor == "consent"
    day = screened.adsl["RFICDT"] if at_consent else screened.anchors["ANCHOR"]
    youngest, oldest = derive_ages(screened, day)
    says = number_text(youngest)
    spread = (" to " + number_text(oldest)).where(known(oldest > youngest), "")
    source = pd.Series("DM", index=screened.subjects, dtype="string").where(youngest.notna())
    return state("AGE_LOW", youngest, "age " + says + spread, source, "date of birth").assign(AGE_HIGH=oldest)


def _consent(screened: Screened) -> pd.DataFrame:
    """CONSENT_FIRST: consent on or before the earliest screening record; True also while there is no such record."""
    cut, subjects = screened.cut, screened.subjects
    ds, dm = cut["DS"], cut["DM"].set_index("USUBJID").reindex(subjects)
    milestones = ds[upper(ds["DSDECOD"]).eq("INFORMED CONSENT OBTAINED").fillna(False)]
    bounds = milestones[["USUBJID"]].assign(
        LO=dates.earliest(milestones["DSSTDTC"]),
        HI=dates.latest(milestones["DSSTDTC"]),
        SRC=source_ids(milestones, "DS"),
    )
    first = bounds.dropna(subset=["LO"]).sort_values(["USUBJID", "LO", "HI"], kind="stable").groupby("USUBJID").head(1)
    first = first.set_index("USUBJID").reindex(subjects)
    low = first["LO"].fillna(dates.earliest(dm["RFICDTC"]))
    high = first["HI"].fillna(dates.latest(dm["RFICDTC"]))
    source = first["SRC"].astype("string").fillna("DM").where(low.notna())
    records = pd.concat([first_days(cut[domain], domain) for domain in _CONSENTED_BEFORE])
    records = records.groupby(level=0).min().reindex(subjects)
    earliest, surely = records["DAY_LO"], records["DAY_HI"]
    value = dates.on_or_before(low, high, earliest).mask(known(low > surely), False)
    value = value.mask(known(low <= surely) & known(high > earliest), pd.NA)
    value = value.mask(low.notna() & earliest.isna(), True).mask(low.isna(), pd.NA)
    says = (
        "consent"
        + day_text(low, high)
        + "; first screening record"
        + day_text(earliest, surely).mask(earliest.isna(), " not there yet")
    )
    return state("CONSENT_FIRST", value, says.where(low.notna()), source, "consent and first screening record")


def _ascites(screened: Screened) -> pd.DataFrame:
    """ASCITES_PRESENT from the volume on file; CYTOLOGY_POSITIVE: any positive ascites sample decides."""
    subjects, limits = screened.subjects, screened.cut.params.screening
    volume = screened.recent(
        ascites_readings(screened.readings("FA", tests=("VOLUME",))), days=limits.screen_window_days
    )
    present = answer("ASCITES_PRESENT", volume, volume["VALUE"] > 0, "ascites volume", subjects)
    mi = screened.readings("MI", "LB", tests=("CYTOLOGY",))
    mi = mi[known_in(mi["SPEC"], ("ASCITES FLUID", "ASCITES"))]
    if limits.cytology_window == "any":
        after = dates.on_or_after(mi["DAY_LO"], mi["DAY_HI"], screened.anchor(mi) + pd.Timedelta(days=1))
        mi = mi[~known(after)]
    else:
        mi = screened.recent(mi, days=limits.screen_window_days)
    rank = mi["TEXT"].map({"POSITIVE": 2, "NEGATIVE": 0}).astype("Float64").fillna(1)  # suspicious, or not readable
    best = mi.assign(RANK=rank).sort_values(["USUBJID", "RANK", "DAY_HI"], na_position="first", kind="stable")
    best = best.groupby("USUBJID").tail(1).set_index("USUBJID").reindex(subjects)
    value = best["RANK"].map({2.0: True, 0.0: False}).astype("boolean")
    says = "cytology " + best["TEXT"].str.lower() + day_text(best["DAY_LO"], best["DAY_HI"])
    return pd.concat([present, state("CYTOLOGY_POSITIVE", value, says, best["SRC"], "ascites cytology")], axis=1)


def last_ascites_finding(screened: Screened, test: str) -> Deciding:
    """The last such reading on or before first dose, index USUBJID (columns of `derive_readings`)."""
    rows = screened.readings("FA", tests=(test,))
    return last_ascites_reading(rows, screened.anchors["DOSE_ANCHOR"])


def _lesions(screened: Screened) -> pd.DataFrame:
    """MEASURABLE_LESION: any lesion at or above its limit on CT or MRI in the weeks before the first dose.

    A node is measured by its short axis, anything else by its longest diameter. Lesions recorded as non-target only
    are not measurable; a target without a usable measurement in those weeks leaves it open.
    """
    cut, limits, terms = screened.cut, screened.cut.params.screening, screened.cut.params.terms
    tu, tr = cut["TU"], cut["TR"]
    assessor = lambda frame, column: (
        frame[column].isna() | known_in(upper(frame[column]), (cut.params.data.assessor.upper(),))
    )
    tu = tu[known_in(upper(tu["TUTESTCD"]), ("TUMIDENT",)) & assessor(tu, "TUEVAL")]
    tu = tu.assign(
        SRC=source_ids(tu, "TU"),
        ROLE=upper(tu["TUORRES"]),
        LINK=upper(tu["TULNKID"]),
        PLACE=upper(tu["TULOC"]),
        TUMETHOD=upper(tu["TUMETHOD"]),
    )
    place = tu.dropna(subset=["LINK"]).drop_duplicates(["USUBJID", "LINK"])[["USUBJID", "LINK", "PLACE", "TUMETHOD"]]
    tr = tr[known_in(upper(tr["TRTESTCD"]), ("LDIAM", "LPERP")) & assessor(tr, "TREVAL")]
    size = tr["TRSTRESN"].where(known_in(upper(tr["TRSTRESU"]).fillna("MM"), ("MM",)))
    sizes = pd.DataFrame(
        {
            "USUBJID": tr["USUBJID"], "SRC": source_ids(tr, "TR"), "LINK": upper(tr["TRLNKID"]),
            "SHORT": known_in(upper(tr["TRTESTCD"]), ("LPERP",)), "SIZE": size.astype("Float64"),
            "METHOD": upper(tr["TRMETHOD"]), "DAY_LO": dates.earliest(tr["TRDTC"]), "DAY_HI": dates.latest(tr["TRDTC"]),
        }
    )  # fmt: skip
    sizes = sizes.merge(place, on=["USUBJID", "LINK"], how="left", validate="many_to_one")
    node = sizes["PLACE"].str.contains("LYMPH NODE", regex=False)
    sizes = sizes[~known(node != sizes["SHORT"])]  # a node's long axis and another lesion's short axis decide nothing
    limit = pd.Series(limits.measurable_mm, index=sizes.index).mask(sizes["SHORT"], limits.measurable_node_mm)
    method = sizes["METHOD"].fillna(sizes["TUMETHOD"])
    seen = pd.Series(pd.NA, index=sizes.index, dtype="boolean").mask(
        method.notna(), known_in(method, [m.upper() for m in terms.cross_section_methods])
    )
    sizes["MEASURABLE"] = at_least(sizes["SIZE"], limit) & seen
    sizes["SAYS"] = sizes["LINK"].fillna("lesion") + " " + number_text(sizes["SIZE"]).fillna("?") + " mm"
    identified = tu.assign(DAY_LO=dates.earliest(tu["TUDTC"]), DAY_HI=dates.latest(tu["TUDTC"]))
    identified = identified[known_in(identified["ROLE"], ("TARGET", "NON-TARGET"))]
    sizes, identified = (
        within_days(rows, *screened.window(rows, "DOSE_ANCHOR", days=limits.baseline_scan_days))
        for rows in (sizes, identified)
    )
    measured = pd.MultiIndex.from_frame(sizes[["USUBJID", "LINK"]])
    unmeasured = ~pd.MultiIndex.from_frame(identified[["USUBJID", "LINK"]]).isin(measured)
    role = pd.Series(pd.NA, index=identified.index, dtype="boolean").mask(identified["ROLE"].eq("NON-TARGET"), False)
    identified = identified.assign(MEASURABLE=role, SAYS=identified["LINK"].fillna("lesion") + " not measured")[
        unmeasured
    ]
    lesions = pd.concat([sizes, identified], ignore_index=True)
    answers = lesions["MEASURABLE"].astype("boolean")
    has = lambda rows: screened.subjects.isin(lesions.loc[rows, "USUBJID"])
    one, may, none = has(surely(answers)), has(answers.isna()), has(surely(~answers))
    value = decided(one, none & ~may & ~one, screened.subjects)
    first, day = (lesions.groupby("USUBJID")[name].max().reindex(screened.subjects) for name in ("DAY_LO", "DAY_HI"))
    says = joined(lesions, "SAYS", screened.subjects, ", ") + day_text(first, day)
    made = state(
        "MEASURABLE_LESION",
        value,
        says,
        joined(lesions, "SRC", screened.subjects),
        "measured lesion on CT or MRI before first dose",
    )
    return made.assign(MEASURABLE_LESION_DT=day)


def _scales(screened: Screened) -> pd.DataFrame:
    """ECOG (0 to 5) and NYHA (1 to 4), from QS or RS."""
    rows = screened.readings("QS", "RS", tests=("ECOG101", "NYHACLS"))
    rows = screened.recent(rows, days=screened.cut.params.screening.screen_window_days)
    ecog, nyha = rows[known_in(rows["TEST"], ("ECOG101",))], rows[known_in(rows["TEST"], ("NYHACLS",))]
    grade = _performance(ecog)
    functional = nyha["TEXT"].str.removeprefix("CLASS ").map(_CLASSES).astype("Float64")
    return pd.concat([_rank("ECOG", ecog, grade, screened), _rank("NYHA", nyha, functional, screened)], axis=1)


def _performance(ecog: pd.DataFrame) -> pd.Series:
    """0 to 5 as recorded; anything else is no performance status."""
    return ecog["VALUE"].where(known_in(ecog["VALUE"], range(6)) & known_in(ecog["OP"], ("=",)))


def last_performance_status(screened: Screened) -> pd.Series:
    """ECOG of the last assessment on or before first dose, index USUBJID, whether or not it lies in the screening window."""
    rows = screened.readings("QS", "RS", tests=("ECOG101",))
    rows = rows.assign(GRADE=_performance(rows)).dropna(subset=["GRADE"])
    rows = within_days(rows, pd.Series(BEGINNING, index=rows.index), screened.anchor(rows, "DOSE_ANCHOR"))
    return Deciding.of(screened.subjects, rows, rows["GRADE"])["GRADE"]


def _rank(name: str, rows: pd.DataFrame, value: pd.Series, screened: Screened) -> pd.DataFrame:
    chosen = Deciding.of(screened.subjects, rows.assign(RANK=value), value)
    rank = chosen["RANK"].astype("Float64")
    says = (
        name
        + " "
        + chosen["TEXT"].str.lower().fillna(rank.astype("string"))
        + day_text(chosen["DAY_LO"], chosen["DAY_HI"])
    )
    return state(name, rank, says, chosen["SRC"], name + " in the screening window").assign(
        **{f"{name}_DT": chosen["DAY_HI"]}
    )


def _qtc(screened: Screened) -> pd.DataFrame:
    """QTC (ms): mean of the replicates of the last ECG day, corrected as qtc_method says.

    QTcF, QTcB: the recorded corrected interval, else computed from QT with RR or heart rate; `reported`: as recorded,
    Fridericia before Bazett.
    """
    cut, limits = screened.cut, screened.cut.params.screening
    eg = screened.readings("EG", tests=_ECG_UNIT)
    eg = screened.recent(
        eg[~known_in(eg["METHOD"], [m.upper() for m in cut.params.terms.other_ecg_methods])],
        days=limits.screen_window_days,
    )
    unit = eg["UNIT"].str.lower().replace({"msec": "ms", "bpm": "beats/min"})
    eg = eg.assign(
        VALUE=eg["VALUE"].where((unit == eg["TEST"].map(_ECG_UNIT)).fillna(False) & known_in(eg["OP"], ("=",)))
    )
    eg = eg[known(eg["VALUE"] > 0)]
    mean = (
        eg.groupby(["USUBJID", "DAY_HI", "TEST"])["VALUE"]
        .mean()
        .unstack("TEST")
        .reindex(columns=list(_ECG_UNIT))
        .astype("Float64")
    )
    rr = mean["RRAG"].fillna(rr_from_heart_rate(mean["EGHRMN"]))
    value = {
        "QTcF": mean["QTCFAG"].fillna(qtcf(mean["QTAG"], rr)),
        "QTcB": mean["QTCBAG"].fillna(qtcb(mean["QTAG"], rr)),
        "reported": mean["QTCFAG"].fillna(mean["QTCBAG"]),
    }[limits.qtc_method]
    found = value.rename("QTC").dropna().reset_index().sort_values(["USUBJID", "DAY_HI"]).groupby("USUBJID").tail(1)
    found = found.set_index("USUBJID").reindex(screened.subjects)
    used = eg.merge(found["DAY_HI"].rename("DAY").reset_index(), on="USUBJID", how="inner", validate="many_to_one")
    used = used[used["DAY_HI"] == used["DAY"]]
    qtc = found["QTC"].astype("Float64")
    says = limits.qtc_method + " " + number_text(qtc.round(1)) + " ms" + day_text(found["DAY_HI"], found["DAY_HI"])
    why = limits.qtc_method.replace("reported", "reported QTc") + " of a 12-lead ECG in the screening window"
    made = state("QTC", qtc, says, joined(used, "SRC", screened.subjects), why)
    return made.assign(QTC_DT=found["DAY_HI"])


def _ejection(screened: Screened) -> pd.DataFrame:
    cv = screened.recent(
        screened.readings("CV", tests=("LVEF",)), days=screened.cut.params.screening.screen_window_days
    )
    cv = cv.assign(VALUE=cv["VALUE"].where(known_in(cv["UNIT"], ("%",))))
    return measure("LVEF", cv, "LVEF", screened.subjects, False, "%")


def _pressure(screened: Screened) -> pd.DataFrame:
    """Support for E05k, never a decision: the last blood pressure, with a word when it is above the flag."""
    limits = screened.cut.params.screening
    vs = screened.recent(screened.readings("VS", tests=("SYSBP", "DIABP")), days=limits.screen_window_days)
    made = []
    for name, test, flag in (("SBP", "SYSBP", limits.sbp_flag), ("DBP", "DIABP", limits.dbp_flag)):
        rows = vs[known_in(vs["TEST"], (test,))]
        part = measure(
            name,
            rows.assign(VALUE=rows["VALUE"].where(known_in(rows["UNIT"].str.lower(), ("mmhg",)))),
            name,
            screened.subjects,
            True,
            "mmHg",
        )
        high = known(part[name] >= flag)
        part[f"{name}_SAYS"] = part[f"{name}_SAYS"].mask(
            high, part[f"{name}_SAYS"] + f" (at or above the flag of {flag:g})"
        )
        made.append(part)
    return pd.concat(made, axis=1)


FINDINGS = (_age, _consent, _ascites, _lesions, _scales, _qtc, _ejection, _pressure)
"""Steps, in the order of their facts. Source: protocol.md sections 6-7, rulings.md 2.3, 2.4."""
