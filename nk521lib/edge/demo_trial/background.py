"""MH, RP, CV, MI, FA, TS and adjud: history, the findings of screening, ascites, and the committee's record."""

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial import story, story_findings
from nk521lib.edge.demo_trial.cast import Cast
from nk521lib.edge.demo_trial.frames import KNOWN, STUDY, days, finished, iso, told

ASKED = ("METASTASES TO LIVER", "METASTASES TO CENTRAL NERVOUS SYSTEM", "GILBERT'S SYNDROME", "OTHER MALIGNANCY")
"""Terms every subject is asked about, yes or no."""


def derive_mh(cast: Cast, gilbert: tuple[str, ...] = ()) -> pd.DataFrame:
    """MH: the tumour with the year it was found, and the answers to the asked terms."""
    people = cast.people[cast.people["ASSESSED"].notna()]
    year = people["CONSENT"].dt.year - people["LINES"]
    tumour = pd.DataFrame({
        "USUBJID": people["USUBJID"], "MHTERM": people["TUMOUR"], "MHDECOD": people["TUMOUR"], "MHCAT": "PRIMARY DIAGNOSIS",
        "MHSTDTC": year.astype("string"), "MHENRF": "ONGOING", "MHDTC": iso(people["ASSESSED"]), KNOWN: people["ASSESSED"],
    })  # fmt: skip
    answers = []
    for term in ASKED:
        yes = people["LIVER_METASTASIS"].eq("Y") if term == ASKED[0] else pd.Series(False, index=people.index)
        if term == ASKED[2]:
            yes = people["NUMBER"].isin(gilbert)
        answers.append(pd.DataFrame({
            "USUBJID": people["USUBJID"], "MHTERM": term, "MHDECOD": term, "MHCAT": "OTHER MALIGNANCY" if term == ASKED[3] else "ASKED",
            "MHPRESP": "Y", "MHOCCUR": yes.map({True: "Y", False: "N"}), "MHDTC": iso(people["ASSESSED"]), KNOWN: people["ASSESSED"],
        }))  # fmt: skip
    return finished(_texts(pd.concat([tumour, *answers], ignore_index=True)), "MH")


def childbearing(cast: Cast) -> pd.Series:
    """USUBJID of assessed women below the age from which the story calls them no longer fertile."""
    people = cast.people[cast.people["ASSESSED"].notna() & cast.people["SEX"].eq("F")]
    limit = story_findings.NOT_OF_CHILDBEARING_POTENTIAL_FROM_AGE * 365.25
    return people.loc[(people["ASSESSED"] - people["BORN"]).dt.days < limit, "USUBJID"]


def derive_rp(cast: Cast) -> pd.DataFrame:
    """RP: childbearing potential of every woman."""
    women = cast.people[cast.people["ASSESSED"].notna() & cast.people["SEX"].eq("F")]
    able = women["USUBJID"].isin(childbearing(cast)).map({True: "Y", False: "N"})
    return finished(_texts(pd.DataFrame({
        "USUBJID": women["USUBJID"], "RPTESTCD": "CHILDPOT", "RPORRES": able, "RPDTC": iso(women["ASSESSED"]), KNOWN: women["ASSESSED"],
    })), "RP")  # fmt: skip


def derive_cv(cast: Cast, rng: np.random.Generator, not_done: tuple[str, ...] = ()) -> pd.DataFrame:
    """CV: ejection fraction of screening, where it was measured."""
    people = cast.people[cast.people["ASSESSED"].notna()].reset_index(drop=True)
    percent = pd.Series(np.clip(np.round(rng.normal(63, 3, len(people))), 55, 72), index=people.index)
    people, percent = people[~people["NUMBER"].isin(not_done)], percent[~people["NUMBER"].isin(not_done)]
    frame = pd.DataFrame({
        "USUBJID": people["USUBJID"], "CVTESTCD": "LVEF", "CVORRES": percent.astype("Int64").astype("string"), "CVORRESU": "%",
        "CVSTRESN": percent, "CVSTRESU": "%", "CVMETHOD": "ECHOCARDIOGRAPHY", "CVDTC": iso(people["ASSESSED"]), KNOWN: people["ASSESSED"],
    })  # fmt: skip
    return finished(_texts(frame, "CVSTRESN"), "CV")


def derive_mi(cast: Cast, at_screening: dict[str, str], at_week_6: dict[str, str]) -> pd.DataFrame:
    """MI: cytology of ascites before the trial and, where fluid was drawn again, at week 6."""
    people = cast.people[cast.people["ASSESSED"].notna()]
    before = pd.DataFrame({
        "USUBJID": people["USUBJID"], "RESULT": people["NUMBER"].map(at_screening).astype("string").fillna("POSITIVE"), "DAY": people["ASSESSED"],
    })  # fmt: skip
    week_6 = cast.visits[cast.visits["VISIT"].eq("WEEK 6")]
    again = week_6["USUBJID"].map(cast.people.set_index("USUBJID")["NUMBER"]).map(at_week_6).astype("string")
    after = pd.DataFrame({"USUBJID": week_6["USUBJID"], "RESULT": again, "DAY": week_6["DAY"]}).dropna(
        subset=["RESULT"]
    )
    both = pd.concat([before, after], ignore_index=True)
    return finished(_texts(pd.DataFrame({
        "USUBJID": both["USUBJID"], "MITESTCD": "CYTOLOGY", "MISPEC": "ASCITES FLUID", "MIORRES": both["RESULT"],
        "MISTRESC": both["RESULT"], "MIDTC": iso(both["DAY"]), KNOWN: both["DAY"],
    })), "MI")  # fmt: skip


