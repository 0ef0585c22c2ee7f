"""CRM plug-in rates by adaptive quadrature, straight from the formula; nothing of the package is used.

Prints crm_by_quad.json. Run from this folder: python crm_by_quad.py > crm_by_quad.json
"""

import json
from itertools import product
from math import exp, log

from scipy.integrate import quad
from scipy.optimize import minimize_scalar

SKELETON = (0.05, 0.12, 0.25, 0.40)
VARIANCE = 1.34


def plug_in(n, x):
    def log_density(b):
        total = -b * b / (2 * VARIANCE)
        for s, size, dlts in zip(SKELETON, n, x, strict=True):
            p = s ** exp(b)
            total += dlts * exp(b) * log(s) + ((size - dlts) * log(1 - p) if size > dlts else 0.0)
        return total

    mode = minimize_scalar(lambda b: -log_density(b), bounds=(-5, 5), method="bounded").x
    top = log_density(mode)
    parts = [quad(lambda b, k=k: b**k * exp(log_density(b) - top), -12, 12, points=[mode], limit=500) for k in (0, 1)]
    mean = parts[1][0] / parts[0][0]
    return [s ** exp(mean) for s in SKELETON]


if __name__ == "__main__":
    sizes = [(3, 0, 0, 0), (3, 3, 0, 0), (6, 6, 3, 0), (3, 3, 6, 6), (30, 60, 30, 3)]
    counts = {
        (n, tuple(round(f * size) for f, size in zip((a, b, a, b), n, strict=True)))
        for n in sizes
        for a, b in product((0, 0.34, 0.67), repeat=2)
    }
    rows = [{"n": n, "x": x, "rates": plug_in(n, x)} for n, x in sorted(counts)]
    print(json.dumps({"skeleton": SKELETON, "variance": VARIANCE, "rows": rows}, indent=1))
