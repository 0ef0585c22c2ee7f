"""The what-if workbench: controls on the left, the answer on the right, the record never touched.

`Workbench(cut).view` in a notebook; `open_app()` in the app of people who do not code. Every text that comes from data is
escaped before it reaches a widget.
"""

from nk521lib.edge.workbench.app import Workbench, open_app

__all__ = ["Workbench", "open_app"]
