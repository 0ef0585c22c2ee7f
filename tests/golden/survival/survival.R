# Golden numbers of R's survival package (and binom.test of base R) for the curves of nk521lib/standards.
# Made with R 4.2.2, survival 3.5-3:  Rscript survival.R   writes survival_R.json beside itself. Needs nothing else.
# Data: aml and freireich as in survival.json; the others are made up, some so that S is exactly one half.
library(survival)

survival_data <- list(
  "aml maintained" = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+",
  "aml nonmaintained" = "5 5 8 8 12 16+ 23 27 30 33 43 45",
  "freireich 6-MP" = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+",
  "half until the next event" = "10 20 30 40",
  "half until the next event, one censored between" = "10 20 22+ 30",
  "half to the end of the curve" = "10 20 30+ 40+",
  "not reached" = "10 20+ 30+ 40+",
  "six subjects, two ties" = "30 30 55 55 70+ 90+",
  "eighteen subjects" = "12 19+ 25 25 31+ 40 40 44 52+ 60 61 75+ 80 92 92+ 100+ 130 150+"
)
competing_data <- list(
  "competing" = "3a 5b 5a 8+ 11a 14b 14+ 20a 26b 31a 31a 40+ 52a",
  "competing, all observed" = "1a 2b 3a 4b 5a 6a 7b 8a",
  "six subjects" = "13a 20b 33+ 41a 41b 60+"
)
binomial <- list(c(0, 3), c(1, 3), c(0, 6), c(1, 6), c(2, 6), c(0, 9), c(1, 9), c(2, 9), c(9, 9), c(0, 18), c(4, 18), c(5, 36))
at <- c(5, 20, 30, 45)

words <- function(text) strsplit(text, " ")[[1]]
number <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
array <- function(x) paste0("[", paste(number(x), collapse = ", "), "]")
entry <- function(name, values) {
  inner <- paste0('    "', names(values), '": ', values, collapse = ",\n")
  paste0('   "', name, '": {\n', inner, "\n   }")
}
quoted <- function(text) paste0('"', text, '"')

one_curve <- function(name) {
  text <- survival_data[[name]]
  time <- as.numeric(sub("+", "", words(text), fixed = TRUE))
  event <- !grepl("+", words(text), fixed = TRUE)
  km <- survfit(Surv(time, event) ~ 1, conf.type = "log-log")
  table <- summary(km)$table
  reverse <- summary(survfit(Surv(time, 1 - event) ~ 1, conf.type = "log-log"))$table
  within <- at[at <= max(time)]
  marks <- summary(km, times = within)
  entry(name, c(
    data = quoted(text), time = array(km$time), at_risk = array(km$n.risk), events = array(km$n.event), survival = array(km$surv),
    se = array(ifelse(km$surv > 0, km$surv * km$std.err, NA)), lower = array(ifelse(km$surv < 1, km$lower, NA)),
    upper = array(ifelse(km$surv < 1, km$upper, NA)),
    median = array(table[c("median", "0.95LCL", "0.95UCL")]), follow_up = array(reverse["median"]),
    landmark_at = array(within), landmark = array(marks$surv)
  ))
}

one_incidence <- function(name) {
  text <- competing_data[[name]]
  time <- as.numeric(sub("[ab+]$", "", words(text)))
  cause <- factor(sub("^[0-9]+", "", words(text)), levels = c("+", "a", "b"))
  aj <- survfit(Surv(time, cause) ~ 1, conf.type = "log-log")
  column <- which(aj$states == "a")
  entry(name, c(
    data = quoted(text), time = array(aj$time), incidence = array(aj$pstate[, column]),
    se = array(aj$std.err[, column]), lower = array(aj$lower[, column]), upper = array(aj$upper[, column])
  ))
}

one_interval <- function(xn) {
  limits <- binom.test(xn[1], xn[2])$conf.int
  array(c(xn, limits))
}

made_by <- quoted(paste0(R.version.string, ", survival ", packageVersion("survival")))
json <- paste0(
  '{\n "made_by": ', made_by, ',\n "survival": {\n', paste(sapply(names(survival_data), one_curve), collapse = ",\n"),
  '\n },\n "cumulative_incidence": {\n', paste(sapply(names(competing_data), one_incidence), collapse = ",\n"),
  '\n },\n "clopper_pearson": [\n  ', paste(sapply(binomial, one_interval), collapse = ",\n  "), "\n ]\n}\n"
)
here <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
cat(json, file = file.path(dirname(here), "survival_R.json"))
