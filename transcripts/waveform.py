"""A recording's loudness as strokes of an SVG path, drawn by the server. Geometry only; colour is in CSS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enquiries.dates import clock as clock

WIDTH, HEIGHT = 1040, 72
STROKES = 260


@dataclass(frozen=True)
class Wave:
    """`wide` are the strokes every screen draws, `fine` those between them, which phones leave out."""

    wide: str
    fine: str
    width: int = WIDTH
    height: int = HEIGHT


def draw(peaks: Sequence[float]) -> Wave:
    """Strokes for bars from 0 to 1, from left to right; a silent bar is still a dot.

    Any number of bars is drawn over the whole width; the picture is made for STROKES of them.
    """
    wide: list[str] = []
    fine: list[str] = []
    pitch = WIDTH / max(1, len(peaks))
    for index, peak in enumerate(peaks):
        length = max(1, round(min(max(peak, 0.0), 1.0) * HEIGHT))
        x, y = round(1 + index * pitch), (HEIGHT - length) // 2
        (fine if index % 2 else wide).append(f"M{x} {y}v{length}")
    return Wave("".join(wide), "".join(fine))


def flags(moments_ms: Iterable[int], duration_ms: int) -> str:
    """Small marks under the wave, one per moment; those closer than a mark is wide become one."""
    if duration_ms <= 0:
        return ""
    places = sorted({round(WIDTH * min(max(ms, 0), duration_ms) / duration_ms) for ms in moments_ms})
    drawn: list[int] = []
    for x in places:
        if not drawn or x - drawn[-1] >= 8:
            drawn.append(x)
    return "".join(f"M{x - 5} 81l5 -6l5 6" for x in drawn)
