"""Many snapshots, or a sweep of truths, through dask.distributed: on this machine, or on a cluster by its address.

`cluster` opens the engine and checks that every worker can do the work; `packs` publishes one pack a task; `sweep` cuts a
grid of truths into tasks; `summary` is the page that links the packs. Nothing here knows how a pack or a design works.
"""
