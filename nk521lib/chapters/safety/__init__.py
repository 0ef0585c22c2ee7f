"""Safety: what happened to whom, when, how bad, and was it looked for (spec safety.md, rulings.md section 5)."""
