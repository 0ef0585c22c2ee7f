"""Other designs as tables: what each says after n subjects, and how whole trials of them would behave."""

from collections.abc import Sequence

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.behaviour import Behaviour, derive_behaviour, options_of
from nk521lib.chapters.escalation.counts import count_design, percent, truth_label
from nk521lib.chapters.escalation.history import rules_of
from nk521lib.cut import Cut
from nk521lib.display.proposal import NO_LADDER
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, table
from nk521lib.standards.designs import OperatingCharacteristics, operating_characteristics
from nk521lib.standards.designs.decision_table import decision_table
from nk521lib.terms import ComparatorSays

_SAYS = {
    ComparatorSays.ESCALATE: "up",
    ComparatorSays.STAY: "stay",
    ComparatorSays.DEESCALATE: "down",
    ComparatorSays.ELIMINATE: "out",
}
TABULATED = ("BOIN", "mTPI-2", "keyboard", "i3+3")
_3PLUS3 = {3: "up 0, expand 1, down 2-3", 6: "up 0-1, down 2-6"}


def table_decisions(cut: Cut, found: Escalation) -> Html:
    """What each design says after n = 1 to 9 complete subjects at a level, by the number with a DLT."""
    phi, largest = cut.params.escalation.target_rate, 9
    tables = {name: decision_table(name, phi, largest, **options_of(cut.params, name)) for name in TABULATED}
    rows = [
        {"Complete": str(n), "3+3": Cell(_3PLUS3[n]) if n in _3PLUS3 else Cell("waits", status="soft")}
        | {name: _runs(said[n]) for name, said in tables.items()}
        for n in (range(1, largest + 1) if found.groups else ())
    ]  # fmt: skip
    note = (f"Numbers are subjects with a DLT among those complete; target rate {phi:g}. up, stay, down: the next dose; out: this level and those above it "
            "are closed. The 3+3 decides at 3 and at 6, and two DLTs close a level at once.")  # fmt: skip
    return table(
        "decision-tables",
        "What each design says, by the number with a DLT",
        rows,
        note,
        right=["Complete"],
        empty=NO_LADDER + ".",
    )


def _runs(says: Sequence[ComparatorSays]) -> str:
    """`up 0, stay 1, down 2-3`: the DLT counts of each saying."""
    parts = []
    for what, word in _SAYS.items():
        at = [x for x, said in enumerate(says) if said is what]
        if at:
            parts.append(f"{word} {at[0]}" if len(at) == 1 else f"{word} {at[0]}-{at[-1]}")
    return ", ".join(parts)


def table_behaviour(cut: Cut, found: Escalation) -> Html:
    """Whole trials of the 3+3 as it is set, BOIN and CRM under each truth: which level is selected, subjects, DLTs."""
    truths, rows = cut.params.escalation.oc_truths, []
    if found.groups:
        ours, others = operating_characteristics(rules_of(cut.params), truths, ""), list(derive_behaviour(cut.params))
        name = "3+3, hard cap" if cut.params.escalation.cap_policy == "hard_stop" else "3+3, no cap"
        for row, truth in enumerate(truths):
            rows.append(_line(cut, truth, name, ours, row))
            rows += [_line(cut, truth, _named(other), other.under[row], 0) for other in others]
    note = ("Chance that each level is selected; for the 3+3 a top level that is cleared without an MTD counts as selected. BOIN and CRM run to their number of "
            "subjects in cohorts of three and stop early only when the lowest level is out. ± is the Monte Carlo standard error of a simulated figure; "
            "without it a figure is exact.")  # fmt: skip
    right = list(rows[0])[2:] if rows else []
    return table(
        "behaviour",
        "How whole trials of each design would end",
        rows,
        note,
        right,
        section="True rates",
        empty=NO_LADDER + ".",
    )


def _named(other: Behaviour) -> str:
    return f"{other.design}, {other.size} subjects"


def _line(cut: Cut, truth: Sequence[float], name: str, oc: OperatingCharacteristics, row: int) -> dict[str, object]:
    def number(stat: str, value: float, shown: str, error: float | None) -> Cell:
        made = count_design("oc_designs", stat, value, shown, name, truth)
        return Cell(shown if error is None else f"{shown} ± {error}", (made,))

    errors = oc.mc_error
    none, *levels = oc.p_mtd[row]
    share = [
        None if errors is None else f"{100 * error:.1f}"
        for error in (errors["p_mtd"][row] if errors else oc.p_mtd[row])
    ]
    prefix = cut.params.trial.level_prefix
    return {
        "True rates": f"True DLT rates {truth_label(truth)}", "Design": name, "None": number("p.none", none, percent(float(none)), share[0]),
        **{f"{prefix}{i}": number(f"p.level{i}", p, percent(float(p)), share[i]) for i, p in enumerate(levels, 1)},
        "Mean N": number("mean.n", oc.e_n[row], f"{oc.e_n[row]:.1f}", None if errors is None else f"{errors['e_n'][row]:.2f}"),
        "Mean DLTs": number("mean.dlt", oc.e_dlt[row], f"{oc.e_dlt[row]:.1f}", None if errors is None else f"{errors['e_dlt'][row]:.2f}"),
    }  # fmt: skip
