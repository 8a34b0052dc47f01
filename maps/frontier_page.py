"""The trade-off between two goals as a page with a plot and a table: one file, no script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from planner.artefacts.files import write_whole
from planner.text import Language, Text

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 440, 90, 60, 30, 40


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One plan: its name, both measures as people read them, and whether another plan is better in both."""

    name: str
    across: float
    up: float
    dominated: bool


def write_frontier_page(path: Path, title: Text, axes: tuple[Text, Text], points: Sequence[FrontierPoint],
                        language: Language) -> None:
    """Write the page: ``axes`` name the measure across and the one up, less is better in both. Same content, same bytes."""
    across, up = (axis.in_language(language) for axis in axes)
    heads = (Text("方案", "plan").in_language(language), across, up, Text("可取", "worth choosing").in_language(language))
    rows = "".join(f"<tr><td>{escape(one.name)}</td><td>{one.across:g}</td><td>{one.up:g}</td><td>{'—' if one.dominated else '✓'}</td></tr>"
                   for one in sorted(points, key=lambda one: (one.across, one.up, one.name)))
    page = f"""<!doctype html>
<html lang="{'zh-CN' if language == 'zh' else 'en'}"><head><meta charset="utf-8"><title>{escape(title.in_language(language))}</title>
<style>body{{font:15px/1.6 "Noto Sans SC","Microsoft YaHei",sans-serif;max-width:820px;margin:2em auto;color:#222}}
table{{border-collapse:collapse}}td,th{{border:1px solid #bbb;padding:.2em .8em;text-align:left}}
svg text{{font-size:12px;fill:#333}}</style></head>
<body><h1>{escape(title.in_language(language))}</h1>
{_plot(points, across, up)}
<table><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr>{rows}</table></body></html>
"""
    write_whole(path, lambda temporary: temporary.write_text(page, encoding="utf-8", newline="\n") and None)


def _plot(points: Sequence[FrontierPoint], across: str, up: str) -> str:
    """The points as SVG; those worth choosing are joined by a line."""
    xs, ys = _scale([one.across for one in points]), _scale([one.up for one in points])

    def place(one: FrontierPoint) -> tuple[float, float]:
        return (round(LEFT + (one.across - xs[0]) / (xs[1] - xs[0]) * (WIDTH - LEFT - RIGHT), 1),
                round(HEIGHT - BOTTOM - (one.up - ys[0]) / (ys[1] - ys[0]) * (HEIGHT - BOTTOM - TOP), 1))

    best = sorted(place(one) for one in points if not one.dominated)
    marks = "".join(
        f'<circle cx="{x}" cy="{y}" r="5" fill="{"#bbb" if one.dominated else "#b0171f"}"><title>{escape(one.name)}</title></circle>'
        f'<text x="{x + 8}" y="{y - 6}">{escape(one.name)}</text>' for one in points for x, y in [place(one)])
    ticks = "".join(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">{value:g}</text>'
                    for value, x, anchor in ((xs[0], LEFT, "start"), (xs[1], WIDTH - RIGHT, "end")))
    ticks += "".join(f'<text x="{LEFT - 6}" y="{y}" text-anchor="end">{value:g}</text>'
                     for value, y in ((ys[0], HEIGHT - BOTTOM), (ys[1], TOP + 8)))
    line = " ".join(f"{x},{y}" for x, y in best)
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img">'
            f'<path d="M{LEFT},{TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#666"/>'
            f'<polyline points="{line}" fill="none" stroke="#b0171f" stroke-width="1.5"/>{marks}{ticks}'
            f'<text x="{(WIDTH + LEFT) // 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(across)}</text>'
            f'<text x="18" y="{HEIGHT // 2}" text-anchor="middle" transform="rotate(-90 18 {HEIGHT // 2})">{escape(up)}</text></svg>')


def _scale(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or max(1.0, abs(low) * 0.05)
    return round(low - room, 3), round(high + room, 3)
