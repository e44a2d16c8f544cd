"""How likely a person applies to a vacancy, and how likely the employer accepts: p and q of candidate pairs.

Both are logistic in the six terms of a pair, with an offset for the unit group of the vacancy:

    logit p = level + Σ slope · term + offset(unit group),   slope ≥ 0

Without records they are stated priors. With records they are the posterior mode under a normal prior around
the stated ones, so few records change little. The offsets are normal around 0 with a spread that the records
tell (Laplace approximation of the marginal likelihood): a group with few records stays at the mean. A vacancy
at rank r of a list was examined with exam = 1 / log2(1 + r), so an application is Bernoulli(exam · p).

Everything said about quality comes from records that the fit did not see (folds by jobseeker): Platt's
correction, the reliability table, the error on the logit, `trust`. Sex, age, religion, marital status and
disability have no column here; `reliability_by_group` takes them as labels for a report and gives nothing
back to a fit. Terms are (n, 6) in the order of TERMS. Who was shown what is taken as given: no causes here.

Source: Platt 1999; Rubin 1980 (empirical Bayes); Wilson 1927; Zeger, Liang and Albert 1988 (attenuation).
Checked against scikit-learn, quadrature and known truth in tests/matching/test_propensity.py.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import TypeAdapter, ValidationError
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logit

from padan.errors import InputError, ShapeError
from padan.matching.acceptance import within
from padan.matching.allocate import Edges, trust_of
from padan.matching.kernels import TERMS

__all__ = [
    "RELIABILITY",
    "RELIABILITY_BY_GROUP",
    "Bin",
    "Fitted",
    "GroupOffset",
    "LogitError",
    "Model",
    "Priors",
    "Propensities",
    "Quality",
    "Records",
    "edges_with",
    "fit",
    "from_json",
    "logit_error",
    "prior_propensities",
    "records_from_table",
    "reliability_by_group",
    "to_json",
]

Source = Literal["records", "priors", "both"]
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Numbers = npt.NDArray[np.integer]
_Flags = npt.NDArray[np.bool_]

MIN_EVENTS = 10  #: of each outcome, or the slopes stay at the priors
MIN_CALIBRATED = 50  #: of each outcome, or Platt's correction and the trust are not taken from the records
PRIOR_TRUST = 0.25  #: what an error of sd 2 on the logits earns, see docs/allocation.md
_FROM_RECORDS = 0.9  #: share of the coefficients' knowledge that comes from the records, to say "records"
_Z, _Z_ONE_SIDED = 1.959964, 1.644854  # normal quantiles of 97.5 and 95 %
_EDGE = 1e-6  #: p and q stay this far from 0 and 1
_ATTENUATION = (
    16 * math.sqrt(3) / (15 * math.pi)
) ** 2  # a normal error v flattens a logit by 1 / √(1 + this·v)
_WIDEST = 3.0  #: largest spread of group offsets that is considered
_VERSION = 1

#: one row a bin of equal count, by rising prediction: records, mean prediction, share observed and its 95 %
#: Wilson interval
RELIABILITY = pa.schema(
    [("bin", pa.int32()), ("n", pa.int64())]
    + [(name, pa.float64()) for name in ("predicted", "observed", "low", "high")]
)
#: one row a label; gap = observed - predicted; where `reason` is given the figures are null
RELIABILITY_BY_GROUP = pa.schema(
    [("label", pa.string()), ("n", pa.int64())]
    + [(name, pa.float64()) for name in ("predicted", "observed", "low", "high", "gap")]
    + [("reason", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Priors:
    """What is assumed before any record: stated constants, not estimates of any real market.

    A slope says how the odds grow from the worst value of a term to its best: 1.5 means e^1.5 = 4.5 times.
    The levels put a middling pair (region .5, occupation .6, skills .3, education and experience .8, pay .7)
    near p = .22 and q = .28, a perfect one near .65 and .79.
    """

    p_level: float = -3.9
    #: people apply near home, for the pay they want, in work they know; what an employer asks matters less
    p_slopes: tuple[float, float, float, float, float, float] = (0.4, 1.2, 1.5, 0.2, 0.2, 1.0)
    q_level: float = -3.5
    #: employers choose by what a person can do and has done; pay is theirs to set, the way is the person's
    q_slopes: tuple[float, float, float, float, float, float] = (2.0, 1.0, 0.2, 0.8, 0.8, 0.0)
    slope_sd: float = 1.0  #: a slope within ±2 of the stated one is no surprise
    level_sd: float = 2.0  #: how many apply at all differs more between offices than why they do
    trust: float = PRIOR_TRUST

    def check(self) -> None:
        """Raise InputError, with the field at fault, for values that are no priors."""
        for name in ("p_slopes", "q_slopes"):
            values = getattr(self, name)
            if len(values) != len(TERMS):
                told = f"{name} has {len(values)} values, not {len(TERMS)}"
                raise InputError(told, hint=f"in this order: {', '.join(TERMS)}", field=name)
            for term, value in zip(TERMS, values, strict=True):
                within(f"{name} of {term}", value, 0.0, 50.0)
        for name in ("p_level", "q_level"):
            within(name, getattr(self, name), -50.0, 50.0)
        for name in ("slope_sd", "level_sd"):
            within(name, getattr(self, name), 1e-6, 1e6)
        within("trust", self.trust, 0.0, PRIOR_TRUST)


@dataclass(frozen=True, slots=True)
class Propensities:
    """p and q of n pairs, (n,) float32 strictly between 0 and 1; `trust` as `allocate` takes it.

    `calibrated` is True only where p and q both held on records outside their fit: others are not to be shown
    to anybody as probabilities.
    """

    p: npt.NDArray[np.float32]
    q: npt.NDArray[np.float32]
    trust: float
    calibrated: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Records:
    """Past pairs that were shown to somebody.

    terms      (n, 6) float 0–1
    rank       (n,) int place in the list from 1; 0 where it was examined for sure or the place is not known
    applied    (n,) bool
    accepted   (n,) int: 1 accepted, 0 refused, -1 not known or not applied
    group      (n,) int unit group of the vacancy as a number, -1 not known
    weight     (n,) float ≥ 0, where rows stand for unequal numbers of pairs
    seeker     (n,) int, equal for the pairs of one person; folds keep a person together
    """

    terms: _Floats
    rank: _Numbers
    applied: _Flags
    accepted: _Numbers
    group: _Numbers
    weight: _Floats | None = None
    seeker: _Numbers | None = None

    def __len__(self) -> int:
        return len(self.applied)

    def check(self) -> None:
        """Raise ShapeError or InputError naming the rows at fault (counted from 1)."""
        n = len(self.applied)
        _check_terms(self.terms, n)
        for name, kinds in (("rank", "iu"), ("applied", "b"), ("accepted", "iu"), ("group", "iu")):
            _check_column(name, getattr(self, name), n, kinds)
        _refuse(self.rank < 0, "rank is below 0", field="rank", hint="0 where the place is not known")
        _refuse(self.group < -1, "group is below -1", field="group", hint="-1 where it is not known")
        _refuse((self.accepted < -1) | (self.accepted > 1), "accepted is not 1, 0 or -1", field="accepted")
        _refuse((self.accepted == 1) & ~self.applied, "accepted, but not applied", field="accepted")
        if self.weight is not None:
            _check_column("weight", self.weight, n, "f")
            _refuse(~(np.isfinite(self.weight) & (self.weight >= 0)), "weight is not ≥ 0", field="weight")
        if self.seeker is not None:
            _check_column("seeker", self.seeker, n, "iu")


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of RELIABILITY, without its number."""

    n: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LogitError:
    """How estimates stand to the truth, on the logit. All None where the estimates are all equal.

    slope      of what happened on the estimates' logit: 1 just right, below 1 too extreme, 0 worthless
    sd         of estimate minus truth; sd_high its upper one-sided 95 % limit
    """

    slope: float | None
    slope_se: float | None
    sd: float | None
    sd_high: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What predictions are worth on records outside the fit; `..._level`: the same of one share for all."""

    records: int
    bins: tuple[Bin, ...]
    brier: float
    brier_level: float
    log_loss: float
    log_loss_level: float
    ece: float  #: mean |observed - predicted| over the bins, by records
    slope: float | None  #: calibration after correction, 1 is right; None where all predictions are equal
    intercept: float | None  #: the same, 0 is right
    error: LogitError  #: before correction


@dataclass(frozen=True, slots=True)
class GroupOffset:
    """What a unit group adds to the logit, and the records that say so."""

    unit_group: int
    records: int
    offset: float


@dataclass(frozen=True, slots=True)
class Model:
    """p or q: logit = platt[0] + platt[1] · (level + Σ slope · term + offset).

    records, happened    rows used, and those in which the person applied or the employer accepted
    se                   (7,) of level and slopes, posterior; equal to the prior's where no record tells
    reason               why the records were not used in full, else None
    not_calibrated       why it may not be shown as a probability, else None
    """

    source: Source
    records: int
    happened: int
    level: float
    slopes: tuple[float, ...]
    se: tuple[float, ...]
    group_sd: float
    groups: tuple[GroupOffset, ...]
    platt: tuple[float, float]
    trust: float
    spread: float  #: variance of the corrected logit over the records; over the prior's where there are none
    reason: str | None
    not_calibrated: str | None
    quality: Quality | None

    def logits(self, terms: _Floats, group: _Numbers | None = None) -> _Floats:
        """The logit of each pair. Term by term, so that a pair has the same bits in any batch."""
        z = np.full(len(terms), self.level)
        for t, slope in enumerate(self.slopes):
            z += slope * terms[:, t]
        if group is not None and self.groups:
            codes = np.array([g.unit_group for g in self.groups], np.int64)
            at = np.minimum(np.searchsorted(codes, group), len(codes) - 1)
            z += np.where(codes[at] == group, np.array([g.offset for g in self.groups])[at], 0.0)
        return np.asarray(self.platt[0] + self.platt[1] * z, np.float64)


@dataclass(frozen=True, slots=True)
class Fitted:
    """p and q as fitted, with what they are worth. Holds numbers only, no record."""

    p: Model
    q: Model

    @property
    def trust(self) -> float:
        """Of p and q together, each by the variance of its logit: what is flat cannot mislead."""
        total = self.p.spread + self.q.spread
        return (self.p.trust * self.p.spread + self.q.trust * self.q.spread) / total if total > 0 else 0.0

    @property
    def source(self) -> Source:
        return self.p.source if self.p.source == self.q.source else "both"

    def predict(self, terms: _Floats, group: _Numbers | None = None) -> Propensities:
        """p and q of n pairs.

        terms    (n, 6) of `terms_of`
        group    (n,) unit group of each vacancy as a number; -1, or one without records, counts as the mean
        """
        _check_terms(terms, len(terms))
        if group is not None:
            _check_column("group", group, len(terms), "iu")
        p, q = (_share(model.logits(terms, group)) for model in (self.p, self.q))
        calibrated = self.p.not_calibrated is None and self.q.not_calibrated is None
        return Propensities(p, q, self.trust, calibrated, self.source)

    def reliability(self, which: Literal["p", "q"]) -> pa.Table:
        """The reliability table of p or q, schema RELIABILITY; no rows where it was not fitted to records."""
        if which not in ("p", "q"):
            raise InputError(f"which is {which!r}", hint="p or q", field="which")
        quality = self.p.quality if which == "p" else self.q.quality
        rows = [{"bin": i, **asdict(b)} for i, b in enumerate(quality.bins, 1)] if quality else []
        return pa.Table.from_pylist(rows, RELIABILITY)


def prior_propensities(terms: _Floats, priors: Priors | None = None) -> Propensities:
    """p and q of pairs by the stated priors alone; never calibrated, trusted as far as `Priors.trust`."""
    priors = priors or Priors()
    priors.check()
    nobody = "no records"
    return Fitted(_prior_model(priors, "p", nobody), _prior_model(priors, "q", nobody)).predict(terms)


def records_from_table(
    table: pa.Table, terms: _Floats, group: npt.ArrayLike, *, weight: _Floats | None = None
) -> Records:
    """Records of an Arrow table with one row a pair that was shown.

    table     seeker_id and vacancy_id text, applied bool, accepted bool or null, rank int from 1 or null
    terms     (n, 6) of the same rows; group (n,) and weight (n,) too

    `accepted` and `rank` may be left out. Other columns are refused: a propensity may know no more than this.
    Raises ShapeError or InputError naming the rows at fault, counted from 1.
    """
    n = table.num_rows
    needed, allowed = ("seeker_id", "vacancy_id", "applied"), ("accepted", "rank")
    for name in table.column_names:
        if name not in needed + allowed or table.column_names.count(name) > 1:
            hint = f"columns: {', '.join(needed + allowed)}; labels of a report go to reliability_by_group"
            raise ShapeError(f"column {name!r} is not wanted here, or twice", hint=hint, field=name)
    for name in needed:
        if name not in table.column_names:
            raise ShapeError(f"column {name!r} is missing", hint=f"needed: {', '.join(needed)}", field=name)
        _refuse(table.column(name).is_null().to_numpy(), f"{name} is null", field=name)
    number = {}
    for name in ("seeker_id", "vacancy_id"):
        column = table.column(name)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            raise ShapeError(f"{name} is {column.type}, not text", field=name)
        # numbered by the order of the ids, not of the rows
        number[name] = pc.rank(column, tiebreaker="dense").to_numpy().astype(np.int64)
    order = np.lexsort((np.arange(n), number["vacancy_id"], number["seeker_id"]))
    same = np.zeros(n, bool)
    same[1:] = np.all([np.diff(number[name][order]) == 0 for name in number], axis=0)
    repeated = np.zeros(n, bool)
    repeated[order[same]] = True
    hint = "keep one row a pair: the one that ended in an application"
    _refuse(repeated, "the pair stands in an earlier row too", field="vacancy_id", hint=hint)
    applied, accepted = _flags(table, "applied") == 1, _flags(table, "accepted")
    rank = np.zeros(n, np.int64)
    if "rank" in table.column_names:
        column = table.column("rank")
        if not (pa.types.is_integer(column.type) or pa.types.is_null(column.type)):
            raise ShapeError(f"rank is {column.type}, not whole numbers", field="rank")
        hint = "the first of a list has rank 1; null where the place is not known"
        low = pc.fill_null(pc.less(column.cast(pa.int64()), 1), False).to_numpy()
        _refuse(low, "rank is below 1", field="rank", hint=hint)
        rank = np.asarray(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), np.int64)
    x, unit_group = np.asarray(terms), np.asarray(group)
    records = Records(x, rank, applied, accepted, unit_group, weight, number["seeker_id"])
    records.check()
    return records


def fit(records: Records, *, priors: Priors | None = None, folds: int = 5, seed: int = 1) -> Fitted:
    """Fit p to all records and q to those applications whose answer is known.

    folds    2 to 50, for what is said about quality; drawn from the seed, by jobseeker if there is `seeker`

    Slopes are kept at 0 or more: every term says how well a pair fits, so a negative one would come from who
    was shown what, and would send people to what suits them less. Where one outcome never occurs the priors
    stay as they are; below MIN_EVENTS of either only the level moves; below MIN_CALIBRATED nothing is called
    calibrated and the trust is the prior's. The order of the rows changes nothing. A few hundred passes over
    the records.
    """
    priors = priors or Priors()
    priors.check()
    within("folds", folds, 2, 50)
    records.check()
    return Fitted(_fit_one(records, priors, "p", folds, seed), _fit_one(records, priors, "q", folds, seed))


def to_json(fitted: Fitted) -> str:
    """The fit as JSON text, the same for the same fit; `from_json` gives back equal predictions."""
    model = asdict(fitted)
    return json.dumps({"padan": "propensities", "version": _VERSION, **model}, indent=1, allow_nan=False)


def from_json(text: str) -> Fitted:
    """Read what `to_json` wrote. Raises InputError naming what is missing or wrong."""
    hint = "write the file again with to_json"
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"the propensities are not JSON: {error}", hint=hint) from error
    if not isinstance(values, dict) or values.get("padan") != "propensities":
        raise InputError("this JSON holds no propensities", hint=hint, field="padan")
    if values.get("version") != _VERSION:
        told = f"propensities are of version {values.get('version')!r}, this program reads {_VERSION}"
        raise InputError(told, hint=hint, field="version")
    try:
        fitted = TypeAdapter(Fitted).validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"propensities: {where}: {first['msg']}", hint=hint, field=where) from error
    for name, model in (("p", fitted.p), ("q", fitted.q)):
        codes = [g.unit_group for g in model.groups]
        numbers = (model.level, *model.slopes, *model.platt, model.spread, *(g.offset for g in model.groups))
        wrong = {
            "slopes": len(model.slopes) != len(TERMS) or min(model.slopes) < 0,
            "platt": model.platt[1] < 0,
            "trust": not 0 <= model.trust <= 1,
            "groups": codes != sorted(set(codes)),
            "level": not all(map(math.isfinite, numbers)),
        }
        for part in (part for part, bad in wrong.items() if bad):
            told = f"propensities: {name}.{part} is not as to_json writes it"
            raise InputError(told, hint=hint, field=part)
    return fitted


def logit_error(
    estimates: npt.ArrayLike,
    observed: npt.ArrayLike,
    *,
    exam: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    seeker: npt.ArrayLike | None = None,
) -> LogitError:
    """How far estimated probabilities lie from the true ones, told from what happened in new records.

    estimates    (n,) 0–1, made without these records; observed (n,) true where it happened
    exam         (n,) 0–1 chance of having been examined; weight (n,) ≥ 0
    seeker       (n,) int; records of one person count as dependent in the standard error

    Model: logit estimate = logit truth + error, error normal and independent of the truth. Then what happened
    rises with the estimate's logit by less than 1: slope = λ / √(1 + .346·λ·sd²) with λ = 1 - sd² / V and V
    the variance of the estimates' logit; solved for sd. What differs between pairs with equal estimates
    (taste that no column shows) is no error here: it makes an estimate coarse, not wrong.
    """
    share, happened = _outcomes("estimates", estimates, observed)
    n = len(share)
    chance, heavy = (np.ones(n) if x is None else np.asarray(x, np.float64) for x in (exam, weight))
    _check_column("exam", chance, n, "f")
    _check_column("weight", heavy, n, "f")
    _refuse(~((chance > 0) & (chance <= 1)), "exam is not above 0 and up to 1", field="exam")
    _refuse(~(np.isfinite(heavy) & (heavy >= 0)), "weight is not ≥ 0", field="weight")
    people = np.arange(n) if seeker is None else np.asarray(seeker)
    _check_column("seeker", people, n, "iu")
    z = logit(np.clip(share, _EDGE, 1 - _EDGE))
    variance = float(np.var(z)) if n else 0.0
    if variance <= 1e-12 or heavy.sum() <= 0:
        return LogitError(None, None, None, None)
    task = _platt_task(z, happened, chance, _counts(heavy))
    found = _mode(task, 0.0)
    # scores of one person are summed before they are squared
    _, pull = _loss(task.x @ found, task)
    names, person = np.unique(people, return_inverse=True)
    scores = np.stack([np.bincount(person, pull * task.x[:, j], len(names)) for j in range(2)])
    bread = np.linalg.inv(_curvature(task, found, 0.0)[1])
    meat = scores @ scores.T * (len(names) / max(len(names) - 1, 1))
    slope, se = float(found[1]), math.sqrt(float((bread @ meat @ bread)[1, 1]))
    return LogitError(slope, se, _error_of(slope, variance), _error_of(slope - _Z_ONE_SIDED * se, variance))


def reliability_by_group(
    predicted: npt.ArrayLike, observed: npt.ArrayLike, labels: pa.Array, *, minimum: int = 50
) -> pa.Table:
    """What was predicted and what happened, by label: schema RELIABILITY_BY_GROUP, labels ascending.

    predicted   (n,) 0–1, for p times the chance of being examined; observed (n,) true where it happened
    labels      (n,) text or null (a row of its own): sex, age group, region or whatever the report is about
    minimum     a label with fewer records is named and its figures are null, with the reason

    The interval is the 95 % Wilson interval of the observed share; records count as independent. The labels
    go nowhere else: no function here takes them into a score.
    """
    share, happened = _outcomes("predicted", predicted, observed)
    n = len(share)
    within("minimum", minimum, 1, math.inf)
    if len(labels) != n:
        raise ShapeError(f"{len(labels)} labels, {n} predictions", field="labels")
    found = pa.table({"label": labels.cast(pa.string()), "share": share, "happened": happened})
    sums = found.group_by("label").aggregate([("share", "count"), ("share", "mean"), ("happened", "mean")])
    rows: list[tuple[object, ...]] = []
    for row in sums.sort_by("label").to_pylist():
        label, count = row["label"], row["share_count"]
        if count < minimum:
            rows.append((label, None, None, None, None, None, None, f"fewer than {minimum} records"))
            continue
        mean, seen = row["share_mean"], row["happened_mean"]
        rows.append((label, count, mean, seen, *_wilson(seen, count), seen - mean, None))
    names = RELIABILITY_BY_GROUP.names
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], RELIABILITY_BY_GROUP)


def edges_with(
    indptr: npt.ArrayLike, vacancy: npt.ArrayLike, score: npt.ArrayLike, propensities: Propensities
) -> tuple[Edges, float]:
    """Candidates for `allocate`, and the trust to give it.

    indptr (n+1,), vacancy (nnz,), score (nnz,) as in `Edges`; propensities of the same nnz pairs

    The guard: what is not calibrated is trusted no further than priors are, and propensities that tell no
    pair from another are not trusted at all.
    """
    p, q = propensities.p, propensities.q
    ids = np.asarray(vacancy, np.int32)
    if p.shape != ids.shape or q.shape != ids.shape:
        raise ShapeError(f"{len(ids)} candidates, {len(p)} values of p and {len(q)} of q", field="p")
    edges = Edges(np.asarray(indptr, np.int64), ids, p, q, np.asarray(score, np.float32))
    edges.check(int(ids.max(initial=-1)) + 1)
    within("trust", propensities.trust, 0.0, 1.0)
    trust = propensities.trust if propensities.calibrated else min(propensities.trust, PRIOR_TRUST)
    if not len(p) or (np.ptp(p) <= 1e-6 and np.ptp(q) <= 1e-6):
        trust = 0.0
    return edges, float(trust)


def _share(z: _Floats) -> npt.NDArray[np.float32]:
    return np.asarray(np.clip(expit(z), _EDGE, 1 - _EDGE), np.float32)


def _prior_model(priors: Priors, which: str, reason: str, records: int = 0, happened: int = 0) -> Model:
    level, slopes = (priors.p_level, priors.p_slopes) if which == "p" else (priors.q_level, priors.q_slopes)
    se = (priors.level_sd, *([priors.slope_sd] * len(TERMS)))
    # as if the terms were uniform and independent
    spread = float(np.sum(np.square(slopes)) / 12)
    return Model(
        source="priors", records=records, happened=happened, level=level, slopes=tuple(slopes), se=se,
        group_sd=0.0, groups=(), platt=(0.0, 1.0), trust=priors.trust, spread=spread,
        reason=reason, not_calibrated=reason, quality=None
    )  # fmt: skip


def _fit_one(records: Records, priors: Priors, which: str, folds: int, seed: int) -> Model:
    used, outcome, exam = np.ones(len(records), bool), records.applied, np.ones(len(records))
    if which == "p":
        exam = np.where(records.rank > 0, 1.0 / np.log2(1.0 + np.maximum(records.rank, 1)), 1.0)
    else:
        used, outcome = records.applied & (records.accepted >= 0), records.accepted == 1
    if records.weight is not None:
        used = used & (records.weight > 0)
    rows = np.flatnonzero(used)
    # rows in an order that depends on what they say alone, so that sums and folds do not depend on the file
    terms = records.terms.astype(np.float64, copy=False)
    keys = [terms[rows, t] for t in range(len(TERMS))] + [exam[rows], outcome[rows], records.group[rows]]
    keys += [x[rows] for x in (records.weight, records.seeker) if x is not None]
    rows = rows[np.lexsort(keys)]
    y = outcome[rows].astype(np.float64)
    n, happened = len(rows), int(y.sum())
    verb = "applied" if which == "p" else "were accepted"
    if happened in (0, n):
        told = "no records" if n == 0 else f"{'none' if happened == 0 else 'all'} of {n} {verb}"
        return _prior_model(priors, which, told, n, happened)
    weight = _counts(np.ones(n) if records.weight is None else records.weight[rows].astype(np.float64))
    x = np.column_stack([np.ones(n), terms[rows]])
    start = _prior_model(priors, which, "", n, happened)
    mean, sd = np.array([start.level, *start.slopes]), np.array(start.se)
    least = min(happened, n - happened)
    counts = f"{happened} {verb} and {n - happened} not"
    if least < MIN_EVENTS:
        none, one = np.zeros(n, np.int64), slice(0, 1)
        known_part = x[:, 1:] @ mean[1:]
        no_floor = np.array([-np.inf])
        task = _Task(x[:, one], known_part, y, exam[rows], weight, none, 0, mean[one], sd[one], no_floor)
        level = float(_mode(task, 0.0)[0])
        se = (float(_curvature(task, np.array([level]), 0.0)[1][0, 0] ** -0.5), *start.se[1:])
        reason = f"{counts}: slopes need {MIN_EVENTS} of each, only the level was fitted"
        return replace(start, source="both", level=level, se=se, reason=reason, not_calibrated=reason)
    codes, group = np.unique(records.group[rows], return_inverse=True)
    unknown = int((codes < 0).sum())
    codes, group = codes[unknown:], np.where(group < unknown, len(codes) - unknown, group - unknown)
    floor = np.array([-np.inf, *([0.0] * len(TERMS))])
    task = _Task(x, np.zeros(n), y, exam[rows], weight, group, len(codes), mean, sd, floor)
    spread, found = _with_group_spread(task)
    se7 = np.sqrt(np.diag(np.linalg.inv(_curvature(task, found, spread)[1])))
    known = float(np.mean(1.0 - (se7 / sd) ** 2))
    person = np.arange(n) if records.seeker is None else records.seeker[rows]
    platt, trust = (0.0, 1.0), priors.trust
    quality: Quality | None = None
    why: str | None = "all records are of one person"
    names, numbered = np.unique(person, return_inverse=True)
    folds = min(folds, len(names))
    if folds > 1:
        fold = np.random.default_rng(seed).permutation(np.arange(len(names)) % folds)[numbered]
        platt, trust, quality, why = _judge(task, spread, found, fold, numbered, least, trust)
    z = platt[0] + platt[1] * _linear(task, found)
    size = np.bincount(group, minlength=len(codes) + 1)
    return replace(
        start,
        source="records" if known >= _FROM_RECORDS else "both",
        level=float(found[0]),
        slopes=tuple(map(float, found[1 : 1 + len(TERMS)])),
        se=tuple(map(float, se7)),
        group_sd=spread,
        groups=tuple(map(GroupOffset, codes.tolist(), size.tolist(), found[1 + len(TERMS) :].tolist())),
        platt=platt,
        trust=trust,
        spread=float(np.var(z)),
        reason=None if known >= _FROM_RECORDS else f"the records tell {known:.0%} of the coefficients",
        not_calibrated=f"{counts}: {why}" if why else None,
        quality=quality,
    )


def _judge(
    task: _Task, spread: float, found: _Floats, fold: _Ints, person: _Ints, least: int, prior_trust: float
) -> tuple[tuple[float, float], float, Quality, str | None]:
    """Platt's correction, trust and quality out of fold, and why the result is not calibrated.

    Two numbers and not isotonic regression: a step function needs thousands of records, and its steps are
    ties, in which no candidate can be told from another.
    """
    raw = np.zeros(len(task.y))
    for k in np.unique(fold):
        inside = _mode(task.part(fold != k), spread, start=found)
        raw[fold == k] = _linear(task.part(fold == k), inside)
    enough = least >= MIN_CALIBRATED
    platt = _platt(raw, task, np.ones(len(raw), bool)) if enough else (0.0, 1.0)
    z = raw.copy()
    for k in np.unique(fold) if enough else ():
        # corrected by what the other folds say, so that the table has not seen its own records
        level, slope = _platt(raw, task, fold != k)
        z[fold == k] = level + slope * raw[fold == k]
    estimates = expit(raw)
    error = logit_error(estimates, task.y > 0, exam=task.exam, weight=task.weight, seeker=person)
    trust = prior_trust
    if enough:
        trust = trust_of(estimates, error.sd_high) if error.sd_high is not None else 0.0
    quality = _quality(z, task, error, bins=max(1, min(10, least // 5)))
    share = float(task.weight @ task.y / task.weight.sum())
    allowed = min(0.05, 0.25 * min(share, 1 - share))
    why = None
    if not enough:
        why = f"a correction needs {MIN_CALIBRATED} of each"
    elif quality.ece > allowed:
        why = f"predictions are {quality.ece:.3f} off on average, more than {allowed:.3f}"
    return platt, trust, quality, why


def _quality(z: _Floats, task: _Task, error: LogitError, *, bins: int) -> Quality:
    y, w = task.y, task.weight
    chance = np.clip(expit(z), _EDGE, 1 - _EDGE)
    said = task.exam * chance
    level = task.exam * min(float(w @ y) / float(w @ task.exam), 1 - _EDGE)
    # rounded, and equal predictions kept in one bin: noise of the last digits moves no record
    by = np.round(chance, 9)
    edges = np.unique(np.quantile(by, np.arange(1, bins) / bins))
    place = np.searchsorted(edges, by, side="right")
    table = []
    ece = 0.0
    for b in np.unique(place):
        own = place == b
        total = float(w[own].sum())
        mean, seen = float(w[own] @ said[own]) / total, float(w[own] @ y[own]) / total
        table.append(Bin(int(own.sum()), mean, seen, *_wilson(seen, total)))
        ece += total / float(w.sum()) * abs(seen - mean)
    after: tuple[float | None, float | None] = (None, None)
    if np.var(z) > 1e-12:
        intercept, slope = map(float, _mode(_platt_task(z, y, task.exam, w), 0.0))
        after = (intercept, slope)
    return Quality(
        records=len(y), bins=tuple(table), ece=ece,
        brier=float(w @ (said - y) ** 2 / w.sum()), brier_level=float(w @ (level - y) ** 2 / w.sum()),
        log_loss=-float(w @ np.log(np.where(y > 0, said, 1 - said)) / w.sum()),
        log_loss_level=-float(w @ np.log(np.where(y > 0, level, 1 - level)) / w.sum()),
        slope=after[1], intercept=after[0], error=error
    )  # fmt: skip


def _wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share seen in n trials."""
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _error_of(slope: float, variance: float) -> float:
    """The sd in `logit_error`: with λ = 1 - sd²/V, λ²·(1 + d²kV) - d²kV·λ - d² = 0 for slope d."""
    d2 = max(slope, 0.0) ** 2
    bend = d2 * _ATTENUATION * variance
    kept = (bend + math.sqrt(bend * bend + 4.0 * (1.0 + bend) * d2)) / (2.0 * (1.0 + bend))
    return math.sqrt(max(1.0 - kept, 0.0) * variance)


