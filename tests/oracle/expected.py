# SPDX-License-Identifier: BSD-2-Clause
"""The tables that patientzero should write, computed in the plainest way from a list of packets.

Sets and dictionaries of whole packets, one pass a table: slow, and short enough to be read against docs/tables.md.
It shares no code with the program. Tables are lists of rows, a row a list of strings, the header line first.
"""

from collections import defaultdict
from typing import NamedTuple, Optional

MICRO = 10**6
HOUR, DAY = 3600, 86400
EARLIEST, LATEST = 946684800, 2145916800    # 2000-01-01, 2038-01-01
LONGEST_GAP = 30 * 24                       # hours without anything that get a row each
EARLIEST_ROWS = 1000
COPY = 100000                               # a SYN is a copy up to so long after another like it, in microseconds


NO_TIME = -1    # of a packet that has none


class Packet(NamedTuple):
    usec: int
    source: Optional[int] = None    # of the outermost IPv4 header
    port: Optional[int] = None      # destination port of its TCP
    syn: bool = False               # SYN without ACK, RST, FIN
    target: Optional[int] = None
    key: Optional[tuple] = None     # source port, sequence number and ip.id
    copy: bool = False              # of a scan, made by the recording; then it is no SYN any more


def copies(syns):
    """Of (time, what tells packets apart) of each SYN, the places of those that the recording made of others: those at most
    COPY after one that is the same packet."""
    last, found = {}, set()
    for place in sorted(range(len(syns)), key=lambda place: syns[place][0]):
        usec, packet = syns[place]
        if packet in last and usec - last[packet] <= COPY:
            found.add(place)
        last[packet] = usec
    return found


def without_copies(packets, port):
    """Packets with the copies among the scans marked."""
    places = [place for place, packet in enumerate(packets) if packet.syn and packet.port == port and packet.key]
    found = {places[n] for n in copies([(packets[place].usec, (packets[place].source, packets[place].target,
                                                               packets[place].key)) for place in places])}
    return [packet._replace(syn=False, copy=True) if place in found else packet for place, packet in enumerate(packets)]


def iso(second):
    days, rest = divmod(second, DAY)
    # The civil calendar from a count of days (H. Hinnant, "chrono-compatible low-level date algorithms").
    days += 719468
    era, day_of_era = divmod(days, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year:04}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def iso_usec(usec):
    return f"{iso(usec // MICRO)[:-1]}.{usec % MICRO:06}Z"


def dotted(address):
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def reachable(address):
    """By the worm's random scan: second and fourth octet below 128."""
    return (address >> 16) % 256 < 128 and address % 256 < 128


def in_range(packet):
    return EARLIEST * MICRO <= packet.usec < LATEST * MICRO


