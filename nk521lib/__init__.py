"""The library under the NK521 protocol workbook: pure rules below, files and processes at the edge.

Read it from the bottom up: terms and errors; params, schemas, dates, results; standards (published rules);
chapters (this trial); display; edge; the command line. Imports point down only.
"""

import os

__version__ = "0.2.0"

# What a parameter may be is said here alone; looking for plugins in every installed package costs a tenth of a second.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
