"""EX, AE, CM, PR, DS, SV, SS and DD: what was given, what happened, and who was still there."""

import pandas as pd

from nk521lib.edge.demo_trial.cast import CELLS, Cast
from nk521lib.edge.demo_trial.frames import KNOWN, finished, first_days, iso
from nk521lib.edge.demo_trial.story_events import CATHETER, LINES, PRIOR, PROTOCOL_DRAINAGE, STOP_REASONS, TAP

ROUTE = {"A": "INTRAVENOUS", "B": "INTRAPERITONEAL"}
VOLUME = {"A": 100.0, "B": 250.0}
CONTACT_DAYS = (28, 91, 182, 273, 364, 455, 546, 637, 728)
"""Days after the first dose on which somebody asks."""
SERIOUS_BECAUSE = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")


def derive_ex(cast: Cast) -> pd.DataFrame:
    """EX: one row per dose, half an hour long; lots are numbered by the week of their release."""
    doses = cast.doses.merge(cast.people[["USUBJID", "ARM"]], on="USUBJID", validate="many_to_one")
    group, level = doses["ARM"].str[0], doses["ARM"].str[-1]
    week = doses["DAY"].dt.isocalendar().week.astype("string").str.zfill(2)
    number = doses["DOSENO"].map({1: 2.0, 2: 3.0, 3: 4.0, 4: 5.0, 5: 7.0, 6: 8.0})
    return finished(pd.DataFrame({
        "USUBJID": doses["USUBJID"], "EXTRT": _text("NK521", doses), "EXDOSE": (level.map(CELLS) * doses["PART"]).round(3).astype("Float64"),
        "EXDOSU": _text("10^9 CELLS", doses), "EXROUTE": group.map(ROUTE).astype("string"), "EXLOT": "NK26-W" + week,
        "EXADJ": doses["EXADJ"], "EXVAMT": group.map(VOLUME).astype("Float64"), "EXVAMTU": _text("mL", doses),
        "EXSTDTC": iso(doses["DAY"], "T10:00"), "EXENDTC": iso(doses["DAY"], "T10:30"), "VISITNUM": number.astype("Float64"),
        KNOWN: doses["DAY"],
    }), "EX")  # fmt: skip


def derive_ae(cast: Cast) -> pd.DataFrame:
    """AE with its supplemental qualifiers still as columns, and LABEL, by which the committee's record finds an event."""
    events = cast.events
    serious = events["SERIOUS"].notna()
    frame = pd.DataFrame({
        "USUBJID": events["USUBJID"], "AETERM": events["REPORTED"], "AEDECOD": events["CODED"], "AEBODSYS": events["SYSTEM"],
        "AETOXGR": events["GRADE"], "AESER": serious.map({True: "Y", False: "N"}).astype("string"),
        **{name: events["SERIOUS"].eq(name).map({True: "Y"}).astype("string") for name in SERIOUS_BECAUSE},
        "AEREL": events["RELATED"], "AEACN": events["ACTION"], "AEOUT": _outcome(events["END"]),
        "AECONTRT": events["TREATED"], "AEGRPID": events["GROUP"], "AESTDTC": events["START"], "AEENDTC": events["END"],
        "AEENRTPT": events["END"].isna().map({True: "ONGOING"}).astype("string"),
        "AEDLT": events["DLT"], "AESI": events["AESI"], "AERELPR": events["PROCEDURE_RELATED"], "CRSGR": events["CRS_GRADE"],
        "LABEL": events["LABEL"], KNOWN: first_days(events["START"]),
    })  # fmt: skip
    return finished(frame, "AE")


def _outcome(end: pd.Series) -> pd.Series:
    return end.isna().map({True: "NOT RECOVERED/NOT RESOLVED", False: "RECOVERED/RESOLVED"}).astype("string")


