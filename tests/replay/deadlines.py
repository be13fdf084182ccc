"""Until when Microsoft supports a build of three channels: the rules of config/support.csv, reckoned a second time.

Months count from the one of the version's first build. Of Current nothing is known before the next version is out.
"""
from calendar import monthrange
from datetime import datetime, timedelta, timezone

WINDOW_MONTHS = 12


def later(when, months):
    """The same day some months later, or the last one of a shorter month."""
    month = when.month - 1 + months
    year, month = when.year + month // 12, month % 12 + 1
    return when.replace(year=year, month=month, day=min(when.day, monthrange(year, month)[1]))


def second_tuesday(when):
    first = datetime(when.year, when.month, 1, tzinfo=timezone.utc)
    return first + timedelta(days=(1 - first.weekday()) % 7 + 7)


def months_of(channel, version):
    if channel == "MonthlyEnterprise" or version >= "2606":
        return 2
    return 14 if version <= "2502" else 8


def deadline(upstream, channel, build, now):
    own = upstream.rows[channel, build]
    rows = [row for row in upstream.of_channel[channel] if row.out <= now]
    window = later(own.out, WINDOW_MONTHS)
    if channel == "Current":
        following = [row.out for row in rows if row.version > own.version]
        if not following:
            return window
        day = min(following).replace(hour=0, minute=0, second=0)
        return min(window, day + timedelta(days=2))
    first = min(row.out for row in rows if row.version == own.version)
    return min(window, second_tuesday(later(first.replace(day=1), months_of(channel, own.version))))
