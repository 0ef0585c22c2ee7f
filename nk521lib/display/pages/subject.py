"""One page per dosed subject: who, where the subject stands, and the subject's own records as they are in the snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from nk521lib.cut import Cut
from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.pages.trail import referenced, uses_section
from nk521lib.display.words import day, dosed_on, plural, short_id
from nk521lib.schemas import DOMAINS

_SHOWN = {
    "EX": "EXSTDTC EXTRT EXDOSE EXDOSU EXROUTE EXLOT EXVAMT EXADJ",
    "AE": "AESTDTC AEENDTC AEDECOD AETERM AETOXGR AESER AEREL AEACN AEOUT AEDLT AEDLTADJ CRSGR ICANSGR",
    "DS": "DSSTDTC DSCAT DSSCAT DSDECOD DSTERM",
    "LB": "LBDTC VISIT LBTESTCD LBORRES LBORRESU LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND LBSTAT",
    "VS": "VSDTC VISIT VSTPT VSTESTCD VSORRES VSORRESU VSSTRESN VSSTRESU VSSTAT",
    "EG": "EGDTC VISIT EGTPT EGTESTCD EGORRES EGSTRESN EGSTRESU EGSTAT",
    "CM": "CMSTDTC CMENDTC CMTRT CMDECOD CMCAT CMDOSE CMDOSU CMDOSFRQ CMROUTE CMINDC CMLINE CMSTOPRS",
    "MH": "MHSTDTC MHTERM MHDECOD MHCAT MHPRESP MHOCCUR MHENRF",
    "PR": "PRSTDTC PRENDTC PRTRT PRINDC PRVOL",
    "TU": "TUDTC VISIT TULNKID TUTESTCD TUORRES TULOC TUMETHOD TUEVAL",
    "TR": "TRDTC VISIT TRLNKID TRTESTCD TRORRES TRSTRESN TRSTRESU TRSTAT TREVAL",
    "RS": "RSDTC VISIT RSTESTCD RSORRES RSCAT RSEVAL",
    "QS": "QSDTC VISIT QSCAT QSTESTCD QSORRES QSSTRESN QSSTAT",
    "SV": "SVSTDTC VISITNUM VISIT SVPRESP SVOCCUR",
}
"""Columns by domain, the date first; the other domains show all their columns that hold anything."""

_ORDER = ("EX", "AE", "DS", "PR", "RS", "TR", "TU", "LB", "VS", "EG", "CV", "CM", "MH", "QS", "SV")
_OPEN = frozenset({"EX", "AE", "DS"})
_NOT_SHOWN = frozenset({"DM", "TI", "TS", "ADJUD", "ATTEST"})
_HIDDEN = frozenset({"STUDYID", "USUBJID"})


@dataclass(frozen=True)
class Records:
    """A subject's records of one domain. body : the table's rows, every value escaped. ids : sequence numbers one can link to."""

    code: str
    label: str
    heads: tuple[str, ...]
    body: Markup
    count: str
    open: bool
    ids: tuple[str, ...] = ()


def file_name(usubjid: str) -> str:
    """The page's file in the pack: only characters that every file system and URL takes as they are."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in usubjid)
    if safe == usubjid:
        return f"subjects/{safe}.html"
    # Two ids that differ only in a character we cannot keep must not share a page.
    return f"subjects/{safe}-{usubjid.encode().hex()[-12:]}.html"


def subject_pages(
    shell: Shell,
    cut: Cut,
    adsl: pd.DataFrame,
    addlt: pd.DataFrame | None,
    sections: Mapping[str, Markup] | None = None,
    uses: pd.DataFrame | None = None,
) -> dict[str, str]:
    """Page text by file name, one per dosed subject. adsl : derive_subjects. addlt : None when not in this pack.

    sections : by USUBJID, what stands between the facts and the records (see `profile_sections`).
    uses : `uses_of_records`, from which each page shows what the rules made of its records.
    """
    uses = pd.DataFrame(columns=["USUBJID", "RECORDS"], dtype="string") if uses is None else uses
    mine = dict(list(uses.groupby("USUBJID", sort=False)))
    dosed = adsl[adsl["SAFFL"].eq("Y").fillna(False)]  # a flag is Y or null
    records = _records(cut, set(dosed["USUBJID"]), referenced(uses))
    status = {} if addlt is None else addlt.set_index("USUBJID").to_dict("index")
    return {
        file_name(row["USUBJID"]): render(
            "subject.html.j2", shell, f"Subject {row['USUBJID']}", file_name(row["USUBJID"]), kind="subject",
            facts=_facts(row, status.get(row["USUBJID"])), domains=records.get(row["USUBJID"], ()),
            short=short_id(row["USUBJID"]), section=(sections or {}).get(row["USUBJID"], ""),
            trail=_trail(mine.get(row["USUBJID"]), records.get(row["USUBJID"], ())),
        )
        for row in dosed.to_dict("records")
    }  # fmt: skip


def _trail(uses: pd.DataFrame | None, records: Sequence[Records]) -> Markup:
    return Markup("") if uses is None else uses_section(uses, {one.code: set(one.ids) for one in records})


