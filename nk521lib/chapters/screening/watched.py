"""Which parameters a derivation reads: written down while it runs, so that it is run again only when one of them changes."""

from dataclasses import replace
from typing import Any

from nk521lib.params import Params
from nk521lib.params.models import Section

WATCHED = ("screening", "data", "terms")
"""Sections whose parameters the facts of screening may read. Names of parameters are unique over all sections."""


class Watched:
    """A section of the parameters, or any other holder of named values, that writes down the names read from it."""

    def __init__(self, holder: Any, names: set[str]):
        self._holder, self._names = holder, names

    def __getattr__(self, name: str) -> Any:
        self._names.add(name)
        return getattr(self._holder, name)


def watching(params: Params, names: set[str]) -> Params:
    """The same parameters; every name read from a watched section is added to `names`."""
    return replace(params, **{section: Watched(getattr(params, section), names) for section in WATCHED})


def value_of(params: Params, name: str) -> Any:
    """A parameter's value in its typed form. Raises KeyError for a name that does not exist."""
    section: Section = getattr(params, params.about[name].section)
    return getattr(section, name)
