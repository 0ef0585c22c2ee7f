"""Scans, responses, questionnaires, drainages and survival contacts (NKD-072 to NKD-090)."""

from collections.abc import Iterable, Iterator

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.check import Check, Study, yes
from nk521lib.chapters.linkage import of_subject
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity

_FLAG = Effect.FLAG
_RESPONSES = {
    "OVRLRESP": ("CR", "PR", "SD", "PD", "NON-CR/NON-PD", "NE"),
    "TRGRESP": ("CR", "PR", "SD", "PD", "NE"),
    "NTRGRESP": ("CR", "NON-CR/NON-PD", "PD", "NE"),
}
"""Responses of RECIST 1.1 by test."""
_QLQ_ITEM = r"QLQC30(?:0[1-9]|[12][0-9]|30)"
_QLQ_GLOBAL = ("QLQC3029", "QLQC3030")
_DRAINAGE = ("PARACENTESIS", "CATHETER DRAINAGE")


def _assessed(study: Study, domain: str) -> pd.DataFrame:
    """Records of the assessor in use; records that name none are the investigator's."""
    frame = study.cut[domain]
    return frame[frame[f"{domain}EVAL"].fillna(study.cut.params.data.assessor).eq(study.cut.params.data.assessor)]


def _baseline_scan(study: Study) -> Iterator[Finding]:
    days, tr = study.cut.params.screening.baseline_scan_days, _assessed(study, "TR")
    start = of_subject(tr["USUBJID"], study.subjects["TRTSDT"])
    low, high = dates.earliest(tr["TRDTC"]), dates.latest(tr["TRDTC"])
    by = pd.DataFrame({"USUBJID": tr["USUBJID"], "START": start, "LATE": low > start,
                       "LAST": high.where(~(low > start))}).dropna(subset=["START"])  # fmt: skip
    one = by.groupby("USUBJID").agg(START=("START", "first"), LATE=("LATE", "all"), LAST=("LAST", "max"))
    after = one[one["LATE"]]
    yield from BASELINE.per_cause(study, pd.DataFrame({
        "USUBJID": after.index, "MESSAGE": "TR: no scan before the first dose on " + after["START"].dt.strftime("%Y-%m-%d"),
    }), "TR")  # fmt: skip
    gap = (one["START"] - one["LAST"]).dt.days
    old = one[yes(gap > days)]
    yield from BASELINE.per_cause(study, pd.DataFrame({
        "USUBJID": old.index,
        "MESSAGE": "TR: the last scan before the first dose is " + gap[old.index].astype("Int64").astype("string")
        + f" days old, expected at most {days}",
    }), "TR")  # fmt: skip


def _response_codes(study: Study) -> Iterator[Finding]:
    rs = _assessed(study, "RS")
    rs = rs[
        yes(rs["RSCAT"].fillna("RECIST 1.1").str.upper().eq("RECIST 1.1"))
    ]  # a response without a category is RECIST's
    given = rs["RSSTRESC"].fillna(rs["RSORRES"])
    for test, allowed in _RESPONSES.items():
        some = rs[yes(rs["RSTESTCD"].eq(test)) & given.notna() & ~given.isin(allowed)]
        yield from RESPONSE.per_cause(study, pd.DataFrame({
            "USUBJID": some["USUBJID"], "SEQ": some["RSSEQ"], "EVIDENCE": test + " = " + given[some.index],
            "MESSAGE": f"RS: {test} is " + given[some.index] + " on " + some["RSDTC"].fillna("an unknown day")
            + f", expected {', '.join(allowed)}",
        }), "RS")  # fmt: skip


