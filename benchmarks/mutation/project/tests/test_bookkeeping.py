import bookkeeping as book
import pytest


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12", 1200), ("12.5", 1250), ("12.50", 1250), ("1,234.50", 123450), ("1.234,50", 123450), ("1,234", 123400),
        ("-3", -300), ("+3.01", 301), ("(4.20)", -420), ("€ 7", 700), (" 0.05 ", 5), ("1 234.5", 123450),
        ("- 2", -200),
    ],
)  # fmt: skip
def test_amount(text, cents):
    assert book.parse_amount(text) == cents


@pytest.mark.parametrize("text", ["", "abc", "1.x5", "-", "()", "1-2"])
def test_no_amount(text):
    with pytest.raises(book.EntryError, match="not an amount"):
        book.parse_amount(text)


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123, "1.23"), (99999, "999.99"), (100000, "1,000.00"),
     (123456789, "1,234,567.89")],
)  # fmt: skip
def test_format(cents, text):
    assert book.format_amount(cents) == text


def test_format_in_another_country():
    assert book.format_amount(123450, decimal=",", group=".", currency="EUR") == "1.234,50 EUR"


@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [(100, [1, 1], [50, 50]), (100, [1, 1, 1], [34, 33, 33]), (101, [1, 1, 1], [34, 34, 33]), (90, [2, 1], [60, 30]),
     (10, [0, 3, 3, 3], [0, 4, 3, 3])],
)  # fmt: skip
def test_split(total, shares, parts):
    assert book.split_bill(total, shares) == parts


@pytest.mark.parametrize(("shares", "message"), [([], "positive"), ([1, -1], "positive"), ([0, 0], "somebody")])
def test_no_split(shares, message):
    with pytest.raises(book.EntryError, match=message):
        book.split_bill(100, shares)


@pytest.mark.parametrize(
    ("cents", "percent", "answer"), [(1000, 19, (1000, 190)), (10, 5, (10, 1)), (9, 5, (9, 0)), (0, 19, (0, 0))]
)
def test_tax(cents, percent, answer):
    assert book.with_tax(cents, percent) == answer


@pytest.mark.parametrize(("cents", "answer"), [(1190, (1000, 190)), (100, (84, 16)), (1, (1, 0))])
def test_tax_included(cents, answer):
    assert book.with_tax(cents, 19, included=True) == answer


def test_no_negative_tax():
    with pytest.raises(book.EntryError, match="not negative"):
        book.with_tax(100, -1)


@pytest.mark.parametrize(("year", "leap"), [(2000, True), (1900, False), (2024, True), (2023, False)])
def test_leap(year, leap):
    assert book.is_leap(year) is leap


@pytest.mark.parametrize(("month", "days"), [(1, 31), (2, 28), (4, 30), (8, 31), (12, 31)])
def test_days(month, days):
    assert book.days_in_month(2023, month) == days


@pytest.mark.parametrize("month", [0, 13])
def test_no_month(month):
    with pytest.raises(book.EntryError, match=f"no month {month}"):
        book.days_in_month(2023, month)


@pytest.mark.parametrize(
    ("text", "date"),
    [("2024-03-05", (2024, 3, 5)), ("2024-2-29", (2024, 2, 29)), ("05/03/2024", (2024, 3, 5)),
     ("5 March 2024", (2024, 3, 5)), (" 31. dec 1999 ", (1999, 12, 31)), ("1 jun 2024", (2024, 6, 1))],
)  # fmt: skip
def test_date(text, date):
    assert book.parse_date(text) == date


@pytest.mark.parametrize(
    ("text", "message"),
    [("2023-02-29", "no such day"), ("2023-04-00", "no such day"), ("2023-13-01", "no month"), ("1 foo 2024", "no month"),
     ("tomorrow", "not a date"), ("5 ma 2024", "not a date"), ("5 xyz 2024", "no month 'xyz'")],
)  # fmt: skip
def test_no_date(text, message):
    with pytest.raises(book.EntryError, match=message):
        book.parse_date(text)


@pytest.mark.parametrize(
    ("date", "count", "later"),
    [((2024, 1, 31), 1, (2024, 2, 29)), ((2024, 12, 5), 1, (2025, 1, 5)), ((2024, 1, 5), -1, (2023, 12, 5)),
     ((2024, 3, 5), 24, (2026, 3, 5)), ((2024, 3, 5), 0, (2024, 3, 5))],
)  # fmt: skip
def test_months(date, count, later):
    assert book.add_months(date, count) == later


