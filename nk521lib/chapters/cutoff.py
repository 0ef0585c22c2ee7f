"""What the snapshot knew at its cut-off: later records leave, open ends are open again, later deaths have not happened.

Everything changed is kept in an audit frame; what the extract knows of serious events after the cut-off is listed apart.
Dates are intervals: a record leaves only if its earliest possible day is after the cut-off. Undated records stay.
Spec: data.md section 3, rulings.md section 4.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import death_days, tells_death
from nk521lib.chapters.known_after import known_after, nothing_known_after
from nk521lib.chapters.linkage import among, as_idvarval, of_subject, pair, parents
from nk521lib.cut import Cut, take_rows

AUDIT = ("domain", "usubjid", "seq", "variable", "old", "new", "rule")
UNRESOLVED = "NOT RECOVERED/NOT RESOLVED"
ONGOING = "ONGOING"

_LATE_CONSENT = "consent after the cut-off: the subject leaves all domains"
LATE_RECORD = "dated after the cut-off: the record leaves"
_LATE_PARENT = "its parent record left"
_LATE_ADJUDICATION = "decided after the cut-off and not on this snapshot"
_LATE_END = "ends after the cut-off: ongoing at the cut-off"
_LATE_DEATH = "death after the cut-off: alive at the cut-off"
_FATAL_LATER = "fatal after the cut-off"
_LATE_DOSE = "dosing after the cut-off: as known from the doses up to it"
_LATE_MILESTONE = "milestone after the cut-off"


def apply_cutoff(whole: Cut) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    """Frames as known at the cut-off; audit (AUDIT, all text); known_after (see known_after.py).

    whole : the study as extracted. Under cutoff_rule = as_extracted nothing is changed and nothing lies after.
    """
    if whole.params.data.cutoff_rule == "as_extracted":
        return dict(whole.frames), _audit([]), nothing_known_after()
    cutter = _Cutter(whole)
    cutter.drop_subjects()
    cutter.drop_records()
    cutter.drop_adjudications()
    cutter.drop_supplements()
    cutter.reopen_ends()
    cutter.undo_deaths()
    cutter.restate_demographics()
    frames = {domain: frame.reset_index(drop=True) for domain, frame in cutter.frames.items()}
    return frames, _audit(cutter.trail), known_after(whole)


def start_date(domain: str, frame: pd.DataFrame) -> str | None:
    """The variable that dates a record: its start, else its collection."""
    if domain == "ATTEST":
        return "ATDTC"
    return next((name for name in (f"{domain}STDTC", f"{domain}DTC") if name in frame), None)


class _Cutter:
    """Frames on their way through the cut-off; `trail` collects the audit."""

    def __init__(self, whole: Cut):
        self.whole, self.cutoff = whole, whole.cutoff
        self.frames, self.trail = dict(whole.frames), []

    def drop_subjects(self) -> None:
        consent = _earliest_consent(self.whole)
        late = consent[consent > self.cutoff]
        if late.empty or "DM" not in self.frames:
            return
        dm = self.frames["DM"]
        gone = dm[among(dm["USUBJID"], late.index)]
        self._note(
            "DM", gone, "RFICDTC", of_subject(gone["USUBJID"], late).dt.strftime("%Y-%m-%d"), None, _LATE_CONSENT
        )
        for domain, frame in self.frames.items():
            if "USUBJID" in frame:
                self.frames[domain] = take_rows(frame, ~among(frame["USUBJID"], late.index).to_numpy())

    def drop_records(self) -> None:
        for domain, frame in self.frames.items():
            variable = start_date(domain, frame)
            if variable is None or domain in ("DM", "ADJUD") or domain.startswith("SUPP"):
                continue
            day = dates.earliest(frame[variable])
            if domain == "DS":
                day = day.fillna(dates.earliest(frame["DSDTC"]))
            late = day > self.cutoff
            if late.any():
                self._note(domain, frame[late], variable, frame.loc[late, variable], None, LATE_RECORD)
                self.frames[domain] = take_rows(frame, ~late.to_numpy(dtype=bool))

    def drop_adjudications(self) -> None:
        """A row counts if dated on or before the cut-off or made on this snapshot; its AEDLTADJ leaves with it."""
        if "ADJUD" not in self.frames:
            return
        frame = self.frames["ADJUD"]
        here = frame["SNAPSHOT"].eq(self.whole.manifest.snapshot_id).fillna(False).astype(bool)  # no name, not this one
        late = (dates.earliest(frame["ADJDTC"]) > self.cutoff) & ~here
        if not late.any():
            return
        self._note("ADJUD", frame[late], "VALUE", frame.loc[late, "VALUE"], None, _LATE_ADJUDICATION)
        self.frames["ADJUD"] = kept = frame[~late]
        if "AE" in self.frames:
            ae = self.frames["AE"]
            gone = _same_event(ae, _about_dlt(frame[late])) & ~_same_event(ae, _about_dlt(kept))
            self._set("AE", gone & ae["AEDLTADJ"].notna(), "AEDLTADJ", None, _LATE_ADJUDICATION)

    def drop_supplements(self) -> None:
        for domain in [name for name in self.frames if name.startswith("SUPP")]:
            supp, code = self.frames[domain], domain.removeprefix("SUPP")
            if code not in self.frames or supp.empty:
                continue
            gone = pd.Series(False, index=supp.index)
            kept = self.frames[code]
            for idvar, rows, before in parents(supp, self.whole[code] if code in self.whole.frames else kept):
                had = pair(self.whole.frames[code]["USUBJID"], before)
                has = pair(kept["USUBJID"], as_idvarval(kept[idvar]))
                named = pair(supp["USUBJID"], supp["IDVARVAL"].str.strip())
                gone |= rows & named.isin(had) & ~named.isin(has)
            if code == "AE":
                gone |= self._withdrawn_adjudications(supp)
            if gone.any():
                left = supp[gone]
                self._note(domain, left, left["QNAM"], left["QVAL"], None, _LATE_PARENT, seq=left["IDVARVAL"])
                self.frames[domain] = supp[~gone]

    def _withdrawn_adjudications(self, supp: pd.DataFrame) -> pd.Series:
        ae = self.frames["AE"]
        gone = ae[self.whole.frames["AE"].loc[ae.index, "AEDLTADJ"].notna() & ae["AEDLTADJ"].isna()]
        named = pair(supp["USUBJID"], supp["IDVARVAL"].str.strip())
        return (
            supp["QNAM"].eq("AEDLTADJ").fillna(False) & named.isin(pair(gone["USUBJID"], as_idvarval(gone["AESEQ"])))
        ).astype(bool)

    def reopen_ends(self) -> None:
        for domain in list(self.frames):
            frame, end = self.frames[domain], f"{domain}ENDTC"
            if end not in frame:
                continue
            late = dates.earliest(frame[end]) > self.cutoff
            if not late.any():
                continue
            self._set(domain, late, end, None, _LATE_END)
            self._set(domain, late, f"{domain}ENRTPT", ONGOING, _LATE_END)
            self._set(domain, late, f"{domain}ENTPT", self.whole.manifest.cutoff_date, _LATE_END)
            self._set(domain, late, f"{domain}OUT", UNRESOLVED, _LATE_END)

    def undo_deaths(self) -> None:
        """Whoever died after the cut-off is alive at it: no death date, no cause, no fatal outcome, no Grade 5."""
        died = death_days(self.whole)
        later = died[died > self.cutoff].index
        if later.empty:
            return
        for variable in ("DTHDTC", "DTHFL") if "DM" in self.frames else ():
            self._set("DM", self._of("DM", later), variable, None, _LATE_DEATH)
        for domain, variable in (("DD", "DDDTC"), ("DS", "DSSTDTC"), ("SS", "SSDTC")):
            if domain not in self.frames:
                continue
            frame, gone = self.frames[domain], self._of(domain, later)
            if domain != "DD":  # a record of the death that is surely earlier stays, and contradicts
                gone &= tells_death(domain, frame) & ~(dates.latest(frame[variable]) <= self.cutoff)
            if gone.any():
                self._note(domain, frame[gone], variable, frame.loc[gone, variable], None, _LATE_DEATH)
                self.frames[domain] = frame[~gone]
        if "AE" in self.frames:
            ae, theirs = self.frames["AE"], self._of("AE", later)
            self._set("AE", theirs & ae["AETOXGR"].eq("5").fillna(False), "AETOXGR", None, _FATAL_LATER)
            self._set(
                "AE", theirs & ae["AEOUT"].str.upper().eq("FATAL").fillna(False), "AEOUT", UNRESOLVED, _FATAL_LATER
            )
            self._set("AE", theirs & ae["AESDTH"].eq("Y").fillna(False), "AESDTH", None, _FATAL_LATER)

    def restate_demographics(self) -> None:
        """DM dates from the doses up to the cut-off; an arm stays if enrolment was before it."""
        if "DM" not in self.frames:
            return
        dm = self.frames["DM"]
        first, last = _dose_text(self.frames.get("EX"))
        for variable, known in (
            ("RFSTDTC", first),
            ("RFXSTDTC", first),
            ("RFXENDTC", last),
            ("RFENDTC", None),
            ("RFPENDTC", None),
        ):
            if variable in dm:
                late = dates.earliest(dm[variable]) > self.cutoff
                self._set("DM", late, variable, None if known is None else of_subject(dm["USUBJID"], known), _LATE_DOSE)
        dosed_ever, _ = _dose_text(self.whole.frames.get("EX"))
        not_yet = among(dm["USUBJID"], dosed_ever.index) & ~among(dm["USUBJID"], first.index)
        for variable in ("ACTARMCD", "ACTARM"):
            self._set("DM", not_yet, variable, None, _LATE_DOSE)
        names = [name.upper() for name in self.whole.params.data.enrolled_decod]
        unassigned = self._milestone_only_later(names)
        for variable in ("ARMCD", "ARM"):
            self._set("DM", unassigned, variable, None, _LATE_MILESTONE)
        self._set("DM", self._milestone_only_later(["SCREEN FAILURE"]), "ARMNRS", None, _LATE_MILESTONE)

    def _milestone_only_later(self, names: list[str]) -> pd.Series:
        """Subjects whose only DS records of these names have left."""
        before, now = self.whole["DS"], self.frames.get("DS", self.whole["DS"])
        had = before.loc[before["DSDECOD"].str.upper().isin(names), "USUBJID"]
        has = now.loc[now["DSDECOD"].str.upper().isin(names), "USUBJID"]
        subjects = self.frames["DM"]["USUBJID"]
        return among(subjects, had) & ~among(subjects, has)

    def _of(self, domain: str, subjects: pd.Index) -> pd.Series:
        return among(self.frames[domain]["USUBJID"], subjects)

    def _set(self, domain: str, rows: pd.Series, variable: str, new, rule: str) -> None:
        """Change a variable in the given rows, and note each value that really changes."""
        frame = self.frames[domain]
        if variable not in frame or not rows.any():
            return
        value = new if isinstance(new, pd.Series) else pd.Series(new, index=frame.index, dtype="string")
        value = value.astype("string")
        same = (frame[variable].eq(value).fillna(False) | (frame[variable].isna() & value.isna())).astype(bool)
        rows = rows.astype(bool) & ~same
        if rows.any():
            some = frame[rows]
            self._note(domain, some, variable, some[variable], value[rows], rule)
            self.frames[domain] = frame.assign(**{variable: frame[variable].mask(rows, value)})

    def _note(self, domain: str, records: pd.DataFrame, variable, old, new, rule: str, seq=None) -> None:
        own = f"{domain}SEQ"
        if seq is None:
            seq = records[own].astype("string") if own in records else ""
        self.trail.append(
            pd.DataFrame({"usubjid": records["USUBJID"], "seq": seq, "old": old, "new": new}, index=records.index)
            .assign(domain=domain, variable=variable, rule=rule)
        )  # fmt: skip


def _audit(trail: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [part[list(AUDIT)].astype("string") for part in trail]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="string") for name in AUDIT})
    return pd.concat(parts, ignore_index=True)


def _earliest_consent(whole: Cut) -> pd.Series:
    """Earliest day on which each subject can have consented, by USUBJID; NaT where no consent is dated."""
    ds, dm = whole["DS"], whole["DM"]
    consent = ds[ds["DSDECOD"].str.upper().eq("INFORMED CONSENT OBTAINED").fillna(False).astype(bool)]
    both = pd.concat([
        pd.DataFrame({"USUBJID": consent["USUBJID"], "DAY": dates.earliest(consent["DSSTDTC"])}),
        pd.DataFrame({"USUBJID": dm["USUBJID"], "DAY": dates.earliest(dm["RFICDTC"])}),
    ])  # fmt: skip
    return both.groupby("USUBJID")["DAY"].min()


def _dose_text(ex: pd.DataFrame | None) -> tuple[pd.Series, pd.Series]:
    """ISO text of each subject's first dose and of the end of the last, by USUBJID."""
    if ex is None:
        nothing = pd.Series(dtype="string")
        return nothing, nothing
    ex = (
        ex.assign(_day=dates.earliest(ex["EXSTDTC"]))
        .dropna(subset=["_day"])
        .sort_values(["USUBJID", "_day"], kind="stable")
    )
    ex = ex[ex["EXDOSE"].ne(0).fillna(True)]  # a dose of zero was not given; an unknown amount was
    by = ex.assign(_end=ex["EXENDTC"].fillna(ex["EXSTDTC"])).groupby("USUBJID")
    return by["EXSTDTC"].first(), by["_end"].last()


def _about_dlt(adjud: pd.DataFrame) -> pd.DataFrame:
    return adjud[adjud["ITEM"].eq("DLT").fillna(False).astype(bool)]  # a row without an item is about nothing


def _same_event(ae: pd.DataFrame, adjud: pd.DataFrame) -> pd.Series:
    adjud = adjud.dropna(subset=["AESEQ"])
    return pair(ae["USUBJID"], as_idvarval(ae["AESEQ"])).isin(pair(adjud["USUBJID"], as_idvarval(adjud["AESEQ"])))
