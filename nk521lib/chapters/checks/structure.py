"""What a snapshot must be before anything is computed from it: domains, variables, names, keys, subjects, dates, numbers.

These checks can refuse. Spec: data.md section 5 (NKD-002 to NKD-007), rulings.md section 7.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from nk521lib.chapters.changes import keys_of
from nk521lib.chapters.checks.check import Check, Study
from nk521lib.chapters.linkage import among
from nk521lib.findings import Finding
from nk521lib.schemas import DOMAINS, NO_SUBJECT, NOT_SDTM
from nk521lib.terms import Effect, Severity

_REJECT, _BLOCK, _FLAG, _HANDLED = Effect.REJECT, Effect.BLOCK, Effect.FLAG, Effect.HANDLED
_SUBJECT_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_WHOLE_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ONE_BY_ONE = 5
"""More pairs than this are chance in a large trial, and one message."""
_CONTROL = "text without control characters"
_DECIDES = {"AE": ("AESTDTC", "AEENDTC"), "LB": ("LBSTRESN", "LBSTNRLO", "LBSTNRHI")}
"""Values that a dose decision reads: unusable ones withhold the proposal of the subject's group."""


def _missing_parts(study: Study) -> Iterator[Finding]:
    rules, whole = study.whole.params.data, study.whole
    for domain in rules.required_domains:
        if not whole.has(domain):
            yield PRESENT.of(f"{domain}: no such domain in the snapshot; it is required", domain=domain)
    for domain, variables in rules.required_variables.items():
        absent = [v for v in variables if whole.has(domain) and not whole.has(domain, v)]
        if absent:
            yield PRESENT.of(
                f"{domain}: {', '.join(absent)} not in the file; required", domain=domain, key=" ".join(absent)
            )


def _strangers(study: Study) -> Iterator[Finding]:
    ids: dict[str, list[str]] = {}
    for domain, frame in study.whole.frames.items():
        if "STUDYID" in study.whole.variables[domain]:
            for value in frame["STUDYID"].dropna().unique():
                ids.setdefault(value, []).append(domain)
        own = "RDOMAIN" if domain.startswith("SUPP") else "DOMAIN"
        expected = domain.removeprefix("SUPP")
        if own in study.whole.variables[domain] and domain not in NOT_SDTM:
            other = frame.loc[frame[own].ne(expected).fillna(True).astype(bool), own].fillna("empty").unique()
            if len(other):
                yield SAME_STUDY.of(
                    f"{domain}: {own} is {', '.join(sorted(other))}, expected {expected}", domain=domain
                )
    if len(ids) > 1:
        named = "; ".join(f"{value} in {', '.join(domains)}" for value, domains in sorted(ids.items()))
        yield SAME_STUDY.of(f"STUDYID has {len(ids)} values, expected one: {named}")


def _other_study(study: Study) -> Iterator[Finding]:
    said, expected = study.whole.manifest.study, study.whole.params.trial.study
    if said != expected:
        yield SAME_STUDY.of(f"the snapshot is of study {said}, the parameters are for {expected}", _FLAG, key=said)


def _keys(study: Study) -> Iterator[Finding]:
    for domain, frame in study.whole.frames.items():
        keys = keys_of(domain, frame)
        present = [key for key in keys if key in study.whole.variables[domain] or (key in frame and domain in NOT_SDTM)]
        if not present or frame.empty:
            continue
        if len(present) < len(keys) and domain not in NOT_SDTM and not domain.startswith("SUPP") and domain != "TS":
            continue  # noted by _keys_absent: the records cannot be told apart, but nothing says that they coincide
        sure = [key for key in ("USUBJID", f"{domain}SEQ") if key in present and domain != "ADJUD"]
        unreadable = study.faults.loc[study.faults["domain"].eq(domain) & study.faults["variable"].isin(sure), "row"]
        without = frame.index[frame[sure].isna().any(axis=1)] if sure else frame.index[:0]
        if len(without):
            without = without[~without.isin(unreadable)]
        if len(without):
            yield UNIQUE.of(f"{domain}: {' or '.join(sure)} is empty in {len(without)} records, first in record "
                            f"{int(without[0]) + 1}", domain=domain)  # fmt: skip
        again = frame.duplicated(present, keep=False)
        if not again.any():
            continue
        twice = frame[again].drop(without, errors="ignore")
        if len(twice):
            first = twice.iloc[0]
            named = ", ".join(f"{key} {first[key]}" for key in present if not pd.isna(first[key]))
            more = len(twice.drop_duplicates(present)) - 1
            yield UNIQUE.of(
                f"{domain}: the same key more than once, {named}" + (f"; {more} more such keys" if more else ""),
                domain=domain, usubjid="" if pd.isna(first.get("USUBJID")) else str(first["USUBJID"]), key=named,
            )  # fmt: skip
    ids = study.whole["DM"]["USUBJID"].dropna()
    for usubjid in ids[~ids.str.fullmatch(_SUBJECT_ID).astype(bool)].unique():
        yield UNIQUE.of(f"DM: USUBJID {usubjid!r}, expected letters, digits, point, hyphen or underscore, at most 64",
                        domain="DM", usubjid=usubjid)  # fmt: skip


