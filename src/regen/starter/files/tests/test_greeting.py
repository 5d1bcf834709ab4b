import pytest

from greeting import greet


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(0, "Good evening, Ada."), (5, "Good morning, Ada."), (12, "Good afternoon, Ada."), (18, "Good evening, Ada.")],
)
def test_hours(hour, expected):
    assert greet("Ada", hour) == expected


def test_white_space_around_the_name_is_ignored():
    assert greet("  Ada\n", 9) == "Good morning, Ada."


def test_empty_name():
    with pytest.raises(ValueError, match="^name is empty$"):
        greet("  ", 9)


@pytest.mark.parametrize("hour", [-1, 24])
def test_hour_out_of_range(hour):
    with pytest.raises(ValueError, match="^hour must be 0 to 23$"):
        greet("Ada", hour)
