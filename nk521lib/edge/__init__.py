"""Everything that touches files, clock, processes or widgets."""
