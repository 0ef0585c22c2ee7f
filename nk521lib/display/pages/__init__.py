"""Whole pages of a pack: one shell with title block, navigation and foot around what each page shows.

Jinja escapes everything; only fragments that were sanitised before are passed as Markup. Pure: text in, text out; the
templates and the style sheet are part of the package and are read when it is imported.
"""

from nk521lib.display.pages.shell import PageLink, Shell, render

__all__ = ["PageLink", "Shell", "render"]
