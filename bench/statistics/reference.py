#!/usr/bin/env python3
"""Writes test/fixtures/statistics/reference.json: what the statistics of src/domain/evaluation must say, worked out another way.

Sign flips are counted over all sign vectors as sums of whole numbers, one difference after the other; intervals are searched for by
bisection of the p-value; Wilson's interval solves its quadratic equation by bisection, too; pass^k counts every choice of k runs.
Nothing but the standard library: `python3 bench/statistics/reference.py > test/fixtures/statistics/reference.json`.
"""

import itertools
import json
import random
from collections import Counter
from fractions import Fraction
from statistics import NormalDist

Z99 = NormalDist().inv_cdf(0.995)


def two_sided(differences):
    """Share of all sign vectors whose sum is at least as far from 0, exactly."""
    sums = Counter({Fraction(0): 1})
    for difference in differences:
        step = Counter()
        for total, ways in sums.items():
            step[total + difference] += ways
            step[total - difference] += ways
        sums = step
    observed = abs(sum(differences))
    extreme = sum(ways for total, ways in sums.items() if abs(total) >= observed)
    return Fraction(extreme, 2 ** len(differences))


def interval(differences, alpha):
    """The shifts that are not refused at alpha; None: nothing is refused."""
    if Fraction(2, 2 ** len(differences)) >= Fraction(alpha).limit_denominator():
        return None
    return [edge(differences, alpha, -1), edge(differences, alpha, 1)]


def edge(differences, alpha, side):
    mean = sum(differences) / len(differences)
    inside, outside = mean, mean + side * 1000
    for _ in range(60):
        middle = (inside + outside) / 2
        if two_sided([each - middle for each in differences]) >= alpha:
            inside = middle
        else:
            outside = middle
    return float(inside)


def wilson(passed, runs):
    """Shares p with |passed / runs - p| <= z * sqrt(p (1 - p) / runs)."""
    share = passed / runs

    def is_in(p):
        return (share - p) ** 2 <= Z99**2 * p * (1 - p) / runs + 1e-18

    def search(inside, outside):
        for _ in range(200):
            middle = (inside + outside) / 2
            if is_in(middle):
                inside = middle
            else:
                outside = middle
        return inside

    return [search(share, 0.0), search(share, 1.0)]


def pass_power(passed, runs, k):
    outcomes = [True] * passed + [False] * (runs - passed)
    chosen = list(itertools.combinations(outcomes, k))
    return sum(all(each) for each in chosen) / len(chosen)


def holm(values):
    """The smallest level at which the step-down procedure refuses each, searched among the levels at which anything can change."""
    count = len(values)
    order = sorted(range(count), key=lambda at: values[at])
    levels = sorted({min(1.0, values[order[rank]] * (count - rank)) for rank in range(count)} | {1.0})

    def refused(level):
        out = set()
        for rank, at in enumerate(order):
            if values[at] * (count - rank) > level:
                break
            out.add(at)
        return out

    return [next((level for level in levels if at in refused(level)), 1.0) for at in range(count)]


def main():
    source = random.Random(12)
    # Few distinct sums, so that 40 pairs can be counted whole; the test takes a sample of those.
    exact = [[source.choice([-100, -40, -20, 0, 20, 40]) for _ in range(size)] for size in (1, 2, 5, 7, 8, 9, 11)]
    exact += [[0] * 9, [5] * 8, [-12.5, 3, -7, -40, 1, -9, -22, -3, -15, -6]]
    large = [[source.choice([-40, -20, -20, 0, 0, 20]) for _ in range(size)] for size in (20, 40, 200)]
    large += [[source.choice([-20, 0, 20]) for _ in range(60)], [source.gauss(-2, 6) // 1 for _ in range(40)]]
    rows = lambda lists: [[Fraction(each).limit_denominator(1000) for each in row] for row in lists]
    families = [[0.01], [0.5, 0.001, 0.04], [0.2, 0.2, 0.9], [0.004, 0.003, 0.0024, 0.9, 0.03]]
    shares = [(0, 5), (5, 5), (1, 8), (33, 40), (199, 200), (0, 200), (100, 200)]
    powers = [(5, 5, 5), (4, 5, 5), (4, 5, 2), (0, 3, 1), (3, 8, 3), (7, 8, 3)]
    print(
        json.dumps(
            {
                "exact": [
                    {
                        "differences": [float(each) for each in row],
                        "p": float(two_sided(row)),
                        "interval": interval(row, Fraction(1, 100)),
                    }
                    for row in rows(exact)
                ],
                "sampled": [
                    {"differences": [float(each) for each in row], "p": float(two_sided(row))} for row in rows(large)
                ],
                "wilson": [{"passed": p, "runs": n, "interval": wilson(p, n)} for p, n in shares],
                "passPower": [{"passed": p, "runs": n, "k": k, "share": pass_power(p, n, k)} for p, n, k in powers],
                "holm": [{"values": row, "adjusted": holm(row)} for row in families],
            },
            indent=1,
        )
    )


main()