def _keys_absent(study: Study) -> Iterator[Finding]:
    for domain, frame in study.whole.frames.items():
        seq = f"{domain}SEQ"
        if domain in DOMAINS and seq in DOMAINS[domain].key and not study.whole.has(domain, seq) and len(frame):
            yield UNIQUE.of(f"{domain}: no {seq} in the file, its records cannot be told apart", _FLAG, domain=domain)


def _orphans(study: Study) -> Iterator[Finding]:
    """One message per subject that DM does not know, however many domains mention it."""
    if not study.whole.has("DM"):
        return
    known, seen = study.whole["DM"]["USUBJID"], []
    for domain, frame in study.whole.frames.items():
        if domain in NO_SUBJECT or "USUBJID" not in study.whole.variables[domain]:
            continue
        here = frame["USUBJID"].dropna().drop_duplicates()
        seen.append(pd.DataFrame({"USUBJID": here[~among(here, known)], "DOMAIN": domain}))
    strangers = pd.concat(seen) if seen else pd.DataFrame({"USUBJID": [], "DOMAIN": []})
    for usubjid, domains in strangers.groupby("USUBJID")["DOMAIN"]:
        yield KNOWN.of(f"{usubjid} is in {', '.join(domains)} but not in DM", usubjid=str(usubjid))


def _refused_values(study: Study) -> Iterator[Finding]:
    """Unreadable dates in DM and EX, unreadable numbers there and in keys."""
    faults = study.faults
    exposure = faults["domain"].isin(["DM", "EX"])
    dates = faults["variable"].str.endswith("DTC")
    keys = pd.Series([v in keys_of(d, study.whole[d]) if d in DOMAINS else False
                      for d, v in zip(faults["domain"], faults["variable"], strict=True)], index=faults.index, dtype=bool)  # fmt: skip
    numbers = faults["expected"].str.startswith(("a number", "a whole"))
    yield from _named(study, DATES, faults[exposure & dates], _REJECT)
    yield from _named(study, NUMBERS, faults[numbers & (exposure | keys)], _REJECT)


def _unusable_dates(study: Study) -> Iterator[Finding]:
    faults = study.faults[study.faults["variable"].str.endswith("DTC")]
    yield from _named(study, DATES, faults[~faults["domain"].isin(["DM", "EX"])], _FLAG)


def _unusable_numbers(study: Study) -> Iterator[Finding]:
    faults = study.faults[study.faults["expected"].str.startswith(("a number", "a whole"))]
    yield from _named(study, NUMBERS, faults[~faults["domain"].isin(["DM", "EX"])], _FLAG)


def _control_characters(study: Study) -> Iterator[Finding]:
    yield from _named(study, CONTROL, study.faults[study.faults["expected"].eq(_CONTROL)], _HANDLED)


def _named(study: Study, check: Check, faults: pd.DataFrame, effect: Effect) -> Iterator[Finding]:
    """Findings for faulty values, one per variable (and per group where its proposal is withheld)."""
    for domain, some in faults.groupby("domain", sort=True):
        rows = study.whole[domain].iloc[some["row"].to_numpy(dtype=int)]
        seq = f"{domain}SEQ"
        number = rows[seq].astype("string").fillna("").to_numpy() if seq in rows else [""] * len(rows)
        usubjid = rows["USUBJID"].fillna("").to_numpy() if "USUBJID" in rows else [""] * len(rows)
        records = pd.DataFrame({"USUBJID": usubjid, "SEQ": number, "CAUSE": some["variable"].to_numpy()})
        where = [f" ({u}{f', {seq} {n}' if n else ''})" if u else "" for u, n in zip(usubjid, number, strict=True)]
        records["MESSAGE"] = [
            f'{domain}: {v} is "{value}", expected {expected}{place}'
            for v, value, expected, place in zip(some["variable"], some["value"], some["expected"], where, strict=True)
        ]
        if effect is _FLAG:
            decides = records["CAUSE"].isin(_DECIDES.get(domain, ()))
            records["BLOCKS"] = decides & records["USUBJID"].isin(study.window.index)
        for finding in check.per_cause(study, records, domain):
            yield finding if effect is _FLAG else check.of(
                finding.message, effect, domain=domain, usubjid=finding.usubjid, seq=finding.seq,
                evidence=finding.evidence,
            )  # fmt: skip


