"""Typed parameters: every number of the trial, with its tag, source and alternatives."""

from nk521lib.params.load import About, Ambiguity, Params, load_params

__all__ = ["About", "Ambiguity", "Params", "load_params"]
