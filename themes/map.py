"""The map of a topic run, as numbers for an SVG: dots, outlines, numbers. Distance on it is only a hint."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import hypot

WIDTH, HEIGHT, EDGE = 640, 412, 34
# An outline takes in the nearer three fifths of a group, so that stray passages do not stretch it
# over its neighbours; every dot stays on the map.
KEPT_SHARE = 0.6
PAD = 13.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GroupShape:
    """One group on the map: number, where its number stands, its outline and its dots, in map units."""

    number: int
    x: float
    y: float
    path: str
    dots: tuple[Point, ...]
    is_decided: bool


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """Everything the template draws."""

    width: int
    height: int
    groups: tuple[GroupShape, ...]
    rings: tuple[Point, ...]


def draw_map(groups: Iterable[tuple[int, Sequence[Point], bool]], outside: Sequence[Point]) -> MapDrawing:
    """Lay points on the map.

    Args:
        groups: number, points, whether a person has decided; points in any unit, y upwards.
        outside: points of the passages that fit nowhere.
    """
    listed = [(number, list(points), decided) for number, points, decided in groups]
    every = [point for _number, points, _decided in listed for point in points] + list(outside)
    to_map = _scale(every)
    shapes = []
    for number, points, decided in listed:
        dots = [to_map(point) for point in points]
        if not dots:
            continue
        kept = _nearest(dots)
        x, y = _middle(kept)
        shapes.append(
            GroupShape(number, round(x, 1), round(y, 1), _smooth(_outline(kept)), tuple(dots), decided)
        )
    return MapDrawing(WIDTH, HEIGHT, tuple(shapes), tuple(to_map(point) for point in outside))


def _scale(points: Sequence[Point]) -> Callable[[Point], Point]:
    xs, ys = [x for x, _y in points] or [0.0], [y for _x, y in points] or [0.0]
    left, bottom = min(xs), min(ys)
    wide, tall = max(xs) - left or 1.0, max(ys) - bottom or 1.0

    def to_map(point: Point) -> Point:
        x = EDGE + (point[0] - left) / wide * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - (point[1] - bottom) / tall * (HEIGHT - 2 * EDGE)
        return round(x, 1), round(y, 1)

    return to_map


def _middle(points: Sequence[Point]) -> Point:
    return sum(x for x, _y in points) / len(points), sum(y for _x, y in points) / len(points)


def _nearest(points: Sequence[Point]) -> list[Point]:
    x, y = _middle(points)
    ranked = sorted(points, key=lambda point: (hypot(point[0] - x, point[1] - y), point))
    return ranked[: max(3, round(len(ranked) * KEPT_SHARE))]


def _outline(points: Sequence[Point]) -> list[Point]:
    """Corners of the convex hull (Andrew's monotone chain) of the points, each grown to a small eight-sided
    ring first so that one or two points, or points in a line, still have an outline."""
    ring = [(1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7)]
    grown = sorted({(x + PAD * dx, y + PAD * dy) for x, y in points for dx, dy in ring})

    def half(path: Iterable[Point]) -> list[Point]:
        hull: list[Point] = []
        for x, y in path:
            while len(hull) > 1:
                (ax, ay), (bx, by) = hull[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                hull.pop()
            hull.append((x, y))
        return hull[:-1]

    return half(grown) + half(reversed(grown))


def _smooth(corners: Sequence[Point]) -> str:
    """A closed path that bends at each corner and passes through the middles between them."""
    if not corners:
        return ""

    def between(a: Point, b: Point) -> str:
        return f"{(a[0] + b[0]) / 2:.1f} {(a[1] + b[1]) / 2:.1f}"

    parts = [f"M{between(corners[-1], corners[0])}"]
    for here, after in zip(corners, [*corners[1:], corners[0]], strict=True):
        parts.append(f"Q{here[0]:.1f} {here[1]:.1f} {between(here, after)}")
    return "".join(parts) + "z"