def _age_unit(study: Study) -> Iterable[Finding]:
    dm = study.whole["DM"]
    bare = dm[dm["AGE"].notna() & dm["AGEU"].isna()]
    records = pd.DataFrame(
        {"USUBJID": bare["USUBJID"], "CAUSE": "AGEU", "MESSAGE": "DM: AGE without AGEU, expected YEARS"}
    )
    return AGE_UNIT.per_cause(study, records, "DM")


def _same_person(study: Study) -> Iterator[Finding]:
    """Two identities with one birth date, sex and site, or one number at a site given twice."""
    dm = study.whole["DM"]
    born = dm[dm["BRTHDTC"].str.fullmatch(_WHOLE_DATE).fillna(False) & dm["SEX"].notna()]
    for some, names, what in (
        (born, ["BRTHDTC", "SEX", "SITEID"], "birth date, sex and site"),
        (dm[dm["SUBJID"].notna()], ["SUBJID", "SITEID"], "number (SUBJID) and site"),
    ):
        alike = some[some.duplicated(names, keep=False)].sort_values([*names, "USUBJID"], kind="stable")
        if alike.empty:
            continue
        key = alike[names].astype("string").fillna("").agg(" ".join, axis=1).str.strip()
        listed = alike["USUBJID"].groupby(key).agg(", ".join)
        first = alike.drop_duplicates(names)
        many = len(first) > _ONE_BY_ONE
        yield from PERSON.per_cause(study, pd.DataFrame({
            "USUBJID": first["USUBJID"], "CAUSE": what if many else key[first.index], "EVIDENCE": key[first.index],
            "MESSAGE": "DM: " + key[first.index].map(listed) + f" have the same {what} (" + key[first.index] + "); one person or two?",
        }), "DM")  # fmt: skip


PRESENT = Check("NKD-002", Severity.ERROR, (_REJECT,), "required domains and variables are there",
                "A chapter cannot be true without them", refuse=_missing_parts)  # fmt: skip
SAME_STUDY = Check("NKD-003", Severity.ERROR, (_REJECT, _FLAG), "one STUDYID; DOMAIN is that of the file; the parameters' study",
                   "Records of another study or domain must not be mixed in", find=_other_study, refuse=_strangers)  # fmt: skip
UNIQUE = Check("NKD-004", Severity.ERROR, (_REJECT, _FLAG), "keys are complete, well-formed and unique",
               "A record that is there twice would be counted twice", find=_keys_absent, refuse=_keys)  # fmt: skip
KNOWN = Check("NKD-005", Severity.ERROR, (_REJECT,), "every subject of a domain is in DM",
              "A subject that DM does not know belongs to no group and would be lost", refuse=_orphans)  # fmt: skip
DATES = Check("NKD-006", Severity.ERROR, (_REJECT, _BLOCK, _FLAG), "dates are ISO 8601, complete or partial",
              "A date that cannot be read must not be guessed [S CORE-000547]; elsewhere than in DM and EX the value is unusable",
              find=_unusable_dates, refuse=_refused_values)  # fmt: skip
AGE_UNIT = Check("NKD-007", Severity.WARNING, (_FLAG,), "AGEU is given where AGE is",
                 "An age without unit may be months [S CORE-000189]", find=_age_unit)  # fmt: skip
CONTROL = Check("NKD-008", Severity.WARNING, (_HANDLED,), "text holds no control characters",
                "They break tables and terminals; each is shown as \ufffd", find=_control_characters)  # fmt: skip
NUMBERS = Check("NKD-009", Severity.ERROR, (_REJECT, _BLOCK, _FLAG), "numbers are written plainly",
                "1,5 or 1e3 or <5 in a numeric variable cannot be read without guessing; the value is unusable",
                find=_unusable_numbers)  # fmt: skip
PERSON = Check("NKD-017", Severity.WARNING, (_FLAG,), "one person has one USUBJID",
               "Somebody screened again under a new number would be counted, and dosed, as two", find=_same_person)  # fmt: skip
CHECKS = (PRESENT, SAME_STUDY, UNIQUE, KNOWN, DATES, AGE_UNIT, CONTROL, NUMBERS, PERSON)


def refusals(study: Study) -> list[Finding]:
    """Everything for which the snapshot is refused."""
    return [replace(finding, effect=_REJECT) for check in CHECKS if check.refuse for finding in check.refuse(study)]
