"""Settings, all from the environment: name, default, meaning. Only `centre` and the faces read them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SETTINGS", "Setting", "Settings", "settings"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; the documentation is made from these."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("PADAN_HOME", "~/.padan", "home folder: imported schemes, reports, later the database"),
    Setting("PADAN_COUNTRY", "indonesia", "name of the country pack"),
    Setting("PADAN_THREADS", "0", "threads of the ranking; 0 means all cores"),
    Setting(
        "PADAN_ENCODER",
        "",
        "name or folder of a sentence-transformers model to link with instead of the trained encoder",
    ),
    Setting(
        "PADAN_SHARED", "../shared", "folder of real data for tests and benches; never needed by the product"
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as they are now."""

    home: Path
    country: str
    threads: int
    encoder: str  #: empty: the encoder that is trained here

    @property
    def schemes(self) -> Path:
        """The folder of imported schemes."""
        return self.home / "schemes"


def settings() -> Settings:
    """Read the environment. PADAN_THREADS that is no number counts as 0."""
    values = {s.name: os.environ.get(s.name) or s.default for s in SETTINGS}
    threads = values["PADAN_THREADS"]
    return Settings(
        home=Path(values["PADAN_HOME"]).expanduser(),
        country=values["PADAN_COUNTRY"],
        threads=int(threads) if threads.isdigit() else 0,
        encoder=values["PADAN_ENCODER"],
    )