def derive_cm(cast: Cast) -> pd.DataFrame:
    """CM: earlier lines of therapy (the last one ends 60 days before consent, or in a month only) and the other drugs."""
    people = cast.people[cast.people["ASSESSED"].notna()]
    lines = people.loc[people.index.repeat(people["LINES"])].reset_index(drop=True)
    nth = lines.groupby("USUBJID").cumcount()
    back = (lines["LINES"] - nth - 1) * 200
    end = lines["CONSENT"] - pd.to_timedelta(60 + back, unit="D")
    start = end - pd.Timedelta(days=150)
    names = {(tumour, i): name for tumour, all_names in LINES.items() for i, name in enumerate(all_names)}
    product = pd.Series(list(zip(lines["TUMOUR"], nth, strict=True)), index=lines.index).map(names)
    early = nth.eq(0)
    prior = pd.DataFrame({
        "USUBJID": lines["USUBJID"], "CMTRT": product, "CMCAT": PRIOR, "CMROUTE": "INTRAVENOUS", "CMINDC": lines["TUMOUR"],
        "CMSTDTC": iso(start).mask(early, iso(start).str.slice(0, 7)), "CMENDTC": iso(end).mask(early, iso(end).str.slice(0, 7)),
        "CMLINE": (nth + 1).astype("Float64"), "CMSTOPRS": nth.map(dict(enumerate(STOP_REASONS))), KNOWN: lines["ASSESSED"],
    })  # fmt: skip
    drugs = cast.drugs
    seen = drugs["USUBJID"].map(cast.people.set_index("USUBJID")["ASSESSED"])
    others = pd.DataFrame({
        "USUBJID": drugs["USUBJID"], "CMTRT": drugs["NAME"], "CMCAT": drugs["CATEGORY"], "CMDOSE": drugs["DOSE"].astype("Float64"),
        "CMDOSU": drugs["UNIT"], "CMDOSFRQ": drugs["OFTEN"], "CMROUTE": drugs["ROUTE"], "CMINDC": drugs["WHY"],
        "CMSTDTC": drugs["START"], "CMENDTC": drugs["END"],
        "CMENRTPT": drugs["END"].isna().map({True: "ONGOING"}), KNOWN: pd.concat([first_days(drugs["START"]), seen], axis=1).max(axis=1),
    })  # fmt: skip
    frame = pd.concat([prior, others], ignore_index=True)
    frame["CMDECOD"] = frame["CMTRT"]
    return finished(_typed(frame, "CMDOSE", "CMLINE"), "CM")


def derive_pr(cast: Cast) -> pd.DataFrame:
    """PR: the story's procedures, and in group B the drainage before each of the first doses."""
    told = cast.procedures
    seen = told["USUBJID"].map(cast.people.set_index("USUBJID")["ASSESSED"])
    listed = pd.DataFrame({
        "USUBJID": told["USUBJID"], "PRTRT": told["NAME"], "PRINDC": told["PURPOSE"], "PRSTDTC": told["START"],
        "PRENDTC": told["END"], "PRVOL": told["ML"].astype("Float64"), "RTINTENT": told["INTENT"],
        KNOWN: pd.concat([first_days(told["START"]), seen], axis=1).max(axis=1),
    })  # fmt: skip
    planned = cast.doses[cast.doses["USUBJID"].isin(cast.people.loc[cast.people["ARM"].str[0].eq("B"), "USUBJID"])]
    planned = planned[planned["DOSENO"].isin(PROTOCOL_DRAINAGE)]
    drained = pd.DataFrame({
        "USUBJID": planned["USUBJID"], "PRTRT": planned["DOSENO"].eq(1).map({True: TAP, False: CATHETER}),
        "PRINDC": "PROTOCOL DRAINAGE", "PRSTDTC": iso(planned["DAY"], "T09:00"),
        "PRVOL": planned["DOSENO"].map(PROTOCOL_DRAINAGE).astype("Float64"), KNOWN: planned["DAY"],
    })  # fmt: skip
    frame = pd.concat([listed, drained], ignore_index=True)
    frame["PRDECOD"] = frame["PRTRT"]
    return finished(_typed(frame, "PRVOL"), "PR")


