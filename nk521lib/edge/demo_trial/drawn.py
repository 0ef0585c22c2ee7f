"""A larger trial of the same shape as the demo, drawn at random with numpy: for benchmarks, never for results."""

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial import background, criteria, happenings, laboratory, measurements, questionnaires, tumours
from nk521lib.edge.demo_trial.cast import Cast, last_day_seen, plan_visits
from nk521lib.edge.demo_trial.frames import first_days, iso
from nk521lib.edge.demo_trial.story import Committee, Extract, subject_id
from nk521lib.edge.demo_trial.story_events import DRUGS, EVENTS, LINES, PROCEDURES

LARGE_TRIAL = Extract("T", "2028-06-30", "2028-07-05")
FIRST_CONSENT = pd.Timestamp("2026-06-01")
ACCRUAL_DAYS = 720
ARMS = ("A_DL1", "A_DL2", "A_DL3", "B_DL1", "B_DL2", "B_DL3")
FAILS, STOPS_EARLY, DIES = 0.25, 0.15, 0.35
SCAN_VISITS = (9, 10, 11, 12)


def draw_trial(n_subjects: int, seed: int) -> tuple[Cast, dict[str, pd.DataFrame]]:
    """The cast of a drawn trial and all its records, domain by domain."""
    rng = np.random.default_rng(seed)
    people = _people(n_subjects, rng)
    doses = _doses(people, rng)
    people["END"] = last_day_seen(people, pd.Timestamp(LARGE_TRIAL.extracted))
    doses = doses[doses["DAY"] <= doses["USUBJID"].map(people.set_index("USUBJID")["END"])].reset_index(drop=True)
    visits = plan_visits(people, doses)
    scans, lesions = _scans(people, visits, rng)
    dosed = people[people["TRTSDT"].notna()].reset_index(drop=True)
    cast = Cast(
        people, doses, visits,
        events=_like_story(EVENTS, dosed, rng, per_subject=3.0, within=60),
        drugs=_like_story(DRUGS, dosed, rng, per_subject=1.0, within=60),
        procedures=_like_story(PROCEDURES, dosed, rng, per_subject=0.7, within=150),
        scans=scans, lesions=lesions,
    )  # fmt: skip
    return cast, _records(cast, rng)


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    number = pd.Series(
        np.char.zfill(np.arange(1, n + 1).astype(str), max(3, len(str(n)))).astype(object), dtype="string"
    )
    consent = FIRST_CONSENT + pd.to_timedelta(np.sort(rng.integers(0, ACCRUAL_DAYS, n)), unit="D")
    failed = rng.random(n) < FAILS
    p = pd.DataFrame({"NUMBER": number, "USUBJID": subject_id("") + number, "CONSENT": consent.astype("datetime64[s]")})
    p["SEX"] = _pick(rng, ("F", "M"), n)
    p["BORN"] = (p["CONSENT"] - pd.to_timedelta(rng.integers(35 * 366, 70 * 365, n), unit="D")).astype("datetime64[s]")
    p["TUMOUR"] = _pick(rng, tuple(LINES), n)
    p["LIVER_METASTASIS"] = _pick(rng, ("Y", "N"), n)
    p["LINES"] = rng.integers(2, 5, n)
    p["ARM"] = _pick(rng, ARMS, n).mask(failed)
    p["ASCITES_ML"] = (
        np.where(p["ARM"].str[0].eq("B").fillna(False), rng.integers(11, 50, n), rng.integers(2, 10, n)) * 100
    )
    p["SYMPTOMATIC"] = (p["ASCITES_ML"] > 1000).map({True: "Y", False: "N"}).astype("string")
    p["ASSESSED"] = p["CONSENT"] + pd.Timedelta(days=5)
    p["ENROLLED"] = (p["CONSENT"] + pd.Timedelta(days=9)).mask(failed)
    p["TRTSDT"] = (p["ENROLLED"] + pd.Timedelta(days=3)).astype("datetime64[s]")
    p["FAILED"] = (p["CONSENT"] + pd.Timedelta(days=8)).where(failed)
    p["FAILCODE"] = pd.Series("SCREEN FAILURE", index=p.index, dtype="string").where(failed)
    p["WHY"] = p["FAILCODE"]
    today = pd.Timestamp(LARGE_TRIAL.extracted)
    after = pd.to_timedelta(rng.integers(5, 40, n), unit="D")
    p["LEFT"] = (p["TRTSDT"] + after).where(~failed & (rng.random(n) < STOPS_EARLY))
    p["REASON"] = pd.Series("PROGRESSIVE DISEASE", index=p.index, dtype="string").where(p["LEFT"].notna())
    died = p["TRTSDT"] + pd.to_timedelta(rng.integers(45, 500, n), unit="D")
    p["DIED"] = died.where(~failed & (rng.random(n) < DIES) & (died <= today))
    return p


