"""Padan as models of WorkRB.

    PadanLabels    the linker over the target labels alone: words, characters and vectors
    PadanEncoder   the cosine of the vectors alone
    PadanSchemes   the linker over the installed scheme with all its names; a target is found by its label

The encoder is trained on this machine from the schemes in PADAN_HOME, so all three depend on what is
installed there. Where the linker ranks, a score is a place turned into a number: Padan rounds its own scores
and orders ties itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from workrb.models.base import ModelInterface
from workrb.registry import register_model
from workrb.types import ModelInputType

if TYPE_CHECKING:
    from padan.linking import Encoder, Linker, Target

__all__ = ["PadanEncoder", "PadanLabels", "PadanSchemes", "SchemeNotInstalled"]

_MOST = 1000  #: concepts that the linker ranks for one text


class SchemeNotInstalled(LookupError):
    """PadanSchemes was asked for a scheme that PADAN_HOME does not hold."""


class _Padan(ModelInterface):
    """What the three have in common: no labels of their own, classes are ranked like targets."""

    @property
    def classification_label_space(self) -> list[str] | None:
        return None

    def _compute_classification(
        self,
        texts: list[str],
        targets: list[str],
        input_type: ModelInputType,
        target_input_type: ModelInputType | None = None,
    ) -> torch.Tensor:
        return self._compute_rankings(texts, targets, input_type, target_input_type or input_type)


@register_model()
class PadanLabels(_Padan):
    """`Linker.rank_corpus` over the target labels; targets past the thousandth place share the score 0."""

    def __init__(self, linker: Linker | None = None) -> None:
        self._linker = linker or _linker()

    @property
    def name(self) -> str:
        return "Padan-labels"

    @property
    def description(self) -> str:
        return "Padan's linker over the target labels"

    def _compute_rankings(
        self,
        queries: list[str],
        targets: list[str],
        query_input_type: ModelInputType,
        target_input_type: ModelInputType,
    ) -> torch.Tensor:
        found = self._linker.rank_corpus(queries, [(text, text) for text in targets], k=_MOST)
        columns: dict[str, list[int]] = {}
        for number, text in enumerate(targets):
            columns.setdefault(text, []).append(number)
        return _by_place([one.ranked for one in found], columns, len(targets))


@register_model()
class PadanEncoder(_Padan):
    """The cosine of Padan's vectors of query and target."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder or _encoder()

    @property
    def name(self) -> str:
        return "Padan-encoder"

    @property
    def description(self) -> str:
        return "Padan's static n-gram vectors, 128 numbers, trained on the installed schemes"

    def _compute_rankings(
        self,
        queries: list[str],
        targets: list[str],
        query_input_type: ModelInputType,
        target_input_type: ModelInputType,
    ) -> torch.Tensor:
        return torch.from_numpy(self._encoder.encode(queries) @ self._encoder.encode(targets).T)


@register_model()
class PadanSchemes(_Padan):
    """`Linker.link` to isco08 or esco-skill, with every name that the scheme has.

    A target stands for the concept that has its label as a name; targets that no concept has score 0. Raises
    SchemeNotInstalled, which says what to add, where the scheme is not there.
    """

    def __init__(self, linker: Linker | None = None) -> None:
        self._linker = linker or _linker()

    @property
    def name(self) -> str:
        return "Padan-schemes"

    @property
    def description(self) -> str:
        return "Padan's linker over all names of the installed scheme"

    def _compute_rankings(
        self,
        queries: list[str],
        targets: list[str],
        query_input_type: ModelInputType,
        target_input_type: ModelInputType,
    ) -> torch.Tensor:
        to: Target = "isco08" if target_input_type == ModelInputType.JOB_TITLE else "esco-skill"
        if to not in self._linker.library:
            raise SchemeNotInstalled(f"the scheme {to} is not installed: padan taxonomy add esco PATH")
        columns: dict[str, list[int]] = {}
        for number, one in enumerate(self._linker.link(targets, to=to, k=1)):
            if one.exact:
                columns.setdefault(one.ranked[0], []).append(number)
        found = self._linker.link(queries, to=to, k=_MOST)
        return _by_place([one.ranked for one in found], columns, len(targets))


def _by_place(ranked: Sequence[Sequence[str]], columns: dict[str, list[int]], width: int) -> torch.Tensor:
    """1 for the first of a ranking, falling to 0; 0 for what it does not hold."""
    out = np.zeros((len(ranked), width), np.float32)
    for row, ids in enumerate(ranked):
        for place, concept in enumerate(ids):
            out[row, columns.get(concept, [])] = 1 - place / (_MOST + 1)
    return torch.from_numpy(out)


def _linker() -> Linker:
    """The linker over the schemes in PADAN_HOME; optional, so imported where it is needed."""
    from padan.centre import index

    return index.linker()


def _encoder() -> Encoder:
    from padan.centre import index

    return index.encoder()
