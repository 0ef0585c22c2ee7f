"""One synthetic NK521 trial, told as tables (story*.py) and turned into SDTM records by generic machinery."""
