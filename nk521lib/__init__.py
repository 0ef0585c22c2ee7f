"""The library under the NK521 protocol workbook: pure rules below, files and processes at the edge.

Read it from the bottom up: terms and errors; params, schemas, dates, results; standards (published rules);
chapters (this trial); display; edge; the command line. Imports point down only.
"""

__version__ = "0.2.0"