def _questionnaires(study: Study) -> Iterator[Finding]:
    qs = study.cut["QS"]
    qs = qs[yes(qs["QSTESTCD"].str.fullmatch(_QLQ_ITEM))]
    plain = qs["QSORRES"].where(yes(qs["QSORRES"].str.fullmatch(r"[0-9]+")))
    value = qs["QSSTRESN"].fillna(pd.to_numeric(plain).astype("Float64"))
    top = qs["QSTESTCD"].isin(_QLQ_GLOBAL).map({True: 7, False: 4})
    wrong = qs[yes((value < 1) | (value > top) | (value % 1 != 0))]
    yield from FORM.per_cause(study, pd.DataFrame({
        "USUBJID": wrong["USUBJID"], "SEQ": wrong["QSSEQ"],
        "MESSAGE": "QS: " + wrong["QSTESTCD"] + " is " + value[wrong.index].astype(float).map("{:g}".format).astype("string") + " on " + wrong["QSDTC"].fillna("an unknown day")
        + ", expected 1 to " + top[wrong.index].astype("string") + "; the item is missing",
    }), "QS")  # fmt: skip
    visit = qs["VISITNUM"].astype("string").fillna(qs["VISIT"]).fillna(qs["QSDTC"])
    twice = qs[qs.assign(_visit=visit).duplicated(["USUBJID", "QSTESTCD", "_visit"])]
    yield from FORM.per_cause(study, pd.DataFrame({
        "USUBJID": twice["USUBJID"], "SEQ": twice["QSSEQ"], "CAUSE": twice["USUBJID"] + visit[twice.index].fillna(""),
        "MESSAGE": "QS: " + twice["QSTESTCD"] + " is there twice at visit " + visit[twice.index].fillna("without a name"),
    }), "QS")  # fmt: skip
    died = of_subject(qs["USUBJID"], study.died_on_record)
    late = qs[yes(dates.earliest(qs["QSDTC"]) > died)]
    yield from FORM.per_cause(study, pd.DataFrame({
        "USUBJID": late["USUBJID"], "SEQ": late["QSSEQ"], "CAUSE": late["USUBJID"] + late["QSDTC"],
        "MESSAGE": "QS: form of " + late["QSDTC"] + " is after the death",
    }), "QS")  # fmt: skip


def _drainages(study: Study) -> Iterator[Finding]:
    pr = study.cut["PR"]
    pr = pr[yes(pr["PRTRT"].str.upper().isin(_DRAINAGE))]
    for variable, what in (("PRINDC", "a purpose (PRINDC)"), ("PRVOL", "a volume (PRVOL)")):
        some = pr[pr[variable].isna()]
        yield from DRAINAGE.per_cause(study, pd.DataFrame({
            "USUBJID": some["USUBJID"], "SEQ": some["PRSEQ"],
            "MESSAGE": "PR: " + some["PRTRT"] + " on " + some["PRSTDTC"].fillna("an unknown day") + f" without {what}",
        }), "PR")  # fmt: skip


def _contacts(study: Study) -> Iterable[Finding]:
    subjects, ss, dm = study.subjects, study.cut["SS"], study.cut["DM"]
    lost = subjects[yes(subjects["SAFFL"].eq("Y")) & subjects["LSTALVDT"].isna()]
    yield from CONTACT.per_cause(study, pd.DataFrame({
        "USUBJID": lost.index, "MESSAGE": pd.Series("dosed, but no dated record shows the subject alive", index=lost.index),
    }), "DM")  # fmt: skip
    dead = ss.loc[yes(ss["SSSTRESC"].fillna(ss["SSORRES"]).str.upper().eq("DEAD"))].drop_duplicates("USUBJID")
    undated = dead[dead["USUBJID"].isin(dm.loc[yes(dm["DTHFL"].eq("Y")) & dm["DTHDTC"].isna(), "USUBJID"])]
    yield from CONTACT.per_cause(study, pd.DataFrame({
        "USUBJID": undated["USUBJID"], "SEQ": undated["SSSEQ"],
        "MESSAGE": pd.Series("SS: the subject is DEAD, DM has no death date (DTHDTC)", index=undated.index),
    }), "SS")  # fmt: skip


BASELINE = Check("NKD-072", Severity.WARNING, (_FLAG,), "the baseline scan is before the first dose and recent",
                 "Response is judged against it (RECIST 1.1: at most 4 weeks before treatment)", _baseline_scan)  # fmt: skip
RESPONSE = Check("NKD-073", Severity.WARNING, (_FLAG,), "recorded responses are those of RECIST 1.1",
                 "Any other word cannot be counted; the response is taken as not evaluable", _response_codes)  # fmt: skip
FORM = Check("NKD-080", Severity.WARNING, (_FLAG,), "questionnaire items are in range, once a visit, before death",
             "An item out of range is missing; the scale or form by itself is not (rulings 5.9)", _questionnaires)  # fmt: skip
DRAINAGE = Check("NKD-081", Severity.WARNING, (_FLAG,), "drainages have a purpose and a volume",
                 "Puncture-free survival needs both", _drainages)  # fmt: skip
CONTACT = Check("NKD-090", Severity.WARNING, (_FLAG,), "dosed subjects have a last contact, the dead a date",
                "Survival is censored at the last contact", _contacts)  # fmt: skip
CHECKS = (BASELINE, RESPONSE, FORM, DRAINAGE, CONTACT)