# ---- the posterior mode; theta is (fixed effects, group offsets)


@dataclass(frozen=True, slots=True)
class _Task:
    """x (n, m) design, offset (n,) known part of the logit, y, exam, weight (n,); group (n,) 0..groups, the
    last without offset; mean, sd, floor (m,) prior and lower bound of the fixed effects.
    """

    x: _Floats
    offset: _Floats
    y: _Floats
    exam: _Floats
    weight: _Floats
    group: _Ints
    groups: int
    mean: _Floats
    sd: _Floats
    floor: _Floats

    def part(self, rows: _Flags) -> _Task:
        names = ("x", "offset", "y", "exam", "weight", "group")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


def _counts(weight: _Floats) -> _Floats:
    """Weights that add up to the number of equal records worth as much (Kish)."""
    return np.asarray(weight * (weight.sum() / max(float(weight @ weight), 1e-300)), np.float64)


def _linear(task: _Task, theta: _Floats) -> _Floats:
    m = task.x.shape[1]
    z = task.x @ theta[:m] + task.offset
    return z + np.append(theta[m:], 0.0)[task.group] if task.groups else z


def _loss(z: _Floats, task: _Task) -> tuple[float, _Floats]:
    """-log likelihood of Bernoulli(exam · p), and its derivative by z (n,)."""
    p = expit(z)
    rest = 1.0 - p
    happened = task.y > 0
    seen = task.exam * p
    chance = np.maximum(np.where(happened, seen, 1.0 - task.exam + task.exam * rest), 1e-300)
    slope = np.where(happened, -rest, seen * rest / chance)
    return -float(task.weight @ np.log(chance)), task.weight * slope


