"""Chapter 4 as figures."""

from nk521lib.display.figures.efficacy.measured import plot_ascites, plot_markers, plot_quality
from nk521lib.display.figures.efficacy.response import plot_spider, plot_swimmer, plot_waterfall
from nk521lib.display.figures.efficacy.times import plot_punctures, plot_survival

__all__ = [
    "plot_ascites",
    "plot_markers",
    "plot_punctures",
    "plot_quality",
    "plot_spider",
    "plot_survival",
    "plot_swimmer",
    "plot_waterfall",
]
