"""The country pack of Indonesia: regions, education, words, forms of known sources, official proportions."""

from __future__ import annotations

from functools import cache

from padan.countries.indonesia.places import Places

__all__ = ["Places", "places"]


@cache
def places() -> Places:
    """The regions of Indonesia, loaded once a process."""
    return Places()