def _curvature(task: _Task, theta: _Floats, spread: float) -> tuple[_Floats, _Floats]:
    """Expected information: (groups,) of the offsets from records alone, and (m, m) posterior precision of
    the fixed effects with the offsets integrated out.
    """
    z = _linear(task, theta)
    p = expit(z)
    rest = 1.0 - p
    own = task.weight * task.exam * p * rest * rest / np.maximum(1.0 - task.exam + task.exam * rest, 1e-300)
    m = task.x.shape[1]
    fixed = (task.x * own[:, None]).T @ task.x + np.diag(task.sd**-2.0)
    if not task.groups or spread <= 0:
        return np.zeros(task.groups), fixed
    by_group = np.bincount(task.group, own, task.groups + 1)[: task.groups]
    cross = np.stack([np.bincount(task.group, own * task.x[:, j], task.groups + 1) for j in range(m)])
    cross = cross[:, : task.groups]
    within_groups = (cross / (by_group + spread**-2.0)) @ cross.T
    return by_group.astype(np.float64), np.asarray(fixed - within_groups, np.float64)


def _mode(task: _Task, spread: float, *, start: _Floats | None = None) -> _Floats:
    """Most likely theta; offsets are 0 where the spread is. L-BFGS-B, scaled to about unit information."""
    m = task.x.shape[1]
    free = task.groups if spread > 0 else 0
    first = np.zeros(m + task.groups)
    first[:m] = np.maximum(task.mean, task.floor)
    if start is not None:
        first[:] = start
    if not free:
        first[m:] = 0.0
    z = _linear(task, first)
    p = expit(z)
    own = task.weight * task.exam * np.maximum(p * (1.0 - p), 1e-3)
    scale = np.empty(m + free)
    scale[:m] = ((task.x**2).T @ own + task.sd**-2.0) ** -0.5
    if free:
        scale[m:] = (np.bincount(task.group, own, free + 1)[:free] + spread**-2.0) ** -0.5
    theta = first.copy()

    def value(scaled: _Floats) -> tuple[float, _Floats]:
        theta[: m + free] = scaled * scale
        away = (theta[:m] - task.mean) / task.sd
        cost, pull = _loss(_linear(task, theta), task)
        slope = np.empty(m + free)
        slope[:m] = task.x.T @ pull + away / task.sd
        cost += 0.5 * float(away @ away)
        if free:
            slope[m:] = np.bincount(task.group, pull, free + 1)[:free] + theta[m:] / spread**2
            cost += 0.5 * float(theta[m:] @ theta[m:]) / spread**2
        return cost, slope * scale

    bounds = [(None if f == -np.inf else f / s, None) for f, s in zip(task.floor, scale[:m], strict=True)]
    found = minimize(
        value, first[: m + free] / scale, jac=True, method="L-BFGS-B", bounds=bounds + [(None, None)] * free,
        options={"maxiter": 500, "maxcor": 20, "ftol": 1e-14, "gtol": 1e-6}
    )  # fmt: skip
    theta[: m + free] = found.x * scale
    return theta


