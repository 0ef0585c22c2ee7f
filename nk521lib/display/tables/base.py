"""The one table of this workbook: cells that know their result rows and the subjects behind a count.

great_tables draws it; our cells are written by our own formatter, which escapes everything that comes from data.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import great_tables as gt
import pandas as pd

from nk521lib.display.say import Html
from nk521lib.display.words import escape, subject_link
from nk521lib.results import Fraction, Number

MAX_LISTED = 60
"""Subjects listed under one count; more are found in results.parquet by the row id."""


@dataclass(frozen=True)
class Cell:
    """What one cell shows. opens : subjects listed when the reader opens the count. status : go, hold, stop, soft."""

    text: str
    numbers: tuple[Number, ...] = ()
    opens: tuple[str, ...] = ()
    subject: str = ""
    status: str = ""

    def __str__(self) -> str:
        return self.text


def as_cell(value: object) -> Cell:
    """A result row or fraction becomes a cell that carries it; anything else its text. Missing is said, never blank."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, Fraction):
        share = f" ({value.p.fmt})" if value.n.stat and value.N.stat else ""
        return Cell(value.fmt + share, tuple(value), value.n.usubjids)
    if isinstance(value, Number):
        return Cell(value.fmt, (value,), value.usubjids if value.stat_name == "n" else ())
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return Cell("not recorded", status="soft")
    return Cell(str(value))


def subject(usubjid: str, text: str | None = None) -> Cell:
    """A cell that leads to the subject's page."""
    return Cell(text or usubjid, subject=usubjid)


def table(
    name: str,
    heading: str,
    rows: Iterable[Mapping[str, object]] | pd.DataFrame,
    note: str = "",
    right: Sequence[str] = (),
    spanners: Mapping[str, Sequence[str]] | None = None,
    section: str | None = None,
    empty: str = "No records.",
) -> Html:
    """Draw rows as a table.

    name : stable id of the table, unique on its page. heading : what is found, in words. right : columns aligned right.
    spanners : label over several columns. section : a column whose values head blocks of rows. empty : said when no row.
    """
    records = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else [dict(row) for row in rows]
    if not records:
        return Html(
            f'<section class="empty"><p class="caption">{escape(heading)}</p><p>{escape(empty)}</p></section>',
            f"{heading}: {empty}",
        )
    cells = [{column: as_cell(value) for column, value in record.items()} for record in records]
    heads = list(cells[0])
    frame = pd.DataFrame({head: pd.Series([c[head] for c in cells], dtype=object) for head in heads})
    shown = [head for head in heads if head != section]
    if section:
        frame[section] = [c[section].text for c in cells]
    made = gt.GT(frame, id=name, groupname_col=section).fmt(_cell_html, columns=shown)
    made = made.tab_header(heading).cols_align("left", columns=[c for c in shown if c not in right])
    if right:
        made = made.cols_align("right", columns=[c for c in shown if c in right])
    for label, under in (spanners or {}).items():
        made = made.tab_spanner(label, columns=[c for c in shown if c in under])
    if note:
        made = made.tab_source_note(note)
    numbers = tuple(n for record in cells for cell in record.values() for n in cell.numbers)
    # The style sheet of a table, 8 kB each time, stays away: notebooks and reports have one of their own.
    drawn = re.sub(r"<style>.*?</style>", "", made.as_raw_html(), flags=re.DOTALL)
    return Html(f'<div class="table">{drawn}</div>', f"{heading} [{len(records)} rows]", numbers)


def _cell_html(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.subject:
        text = subject_link(cell.subject, cell.text)
    ids = " ".join(number.row_id for number in cell.numbers)
    attributes = (f' data-r="{ids}"' if ids else "") + (f' class="{cell.status}"' if cell.status else "")
    if cell.opens:
        listed = ", ".join(subject_link(usubjid) for usubjid in cell.opens[:MAX_LISTED])
        more = f" and {len(cell.opens) - MAX_LISTED} more" if len(cell.opens) > MAX_LISTED else ""
        return f'<details class="who"><summary{attributes}>{text}</summary>{listed}{more}</details>'
    return f"<span{attributes}>{text}</span>" if attributes else text
