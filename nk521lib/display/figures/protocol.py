"""Chapter 0: the schedule of one subject."""

from nk521lib.cut import Cut
from nk521lib.display.figures.base import HOLD, INK, OKABE_ITO, SOFT, canvas, drawing, theme
from nk521lib.display.say import Html
from nk521lib.display.words import listed


def plot_schedule(cut: Cut) -> Html:
    """Doses, DLT window and first scan of one subject, on study days."""
    trial, rules, efficacy = cut.params.trial, cut.params.escalation, cut.params.efficacy
    scan = efficacy.imaging_weeks[0] * 7 + 1
    window = rules.dlt_window.days
    with theme():
        figure, axes = canvas(7.2, 1.7)
        if rules.dlt_window.anchor == "first_dose":
            axes.axvspan(1, window, color=OKABE_ITO[1], alpha=0.18, lw=0)
            axes.text(1.4, 1.62, f"DLT window, days 1 to {window} [A]", color=HOLD, fontsize=8.5)
        for number, day in enumerate(trial.dose_days, 1):
            axes.plot([day, day], [0.75, 1.25], color=INK, lw=3, solid_capstyle="butt")
            axes.text(day, 0.42, f"dose {number}", ha="center", fontsize=8)
        axes.plot(scan, 1, marker="D", color=OKABE_ITO[0], ms=8)
        axes.text(scan, 0.42, "first scan", ha="center", fontsize=8)
        axes.axhline(1, color=SOFT, lw=0.7, zorder=0)
        axes.set(
            ylim=(0.2, 1.9), xlim=(-1, scan + 4), yticks=[], xlabel="study day (day 1 = first dose; there is no day 0)"
        )
        axes.set_xticks([*trial.dose_days, scan])
        axes.spines["left"].set_visible(False)
    days = listed([str(day) for day in trial.dose_days])
    return drawing(
        figure, "schedule", f"Doses are planned on study days {days}",
        "Planned, not observed. Dose days, window and scan day are parameters; see the tables below.",
        f"Timeline of one subject: doses on days {days}, DLT window to day {window}, first scan on day {scan}",
    )  # fmt: skip
