"""Chapter 3 as figures."""

from nk521lib.display.figures.safety.body import plot_weight_and_girth
from nk521lib.display.figures.safety.grid import plot_heat_map, plot_onset
from nk521lib.display.figures.safety.measured import plot_edish, plot_laboratory, plot_qtcf
from nk521lib.display.figures.safety.timelines import plot_timelines

__all__ = [
    "plot_edish",
    "plot_heat_map",
    "plot_laboratory",
    "plot_onset",
    "plot_qtcf",
    "plot_timelines",
    "plot_weight_and_girth",
]