def derive_fa(cast: Cast, volumes: dict[str, tuple[int, ...]]) -> pd.DataFrame:
    """FA: ascites volume, depth and whether it is felt, at screening and with later scans (volumes by subject number)."""
    people = cast.people[cast.people["ASSESSED"].notna()]
    first = pd.DataFrame(
        {
            "USUBJID": people["USUBJID"],
            "ML": people["ASCITES_ML"],
            "DAY": people["ASSESSED"],
            "FELT": people["SYMPTOMATIC"],
        }
    )
    scans = cast.scans[cast.scans["READING"].notna()].copy()
    scans["NTH"] = scans.groupby("USUBJID").cumcount() + 1
    number = scans["USUBJID"].map(cast.people.set_index("USUBJID")["NUMBER"])
    known = {(n, i): float(ml) for n, mls in volumes.items() for i, ml in enumerate(mls)}
    ml = [known.get(key) for key in zip(number, scans["NTH"], strict=True)]
    later = pd.DataFrame(
        {"USUBJID": scans["USUBJID"], "ML": pd.array(ml, dtype="Float64"), "DAY": scans["DAY"]}
    ).dropna(subset=["ML"])
    later["FELT"] = (later["ML"] > 1000).map({True: "Y", False: "N"})
    both = pd.concat([first, later], ignore_index=True)
    depth = (both["ML"].astype(float) / 500).round(1)
    tests = (("VOLUME", both["ML"].astype("Float64"), "mL"), ("DEPTH", depth.astype("Float64"), "cm"))
    numbers = [pd.DataFrame({
        "USUBJID": both["USUBJID"], "FATESTCD": code, "FAORRES": value.map("{:g}".format), "FAORRESU": unit,
        "FASTRESN": value, "FASTRESU": unit, "DAY": both["DAY"],
    }) for code, value, unit in tests]  # fmt: skip
    felt = pd.DataFrame(
        {"USUBJID": both["USUBJID"], "FATESTCD": "SYMPTOM", "FAORRES": both["FELT"], "DAY": both["DAY"]}
    )
    frame = pd.concat([*numbers, felt], ignore_index=True)
    frame = frame.assign(FAOBJ="ASCITES", FASTRESC=frame["FAORRES"], FADTC=iso(frame["DAY"]), **{KNOWN: frame["DAY"]})
    return finished(_texts(frame.drop(columns="DAY"), "FASTRESN"), "FA")


def derive_adjud(ae: pd.DataFrame, committee: tuple[story.Committee, ...]) -> pd.DataFrame:
    """adjud: the committee's record, in its order; an event is named by its AESEQ."""
    rows = told(committee)
    rows["USUBJID"] = ("NK521-" + story.SITE + "-" + rows["NUMBER"]).astype("string")
    sequence = ae.dropna(subset=["LABEL"]).set_index(["USUBJID", "LABEL"])["AESEQ"]
    keys = pd.MultiIndex.from_frame(rows[["USUBJID", "EVENT"]])
    frame = pd.DataFrame({
        "STUDYID": STUDY, "USUBJID": rows["USUBJID"], "GROUP": rows["GROUP"], "LEVEL": rows["LEVEL"].astype("Int64"),
        "ITEM": rows["ITEM"], "VALUE": rows["VALUE"], "ADJDTC": rows["DATE"], "SNAPSHOT": rows["SNAPSHOT"],
        "AESEQ": pd.array(sequence.reindex(keys).to_numpy(), dtype="Int64"), "REASON": rows["REASON"], KNOWN: days(rows["DATE"]),
    })  # fmt: skip
    return _texts(frame, "LEVEL", "AESEQ")


def derive_ts(people: int) -> pd.DataFrame:
    """TS: a trial summary that says first that the trial is invented."""
    rows = (("TITLE", "Trial Title", "SYNTHETIC: NK521 in malignant ascites, invented data"), ("TPHASE", "Trial Phase", "PHASE I TRIAL"),
            ("TTYPE", "Trial Type", "SAFETY"), ("PLANSUB", "Planned Number of Subjects", "18"),
            ("ACTSUB", "Actual Number of Subjects", str(people)))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["TSPARMCD", "TSPARM", "TSVAL"]).assign(STUDYID=STUDY, DOMAIN="TS", TSSEQ=1)
    return frame[["STUDYID", "DOMAIN", "TSSEQ", "TSPARMCD", "TSPARM", "TSVAL"]].astype(
        {"TSSEQ": "Int64", **dict.fromkeys(["STUDYID", "DOMAIN", "TSPARMCD", "TSPARM", "TSVAL"], "string")}
    )


def _texts(frame: pd.DataFrame, *others: str) -> pd.DataFrame:
    kept = {*others, KNOWN}
    return frame.astype(
        {**{c: "string" for c in frame if c not in kept}, **{c: "Float64" for c in others if frame[c].dtype == float}}
    )