def _doses(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    dosed = people[people["TRTSDT"].notna()]
    nth = np.tile(np.arange(6), len(dosed))
    jitter = np.where(nth == 0, 0, rng.integers(-1, 2, len(nth)))
    first = dosed["TRTSDT"].to_numpy()[np.repeat(np.arange(len(dosed)), 6)]
    part = np.where(rng.random(len(nth)) < 0.05, 0.75, 1.0)
    return pd.DataFrame({
        "USUBJID": dosed["USUBJID"].repeat(6).reset_index(drop=True), "DOSENO": nth + 1,
        "DAY": pd.Series(first) + pd.to_timedelta(7 * nth + jitter, unit="D"), "PART": part,
        "EXADJ": pd.Series(np.where(part < 1, "LOW CELL YIELD", None), dtype="string"),
    })  # fmt: skip


def _like_story(
    rows: tuple, dosed: pd.DataFrame, rng: np.random.Generator, per_subject: float, within: int
) -> pd.DataFrame:
    """Story rows given to drawn subjects, moved to a day of their own; the length of each stays as it was."""
    told_rows = pd.DataFrame(rows, columns=type(rows[0])._fields).rename(columns=str.upper)
    told_rows = told_rows[told_rows["START"].str.len() >= 10].reset_index(drop=True)
    n = int(len(dosed) * per_subject)
    which, whom = rng.integers(0, len(told_rows), n), np.sort(rng.integers(0, len(dosed), n))
    frame = told_rows.iloc[which].reset_index(drop=True)
    text = frame.select_dtypes(["str", "string"]).columns
    frame = frame.assign(**{c: frame[c].astype("string").replace("", pd.NA) for c in text})
    length = first_days(frame["END"]) - first_days(frame["START"])
    start = dosed["TRTSDT"].iloc[whom].reset_index(drop=True) + pd.to_timedelta(rng.integers(0, within, n), unit="D")
    frame["USUBJID"] = dosed["USUBJID"].iloc[whom].reset_index(drop=True)
    end_of_follow_up = dosed["END"].iloc[whom].reset_index(drop=True)
    frame["START"], frame["END"] = iso(start), iso((start + length).where(start + length <= end_of_follow_up))
    frame = frame[start <= end_of_follow_up].reset_index(drop=True)
    if "LABEL" in frame:
        frame["LABEL"], frame["GROUP"] = pd.NA, pd.NA
        frame = frame.astype({"LABEL": "string", "GROUP": "string"})
    return frame


def _scans(people: pd.DataFrame, visits: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two targets a subject; sizes go up or down by a subject's own rate, the reading follows the sum."""
    baseline = visits.loc[visits["VISITNUM"].eq(1), ["USUBJID", "DAY", "VISITNUM", "VISIT"]]
    later = visits.loc[visits["VISITNUM"].isin(SCAN_VISITS), ["USUBJID", "DAY", "VISITNUM", "VISIT"]]
    scans = pd.concat([baseline, later]).sort_values(["USUBJID", "DAY"], kind="stable", ignore_index=True)
    subject, ids = pd.factorize(scans["USUBJID"])
    nth = scans.groupby("USUBJID").cumcount().to_numpy()
    rate = rng.normal(0.97, 0.15, len(ids))
    first = rng.integers(15, 60, (len(ids), 2))
    size = np.maximum(np.round(first[subject] * rate[subject][:, None] ** nth[:, None]), 5)
    total = pd.Series(size.sum(axis=1))
    nadir = total.groupby(subject).cummin().groupby(subject).shift()
    start = total.groupby(subject).transform("first")
    worse, better = (total >= 1.2 * nadir) & (total - nadir >= 5), total <= 0.7 * start
    target = np.select([worse, better], ["PD", "PR"], "SD")
    readings = list(zip(target, ["NON-CR/NON-PD"] * len(scans), ["N"] * len(scans), target, strict=True))
    scans["READING"] = pd.Series(readings, dtype=object).where(nth > 0, None)
    by_lesion = [
        pd.DataFrame({"USUBJID": ids, "LINK": f"T0{i + 1}", "ROLE": "TARGET", "PLACE": place,
                      "SIZES": pd.Series(size[:, i]).groupby(subject).agg(list)})
        for i, place in enumerate(("LIVER", "LUNG"))
    ]  # fmt: skip
    return scans, pd.concat(by_lesion, ignore_index=True).astype({"USUBJID": "string"})


def _pick(rng: np.random.Generator, values: tuple[str, ...], n: int) -> pd.Series:
    return pd.Series(pd.array(list(values), dtype="string").take(rng.integers(0, len(values), n)))


def _records(cast: Cast, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    lesions = tumours.measured(cast)
    panels = pd.concat([measurements.laboratory(cast.visits, rng), laboratory.screening_tests(cast), _markers(cast, rng)],
                       ignore_index=True)  # fmt: skip
    ended = cast.doses.loc[cast.doses["DOSENO"].eq(6), ["USUBJID", "DAY"]].assign(DSDECOD="COMPLETED")
    ae = happenings.derive_ae(cast)
    opened = tuple(
        Committee("2026-05-25", "DECISION", "OPEN", arm[0], int(arm[-1]), "Every level open") for arm in ARMS
    )
    return {
        "DS": happenings.derive_ds(cast, ended),
        "SV": happenings.derive_sv(cast, missed=cast.visits.iloc[:0]),
        "EX": happenings.derive_ex(cast),
        "AE": ae,
        "MH": background.derive_mh(cast),
        "CM": happenings.derive_cm(cast),
        "PR": happenings.derive_pr(cast),
        "LB": laboratory.with_units(laboratory.with_reasons(measurements.replace_values(panels, "LB", (), ""))),
        "VS": measurements.vital_signs(cast, rng),
        "EG": measurements.ecg(cast, rng),
        "CV": background.derive_cv(cast, rng),
        "MI": background.derive_mi(cast, {}, {}),
        "FA": background.derive_fa(cast, {}),
        "RP": background.derive_rp(cast),
        "TU": tumours.derive_tu(lesions),
        "TR": tumours.derive_tr(lesions),
        "RS": tumours.derive_rs(cast),
        "QS": questionnaires.derive_qs(cast, rng),
        "SS": happenings.derive_ss(cast, pd.Timestamp(LARGE_TRIAL.extracted)),
        "DD": happenings.derive_dd(cast),
        "TI": criteria.derive_ti(),
        "ATTEST": criteria.derive_attest(cast, {}, {}, background.childbearing(cast)),
        "ADJUD": background.derive_adjud(ae, opened),
    }


def _markers(cast: Cast, rng: np.random.Generator) -> pd.DataFrame:
    visits = cast.visits.loc[cast.visits["VISITNUM"].isin(laboratory.MARKER_VISITS), ["USUBJID", "VISITNUM"]]
    tumour = visits["USUBJID"].map(cast.people.set_index("USUBJID")["TUMOUR"])
    level = np.round(np.exp(rng.normal(4.5, 1.0, len(visits))), 1)
    frame = visits.assign(LBTESTCD=tumour.map(laboratory.MARKER_OF), RESULT=level)
    return laboratory.marker_rows(cast, frame)
