"""The list of data checks as a page of the documentation (docs/checks.md), written from the checks themselves.

python -m nk521lib.display.checks_list > docs/checks.md
"""

import sys

from nk521lib.chapters.checks import CHECKS
from nk521lib.terms import Effect, Severity

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
_DOES = {
    Effect.REJECT: "the snapshot is refused; nothing is computed (exit 3)",
    Effect.BLOCK: "the pack appears, the dose proposal of the group is withheld (`nk521 check`: exit 4); only an ADJUD row with ITEM ACK releases it",
    Effect.FLAG: "shown and listed; may be answered in dispositions.csv",
    Effect.HANDLED: "read on by a stated rule, or counted",
}  # fmt: skip


def checks_markdown() -> str:
    """Every check: id, level, what its findings may do, what must hold, why, and where it is made if not at the gate."""
    lines = [
        "# The data checks", "",
        f"{len(CHECKS)} checks, written from the code (`python -m nk521lib.display.checks_list`); a test keeps this page true. NKD are those of",
        "the specification, SCR, EFF and SAF what a chapter says of its own tables, RCT the run of its own numbers.", "",
        "| Effect | What it does |", "|---|---|", *(f"| {effect} | {does} |" for effect, does in _DOES.items()), "",
        "A check with several effects says at each finding which one it has: a fault that may touch a DLT window withholds, the same fault",
        "elsewhere is shown.", "",
        "| Check | Level | Effect | What must hold | Why | Made in |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for check in CHECKS:
        cells = (
            check.id,
            _LEVEL[check.severity],
            ", ".join(check.effects),
            check.says,
            check.why,
            check.where or "the gate",
        )
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(checks_markdown())