@pytest.mark.parametrize(
    ("date", "count", "later"),
    [((2024, 2, 28), 1, (2024, 2, 29)), ((2024, 2, 28), 2, (2024, 3, 1)), ((2024, 1, 1), -1, (2023, 12, 31)),
     ((2024, 1, 1), 366, (2025, 1, 1)), ((2024, 3, 1), -60, (2024, 1, 1)), ((2024, 3, 1), 0, (2024, 3, 1))],
)  # fmt: skip
def test_add_days(date, count, later):
    assert book.add_days(date, count) == later


@pytest.mark.parametrize(
    ("date", "day"),
    [((2024, 1, 1), 0), ((2024, 2, 29), 3), ((2000, 3, 1), 2), ((1900, 12, 31), 0), ((2026, 8, 2), 6)],
)
def test_weekday(date, day):
    assert book.weekday(date) == day


@pytest.mark.parametrize(
    ("date", "following"), [((2024, 1, 5), (2024, 1, 8)), ((2024, 1, 8), (2024, 1, 9)), ((2024, 1, 6), (2024, 1, 8))]
)
def test_workday(date, following):
    assert book.next_workday(date) == following


def test_workday_after_holidays():
    assert book.next_workday((2024, 1, 5), {(2024, 1, 8)}) == (2024, 1, 9)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1:30", 90), ("1:00:05", 3605), ("1h 30m", 5400), ("2d", 172800), ("1 h 5 s", 3605), ("10M", 600)],
)
def test_duration(text, seconds):
    assert book.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1h and 2m", "1:2"])
def test_no_duration(text):
    with pytest.raises(book.EntryError, match="not a duration"):
        book.parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (3600, "1h"), (90061, "1d 1h 1m 1s"), (-60, "-1m")]
)
def test_format_duration(seconds, text):
    assert book.format_duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(1, "I"), (4, "IV"), (1994, "MCMXCIV"), (3999, "MMMCMXCIX")])
def test_roman(number, text):
    assert book.roman(number) == text
    assert book.from_roman(text.lower()) == number


@pytest.mark.parametrize("number", [0, 4000])
def test_no_roman_for(number):
    with pytest.raises(book.EntryError, match="no Roman numeral"):
        book.roman(number)


@pytest.mark.parametrize("text", ["", "IIII", "VX", "ABC"])
def test_not_roman(text):
    with pytest.raises(book.EntryError, match="not a Roman numeral"):
        book.from_roman(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [("4539 1488 0343 6467", True), ("4539-1488-0343-6468", False), ("0", False), ("4539x148803436467", False)],
)
def test_card(text, right):
    assert book.is_card_number(text) is right


@pytest.mark.parametrize(
    ("text", "limit", "answer"),
    [("Hello, World!", 40, "hello-world"), ("Don't stop", 40, "dont-stop"), ("one two three", 9, "one-two"),
     ("one two three", 7, "one-two"), ("abcdefgh", 4, "abcd"), ("!?", 40, "untitled")],
)  # fmt: skip
def test_slug(text, limit, answer):
    assert book.slug(text, limit) == answer


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [(1, "entry", "1 entry"), (2, "entry", "2 entries"), (0, "day", "0 days"), (3, "box", "3 boxes"), (2, "coin", "2 coins")],
)  # fmt: skip
def test_plural(count, noun, text):
    assert book.plural(count, noun) == text


@pytest.mark.parametrize(("values", "middle"), [([3], 3), ([1, 2], 1.5), ([5, 1, 3], 3), ([4, 1, 2, 3], 2.5)])
def test_median(values, middle):
    assert book.median(values) == middle


def test_no_median():
    with pytest.raises(book.EntryError, match="no values"):
        book.median([])


def totals(**limits):
    found = book.Totals(limits)
    for category, cents in (("Food", 1250), (" food ", 250), ("Rent", 80000), ("Fun", 1500)):
        found.add(category, cents)
    return found


def test_totals_add_up():
    assert totals().sums == {"food": 1500, "rent": 80000, "fun": 1500}
    assert totals().add("food", 1) == 1501


def test_totals_need_a_category():
    with pytest.raises(book.EntryError, match="no category"):
        book.Totals().add(" ", 1)


def test_over():
    assert totals(food=1499, rent=80000, fun=1, gone=0).over() == ["food", "fun"]


@pytest.mark.parametrize(("count", "names"), [(1, ["rent"]), (2, ["rent", "food"]), (9, ["rent", "food", "fun"])])
def test_top(count, names):
    assert totals().top(count) == names


def test_report():
    assert totals().report(12).split("\n") == [
        "food   15.00", "fun    15.00", "rent  800.00", "============", "      830.00",
    ]  # fmt: skip