def _with_group_spread(task: _Task) -> tuple[float, _Floats]:
    """The spread of the offsets with the highest marginal likelihood (0 is one), and the mode with it."""
    alone = _mode(task, 0.0)
    if task.groups < 2:
        return 0.0, alone
    best, most, found = 0.0, _log_marginal(task, alone, 0.0), alone
    last = alone

    def cost(log_spread: float) -> float:
        nonlocal best, most, found, last
        spread = math.exp(log_spread)
        last = _mode(task, spread, start=last)
        value = _log_marginal(task, last, spread)
        if value > most:
            best, most, found = spread, value, last
        return -value

    range_ = (math.log(0.02), math.log(_WIDEST))
    minimize_scalar(cost, bounds=range_, method="bounded", options={"xatol": 0.02})
    return best, found


def _log_marginal(task: _Task, theta: _Floats, spread: float) -> float:
    """Laplace's approximation of the log marginal likelihood, up to a constant."""
    m = task.x.shape[1]
    away = (theta[:m] - task.mean) / task.sd
    by_group, fixed = _curvature(task, theta, spread)
    value = -_loss(_linear(task, theta), task)[0] - 0.5 * float(away @ away)
    value -= 0.5 * float(np.linalg.slogdet(fixed)[1])
    if spread > 0:
        value -= 0.5 * float(theta[m:] @ theta[m:]) / spread**2
        value -= 0.5 * float(np.log1p(spread**2 * by_group).sum())
    return value


