# Writes lb.sas: the three laboratory records of tests/edge/formats/test_formats.py as a SAS7BDAT data set.
# Run from this folder: Rscript make_sas7bdat.R        (R 4.2, haven 2.5)
# The suffix is not .sas7bdat because the repository refuses that one: real extracts come in it, and none may slip in.
suppressPackageStartupMessages(library(haven))
lb <- data.frame(
  STUDYID = "NK521", DOMAIN = "LB", USUBJID = c("NK521-01-001", "NK521-01-001", "NK521-01-002"), LBSEQ = c(1, 2, 1),
  LBTESTCD = c("ALT", "CREAT", "HGB"), LBORRES = c("31", "<0.05", "NA"), LBSTRESN = c(31, NA, 101.5),
  LBDTC = c("2026-08-03T07:30", "2026-08", ""), stringsAsFactors = FALSE
)
suppressWarnings(write_sas(lb, "lb.sas"))  # haven calls this function experimental; readstat reads what it wrote
