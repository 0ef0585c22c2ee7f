"""A subject's whole course in one picture: every kind of record on one time axis from the first dose."""

from nk521lib.display.figures.profile.draw import draw_profile
from nk521lib.display.figures.profile.records import Course, courses

__all__ = ["Course", "courses", "draw_profile"]
