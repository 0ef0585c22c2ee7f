"""Typed parameters: every number of the trial, with its tag, source and alternatives."""

from nk521lib.params.load import About, Params, load_params

__all__ = ["About", "Params", "load_params"]
