"""What every chapter does first, done once before the kernels are forked: they inherit fonts, parsers and formatters."""

from nk521lib.display.figures.base import canvas, drawing, theme
from nk521lib.display.tables.base import table
from nk521lib.standards.proportions import clopper_pearson


def rehearse() -> None:
    """One small table, one small figure, one interval; nothing of them is kept. It starts no thread."""
    table("rehearsal", "Rehearsal", [{"Group": "A", "Subject": "001", "Days": "1"}], "note", right=["Days"], section="Group")  # fmt: skip
    with theme():
        figure, axes = canvas(3, 2)
        axes.plot([0, 1], [0, 1], marker="o", label="line")
        axes.set(title="Rehearsal", xlabel="days")
        axes.legend()
        drawing(figure, "rehearsal", "Rehearsal", "", "rehearsal")
    clopper_pearson(1, 3)
