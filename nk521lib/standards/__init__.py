"""Published rules with no word of this trial: usable in any trial, arguments in, values out."""
