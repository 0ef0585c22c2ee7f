"""The trial's own rules, chapter by chapter. A chapter imports nothing of another chapter."""