def covered(packets, silence):
    """{hour: covered seconds}: seconds that lie in no run of `silence` or more seconds without a packet, from the
    beginning of the first packet's hour to the end of the last one's."""
    seconds = sorted({packet.usec // MICRO for packet in packets})
    found = defaultdict(int)
    for second in seconds:
        found[second // HOUR] += 1
    if seconds:
        begin, end = seconds[0] // HOUR * HOUR, (seconds[-1] // HOUR + 1) * HOUR
        for before, second in zip([begin - 1, *seconds], [*seconds, end]):
            if second - before - 1 < silence:
                for empty in range(before + 1, second):
                    found[empty // HOUR] += 1
    return found


def spans(packets, damaged):
    """[(hour, hours that its row stands for)]: one each, but a stretch of more than LONGEST_GAP hours without anything
    is one row, at its first hour."""
    hours = sorted({packet.usec // MICRO // HOUR for packet in packets} | set(damaged))
    rows = []
    for at, hour in enumerate(hours):
        if at:
            first, gap = hours[at - 1] + 1, hour - hours[at - 1] - 1
            rows += [(first, gap)] if gap > LONGEST_GAP else [(first + n, 1) for n in range(gap)]
        rows.append((hour, 1))
    return rows


def days_of(hours):
    """The days that get a row: those of all hours that do; a long stretch that begins within a day goes on in one that
    is all missing, and stands for the rest."""
    days = set()
    for hour, length in hours:
        days.add(hour // 24)
        if length > 1 and hour % 24:
            days.add(hour // 24 + 1)
    return sorted(days)


def by_period(name, period, keys, packets, port, seconds, damaged):
    """hourly.csv and daily.csv; `seconds` and `damaged` by period of that length."""
    count, scans, copies, sources = defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(set)
    for packet in packets:
        key = packet.usec // MICRO // period
        count[key] += 1
        copies[key] += packet.copy
        if packet.syn and packet.port == port:
            scans[key] += 1
            sources[key].add(packet.source)
    rows = [[name, "sources", "scans", "packets", "covered_seconds", "status", "copies"]]
    for key in keys:
        if key in damaged:
            status = "damaged"
        elif key not in count:
            status = "missing"
        else:
            status = "whole" if seconds[key] == period else "partial"
        counts = [len(sources[key]), scans[key], count[key]] if key in count else ["", "", ""]
        rows.append([iso(key * period) if period == HOUR else iso(key * period)[:10], *map(str, counts),
                     str(seconds[key]), status, str(copies[key]) if key in count else ""])
    return rows


def first_seen(hours, packets, port, width):
    """One row for every bin of every hour that has a row, and one for a long stretch."""
    first = {}
    for packet in packets:
        if packet.syn and packet.port == port:
            first[packet.source] = min(packet.usec, first.get(packet.source, packet.usec))
    new, new_reachable = defaultdict(int), defaultdict(int)
    for source, usec in first.items():
        new[usec // MICRO // width] += 1
        new_reachable[usec // MICRO // width] += reachable(source)
    present = {packet.usec // MICRO // HOUR for packet in packets}
    recorded = {}    # bin: whether any of its hours has a packet
    for hour, length in hours:
        seconds = range(hour * HOUR, (hour + 1) * HOUR, min(width, HOUR))
        for second in seconds if length == 1 else seconds[:1]:
            recorded[second // width] = recorded.get(second // width, False) or hour in present
    rows, cumulative = [["time", "new_sources", "new_reachable", "cumulative_sources"]], 0
    for key in sorted(recorded):
        cumulative += new[key]
        counts = [new[key], new_reachable[key]] if recorded[key] else ["", ""]
        rows.append([iso(key * width), *map(str, counts), str(cumulative)])
    return rows


def earliest(packets, port):
    first, scans = {}, defaultdict(int)
    for packet in packets:
        if packet.syn and packet.port == port:
            first[packet.source] = min(packet.usec, first.get(packet.source, packet.usec))
            scans[packet.source] += 1
    order = sorted((usec, source) for source, usec in first.items())[:EARLIEST_ROWS]
    return [["source", "first_seen", "scans"]] + \
        [[dotted(source), iso_usec(usec), str(scans[source])] for usec, source in order]


def total(hours, hourly, packets, port):
    scans = [packet for packet in packets if packet.syn and packet.port == port]
    times = [packet.usec for packet in packets]
    with_status = defaultdict(int)
    for (_, length), row in zip(hours, hourly[1:], strict=True):
        with_status[row[5]] += length
    return [["sources", "scans", "packets", "hours_whole", "hours_partial", "hours_missing", "hours_damaged",
             "first_time", "last_time", "captures_not_read", "copies"],
            [str(len({packet.source for packet in scans})), str(len(scans)), str(len(packets)),
             *(str(with_status[status]) for status in ("whole", "partial", "missing", "damaged")),
             iso_usec(min(times)) if times else "", iso_usec(max(times)) if times else "", "0",
             str(sum(packet.copy for packet in packets))]]


def tables(packets, port=445, silence=60, width=600, since=None, until=None, damaged=()):
    """{table: rows}. `since` and `until` in seconds, `damaged`: hours since 1970, before any cut to the span."""
    packets = without_copies([packet for packet in packets if in_range(packet)], port)
    seconds = covered(packets, silence)
    low = 0 if since is None else since // HOUR
    high = LATEST // HOUR if until is None else until // HOUR
    packets = [packet for packet in packets if low <= packet.usec // MICRO // HOUR < high]
    damaged = {hour for hour in damaged if low <= hour < high}
    hours = spans(packets, damaged)
    by_day = defaultdict(int)
    for hour, _ in hours:
        by_day[hour // 24] += seconds[hour]
    hourly = by_period("hour", HOUR, [hour for hour, _ in hours], packets, port, seconds, damaged)
    return {
        "hourly": hourly,
        "daily": by_period("day", DAY, days_of(hours), packets, port, by_day, {hour // 24 for hour in damaged}),
        "first_seen": first_seen(hours, packets, port, width),
        "total": total(hours, hourly, packets, port),
        "earliest": earliest(packets, port),
    }


def csv(rows):
    return "".join(",".join(row) + "\n" for row in rows)