def derive_ds(cast: Cast, treatment_ended: pd.DataFrame) -> pd.DataFrame:
    """DS: consent, enrolment, screen failure, end of treatment (USUBJID DSDECOD DAY), leaving the study, death."""
    p = cast.people
    parts = [
        _milestones(p, "CONSENT", "INFORMED CONSENT OBTAINED"),
        _milestones(p, "ENROLLED", "ENROLLED"),
        _ends(p, "FAILED", p["FAILCODE"], p["WHY"]),
        _ends(p, "LEFT", p["REASON"], p["REASON"]),
        _ends(p, "DIED", "DEATH", "DEATH"),
        treatment_ended.assign(DSTERM=treatment_ended["DSDECOD"], DSCAT="DISPOSITION EVENT", DSSCAT="TREATMENT"),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = pd.DataFrame({c: frame[c] for c in ("USUBJID", "DSTERM", "DSDECOD", "DSCAT", "DSSCAT")}).assign(
        DSSTDTC=iso(frame["DAY"]), **{KNOWN: frame["DAY"]}
    )
    return finished(_typed(frame), "DS")


def _milestones(people: pd.DataFrame, day: str, code: str) -> pd.DataFrame:
    have = people[people[day].notna()]
    return pd.DataFrame({"USUBJID": have["USUBJID"], "DSTERM": code, "DSDECOD": code, "DSCAT": "PROTOCOL MILESTONE",
                         "DAY": have[day]})  # fmt: skip


def _ends(people: pd.DataFrame, day: str, code, term) -> pd.DataFrame:
    rows = pd.DataFrame({"USUBJID": people["USUBJID"], "DSTERM": term, "DSDECOD": code, "DSCAT": "DISPOSITION EVENT",
                         "DSSCAT": "STUDY", "DAY": people[day]})  # fmt: skip
    return rows[rows["DAY"].notna()]


def derive_sv(cast: Cast, missed: pd.DataFrame) -> pd.DataFrame:
    """SV: visits that took place, and planned ones that did not (USUBJID VISITNUM VISIT DAY, the day they were due)."""
    both = pd.concat([cast.visits.assign(SVOCCUR="Y"), missed.assign(SVOCCUR="N")], ignore_index=True)
    frame = pd.DataFrame({
        "USUBJID": both["USUBJID"], "VISITNUM": both["VISITNUM"].astype("Float64"), "VISIT": both["VISIT"], "SVPRESP": "Y",
        "SVOCCUR": both["SVOCCUR"], "SVSTDTC": iso(both["DAY"]).where(both["SVOCCUR"].eq("Y")), KNOWN: both["DAY"],
    })  # fmt: skip
    frame = frame.sort_values(["USUBJID", "VISITNUM"], kind="stable")
    return finished(_typed(frame, "VISITNUM"), "SV")


def derive_ss(cast: Cast, today: pd.Timestamp) -> pd.DataFrame:
    """SS: contacts while alive, after four weeks and then every three months, and the one that learns of a death."""
    dosed = cast.people[cast.people["TRTSDT"].notna()]
    calls = []
    for days_on in CONTACT_DAYS:
        day = dosed["TRTSDT"] + pd.Timedelta(days=days_on)
        alive = (day <= today) & ~(dosed["DIED"] <= day)
        calls.append(pd.DataFrame({"USUBJID": dosed["USUBJID"], "SSSTRESC": "ALIVE", "DAY": day})[alive])
    dead = dosed[dosed["DIED"].notna()]
    calls.append(pd.DataFrame({"USUBJID": dead["USUBJID"], "SSSTRESC": "DEAD", "DAY": dead["DIED"]}))
    both = pd.concat(calls, ignore_index=True)
    frame = pd.DataFrame({"USUBJID": both["USUBJID"], "SSTESTCD": "SURVSTAT", "SSORRES": both["SSSTRESC"], "SSSTRESC": both["SSSTRESC"],
                          "SSDTC": iso(both["DAY"]), KNOWN: both["DAY"]})  # fmt: skip
    return finished(_typed(frame), "SS")


def derive_dd(cast: Cast) -> pd.DataFrame:
    """DD: the primary cause of each death."""
    dead = cast.people[cast.people["DIED"].notna()]
    cause = "PROGRESSION OF " + dead["TUMOUR"]
    frame = pd.DataFrame({"USUBJID": dead["USUBJID"], "DDTESTCD": "PRCDTH", "DDORRES": cause, "DDSTRESC": cause,
                          "DDDTC": iso(dead["DIED"]), KNOWN: dead["DIED"]})  # fmt: skip
    return finished(_typed(frame), "DD")


def _text(value: str, like: pd.DataFrame) -> pd.Series:
    return pd.Series(value, index=like.index, dtype="string")


def _typed(frame: pd.DataFrame, *numbers: str) -> pd.DataFrame:
    return frame.astype({c: "Float64" if c in numbers else "string" for c in frame if c != KNOWN})