def _platt_task(z: _Floats, y: _Floats, exam: _Floats, weight: _Floats, *, floor: float = -np.inf) -> _Task:
    """What happened on the logit of a prediction, loosely held at level 0 and slope 1."""
    x = np.column_stack([np.ones(len(z)), z])
    none, nothing = np.zeros(len(z), np.int64), np.zeros(len(z))
    mean, sd = np.array([0.0, 1.0]), np.array([10.0, 2.0])
    return _Task(x, nothing, y, exam, weight, none, 0, mean, sd, np.array([-np.inf, floor]))


def _platt(raw: _Floats, task: _Task, rows: _Flags) -> tuple[float, float]:
    own = task.part(rows)
    level, slope = _mode(_platt_task(raw[rows], own.y, own.exam, own.weight, floor=0.0), 0.0)
    return float(level), float(slope)


# ---- checks


def _check_terms(terms: _Floats, n: int) -> None:
    if terms.ndim != 2 or terms.shape != (n, len(TERMS)) or terms.dtype.kind != "f":
        told = f"terms are {terms.shape} {terms.dtype}, not ({n}, {len(TERMS)}) floats"
        raise ShapeError(told, hint=f"columns: {', '.join(TERMS)}; terms_of makes them", field="terms")
    for t, name in enumerate(TERMS):
        column = terms[:, t]
        _refuse(~((column >= 0) & (column <= 1)), f"term {name} is not within 0 to 1", field="terms")


