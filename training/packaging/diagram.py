"""The model diagram: a summary's layers as boxes from input to output, with shapes, as one SVG."""

from typing import Any
from xml.sax.saxutils import escape

WIDTH, BOX, GAP, TOP = 460, 44, 22, 16  # pixels


def draw_diagram(title: str, summary: dict[str, Any]) -> str:
    """The SVG of `training.packaging.summary.summarise`'s result. Follows the reader's light or dark theme."""
    rows = [("input", "Input", summary["input_shape"], None, "")]
    rows += [(x["name"], x["kind"], x["output_shape"], x["parameters"], x["settings"]) for x in summary["layers"]]
    height = TOP + 28 + len(rows) * (BOX + GAP) + 8
    total = f"{summary['total_parameters']:,} parameters"
    body = "".join(
        _box(TOP + 28 + i * (BOX + GAP), *row) + (_arrow(TOP + 28 + i * (BOX + GAP) - GAP) if i else "")
        for i, row in enumerate(rows)
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">
<title>{escape(title)}: {total}</title>
<style>
svg {{ font: 13px system-ui, sans-serif; background: #fff; }}
svg {{ --ink: #171b1e; --soft: #4d565c; --edge: #7d867f; --box: #f4f5f2; }}
@media (prefers-color-scheme: dark) {{
  svg {{ background: #181d20; --ink: #e9edeb; --soft: #a6b1b6; --edge: #76828a; --box: #101416; }}
}}
rect {{ fill: var(--box); stroke: var(--edge); }}
text {{ fill: var(--ink); }}
.soft {{ fill: var(--soft); font-size: 12px; }}
.end {{ text-anchor: end; }} .head {{ font-weight: 600; }} path {{ stroke: var(--edge); fill: none; }}
</style>
<text x="16" y="{TOP + 8}" class="head">{escape(title)}</text>
<text x="{WIDTH - 16}" y="{TOP + 8}" class="soft end">{total}</text>
{body}</svg>
"""


def _box(y: int, name: str, kind: str, shape: list[int], parameters: int | None, settings: str) -> str:
    weights = f"{parameters:,} parameters" if parameters else ""
    detail = ", ".join(part for part in (settings, weights) if part)
    return (
        f'<rect x="16" y="{y}" width="{WIDTH - 32}" height="{BOX}" rx="6"/>\n'
        f'<text x="28" y="{y + 19}"><tspan class="head">{escape(kind)}</tspan> {escape(name)}</text>\n'
        f'<text x="{WIDTH - 28}" y="{y + 19}" class="end">{" × ".join(map(str, shape))}</text>\n'
        f'<text x="28" y="{y + 36}" class="soft">{escape(detail)}</text>\n'
    )


def _arrow(y: int) -> str:
    x, tip = WIDTH // 2, y + GAP - 2
    return f'<path d="M{x} {y + 1} V{tip} m-4 -5 l4 5 l4 -5"/>\n'