def _facts(row: Mapping, dlt: Mapping | None) -> list[tuple[str, str]]:
    age = "age not recorded" if pd.isna(row["AGE"]) else f"{row['AGE']:g} years"
    sex = "sex not recorded" if pd.isna(row["SEX"]) else str(row["SEX"])
    facts = [
        ("Treatment", _or(row["TRT01A"], "not assigned")), ("Age, sex", f"{age}, {sex}"),
        ("Consent", day(row["RFICDT"])), ("First dose", dosed_on(row, "TRTSDT")), ("Last dose", dosed_on(row, "TRTEDT")),
        ("Doses", str(row["NDOSE"])), ("Last known alive", day(row["LSTALVDT"])),
        ("Disposition", _or(row["EOSSTT"], "on study")),
    ]  # fmt: skip
    if pd.notna(row["DTHFL"]):
        facts.append(("Death", day(row["DTHDT"], "date not complete")))
    if dlt is None:
        return [*facts, ("DLT status", "not in this pack")]
    reason = f", {dlt['REASON']}" if pd.notna(dlt.get("REASON")) and dlt.get("REASON") else ""
    window = f"{day(dlt['ADLTSDT'])} to {day(dlt['ADLTEDT'])}"
    return [*facts, ("DLT window", window), ("DLT status", f"{dlt['STATUS']}{reason}")]


def _or(value: object, otherwise: str) -> str:
    return otherwise if pd.isna(value) else str(value)


def _records(cut: Cut, dosed: set[str], linked: set[tuple[str, str, str]]) -> dict[str, list[Records]]:
    """All domains once, then split by subject: cheap however many subjects there are.

    linked : (USUBJID, domain, sequence) of records that an answer names: their rows carry an id.
    """
    found: dict[str, list[Records]] = {}
    codes = [c for c in (*_ORDER, *sorted(set(DOMAINS) - set(_ORDER))) if cut.has(c) and c not in _NOT_SHOWN]
    for code in codes:
        frame = cut[code]
        if "USUBJID" not in frame:
            continue
        frame = frame[frame["USUBJID"].isin(dosed)]
        wanted = _SHOWN[code].split() if code in _SHOWN else [c for c in frame.columns if c not in _HIDDEN]
        heads = [c for c in wanted if c in frame and frame[c].notna().any()]
        heads += [f"{code}SEQ"] if f"{code}SEQ" in frame and f"{code}SEQ" not in heads else []
        dates = [c for c in heads if c.endswith("DTC")][:1]
        frame = frame.sort_values(["USUBJID", *dates], kind="stable")
        rows, seqs = (
            _rows(frame, heads),
            frame[f"{code}SEQ"].astype("string").to_numpy() if f"{code}SEQ" in frame else None,
        )
        at = [i for i, key in enumerate(zip(frame["USUBJID"], seqs, strict=True)) if (key[0], code, key[1]) in linked] if seqs is not None else []  # fmt: skip
        for i in at:
            rows[i] = f'<tr id="{code}-{escape(seqs[i])}">' + rows[i].removeprefix("<tr>")
        named = set(at)
        for usubjid, positions in frame.groupby("USUBJID", sort=False).indices.items():
            body = Markup("\n".join(rows[positions]))
            count = plural(len(positions), "record")
            records = Records(code, DOMAINS[code].label, tuple(heads), body, count, code in _OPEN,
                              tuple(seqs[i] for i in positions if i in named))  # fmt: skip
            found.setdefault(usubjid, []).append(records)
    return found


def _rows(frame: pd.DataFrame, heads: list[str]) -> np.ndarray:
    """One table row per record as HTML, column by column: a template is too slow for millions of cells.

    A date and a visit that the following rows share are written once, over all of them. HTML lets the ends of cells and
    rows go unsaid: both halve the weight of a page that is mostly cells.
    """
    rows = np.full(len(frame), "<tr>", dtype=object)
    new = _changes(frame["USUBJID"])  # a run ends with its subject
    for place, head in enumerate(heads):
        text = _text(frame[head])
        escaped = text.map({value: str(escape(value)) for value in text.unique()}).to_numpy(dtype=object)
        if place < 2 and (head.endswith("DTC") or head == "VISIT"):
            new = new | _changes(text)
            lengths = np.bincount(np.cumsum(new) - 1, minlength=1)
            cells = [f"<td rowspan={n}>" if n > 1 else "<td>" for n in lengths]
            opened = np.array(cells, dtype=object)[np.cumsum(new) - 1] if len(frame) else np.array([], dtype=object)
            rows = np.where(new, rows + opened + escaped, rows)
        else:
            rows = rows + "<td>" + escaped
    return rows


def _changes(column: pd.Series) -> np.ndarray:
    """True where a value is not that of the row before; in the first row."""
    codes = pd.factorize(column)[0]
    return np.diff(codes, prepend=-2) != 0


def _text(column: pd.Series) -> pd.Series:
    """As recorded; a whole number without a decimal point, and a dash where nothing was recorded."""
    if pd.api.types.is_float_dtype(column.dtype):
        column = column.map("{:g}".format, na_action="ignore")
    return column.astype("string").fillna("–")
