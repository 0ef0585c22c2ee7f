"""Figures: matplotlib draws, SVG with real text comes out."""
