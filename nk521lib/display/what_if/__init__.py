"""The what-if as people see it: words, tables and figures made from one `Answer`, as HTML text that the app shows live
and a report shows still. Figures are SVG written directly: they keep their place and scale, and cost a millisecond.
"""