def _check_column(name: str, values: npt.NDArray[np.generic], n: int, kinds: str) -> None:
    if values.shape != (n,) or values.dtype.kind not in kinds:
        wanted = {"iu": "whole numbers", "b": "true or false", "f": "floats", "biu": "true or false"}[kinds]
        raise ShapeError(f"{name} is {values.shape} {values.dtype}, not ({n},) {wanted}", field=name)


def _outcomes(name: str, shares: npt.ArrayLike, observed: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    share, happened = np.asarray(shares, np.float64), np.asarray(observed)
    _check_column(name, share, len(share), "f")
    _check_column("observed", happened, len(share), "biu")
    _refuse(~((share >= 0) & (share <= 1)), f"{name} is not within 0 to 1", field=name)
    _refuse((happened != 0) & (happened != 1), "observed is neither 0 nor 1", field="observed")
    return share, happened.astype(np.float64)


def _refuse(bad: _Flags, what: str, *, field: str, hint: str | None = None) -> None:
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    listed = ", ".join(str(r + 1) for r in rows[:20])
    more = f" and {len(rows) - 20} more" if len(rows) > 20 else ""
    raise InputError(f"row{'s' if len(rows) > 1 else ''} {listed}{more}: {what}", hint=hint, field=field)


def _flags(table: pa.Table, name: str) -> _Ints:
    """A column of true or false as 1, 0 and -1 for null; all -1 where it is missing."""
    if name not in table.column_names:
        return np.full(table.num_rows, -1, np.int64)
    column = table.column(name)
    kind = column.type
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise ShapeError(f"{name} is {kind}, not true or false", hint="true, false, 1 or 0", field=name)
    null = column.is_null().to_numpy()
    values = np.asarray(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), np.int64)
    _refuse((values != 0) & (values != 1), f"{name} is neither true nor false", field=name)
    return np.where(null, -1, values)
