"""Charts as inline SVG: horizontal bars with direct labels and the tile map of the 38 provinces.

Pure functions from data to text. Colours are CSS variables, so that a chart follows the light or dark theme;
every text is escaped; every chart has a title, and the page puts its table under it. The tile map is our own
drawing: one square a province, from west to east.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["TILES", "bars", "tile_map"]

#: province -> (column, row, short name) of its tile; Kemendagri codes
TILES: Mapping[str, tuple[int, int, str]] = {
    "11": (0, 0, "ACEH"),
    "12": (1, 0, "SUMUT"),
    "14": (2, 1, "RIAU"),
    "21": (3, 1, "KEPRI"),
    "13": (1, 1, "SUMBAR"),
    "15": (2, 2, "JAMBI"),
    "17": (1, 2, "BENGK"),
    "16": (2, 3, "SUMSEL"),
    "19": (3, 2, "BABEL"),
    "18": (2, 4, "LAMPG"),
    "36": (3, 5, "BANTEN"),
    "31": (4, 5, "DKI"),
    "32": (4, 6, "JABAR"),
    "33": (5, 6, "JATENG"),
    "34": (5, 7, "DIY"),
    "35": (6, 6, "JATIM"),
    "51": (7, 6, "BALI"),
    "52": (8, 6, "NTB"),
    "53": (9, 6, "NTT"),
    "61": (5, 2, "KALBAR"),
    "62": (6, 3, "KALTENG"),
    "63": (7, 4, "KALSEL"),
    "64": (7, 2, "KALTIM"),
    "65": (7, 1, "KALTARA"),
    "76": (9, 3, "SULBAR"),
    "73": (9, 4, "SULSEL"),
    "72": (10, 2, "SULTENG"),
    "75": (10, 1, "GORONT"),
    "71": (11, 1, "SULUT"),
    "74": (10, 4, "SULTRA"),
    "82": (12, 2, "MALUT"),
    "81": (12, 4, "MALUKU"),
    "96": (13, 2, "PBD"),
    "92": (14, 2, "PB"),
    "91": (16, 2, "PAPUA"),
    "94": (15, 3, "PTENG"),
    "95": (16, 3, "PPEG"),
    "93": (16, 4, "PSEL"),
}
_SIZE = 44
_GAP = 4


def tile_map(values: Mapping[str, float | None], *, title: str, texts: Mapping[str, str]) -> str:
    """The 38 provinces as squares, darker where the value is larger, in five steps of equal counts; withheld
    ones are striped.

    values   province code -> value, None where there is none
    texts    province code -> what a reader is told of it ("Jawa Barat: 1.234 lowongan")
    Each tile links to the table row `#p-CODE`.
    """
    steps = _steps([v for v in values.values() if v is not None])
    width = (max(c for c, _, _ in TILES.values()) + 1) * (_SIZE + _GAP)
    height = (max(r for _, r, _ in TILES.values()) + 1) * (_SIZE + _GAP)
    parts = [
        f'<svg class="map" viewBox="0 0 {width} {height}" role="group" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for code, (column, row, short) in TILES.items():
        value = values.get(code)
        step = "none" if value is None else f"s{sum(value > edge for edge in steps)}"
        x, y = column * (_SIZE + _GAP), row * (_SIZE + _GAP)
        text = escape(texts.get(code, short))
        parts.append(
            f'<a href="#p-{code}" aria-label="{text}"><title>{text}</title>'
            f'<rect class="tile {step}" x="{x}" y="{y}" width="{_SIZE}" height="{_SIZE}" rx="4"/>'
            f'<text class="{step}" x="{x + _SIZE / 2:g}" y="{y + _SIZE / 2 + 4:g}" text-anchor="middle">'
            f"{short}</text></a>"
        )
    parts.append("</svg>")
    return "".join(parts)


def _steps(values: Sequence[float]) -> list[float]:
    """Edges of five classes with equal counts."""
    ordered = sorted(values)
    if not ordered:
        return []
    return [ordered[min(len(ordered) - 1, len(ordered) * i // 5)] for i in range(1, 5)]


def bars(rows: Sequence[tuple[str, float | None, str]], *, title: str) -> str:
    """Horizontal bars from a zero base: (name, value, label behind the bar); None draws no bar, only its
    label.
    """
    top = max((v for _, v, _ in rows if v is not None), default=0) or 1
    line, bar = 40, 14
    height = line * len(rows)
    parts = [
        f'<svg class="bars" viewBox="0 0 340 {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
    ]
    for i, (name, value, label) in enumerate(rows):
        y = i * line
        length = 0 if value is None else 250 * value / top
        parts.append(f'<text x="0" y="{y + 13}">{escape(_cut(name, 46))}</text>')
        parts.append(f'<rect class="bar" x="0" y="{y + 19}" width="{length:.1f}" height="{bar}" rx="2"/>')
        parts.append(f'<text class="value" x="{length + 6:.1f}" y="{y + 31}">{escape(label)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
