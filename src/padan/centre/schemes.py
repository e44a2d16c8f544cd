"""Classifications at hand, for the faces: list, show, check, build, add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from padan.centre import examples
from padan.centre.index import forget, library, linker
from padan.centre.intake import today
from padan.linking import TARGETS
from padan.taxonomy.check import Finding, check_scheme, check_starter
from padan.taxonomy.importers import import_scheme

__all__ = ["added", "built", "checked", "learn", "learned", "listed", "shown", "unlearn"]


def listed() -> list[dict[str, Any]]:
    """What is installed, a dict a scheme and version."""
    return [asdict(info) for info in library().infos()]


def shown(scheme: str, code: str | None) -> dict[str, Any]:
    """A concept with its surroundings, or the tops of a scheme."""
    found = library().get(scheme)
    if code is None:
        tops = found.children(None)
        return {
            "scheme": scheme,
            "version": found.info.version,
            "concepts": len(found.ids),
            "tops": [f"{c} {found.label(c)}" for c in tops[:200]],
        }
    concept = {k: v for k, v in found.concept(code).items() if v not in (None, [])}
    concept["children"] = [f"{c} {found.label(c)}" for c in found.children(code)]
    labels = library().get("skill") if scheme == "isco08" else found
    concept["related"] = [
        f"{relation}: {target} {labels.label(target) if target in labels.row_of else ''}".rstrip()
        for relation, target in found.related(code)
    ]
    return concept


def checked(scheme: str | None) -> list[Finding]:
    """Findings about the starter pack, or about an imported scheme."""
    return check_starter() if scheme is None else check_scheme(library().get(scheme))


def built(
    progress: Callable[[str], None], *, share: Callable[[float], None] | None = None
) -> list[dict[str, Any]]:
    """Train the encoder when a scheme has changed, build the index of every target; names and concepts of
    each.

    share   told the share of the training that is done, 0–1
    """
    found = linker(progress, share=share)
    return [{"scheme": t, **found.size_of(t)} for t in TARGETS if t in library()]


def learned() -> list[dict[str, Any]]:
    """The lists of coded texts that are learned from."""
    return [asdict(one) for one in examples.learned()]


def learn(file: Path, *, to: str, text: str, code: str, name: str | None = None) -> dict[str, Any]:
    """Learn from a table of coded texts; what was taken and what was not."""
    found = asdict(examples.learn(file, library(), to=to, text=text, code=code, name=name, today=today()))
    forget()
    return found


def unlearn(name: str) -> None:
    """Drop a list of coded texts."""
    examples.unlearn(name)
    forget()


def added(scheme: str, path: Path, *, version: str | None) -> dict[str, Any]:
    """Import a classification into the home folder; what was added and what was noticed."""
    result = import_scheme(scheme, path, version=version, today=today())
    library().add(result.schemes)
    forget()
    return {"added": [asdict(s.info) for s in result.schemes], "notes": result.notes}
