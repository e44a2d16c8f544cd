"""Propensities against scikit-learn, quadrature, root finding and markets whose truth is known."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import binomtest

from padan.errors import InputError, ShapeError
from padan.matching.allocate import allocate, trust_of
from padan.matching.kernels import TERMS
from padan.matching.propensity import (
    MIN_CALIBRATED,
    MIN_EVENTS,
    PRIOR_TRUST,
    RELIABILITY,
    RELIABILITY_BY_GROUP,
    Fitted,
    Priors,
    Propensities,
    Records,
    edges_with,
    fit,
    from_json,
    logit_error,
    prior_propensities,
    records_from_table,
    reliability_by_group,
    to_json,
)

P = np.array([-3.0, 0.4, 1.2, 1.5, 0.2, 0.2, 1.0])
Q = np.array([-3.0, 2.0, 1.0, 0.3, 0.8, 0.8, 0.1])
FLAT = Priors(p_level=0.0, p_slopes=(0.0,) * 6, q_level=0.0, q_slopes=(0.0,) * 6)


def share(z):
    return 1.0 / (1.0 + np.exp(-np.asarray(z, np.float64)))


def market(n: int, seed: int, *, spread: float = 0.0, groups: int = 40, ranks: bool = True, p=P, q=Q):
    """Records with known truth, and the offsets of the groups."""
    g = np.random.default_rng(seed)
    terms = g.uniform(0, 1, (n, 6))
    group = g.integers(0, groups, n)
    offset = g.normal(0, spread, groups) if spread else np.zeros(groups)
    rank = g.integers(1, 11, n) if ranks else np.zeros(n, np.int64)
    exam = np.where(rank > 0, 1 / np.log2(1.0 + np.maximum(rank, 1)), 1.0)
    applied = g.uniform(size=n) < exam * share(p[0] + terms @ p[1:] + offset[group])
    would = g.uniform(size=n) < share(q[0] + terms @ q[1:] + offset[group])
    accepted = np.where(applied, would.astype(np.int64), -1)
    return Records(terms, rank, applied, accepted, group + 1000, seeker=np.arange(n) // 10), offset


def take(records: Records, rows) -> Records:
    columns = {f.name: getattr(records, f.name) for f in fields(records)}
    return Records(**{name: None if x is None else x[rows] for name, x in columns.items()})


def coefficients(model) -> np.ndarray:
    return np.array([model.level, *model.slopes])


@pytest.fixture(scope="module")
def large() -> tuple[Records, np.ndarray, Fitted]:
    records, offset = market(20_000, 3, spread=0.6)
    return records, offset, fit(records)


# ---- priors


def test_priors_are_the_formula_by_hand_and_the_levels_that_are_stated():
    middling = [0.3, 0.6, 0.5, 0.8, 0.8, 0.7]
    found = prior_propensities(np.array([middling, [1.0] * 6]))
    priors = Priors()
    for which, values in (("p", found.p), ("q", found.q)):
        level, slopes = getattr(priors, f"{which}_level"), getattr(priors, f"{which}_slopes")
        z = level + sum(a * b for a, b in zip(slopes, middling, strict=True))
        assert values[0] == pytest.approx(1 / (1 + math.exp(-z)), rel=1e-6)
    assert np.round(found.p, 2).tolist() == pytest.approx([0.22, 0.65])
    assert np.round(found.q, 2).tolist() == pytest.approx([0.28, 0.79])
    assert (found.trust, found.calibrated, found.source) == (PRIOR_TRUST, False, "priors")


def test_priors_lean_on_what_they_say():
    priors = Priors()
    strongest = [
        {TERMS[t] for t in np.argsort(s)[-k:]} for s, k in ((priors.p_slopes, 3), (priors.q_slopes, 4))
    ]
    assert strongest == [{"region", "pay", "occupation"}, {"skills", "occupation", "education", "experience"}]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"p_slopes": (1.0,) * 5}, "p_slopes has 5 values"),
        ({"q_slopes": (1.0, 1, 1, -0.1, 1, 1)}, "q_slopes of education"),
        ({"q_slopes": (math.nan, 1, 1, 1, 1, 1)}, "q_slopes of skills"),
        ({"p_level": math.inf}, "p_level"),
        ({"slope_sd": 0.0}, "slope_sd"),
        ({"level_sd": -1.0}, "level_sd"),
        ({"trust": 1.0}, "trust"),
    ],
)
def test_what_is_no_prior_is_refused_by_name(change, named):
    with pytest.raises(InputError, match=named):
        prior_propensities(np.zeros((1, 6)), replace(Priors(), **change))


# ---- the fit against independent answers


def test_slopes_and_log_loss_are_those_of_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model", reason="the peer of this test is scikit-learn")
    metrics = pytest.importorskip("sklearn.metrics", reason="the peer of this test is scikit-learn")
    records, _ = market(3000, 5, ranks=False)
    records = replace(records, group=np.full(3000, -1))
    ours = fit(records, priors=replace(FLAT, slope_sd=1.3, level_sd=1e5)).p
    peer = linear.LogisticRegression(C=1.3**2, tol=1e-10, max_iter=1000).fit(records.terms, records.applied)
    assert (peer.coef_ > 0).all()  # our bound at 0 is not touched
    assert coefficients(ours) == pytest.approx(np.r_[peer.intercept_, peer.coef_[0]], abs=2e-4)
    plain = replace(ours, platt=(0.0, 1.0))
    loss = [metrics.log_loss(records.applied, x) for x in (share(plain.logits(records.terms)),)]
    assert loss[0] == pytest.approx(
        metrics.log_loss(records.applied, peer.predict_proba(records.terms)[:, 1]), abs=1e-7
    )
    # out of fold no better than the peer on its own training data, and not much worse
    assert 0 < ours.quality.log_loss - loss[0] < 0.01


def test_a_term_with_the_wrong_sign_stays_at_zero_where_the_peer_goes_below():
    linear = pytest.importorskip("sklearn.linear_model", reason="the peer of this test is scikit-learn")
    records, _ = market(3000, 6, ranks=False, p=np.array([-1.0, 1, 1, 1, -2.0, 0, 1]))
    records = replace(records, group=np.full(3000, -1))
    ours = fit(records, priors=replace(FLAT, level_sd=1e5)).p
    assert ours.slopes[3] == 0.0
    kept = np.delete(records.terms, 3, axis=1)
    peer = linear.LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(kept, records.applied)
    free = peer.coef_[0] > 0
    assert free.sum() >= 4
    if free.all():
        assert np.delete(ours.slopes, 3) == pytest.approx(peer.coef_[0], abs=2e-4)


def test_the_mode_is_that_of_a_plain_optimiser_with_ranks_weights_and_priors():
    """BFGS with numerical slopes on the formula of the docstring, without groups."""
    records, _ = market(400, 7, p=np.array([-3.0, 1.2, 1.2, 1.5, 1.2, 1.2, 1.2]))
    g = np.random.default_rng(7)
    weight = g.uniform(0.2, 3.0, 400)
    records = replace(records, group=np.full(400, -1), weight=weight)
    priors = Priors()
    counted = weight * weight.sum() / (weight**2).sum()
    exam = 1 / np.log2(1.0 + records.rank)
    centre = np.array([priors.p_level, *priors.p_slopes])
    sd = np.array([priors.level_sd] + [priors.slope_sd] * 6)

    def cost(theta):
        chance = exam * share(theta[0] + records.terms @ theta[1:])
        seen = np.where(records.applied, np.log(chance), np.log1p(-chance))
        return -(counted * seen).sum() + 0.5 * (((theta - centre) / sd) ** 2).sum()

    best = minimize(cost, centre, method="BFGS", options={"gtol": 1e-5})
    assert (best.x[1:] > 0).all()
    assert coefficients(fit(records, priors=priors).p) == pytest.approx(best.x, abs=1e-3)
    se = np.sqrt(np.diag(best.hess_inv))
    assert np.array(fit(records).p.se) == pytest.approx(se, rel=0.15)


def test_the_spread_of_groups_is_near_that_of_quadrature():
    """Marginal likelihood by Gauss–Hermite in plain Python, level and spread free, no terms."""
    g = np.random.default_rng(11)
    sizes = g.integers(15, 60, 40)
    wins = np.array([g.binomial(k, share(-0.5 + g.normal(0, 0.8))) for k in sizes])
    x, w = np.polynomial.hermite_e.hermegauss(61)

    def cost(theta):
        chance = share(theta[0] + math.exp(theta[1]) * x)
        by_group = wins[:, None] * np.log(chance) + (sizes - wins)[:, None] * np.log1p(-chance)
        return (
            -np.log((np.exp(by_group - by_group.max(1, keepdims=True)) * w).sum(1)).sum()
            - by_group.max(1).sum()
        )

    best = minimize(cost, np.array([0.0, -1.0]), method="Nelder-Mead")
    group = np.repeat(np.arange(40), sizes)
    applied = np.concatenate([np.arange(k) < a for k, a in zip(sizes, wins, strict=True)])
    n = len(group)
    records = Records(np.zeros((n, 6)), np.zeros(n, int), applied, np.full(n, -1), group)
    ours = fit(records, priors=replace(FLAT, level_sd=1e3)).p
    assert ours.group_sd == pytest.approx(math.exp(best.x[1]), rel=0.08)
    assert ours.level == pytest.approx(best.x[0], abs=0.05)


def test_each_offset_solves_its_own_equation(large):
    """Σ weight·(y - p) = offset / spread², solved by bisection group by group."""
    records, _, _ = large
    records = replace(records, rank=np.zeros(len(records), int))
    found = fit(records).p
    fixed = found.level + records.terms @ np.array(found.slopes)
    for g in found.groups[::7]:
        own = records.group == g.unit_group
        assert g.records == own.sum()

        def pull(u, own=own):
            return (records.applied[own] - share(fixed[own] + u)).sum() - u / found.group_sd**2

        assert g.offset == pytest.approx(brentq(pull, -5, 5), abs=1e-4)


# ---- known truth


def test_the_truth_comes_back_within_three_standard_errors(large):
    records, offset, found = large
    answered = int((records.accepted >= 0).sum())
    assert (found.p.records, found.p.happened) == (20_000, int(records.applied.sum()))
    assert (found.q.records, found.q.happened) == (answered, int((records.accepted == 1).sum()))
    for model, truth, off in ((found.p, P, 0.015), (found.q, Q, 0.05)):
        # the level takes the mean of the offsets that were drawn
        away = coefficients(model) - truth - np.eye(7)[0] * offset.mean()
        assert np.all(np.abs(away) < 3 * np.array(model.se) + 1e-9), away / model.se
        seen = np.array([g.offset for g in model.groups])
        assert np.corrcoef(seen, offset)[0, 1] > 0.8
        assert model.group_sd == pytest.approx(offset.std(), abs=0.15)
        assert model.quality.ece < off
        assert model.quality.slope == pytest.approx(1, abs=0.15)
        assert model.quality.log_loss < model.quality.log_loss_level
        assert model.quality.brier < model.quality.brier_level
        assert model.not_calibrated is None
    assert found.source == "records"
    assert 0.8 < found.trust < 1


def test_the_place_in_the_list_is_taken_out():
    records, _ = market(8000, 13)
    with_ranks = fit(records).p
    without = fit(replace(records, rank=np.zeros(8000, int))).p
    new = np.random.default_rng(14).uniform(0, 1, (4000, 6))
    truth = share(P[0] + new @ P[1:]).mean()
    assert share(with_ranks.logits(new)).mean() == pytest.approx(truth, rel=0.08)
    assert share(without.logits(new)).mean() < 0.65 * truth


@pytest.mark.parametrize("sd", [0.0, 0.5, 1.0, 2.0])
def test_the_error_on_the_logit_is_told_from_what_happened(sd):
    found = []
    for seed in range(4):
        g = np.random.default_rng([seed, 17])
        truth = g.normal(-1, 1, 20_000)
        seen = truth + g.normal(0, 1, 20_000) * sd
        exam = g.choice([1.0, 0.6, 0.4], 20_000)
        happened = g.uniform(size=20_000) < exam * share(truth)
        error = logit_error(share(seen), happened, exam=exam)
        assert error.sd <= error.sd_high
        # what allocate is told, against the share of true variance in what it sees
        assert trust_of(share(seen), error.sd) == pytest.approx(1 / (1 + sd**2), abs=0.08)
        found.append(error.sd)
    assert np.mean(found) == pytest.approx(sd, abs=0.12 if sd == 0 else 0.06)


def test_what_a_wide_truth_flattens_is_not_taken_for_error():
    """Truth of sd 2 and error of sd 1.5: the slope alone would say 1.73."""
    g = np.random.default_rng(18)
    truth = g.normal(-1, 2, 60_000)
    seen = truth + g.normal(0, 1.5, 60_000)
    error = logit_error(share(seen), g.uniform(size=60_000) < share(truth))
    assert math.sqrt((1 - error.slope) * seen.var()) > 1.65
    assert error.sd == pytest.approx(1.5, abs=0.07)


def test_the_upper_limit_of_the_error_holds_most_times():
    held = 0
    for seed in range(60):
        g = np.random.default_rng([seed, 19])
        truth = g.normal(-1, 1, 1500)
        seen = truth + g.normal(0, 1, 1500)
        held += logit_error(share(seen), g.uniform(size=1500) < share(truth)).sd_high >= 1.0
    assert 52 <= held <= 60


def test_dependent_records_of_one_person_widen_the_limit():
    g = np.random.default_rng(23)
    truth = np.repeat(g.normal(-1, 1, 200), 20)
    seen = truth + np.repeat(g.normal(0, 1, 200), 20)
    happened = g.uniform(size=4000) < share(truth + np.repeat(g.normal(0, 1, 200), 20))
    alone = logit_error(share(seen), happened)
    together = logit_error(share(seen), happened, seeker=np.arange(4000) // 20)
    assert together.slope == alone.slope
    assert together.slope_se > 1.5 * alone.slope_se
    assert together.sd_high > alone.sd_high


def test_worthless_records_earn_next_to_no_trust():
    """The limit of the error is one-sided 95 %: by chance one fit in twenty earns some."""
    earned = []
    for seed in range(10):
        records, _ = market(1500, 29 + seed)
        g = np.random.default_rng(29 + seed)
        applied = g.uniform(size=1500) < 0.3
        accepted = np.where(applied, g.integers(0, 2, 1500), -1)
        found = fit(replace(records, applied=applied, accepted=accepted, rank=np.zeros(1500, int)))
        earned.append(found.trust)
        assert np.ptp(found.predict(records.terms, records.group).p) < 0.2
        assert found.p.quality.log_loss > found.p.quality.log_loss_level - 0.003
    assert np.median(earned) < 0.02
    assert np.mean(earned) < 0.08


# ---- little data


def test_little_data_stays_near_the_priors_and_much_data_does_not():
    p = np.array([-1.5, 3.0, 0.0, 0.0, 2.0, 0.0, 0.0])
    centre = np.array(Priors().p_slopes)
    records, _ = market(20_000, 31, ranks=False, p=p)
    away = {n: np.abs(np.array(fit(take(records, slice(0, n))).p.slopes) - centre) for n in (40, 20_000)}
    assert away[40].max() < 1.5 * Priors().slope_sd < away[20_000].max()
    assert away[40].mean() < 0.6 * away[20_000].mean()
    small = fit(take(records, slice(0, 40)))
    assert small.p.source == "both"
    assert "of the coefficients" in small.p.reason
    assert small.p.trust == PRIOR_TRUST
    assert f"{MIN_CALIBRATED} of each" in small.p.not_calibrated
    assert not small.predict(records.terms).calibrated


@pytest.mark.parametrize(
    ("applied", "n", "said"), [(0, 30, "none of 30"), (30, 30, "all of 30"), (0, 0, "no records")]
)
def test_one_outcome_alone_leaves_the_priors_as_they_are(applied, n, said):
    records, _ = market(30, 37)
    yes = np.arange(n) < applied
    records = take(records, slice(0, n))
    records = replace(records, applied=yes, accepted=np.full(n, -1))
    found = fit(records)
    terms = np.random.default_rng(1).uniform(0, 1, (20, 6))
    assert found.p.reason.startswith(said)
    assert found.source == "priors"
    assert np.array_equal(found.predict(terms).p, prior_propensities(terms).p)
    assert np.array_equal(found.predict(terms).q, prior_propensities(terms).q)
    assert found.trust == pytest.approx(PRIOR_TRUST)


def test_a_handful_of_applications_moves_the_level_alone():
    records, _ = market(3000, 41, ranks=False)
    applied = np.arange(3000) < MIN_EVENTS - 1
    found = fit(replace(records, applied=applied, accepted=np.full(3000, -1))).p
    assert found.slopes == Priors().p_slopes
    assert found.source == "both"
    assert found.trust == PRIOR_TRUST
    assert "9 applied and 2991 not: slopes need 10 of each" in found.reason
    assert share(found.logits(records.terms)).mean() == pytest.approx(9 / 3000, rel=0.2)


def test_separation_stays_finite_and_a_constant_column_keeps_its_prior():
    g = np.random.default_rng(43)
    terms = g.uniform(0, 1, (2000, 6))
    terms[:, 4] = 0.7
    applied = terms[:, 0] > 0.5
    records = Records(terms, np.zeros(2000, int), applied, np.full(2000, -1), np.full(2000, 7))
    found = fit(records)
    assert 2 < found.p.slopes[0] < 30
    assert found.p.slopes[4] == pytest.approx(Priors().p_slopes[4], abs=0.3)
    assert max(found.p.se[1:5]) < 0.92 < found.p.se[5] <= 1.0  # a level and six terms
    predicted = found.predict(terms)
    assert np.all((predicted.p > 0) & (predicted.p < 1))
    assert found.p.quality.error.sd == 0.0
    assert found.p.trust > 0.9


def test_all_records_of_one_person_say_nothing_outside_the_fit():
    records, _ = market(600, 47)
    found = fit(replace(records, seeker=np.zeros(600, int))).p
    assert found.quality is None
    assert "one person" in found.not_calibrated
    assert found.trust == PRIOR_TRUST


# ---- groups


def one_group(n: int, wins: int, *, others: int = 60) -> tuple[Fitted, float]:
    """A group with n records among others that tell the spread, and the logit of its own share."""
    g = np.random.default_rng(53)
    size = 40
    rate = share(-0.5 + g.normal(0, 0.8, others))
    group = np.r_[np.repeat(np.arange(others), size), np.full(n, 999)]
    applied = np.r_[g.uniform(size=others * size) < np.repeat(rate, size), np.arange(n) < wins]
    k = len(group)
    records = Records(np.zeros((k, 6)), np.zeros(k, int), applied, np.full(k, -1), group)
    return fit(records, priors=replace(FLAT, level_sd=100.0)), math.log(max(wins, 1) / max(n - wins, 1))


def test_a_group_is_the_mean_without_records_and_itself_with_many():
    terms, own, never = np.zeros((1, 6)), np.array([999]), np.array([31])
    away = []
    for n in (0, 1, 5, 40, 400, 8000):
        found, logit = one_group(n, n * 9 // 10)
        found = replace(found, p=replace(found.p, platt=(0.0, 1.0)))
        at = float(found.p.logits(terms, own)[0])
        mean = float(found.p.logits(terms)[0])
        assert float(found.p.logits(terms, np.array([-1]))[0]) == mean
        assert float(found.p.logits(terms, never)[0]) != mean
        if n == 0:
            assert at == mean
        elif n >= 5:
            assert mean < at < logit
            away.append((logit - at) / (logit - mean))
    assert away == sorted(away, reverse=True)
    assert away[0] > 0.25
    assert away[-1] < 0.01


def test_groups_that_do_not_differ_get_next_to_no_spread():
    records, _ = market(6000, 59, ranks=False)
    found = fit(records).p
    assert found.group_sd < 0.2
    assert max(abs(g.offset) for g in found.groups) < 0.2


def test_one_group_or_none_has_no_spread():
    records, _ = market(800, 61)
    for group in (np.full(800, -1), np.full(800, 4321)):
        found = fit(replace(records, group=group)).p
        assert found.group_sd == 0.0
        assert [g.offset for g in found.groups] in ([], [0.0])


# ---- properties


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_more_of_a_term_never_lowers_p_or_q(large, data):
    _, _, found = large
    level = st.floats(0, 1)
    row = data.draw(st.lists(level, min_size=6, max_size=6))
    term = data.draw(st.integers(0, 5))
    more = list(row)
    more[term] = data.draw(st.floats(row[term], 1))
    for made in (found.predict(np.array([row, more])), prior_propensities(np.array([row, more]))):
        for values in (made.p, made.q):
            assert 0 < values[0] <= values[1] < 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_the_order_of_the_rows_changes_nothing(seed, by_row, weighted):
    records, _ = market(700, 67, spread=0.5, groups=12)
    g = np.random.default_rng(seed)
    if by_row:
        records = replace(records, seeker=None)
    if weighted:
        records = replace(records, weight=np.random.default_rng(1).uniform(0.5, 2, 700))
    here, there = fit(records), fit(take(records, g.permutation(700)))
    terms = g.uniform(0, 1, (50, 6))
    for a, b in ((here.p, there.p), (here.q, there.q)):
        assert a.logits(terms) == pytest.approx(b.logits(terms), abs=1e-5)
        assert a.trust == pytest.approx(b.trust, abs=1e-5)
        assert a.quality.ece == pytest.approx(b.quality.ece, abs=1e-5)
        assert a.not_calibrated == b.not_calibrated


def test_equal_weights_of_any_size_are_no_weights():
    records, _ = market(700, 71)
    plain, heavy = fit(records), fit(replace(records, weight=np.full(700, 40.0)))
    assert coefficients(plain.p) == pytest.approx(coefficients(heavy.p), abs=1e-5)
    assert plain.p.se == pytest.approx(heavy.p.se, rel=1e-5)


def test_rows_without_weight_are_not_there():
    records, _ = market(900, 73)
    kept = np.arange(900) % 3 > 0
    seeker = np.arange(900)
    gone = fit(replace(records, weight=kept.astype(float), seeker=seeker))
    without = fit(take(replace(records, seeker=seeker), kept))
    assert to_json(gone) == to_json(without)


def test_a_pair_has_the_same_bits_in_any_batch(large):
    records, _, found = large
    whole = found.predict(records.terms, records.group)
    for cut in (slice(0, 1), slice(17, 5000), slice(19_999, 20_000)):
        part = found.predict(records.terms[cut], records.group[cut])
        assert np.array_equal(part.p, whole.p[cut])
        assert np.array_equal(part.q, whole.q[cut])
        assert part.trust == whole.trust
    assert whole.p.dtype == np.float32


def test_the_same_seed_gives_the_same_fit_and_another_only_other_folds():
    records, _ = market(1500, 79)
    assert to_json(fit(records, seed=4)) == to_json(fit(records, seed=4))
    other = fit(records, seed=5)
    assert coefficients(other.p) == pytest.approx(coefficients(fit(records, seed=4).p), abs=1e-9)
    assert other.p.quality.log_loss != fit(records, seed=4).p.quality.log_loss


def test_folds_keep_a_person_together():
    """A group of one's own, one person each: its offset may not be learned from the person's own records."""
    g = np.random.default_rng(83)
    n, each = 150, 12
    person = np.repeat(np.arange(n), each)
    applied = g.uniform(size=n * each) < np.repeat(share(g.normal(0, 2.5, n)), each)
    terms = np.full((n * each, 6), 0.5)
    records = Records(terms, np.zeros(n * each, int), applied, np.full(n * each, -1), person, seeker=person)
    together, apart = fit(records).p.quality, fit(replace(records, seeker=None)).p.quality
    assert together.log_loss == pytest.approx(together.log_loss_level, abs=0.01)
    assert apart.log_loss < 0.8 * apart.log_loss_level


# ---- reliability


def test_the_reliability_table_adds_up(large):
    records, _, found = large
    for which, model in (("p", found.p), ("q", found.q)):
        table = found.reliability(which)
        assert table.schema.equals(RELIABILITY)
        rows = table.to_pylist()
        assert [r["bin"] for r in rows] == list(range(1, 11))
        assert sum(r["n"] for r in rows) == model.records
        assert max(r["n"] for r in rows) - min(r["n"] for r in rows) <= 2
        assert sum(r["n"] * r["observed"] for r in rows) == pytest.approx(model.happened)
        ece = sum(r["n"] * abs(r["observed"] - r["predicted"]) for r in rows) / model.records
        assert model.quality.ece == pytest.approx(ece)
        for r in rows:
            peer = binomtest(round(r["n"] * r["observed"]), r["n"]).proportion_ci(method="wilson")
            assert (r["low"], r["high"]) == pytest.approx((peer.low, peer.high), abs=1e-6)
    inside = [r["low"] <= r["predicted"] <= r["high"] for r in found.reliability("p").to_pylist()]
    assert sum(inside) >= 7
    with pytest.raises(InputError, match="which"):
        found.reliability("score")
    assert fit(take(records, slice(0, 0))).reliability("p").num_rows == 0


def test_a_model_that_is_off_is_not_called_calibrated():
    g = np.random.default_rng(89)
    n = 4000
    terms = np.tile(g.uniform(0, 1, (n, 1)), (1, 6))
    # up, then half down again: nothing straight on the logit is right
    truth = np.select([terms[:, 0] < 0.3, terms[:, 0] < 0.6], [0.02, 0.9], 0.5)
    applied = g.uniform(size=n) < truth
    found = fit(Records(terms, np.zeros(n, int), applied, np.full(n, -1), np.full(n, -1))).p
    assert "off on average" in found.not_calibrated
    assert found.quality.ece > 0.1


def test_reliability_by_group_counts_and_hides_small_groups():
    g = np.random.default_rng(97)
    labels = np.array(["L"] * 400 + ["P"] * 300 + ["few"] * 49 + [None] * 60, object)
    predicted = g.uniform(0, 1, len(labels))
    observed = g.uniform(size=len(labels)) < predicted * np.where(labels == "P", 0.5, 1.0)
    order = g.permutation(len(labels))
    table = reliability_by_group(predicted[order], observed[order], pa.array(labels[order], pa.string()))
    assert table.schema.equals(RELIABILITY_BY_GROUP)
    rows = {r["label"]: r for r in table.to_pylist()}
    assert list(rows) == ["L", "P", "few", None]
    hidden = rows["few"]
    assert hidden["reason"] == "fewer than 50 records"
    assert {hidden[c] for c in ("n", "predicted", "observed", "low", "high", "gap")} == {None}
    for label in ("L", "P", None):
        own = np.array([x == label for x in labels])
        row = rows[label]
        peer = binomtest(int(observed[own].sum()), int(own.sum())).proportion_ci(method="wilson")
        assert row["n"] == own.sum()
        assert row["predicted"] == pytest.approx(predicted[own].mean())
        assert row["gap"] == pytest.approx(observed[own].mean() - predicted[own].mean())
        assert (row["low"], row["high"]) == pytest.approx((peer.low, peer.high), abs=1e-6)
        assert row["reason"] is None
    assert rows["P"]["high"] < rows["P"]["predicted"]
    assert reliability_by_group([], np.zeros(0, bool), pa.array([], pa.string())).num_rows == 0


# ---- the file


def test_a_fit_comes_back_from_json_with_the_same_bits(large):
    records, _, found = large
    text = to_json(found)
    again = from_json(text)
    assert again == found
    assert to_json(again) == text
    here, there = (f.predict(records.terms, records.group) for f in (found, again))
    assert np.array_equal(here.p, there.p)
    assert np.array_equal(here.q, there.q)
    assert again.trust == found.trust
    assert again.reliability("q").equals(found.reliability("q"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v.update(version=2), "version 2"),
        (lambda v: v.update(padan="index"), "holds no propensities"),
        (lambda v: v.pop("q"), "q: "),
        (lambda v: v["p"].pop("level"), "p.level"),
        (lambda v: v["p"].update(level="high"), "p.level"),
        (lambda v: v["p"].update(level=math.nan), "p.level"),
        (lambda v: v["p"]["slopes"].pop(), "p.slopes"),
        (lambda v: v["q"]["slopes"].__setitem__(2, -1.0), "q.slopes"),
        (lambda v: v["q"].update(trust=1.5), "q.trust"),
        (lambda v: v["q"].update(platt=[0.0, -1.0]), "q.platt"),
        (lambda v: v["p"]["groups"].reverse(), "p.groups"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_with_the_place(large, change, said):
    values = json.loads(to_json(large[2]))
    change(values)
    with pytest.raises(InputError, match=said) as caught:
        from_json(json.dumps(values))
    assert "to_json" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_a_text_that_is_no_fit_is_refused(text):
    with pytest.raises(InputError):
        from_json(text)


# ---- records from a table


def rows(n: int = 30, **columns) -> pa.Table:
    values = {
        "seeker_id": [f"s{i % 7}" for i in range(n)],
        "vacancy_id": [f"v{i}" for i in range(n)],
        "applied": [i % 3 == 0 for i in range(n)],
        "accepted": [True if i % 6 == 0 else False if i % 3 == 0 else None for i in range(n)],
        "rank": [None if i % 5 == 0 else 1 + i % 10 for i in range(n)],
    }
    values |= columns
    return pa.table({k: v for k, v in values.items() if v is not None})


def made(table: pa.Table, **changes) -> Records:
    n = table.num_rows
    given_ = {"terms": np.full((n, 6), 0.5), "group": np.full(n, 4321)} | changes
    return records_from_table(table, **given_)


def test_a_table_becomes_records():
    records = made(rows())
    assert records.applied.tolist() == [i % 3 == 0 for i in range(30)]
    assert records.accepted.tolist() == [1 if i % 6 == 0 else 0 if i % 3 == 0 else -1 for i in range(30)]
    assert records.rank.tolist() == [0 if i % 5 == 0 else 1 + i % 10 for i in range(30)]
    assert len({(a, b) for a, b in zip(records.seeker, rows()["seeker_id"].to_pylist(), strict=True)}) == 7
    shuffled = rows().take(pa.array(np.random.default_rng(1).permutation(30)))
    assert dict(zip(shuffled["vacancy_id"].to_pylist(), made(shuffled).seeker.tolist(), strict=True)) == dict(
        zip(rows()["vacancy_id"].to_pylist(), records.seeker.tolist(), strict=True)
    )
    short = made(rows(accepted=None, rank=None))
    assert set(short.accepted.tolist()) == {-1}
    assert set(short.rank.tolist()) == {0}
    assert made(rows(applied=[int(i % 3 == 0) for i in range(30)])).applied.sum() == 10
    assert len(made(pa.concat_tables([rows(), rows(vacancy_id=[f"w{i}" for i in range(30)])]))) == 60
    assert len(made(rows().slice(0, 0))) == 0


def changed(name: str, at: int, value) -> pa.Table:
    column = rows()[name].to_pylist()
    column[at] = value
    return rows(**{name: column})


@pytest.mark.parametrize(
    ("table", "said", "field"),
    [
        (changed("accepted", 1, True), "row 2: accepted, but not applied", "accepted"),
        (changed("rank", 7, 0), "row 8: rank is below 1", "rank"),
        (changed("rank", 7, -3), "row 8: rank is below 1", "rank"),
        (changed("applied", 4, None), "row 5: applied is null", "applied"),
        (changed("seeker_id", 4, None), "row 5: seeker_id is null", "seeker_id"),
        (
            rows(vacancy_id=["v0"] * 30),
            r"rows 8, 9, .* 27 and 3 more: the pair stands in an earlier row",
            "vacancy_id",
        ),
        (rows(applied=["yes"] * 30), "applied is string", "applied"),
        (rows(applied=[0, 1, 7] * 10), "applied is neither true nor false", "applied"),
        (rows(accepted=[0, 1, 7] * 10), "rows 3, 6, .*accepted is neither true nor false", "accepted"),
        (rows(rank=[1.5] * 30), "rank is double", "rank"),
        (rows(seeker_id=list(range(30))), "seeker_id is int64, not text", "seeker_id"),
        (rows(applied=None), "column 'applied' is missing", "applied"),
        (rows(sex=["L"] * 30), "column 'sex' is not wanted", "sex"),
        (rows(age=[30] * 30), "column 'age' is not wanted", "age"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_its_rows(table, said, field):
    with pytest.raises(InputError, match=said) as caught:
        made(table)
    assert caught.value.field == field
    assert "s1" not in str(caught.value)  # no one's number in a message


def broken(at: tuple[int, int], value: float) -> np.ndarray:
    terms = np.full((30, 6), 0.5)
    terms[at] = value
    return terms


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"terms": broken((3, 2), 1.01)}, "row 4: term region is not within 0 to 1"),
        ({"terms": broken((3, 5), math.nan)}, "row 4: term pay is not"),
        ({"terms": np.full((30, 5), 0.5)}, r"\(30, 6\) floats"),
        ({"terms": np.full((29, 6), 0.5)}, r"\(30, 6\) floats"),
        ({"terms": np.ones((30, 6), int)}, "int64"),
        ({"group": np.full(29, 1)}, "group is"),
        ({"group": np.full(30, -2)}, "group is below -1"),
        ({"group": ["4321"] * 30}, "whole numbers"),
        ({"weight": np.full(30, -1.0)}, "weight is not ≥ 0"),
        ({"weight": np.full(30, math.nan)}, "weight is not ≥ 0"),
    ],
)
def test_arrays_beside_the_table_are_checked(change, said):
    with pytest.raises(InputError, match=said):
        made(rows(), **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rank": np.full(50, -1)}, "rank is below 0"),
        ({"rank": np.ones(50)}, "rank is"),
        ({"accepted": np.full(50, 2)}, "accepted is not 1, 0 or -1"),
        ({"accepted": np.ones(50, int)}, "accepted, but not applied"),
        ({"applied": np.ones(50, int)}, "true or false"),
        ({"seeker": np.ones(49, int)}, "seeker"),
    ],
)
def test_records_that_do_not_fit_together_are_refused(change, said):
    records, _ = market(50, 101)
    with pytest.raises(InputError, match=said):
        fit(replace(records, **change))


@pytest.mark.parametrize("folds", [0, 1, 51])
def test_folds_have_limits(folds):
    with pytest.raises(InputError, match="folds"):
        fit(market(50, 101)[0], folds=folds)


def test_doors_of_the_estimators_refuse_what_is_no_share():
    with pytest.raises(InputError, match="row 2: estimates is not within 0 to 1"):
        logit_error([0.5, 1.5], [0, 1])
    with pytest.raises(InputError, match="observed is neither"):
        logit_error([0.5, 0.5], [0, 2])
    with pytest.raises(ShapeError, match="observed"):
        logit_error([0.5, 0.5], [True])
    with pytest.raises(InputError, match="exam is not"):
        logit_error([0.5, 0.5], [0, 1], exam=[0.0, 1.0])
    with pytest.raises(ShapeError, match="labels"):
        reliability_by_group([0.5], [True], pa.array(["a", "b"]))
    with pytest.raises(InputError, match="minimum"):
        reliability_by_group([0.5], [True], pa.array(["a"]), minimum=0)
    with pytest.raises(ShapeError, match="terms"):
        prior_propensities(np.zeros(6))
    flat = logit_error([0.5] * 40, [True, False] * 20)
    assert (flat.slope, flat.slope_se, flat.sd, flat.sd_high) == (None, None, None, None)


# ---- the guard


def candidates(made: Propensities):
    n = len(made.p)
    return np.arange(0, n + 1, 2), np.tile([0, 1], n // 2), np.linspace(0.1, 1, n), made


def test_edges_carry_p_and_q_and_the_trust_of_the_fit(large):
    records, _, found = large
    predicted = found.predict(records.terms[:40], records.group[:40])
    edges, trust = edges_with(*candidates(predicted))
    assert np.array_equal(edges.p, predicted.p)
    assert np.array_equal(edges.q, predicted.q)
    assert trust == found.trust > PRIOR_TRUST
    assert allocate(edges, [3, 3], k=2, trust=trust).vacancy.shape == (20, 2)


def test_what_is_not_calibrated_is_trusted_no_further_than_priors(large):
    predicted = large[2].predict(large[0].terms[:40])
    assert edges_with(*candidates(replace(predicted, calibrated=False)))[1] == PRIOR_TRUST
    assert edges_with(*candidates(replace(predicted, calibrated=False, trust=0.1)))[1] == 0.1
    flat = replace(predicted, p=np.full(40, 0.3, np.float32), q=np.full(40, 0.2, np.float32))
    assert edges_with(*candidates(flat))[1] == 0.0
    empty = replace(predicted, p=predicted.p[:0], q=predicted.q[:0])
    assert edges_with([0], [], [], empty)[1] == 0.0
    priors = prior_propensities(large[0].terms[:40])
    assert edges_with(*candidates(priors))[1] == PRIOR_TRUST


def test_edges_that_do_not_fit_are_refused(large):
    predicted = large[2].predict(large[0].terms[:4])
    with pytest.raises(ShapeError, match="3 candidates, 4 values of p"):
        edges_with([0, 3], [0, 1, 2], [1.0, 1, 1], predicted)
    with pytest.raises(ShapeError, match="ascend"):
        edges_with([0, 4], [0, 1, 1, 2], [1.0, 1, 1, 1], predicted)
    with pytest.raises(InputError, match="trust"):
        edges_with([0, 4], [0, 1, 2, 3], [1.0, 1, 1, 1], replace(predicted, trust=2.0))


def test_nothing_protected_has_a_field():
    named = {f.name for kind in (Records, Priors, Propensities) for f in fields(kind)} | set(TERMS)
    assert not {
        x for x in named if any(w in x for w in ("sex", "gender", "age", "relig", "marital", "disab"))
    }
