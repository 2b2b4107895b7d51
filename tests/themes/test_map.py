"""The map: every dot inside it, an outline round every group, however small."""

import re

from hypothesis import given
from hypothesis import strategies as st

from themes.map import HEIGHT, WIDTH, draw_map

points = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


def test_draw_map_gives_even_one_passage_an_outline() -> None:
    drawing = draw_map([(1, [(0.0, 0.0)], False)], [])
    assert drawing.groups[0].path.startswith("M")
    assert drawing.groups[0].path.endswith("z")


def test_draw_map_leaves_out_a_group_that_was_emptied() -> None:
    assert draw_map([(1, [], True)], [(0.0, 0.0)]).groups == ()


def test_draw_map_says_which_groups_are_decided() -> None:
    drawing = draw_map([(1, [(0, 0), (1, 1)], True), (2, [(-1, 0)], False)], [])
    assert [shape.is_decided for shape in drawing.groups] == [True, False]


@given(
    st.lists(st.lists(points, min_size=1, max_size=12), min_size=1, max_size=4), st.lists(points, max_size=5)
)
def test_draw_map_keeps_everything_on_the_page(groups: list, outside: list) -> None:
    drawing = draw_map([(n, group, False) for n, group in enumerate(groups, 1)], outside)
    dots = [dot for shape in drawing.groups for dot in shape.dots] + list(drawing.rings)
    assert len(dots) == sum(len(group) for group in groups) + len(outside)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in dots)
    for shape in drawing.groups:
        numbers = [float(found) for found in re.findall(r"-?\d+\.\d", shape.path)]
        assert all(-1 <= number <= max(WIDTH, HEIGHT) + 1 for number in numbers)
