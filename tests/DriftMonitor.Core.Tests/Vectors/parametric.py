#!/usr/bin/env python3
"""Writes parametric.json: ln P(from <= X < to) of families of distributions, to 40 digits by mpmath and rounded to doubles.

By other means than the product's: integrals of the densities over exact differences, with ln Gamma at 60 digits; of Poisson
and binomial the integrals that the sums are equal to (DLMF 8.4.10 and 8.17.5), and single numbers by the definition.

    /usr/bin/python3 parametric.py > parametric.json        # mpmath 1.2; five minutes
"""
import json
from mpmath import mp, mpf, exp, gammainc, inf, log, loggamma, quad, sqrt

mp.dps = 60
REACH = 60  # scales, after which exp(-1800) or, far out, exp(-60) is left


def ln_integral(ln_density, slope, scale, start, end):
    """ln of the integral from start towards end, an infinite or far one; the density falls from start to end."""
    side = 1 if end > start else -1
    step = 1 / (abs(slope(start)) + 1 / scale)
    top = ln_density(start)
    points, at = [start], start
    for _ in range(12 * REACH):
        at += side * step
        if (end - at) * side <= 0:
            points.append(end)
            break
        points.append(at)
        step = 1 / (abs(slope(at)) + 1 / scale)
        if ln_density(at) - top < -120:
            break
    whole = sum(abs(quad(lambda t: exp(ln_density(t) - top), [a, b], maxdegree=5)) for a, b in zip(points, points[1:]))
    return top + log(whole)


def between(ln_density, slope, scale, mode, a, b):
    """ln of the integral from a to b."""
    peak = min(max(mode, a), b)
    parts = [ln_integral(ln_density, slope, scale, peak, end) for end in (a, b) if end != peak]
    top = max(parts)
    return top + log(sum(exp(part - top) for part in parts))


def normal(mean, deviation, a, b):
    return between(lambda x: -((x - mean) / deviation) ** 2 / 2 - log(deviation * sqrt(2 * mp.pi)), lambda x: (x - mean) / deviation ** 2, deviation, mean, a, b)


def log_normal(mean, deviation, a, b):
    return normal(mean, deviation, log(a) if a > 0 else -inf, log(b) if b < inf else inf)


def gamma(shape, rate, a, b):
    """Small shapes by mpmath's own function, others over ln x."""
    if shape < 1000:
        return log(gammainc(shape, rate * a, rate * b, regularized=True))
    return between(lambda y: shape * y - exp(y) - loggamma(shape), lambda y: shape - exp(y), 1 / sqrt(shape), log(shape),
                   log(rate * a) if a > 0 else -inf, log(rate * b) if b < inf else inf)


def poisson(mean, a, b):
    if b - a == 1:
        return a * log(mean) - mean - loggamma(a + 1)

    def tail(k, side):  # P(X >= k) = P(k, mean) and P(X < k) = Q(k, mean), of the regularised incomplete gamma functions
        return ln_integral(lambda y: k * y - exp(y) - loggamma(k), lambda y: k - exp(y), 1 / sqrt(k), log(mean), -inf if side > 0 else inf)
    return difference(tail, mean, a, b)


def binomial(trials, probability, a, b):
    if b - a == 1:
        return loggamma(trials + 1) - loggamma(a + 1) - loggamma(trials - a + 1) + a * log(probability) + (trials - a) * log(1 - probability)

    def tail(k, side):  # P(X >= k) = I_p(k, n - k + 1), over p = 1/(1 + e^-y)
        n, c = trials, loggamma(trials + 1) - loggamma(k) - loggamma(trials - k + 1)
        return ln_integral(lambda y: c - k * log(1 + exp(-y)) - (n - k + 1) * log(1 + exp(y)), lambda y: k - (n + 1) / (1 + exp(-y)),
                           1 / sqrt((n + 1) * probability * (1 - probability)), log(probability / (1 - probability)), -inf if side > 0 else inf)
    return difference(tail, trials * probability, a, b)


