"""Phrases of a narrative: a value before and after, a drug in use, a date as recorded, a grade that may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nk521lib.display.words import cells, day, plural, unit
from nk521lib.standards.laboratory_names import laboratory_name

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """One sentence and the records it was read from, as `AE:2` (domain, --SEQ; DM without a number)."""

    text: str
    sources: tuple[str, ...] = ()


def value_around(record: Record, dead: bool) -> str:
    name = laboratory_name(record["PARAMCD"])
    said = "" if pd.isna(record["AVALU"]) or record["AVALU"] == "1" else f" {unit(record['AVALU'])}"
    before = "no value" if pd.isna(record["BEFORE"]) else f"{_number(record['BEFORE'])}{_graded(record['BEFOREGR'])}"
    if dead:
        return f"{name} {before}{said}"
    after = "no value" if pd.isna(record["AFTER"]) else f"{_number(record['AFTER'])}{_graded(record['AFTERGR'])}"
    when = (
        ""
        if pd.isna(record["AFTERDY"]) or record["AFTERDY"] == 0
        else f" after {plural(int(record['AFTERDY']), 'day')}"
    )
    return f"{name} {before} → {after}{said}{when}"


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def _graded(grade: object) -> str:
    return "" if pd.isna(grade) else f" [{grade}]"


def drugs_in_use(drugs: pd.DataFrame, most: int = 12) -> list[str]:
    """Each drug once, however many records it has. drugs : rows of CM in order of start."""
    said: dict[str, list[str]] = {}
    for drug in drugs.to_dict("records"):
        said.setdefault(_drug(drug), []).append(_period(drug))
    texts = [
        f"{name} ({periods[0]}{f', {len(periods)} records' if len(periods) > 1 else ''})"
        for name, periods in said.items()
    ]
    return texts[:most] + ([f"and {len(texts) - most} more"] if len(texts) > most else [])


def _drug(drug: Record) -> str:
    coded = None if str(drug["CMDECOD"]).upper() == "UNCODED" else drug["CMDECOD"]
    name = str(known(coded, known(drug["CMTRT"], "drug without a name"))).lower()
    dose = "" if pd.isna(drug["CMDOSE"]) else f" {drug['CMDOSE']:g} {known(drug['CMDOSU'], '')}".rstrip()
    often = "" if pd.isna(drug["CMDOSFRQ"]) else f" {drug['CMDOSFRQ']}"
    return f"{name}{dose}{often}" + ("" if pd.isna(drug["CMINDC"]) else f" for {str(drug['CMINDC']).lower()}")


def _period(drug: Record) -> str:
    start = "start not recorded" if pd.isna(drug["CMSTDTC"]) else f"from {date_as_recorded(drug['CMSTDTC'])}"
    if not pd.isna(drug["CMENDTC"]):
        return f"{start} to {date_as_recorded(drug['CMENDTC'])}"
    return f"{start}, ongoing" if str(drug["CMENRTPT"]).upper() == "ONGOING" else f"{start}, end not recorded"


def grade_of(event: Record) -> str:
    if not pd.isna(event["ATOXGRN"]):
        return f"grade {event['ATOXGRN']}"
    return "unrecorded grade" if pd.isna(event["ATOXGR"]) else f"impossible grade “{event['ATOXGR']}”"


def date_as_recorded(text: object) -> str:
    return day(str(text)[:10]) if len(str(text)) >= 10 else f"{text} (not complete)"


def on(text: object, study_day: object) -> str:
    if pd.isna(text):
        return "On a date that is not recorded"
    if len(str(text)) < 10 or pd.isna(study_day):
        return f"In {text} (date not complete)"
    clock = f" at {str(text)[11:16]}" if len(str(text)) >= 16 else ""
    return f"On {day(str(text)[:10])}{clock} (day {study_day})"


def known(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None or pd.isna(value) else value


def record_of(row: Record) -> tuple[str, ...]:
    return (row["SRC"],) if pd.isna(row["SEQ"]) else (f"{row['SRC']}:{row['SEQ']}",)


def dose_record(dose: pd.Series | None) -> tuple[str, ...]:
    return () if dose is None else (f"EX:{dose['EXSEQ']}",)


def amount_given(dose: pd.Series, as_cells: bool) -> str:
    """Cells where the study has dose levels, else the dose as recorded."""
    if as_cells:
        return "amount not recorded" if pd.isna(dose["CELLS"]) else f"{cells(float(dose['CELLS']))} cells"
    return (
        "amount not recorded"
        if pd.isna(dose["EXDOSE"])
        else f"{dose['EXDOSE']:g} {known(dose['EXDOSU'], 'without unit')}"
    )
