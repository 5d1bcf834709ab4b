"""Text, numbers and dates of a small account-book: what `benchmarks/mutation.py` mutates."""

from __future__ import annotations

import re

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
         (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


class EntryError(ValueError):
    """An entry that can't be read."""


# ── amounts, in cents ───────────────────────────────────────────────────────────────────────────


def parse_amount(text):
    """Return cents: `1,234.50`, `1.234,50`, `-3`, `(4.20)`, `€ 7`."""
    cleaned = text.strip().strip("€$£").strip()
    negative = False
    if cleaned.startswith("(") and cleaned.endswith(")"):
        negative = True
        cleaned = cleaned[1:-1]
    elif cleaned.startswith(("-", "+")):
        negative = cleaned[0] == "-"
        cleaned = cleaned[1:].lstrip()
    last = max(cleaned.rfind("."), cleaned.rfind(","))
    whole, cents = cleaned, "0"
    if last >= 0 and len(cleaned) - last <= 3:
        whole, cents = cleaned[:last], cleaned[last + 1 :]
    whole = whole.replace(".", "").replace(",", "").replace(" ", "")
    if not whole.isdigit() or not cents.isdigit():
        raise EntryError(f"not an amount: {text!r}")
    if len(cents) == 1:
        cents += "0"
    value = int(whole) * 100 + int(cents)
    return -value if negative else value


def format_amount(cents, decimal=".", group=",", currency=""):
    """Return `1,234.50`."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    digits = str(whole)
    parts = []
    while len(digits) > 3:
        parts.insert(0, digits[-3:])
        digits = digits[:-3]
    parts.insert(0, digits)
    text = f"{sign}{group.join(parts)}{decimal}{rest:02d}"
    return f"{text} {currency}" if currency else text


def split_bill(total, shares):
    """Return what each pays, in proportion to `shares`; cents left over go to the first ones."""
    if not shares or any(share < 0 for share in shares):
        raise EntryError("shares must be positive")
    weight = sum(shares)
    if weight == 0:
        raise EntryError("somebody must pay")
    parts = [total * share // weight for share in shares]
    left = total - sum(parts)
    for index, share in enumerate(shares):
        if left <= 0:
            break
        if share:
            parts[index] += 1
            left -= 1
    return parts


def with_tax(cents, percent, *, included=False):
    """Return (net, tax), rounded half up."""
    if percent < 0:
        raise EntryError("a tax is not negative")
    if included:
        net = (cents * 200 + 100 + percent) // (2 * (100 + percent))
        return net, cents - net
    tax = (cents * percent * 2 + 100) // 200
    return cents, tax


# ── dates, as (year, month, day) ────────────────────────────────────────────────────────────────


def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year, month):
    if month < 1 or month > 12:
        raise EntryError(f"no month {month}")
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def parse_date(text):
    """Return (year, month, day) of `2024-03-05`, `05/03/2024` or `5 March 2024`."""
    cleaned = text.strip().lower()
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", cleaned):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cleaned):
        day, month, year = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})\.? ([a-z]{3,9}) (\d{4})", cleaned):
        day, year = int(match[1]), int(match[3])
        found = [number for number, name in enumerate(MONTHS, 1) if name.startswith(match[2])]
        if len(found) != 1:
            raise EntryError(f"no month {match[2]!r}")
        month = found[0]
    else:
        raise EntryError(f"not a date: {text!r}")
    if not 1 <= day <= days_in_month(year, month):
        raise EntryError(f"no such day: {text!r}")
    return year, month, day


def add_months(date, count):
    """Return the same day some months later, or the month's last."""
    year, month, day = date
    index = year * 12 + month - 1 + count
    year, month = index // 12, index % 12 + 1
    return year, month, min(day, days_in_month(year, month))


def add_days(date, count):
    year, month, day = date
    day += count
    while day > days_in_month(year, month):
        day -= days_in_month(year, month)
        year, month, _ = add_months((year, month, 1), 1)
    while day < 1:
        year, month, _ = add_months((year, month, 1), -1)
        day += days_in_month(year, month)
    return year, month, day


def weekday(date):
    """Return 0 for Monday (Sakamoto's method)."""
    year, month, day = date
    shift = (0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4)[month - 1]
    if month < 3:
        year -= 1
    return (year + year // 4 - year // 100 + year // 400 + shift + day - 1) % 7


def next_workday(date, holidays=()):
    following = add_days(date, 1)
    while weekday(following) > 4 or following in holidays:
        following = add_days(following, 1)
    return following


# ── durations and numerals ──────────────────────────────────────────────────────────────────────


def parse_duration(text):
    """Return seconds of `1h 30m`, `90` or `1:30`."""
    cleaned = text.strip().lower()
    if cleaned.isdigit():
        return int(cleaned)
    if re.fullmatch(r"\d+(:\d\d){1,2}", cleaned):
        seconds = 0
        for part in cleaned.split(":"):
            seconds = seconds * 60 + int(part)
        return seconds
    total, rest = 0, cleaned
    for number, unit in re.findall(r"(\d+)\s*([dhms])", cleaned):
        total += int(number) * UNITS[unit]
        rest = rest.replace(f"{number}{unit}", "", 1).replace(f"{number} {unit}", "", 1)
    if rest.strip() or not cleaned:
        raise EntryError(f"not a duration: {text!r}")
    return total


def format_duration(seconds):
    if seconds == 0:
        return "0s"
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = []
    for unit, size in UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + " ".join(parts)


def roman(number):
    if not 0 < number < 4000:
        raise EntryError(f"no Roman numeral for {number}")
    text = ""
    for value, letters in ROMAN:
        while number >= value:
            text += letters
            number -= value
    return text


def from_roman(text):
    number, rest = 0, text.strip().upper()
    for value, letters in ROMAN:
        while rest.startswith(letters):
            number += value
            rest = rest[len(letters) :]
    if rest or not number or roman(number) != text.strip().upper():
        raise EntryError(f"not a Roman numeral: {text!r}")
    return number


def is_card_number(text):
    """Tell whether digits pass Luhn's check."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    if len(digits) < 12 or any(letter not in "0123456789 -" for letter in text):
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = digit
        if position % 2 == 1:
            value = digit * 2
            if value > 9:
                value -= 9
        total += value
    return total % 10 == 0


# ── words and totals ────────────────────────────────────────────────────────────────────────────


def slug(text, limit=40):
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    result = "-".join(words)
    if len(result) > limit:
        cut = result[:limit]
        result = cut.rsplit("-", 1)[0] if "-" in cut and result[limit] != "-" else cut
    return result or "untitled"


def plural(count, noun):
    if count == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{count} {noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}s"


def median(values):
    ordered = sorted(values)
    if not ordered:
        raise EntryError("no values")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


class Totals:
    """Sums by category."""

    def __init__(self, limits=None):
        self.sums = {}
        self.limits = dict(limits or {})

    def add(self, category, cents):
        name = category.strip().casefold()
        if not name:
            raise EntryError("no category")
        self.sums[name] = self.sums.get(name, 0) + cents
        return self.sums[name]

    def over(self):
        return sorted(name for name, limit in self.limits.items() if self.sums.get(name, 0) > limit)

    def top(self, count=3):
        ordered = sorted(self.sums.items(), key=lambda item: (-item[1], item[0]))
        return [name for name, _ in ordered[:count]]

    def report(self, width=20):
        lines = []
        for name in sorted(self.sums):
            amount = format_amount(self.sums[name])
            lines.append(name[: width - len(amount) - 1].ljust(width - len(amount)) + amount)
        lines.append("=" * width)
        lines.append(format_amount(sum(self.sums.values())).rjust(width))
        return "\n".join(lines)
