#!/usr/bin/env python3
"""Makes times.txt, the table of instants that test_when_table checks: what a wall clock shows by Python's own zone data, and the meaning of `at` written a second time.
Run by hand where rows are added:  python3 tests/data/rules/times.py > tests/data/rules/times.txt"""
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def holds(days, no_hol, start, end, holidays, local):
    """By enumeration: some day begins a span that covers the shown time."""
    minute = local.hour * 60 + local.minute
    for back, shown in ((0, minute), (1, minute + 1440)):
        day = (local - timedelta(days=back)).date()
        hol = day.isoformat() in holidays
        if no_hol and hol:
            continue
        if not (DAYS[day.weekday()] in days or (hol and "Hol" in days)):
            continue
        last = end if end > start else end + 1440
        if start <= shown < last:
            return True
    return False


# text of `at`, its days, without holidays, its hours
SPANS = [
    ("Mon-Fri 06:00-18:00", DAYS[:5], False, 360, 1080),
    ("Sat,Sun", DAYS[5:], False, 0, 1440),
    ("22:00-06:00", DAYS, False, 1320, 360),
    ("Sat 22:00-03:00", ["Sat"], False, 1320, 180),
    ("Sun 01:00-03:00", ["Sun"], False, 60, 180),
    ("01:30-02:00", DAYS, False, 90, 120),
    ("Hol", ["Hol"], False, 0, 1440),
    ("Hol 20:00-04:00", ["Hol"], False, 1200, 240),
    ("Mon-Fri !Hol", DAYS[:5], True, 0, 1440),
    ("!Hol 18:00-24:00", DAYS, True, 1080, 1440),
]
HOLIDAYS = ["2026-12-25", "2027-01-01"]
# around both jumps of each zone, a month's and a year's end, holidays, and an ordinary week
ZONES = {
    "America/Denver": ["2026-03-08T08:30", "2026-11-01T07:10", "2026-12-25T06:00", "2026-11-23T00:00"],
    "Europe/Berlin": ["2026-03-29T00:30", "2026-10-25T00:20", "2026-12-31T22:30", "2026-02-28T22:30"],
    "Australia/Lord_Howe": ["2026-04-04T14:30", "2026-10-03T15:00", "2026-12-24T12:30", "2026-06-05T12:30"],
}

for name, starts in ZONES.items():
    print(f"| timezone: {name}\n| holidays: [{', '.join(HOLIDAYS)}]")
    for start in starts:
        base = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
        for n, (text, days, no_hol, a, b) in enumerate(SPANS):
            for step in (0, 29 + 13 * n, 60 + 7 * n):
                at = base + timedelta(minutes=step, seconds=59 * (step % 2))
                local = at.astimezone(ZoneInfo(name))
                word = "yes" if holds(days, no_hol, a, b, HOLIDAYS, local) else "no "
                print(f'{word} {{at: "{text}"}} @ time={at.strftime("%Y-%m-%dT%H:%M:%SZ")}  # {local.strftime("%a %H:%M %Z")}')
