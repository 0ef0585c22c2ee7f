"""How rows of counts become a table: cells, column heads by group, subjects behind a count."""

from collections.abc import Mapping, Sequence

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.counts import Rate, Row, Spread
from nk521lib.cut import Cut
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.words import day, listed, plural, short_id
from nk521lib.results import Fraction

NOBODY = "No subject of this snapshot has been dosed."


def counted(
    name: str,
    heading: str,
    rows: Sequence[Row],
    cut: Cut,
    found: Safety,
    note: str = "",
    section: str | None = None,
    empty: str = NOBODY,
) -> Html:
    """A table of counts in the chapter's columns. Subjects open below a count where the study is small enough to read them."""
    small = len(found.order) <= cut.params.safety.figure_max_subjects
    sizes = {c.label: len(c.usubjids) for c in found.columns}
    shown = (
        [{label: _cell(value, small, sizes.get(label, 0)) for label, value in row.items()} for row in rows]
        if found.order
        else []
    )
    labels = [c.label for c in found.columns]
    where = "" if small else " Subjects behind each count are in results.parquet under the number's row id."
    said = f"{note} Safety set, by the level actually received first; cut-off {day(cut.cutoff)}.{where}".strip()
    return table(
        name, heading, shown, note=said, right=labels, spanners=_spanners(cut, found), section=section, empty=empty
    )


def say_most_frequent(teae: pd.DataFrame, dosed: int) -> str:
    """The term or terms that most subjects had, and how many had it; empty without any event."""
    people = teae.groupby("APT")["USUBJID"].nunique()
    if people.empty:
        return ""
    first = sorted(people.index[people.eq(people.max())])
    among = f"{people.max()} of {plural(dosed, 'subject')}"
    if len(first) > 3:
        return f"No term stands out: {len(first)} of them in {among} each"
    return f"Most often: {listed(first)}, in {among}" + (" each" if len(first) > 1 else "")


def named(usubjid: str, found: Safety) -> Cell:
    """A link to the subject's page: the short id where it is unique among the dosed subjects."""
    short = [short_id(u) for u in found.order]
    return subject(usubjid, short_id(usubjid) if len(set(short)) == len(short) else None)


def _cell(value: object, small: bool, size: int) -> object:
    if isinstance(value, Spread):
        fewer = f", n = {value.n.fmt}" if value.n.stat != size else ""
        text = f"{value.median.fmt} ({value.low.fmt} to {value.high.fmt}){fewer}" if value.n.stat else "no value"
        return Cell(text, tuple(value))
    if isinstance(value, Rate):
        text = (
            f"{value.share.fmt} ({value.share.p.fmt}), {value.low.fmt} to {value.high.fmt}"
            if value.share.N.stat
            else "no subjects"
        )
        return Cell(text, tuple(value), value.share.n.usubjids if small else ())
    if isinstance(value, Fraction):
        if not value.N.stat:
            return Cell("0/0", tuple(value), status="soft")
        share = f" ({value.p.fmt})" if value.n.stat else ""
        return Cell(
            value.fmt + share, tuple(value), value.n.usubjids if small else (), status="" if value.n.stat else "soft"
        )
    return value


def _spanners(cut: Cut, found: Safety) -> Mapping[str, Sequence[str]]:
    if not cut.params.trial.levels:
        return {}
    groups = {g.id: f"Group {g.id}, {g.label}" for g in cut.params.trial.groups}
    return {text: [c.label for c in found.columns if c.group1_level == id_] for id_, text in groups.items()}
