# Decisions of BOIN and mTPI-2, and Beta posteriors, by base R alone, from the formulas; nothing of the package is used.
# Prints interval_designs.csv. Run from this folder: Rscript interval_designs.R > interval_designs.csv
says <- function(up, down, out) ifelse(out, "X", ifelse(up, "E", ifelse(down, "D", "S")))
out <- function(n, x, phi) n >= 3 & pbeta(phi, 1 + x, 1 + n - x, lower.tail = FALSE) > 0.95
boin <- function(n, x, phi) {
  p1 <- 0.6 * phi; p2 <- 1.4 * phi
  e <- log((1 - p1) / (1 - phi)) / log(phi * (1 - p1) / (p1 * (1 - phi)))
  d <- log((1 - phi) / (1 - p2)) / log(p2 * (1 - phi) / (phi * (1 - p2)))
  says(x / n <= e, x / n >= d, out(n, x, phi))
}
mtpi2 <- function(n, x, phi, half = 0.05) {
  lower <- rev(seq(phi - half, 0, by = -2 * half)); upper <- seq(phi + half, 1, by = 2 * half)
  cut <- sort(unique(round(c(0, lower, upper, 1), 12)))
  one <- function(k) {
    upm <- diff(pbeta(cut, 1 + k, 1 + n - k)) / diff(cut)
    mid <- (head(cut, -1) + tail(cut, -1)) / 2
    mid[which.max(upm)]
  }
  at <- sapply(x, one)
  says(at < phi - half, at > phi + half, out(n, x, phi))
}
cat("phi,n,boin,mtpi2,above\n")
for (phi in c(0.20, 0.25, 0.30, 0.33)) for (n in 1:12) {
  x <- 0:n
  above <- paste(sprintf("%.12f", pbeta(phi, 1 + x, 1 + n - x, lower.tail = FALSE)), collapse = " ")
  cat(phi, ",", n, ",", paste(boin(n, x, phi), collapse = ""), ",", paste(mtpi2(n, x, phi), collapse = ""), ",", above, "\n", sep = "")
}