def difference(tail, mean, a, b):
    """By 60 digits, so a difference of tails may cancel. The tail on the side of the mean where the integrand falls from its start."""
    if a >= mean:
        return log(exp(tail(a, 1)) - (exp(tail(b, 1)) if b < inf else 0))
    if b <= mean:
        return log(exp(tail(b, -1)) - (exp(tail(a, -1)) if a > -inf else 0))
    return log(1 - (exp(tail(b, 1)) if b < inf else 0) - (exp(tail(a, -1)) if a > -inf else 0))


FAMILIES = {"normal": normal, "log-normal": log_normal, "gamma": gamma, "poisson": poisson, "binomial": binomial}


def cases():
    for z in (-40, -9, -1, 0, 3, 30):
        for width in (1e-9, 0.5, 20.0):
            yield "normal", (3.0, 2.0), 3 + 2.0 * z, 3 + 2.0 * (z + width)
    for at in (1.7e12, 1.7004e12, 1.7005e12, 1.72e12):  # milliseconds
        yield "normal", (1.7005e12, 2.9e8), at - 0.5, at + 0.5
        yield "log-normal", (28.161944, 1.7e-4), at - 0.5, at + 0.5
        yield "gamma", (3.46e7, 2.0346e-5), at - 0.5, at + 0.5
    yield "log-normal", (1.0, 0.7), 0.0, 1e-9
    yield "log-normal", (1.0, 0.7), 2.5, inf
    yield "log-normal", (1.0, 0.7), 1e6, 1e6 * (1 + 2.0 ** -30)
    for shape in (2.0 ** -20, 0.01, 0.9, 1.0, 3.5, 200.0):
        yield "gamma", (shape, 1.5), 0.0, 1e-9
        yield "gamma", (shape, 1.5), 1e-9, 2e-9
        yield "gamma", (shape, 1.5), 0.1, 30.0
        yield "gamma", (shape, 1.5), shape, shape + 2.0 ** -30
        yield "gamma", (shape, 1.5), 200.0, inf
    for shape in (1e4, 3e7, 1e10, 1e15):
        deviation = shape ** 0.5
        for z in (-30, -3, 0, 0.7, 8, 40):
            at = shape + z * deviation
            yield "gamma", (shape, 1.0), at, at + max(1e-9 * deviation, 4 * (at * 2.0 ** -52))
            yield "gamma", (shape, 1.0), at, at + 0.75 * deviation
        yield "gamma", (shape, 1.0), 0.0, shape - 12 * deviation
        yield "gamma", (shape, 1.0), shape + deviation / 3, inf
    for mean in (0.3, 1e4 + 0.1, 1e8, 1e13, 1e15):
        deviation = mean ** 0.5
        for z in (-20, -4, 0, 1, 7, 35):
            at = float(int(mean + z * deviation))
            if at > 0:
                yield "poisson", (mean,), at, at + 1
                yield "poisson", (mean,), at, at + 1 + float(int(0.01 * deviation))
                yield "poisson", (mean,), at, at + 2 + float(int(0.9 * deviation))
                yield "poisson", (mean,), at, inf
                yield "poisson", (mean,), -inf, at
    for trials, probability in ((50.0, 0.3), (1e6, 1e-5), (1e12, 0.5), (1e12, 0.3), (1e12, 1 - 2.0 ** -20), (1e15, 1e-7)):
        deviation = (trials * probability * (1 - probability)) ** 0.5
        for z in (-15, -2, 0, 1, 6, 25):
            at = float(int(trials * probability + z * deviation))
            if 0 < at and at + 0.9 * deviation + 2 < trials:
                yield "binomial", (trials, probability), at, at + 1
                yield "binomial", (trials, probability), at, at + 2 + float(int(0.01 * deviation))
                yield "binomial", (trials, probability), at, at + 2 + float(int(0.9 * deviation))
                yield "binomial", (trials, probability), at, inf
                yield "binomial", (trials, probability), -inf, at


def main():
    rows = []
    for family, parameters, a, b in cases():
        value = FAMILIES[family](*(mpf(p) for p in parameters), mpf(a), mpf(b))
        row = {"family": family, "parameters": parameters, "expected": float(value)}
        row.update({} if a == -inf else {"from": a})
        row.update({} if b == inf else {"to": b})
        rows.append(json.dumps(row))
    print("[\n" + ",\n".join(rows) + "\n]")


main()
