# SPDX-License-Identifier: BSD-3-Clause
# The drawings of scripts/bench-page: SVG, axes from zero but where they are logarithmic. Neighbours:
# bench-page and bench_gro.py have the figures.
import html
import math
import re

CLEAVE, PEER, O2 = "cleave", "peer", "peer_O2"
PAIR = ("#0b6bcb", "#9cc9f5"), ("#c2570c", "#f4b98a")  # make, free: Cleave's and rte_gso's
LAYOUTS = {"1460": "mbufs of one segment each, as GRO leaves them", "2k": "mbufs of 2 KB",
           "64k": "one mbuf"}


def esc(text):
    return html.escape(str(text))


def nice(top):
    """Ticks from zero to at least top."""
    step = next(s for s in (m * 10 ** e for e in range(-2, 9) for m in (1, 2, 5)) if top / s <= 5)
    return [i * step for i in range(int(-(-top // step)) + 1)]


def bars(rows, unit, top, width=410, label=126):
    """Horizontal bars from zero. A row: (label, parts, colours, text behind), or a heading."""
    ticks = nice(top)
    scale = (width - label - 96) / ticks[-1]
    y, out = 4, []
    for row in rows:
        if isinstance(row, str):
            out.append(f'<text x="0" y="{y + 13}" class="g">{esc(row)}</text>')
            y += 20
            continue
        name, parts, colours, text = row
        out.append(f'<text x="{label - 6}" y="{y + 11}" text-anchor="end">{esc(name)}</text>')
        x = label
        for part, colour in zip(parts, colours):
            out.append(f'<rect x="{x:.1f}" y="{y + 1}" width="{part * scale:.1f}" height="13" '
                       f'fill="{colour}"/>')
            x += part * scale
        out.append(f'<text x="{x + 4:.1f}" y="{y + 11}">{esc(text)}</text>')
        y += 17
    grid = "".join(
        f'<line x1="{label + t * scale:.1f}" y1="0" x2="{label + t * scale:.1f}" y2="{y + 2}"/>'
        f'<text x="{label + t * scale:.1f}" y="{y + 14}" text-anchor="middle" class="t">{t:g}</text>'
        for t in ticks)
    return (f'<svg viewBox="0 0 {width} {y + 32}" role="img"><g class="grid">{grid}</g>{"".join(out)}'
            f'<text x="{label}" y="{y + 28}" class="t">{esc(unit)}</text></svg>')


def chart_rows(fig, kind, size, temp, cksum):
    """The bars of one type and size: each layout's ways, and rte_gso with the same layout."""
    rows = []

    def bar(cell, who, name, colours):
        make, free = (fig.cost(cell, who, what) for what in ("make", "free"))
        return name, (make, free), colours, f"{make:.0f} + {free:.0f} = {make + free:.0f}"

    for layout, words in LAYOUTS.items():
        ours, peers = [], {}
        for cell in fig.cells():
            way, _, more = cell[3].removesuffix("_cold").partition("_")
            if (cell[:3] != (kind, size, layout) or cell[3].endswith("_cold") != bool(temp)
                    or (more != "") != cksum):
                continue
            ours.append(bar(cell, CLEAVE, way + ", known sums" * (more == "sums"), PAIR[0]))
            for who, name in ((PEER, "rte_gso" + " + O3" * cksum), (O2, "rte_gso + O2")):
                if fig.cost(cell, who):
                    peers[name] = bar(cell, who, name, PAIR[1])
        if ours:
            rows += [words, *ours, *peers.values()]
    return rows


def charts(fig, size, temp, cksum):
    """One chart a type, side by side, all with the same scale."""
    rows = {kind: chart_rows(fig, kind, size, temp, cksum) for kind in fig.kinds()}
    longest = [sum(r[1]) for v in rows.values() for r in v if not isinstance(r, str)]
    out = []
    for kind in fig.kinds():
        peer = fig.get(f"gso.peer.{kind}")
        note = f" <small>rte_gso cannot cut this: shown is its {esc(peer)}</small>" if peer else ""
        if rows[kind]:
            out.append(f"<figure><figcaption>{esc(kind)}{note}</figcaption>"
                       + bars(rows[kind], "cycles a segment: make + free", max(longest)) + "</figure>")
    return f'<div class="row">{"".join(out)}</div>'


def flat_chart(fig):
    """Cost a segment over the number of segments, as a ratio to that of the longest."""
    series = {}
    for key, value in fig.items():
        m = re.fullmatch(r"gso\.flat\.(\w+)\.(\d+)", key)
        if m:
            series.setdefault(m[1], []).append((int(m[2]), value))
    if not series:
        return ""
    last = max(n for s in series.values() for n, _ in s)
    top = nice(max(1.5, max(v for s in series.values() for _, v in s)))[-1]
    width, height, left = 520, 230, 40

    def at(n, v):
        return f"{left + n / last * (width - left - 130):.1f},{height - v / top * (height - 14):.1f}"

    (x0, y0), (x1, y1) = (at(0, 1.15).split(","), at(last, 0.85).split(","))
    out = [f'<rect x="{x0}" y="{y0}" width="{float(x1) - left:.1f}" '
           f'height="{float(y1) - float(y0):.1f}" class="band"/>']
    for t in nice(top):
        x, y = at(0, t).split(",")
        out.append(f'<g class="grid"><line x1="{x}" y1="{y}" x2="{x1}" y2="{y}"/></g><text x="{left - 6}" '
                   f'y="{float(y) + 4}" text-anchor="end" class="t">{t:g}</text>')
    labels = []
    for way, colour in (("sg", PAIR[0][0]), ("unchain", "#0f8a5f"), (PEER, PAIR[1][0])):
        points = sorted(series.get(way, []))
        if not points:
            continue
        line = " ".join(at(n, v) for n, v in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for n, v in points:
            x, y = at(n, v).split(",")
            out.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
        labels.append((way if way != PEER else "rte_gso", colour))
    for i, (way, colour) in enumerate(labels):
        out.append(f'<text x="{width - 118}" y="{60 + 18 * i}" fill="{colour}" class="k">● {esc(way)}</text>')
    for n in sorted({n for s in series.values() for n, _ in s}):
        out.append(f'<text x="{at(n, 0).split(",")[0]}" y="{height + 14}" text-anchor="middle" '
                   f'class="t">{n}</text>')
    return (f'<svg viewBox="0 0 {width} {height + 34}" role="img">{"".join(out)}'
            f'<text x="{left}" y="{height + 30}" class="t">segments of a packet; cost a segment over that at '
            f'{last}; the band is ± 15 %</text></svg>')


def log_chart(series, unit, width=410, height=230):
    """Lines over categories, the y axis logarithmic. A series: (name, colour, [(x, y)])."""
    xs = sorted({x for _, _, points in series for x, _ in points})
    low = math.floor(math.log10(min(y for _, _, points in series for _, y in points)))
    high = max(low + 1, math.ceil(math.log10(max(y for _, _, points in series for _, y in points))))
    left, right, top = 46, 16, 14 + 18 * len(series)

    def at(x, y):
        share = xs.index(x) / max(1, len(xs) - 1)
        up = (math.log10(y) - low) / (high - low)
        return (f"{left + share * (width - left - right):.1f}",
                f"{height - up * (height - top):.1f}")

    out = []
    for e in range(low, high + 1):
        y = at(xs[0], 10 ** e)[1]
        out.append(f'<g class="grid"><line x1="{left}" y1="{y}" x2="{width - right}" y2="{y}"/></g>'
                   f'<text x="{left - 6}" y="{float(y) + 4}" text-anchor="end" class="t">{10 ** e:g}</text>')
    for i, (name, colour, points) in enumerate(series):
        spots = [at(x, y) for x, y in sorted(points)]
        out.append(f'<polyline points="{" ".join(",".join(s) for s in spots)}" fill="none" '
                   f'stroke="{colour}" stroke-width="2"/>')
        for (x, y), (_, value) in zip(spots, sorted(points)):
            out.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/><text x="{x}" '
                       f'y="{float(y) - 6:.1f}" text-anchor="middle" class="t">{value:.0f}</text>')
        out.append(f'<text x="{left}" y="{14 + 16 * i}" fill="{colour}" class="k">● {esc(name)}</text>')
    for x in xs:
        out.append(f'<text x="{at(x, 10 ** low)[0]}" y="{height + 14}" text-anchor="middle" class="t">{x}</text>')
    return (f'<svg viewBox="0 0 {width} {height + 34}" role="img">{"".join(out)}'
            f'<text x="{left}" y="{height + 30}" class="t">{esc(unit)}</text></svg>')


def forward_chart(fig):
    """Million packets a second of each program, by mode."""
    found = [re.fullmatch(r"fwd\.(\w+)\.(\w+)", key) for key in fig]
    rows, last = [], None
    for m in filter(None, found):
        if m[1] != last:
            rows.append(f"--forward-mode={m[1]}")
            last = m[1]
        mpps = fig[m[0]]
        rows.append((m[2], (mpps,), PAIR[not m[2].startswith(CLEAVE)], f"{mpps:.2f}"))
    if not rows:
        return ""
    top = max(r[1][0] for r in rows if not isinstance(r, str))
    return "<figure>" + bars(rows, "million packets a second, 64 bytes", top, 520) + "</figure>"
