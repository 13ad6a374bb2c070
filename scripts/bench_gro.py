# SPDX-License-Identifier: BSD-3-Clause
# The part of scripts/bench-page that is about merging and about the whole way: targets, drawings and
# tables of the figures gro.*, path.* and fwdgro.*. Neighbours: bench-page calls it, bench_draw.py
# draws; tests/perf (perf_gro_json.c, test_path_perf.c) makes the figures.
import re

from bench_draw import CLEAVE, PAIR, PEER, bars, esc, log_chart

TRAINS = {"1": "interleaved packet by packet", "4": "trains of 4", "16": "trains of 16"}
COLUMNS = ((CLEAVE, "Cleave"), (PEER, "rte_gro"), ("peer_cksum", "+ cksum -O3"),
           ("peer_cksum_O2", "+ cksum -O2"), ("touch", "touch"))


def cells(fig):
    """(proto, flows, train, variant) of all cells that were measured, in order; variant is "" or
    of _burst, _verify, _cold."""
    out = {}
    for key in fig:
        m = re.fullmatch(r"gro\.(\w+)\.(\d+)\.(\d+)(\w*)\.cleave", key)
        if m:
            out[(m[1], int(m[2]), m[3], m[4])] = True
    return list(out)


def cost(fig, cell, who):
    proto, flows, train, variant = cell
    return fig.get(f"gro.{proto}.{flows}.{train}{variant}.{who}")


def ratio(a, b):
    return a / b if a and b else None


def targets(fig):
    """(what, required, reached, is it met) for each target of which there are figures."""
    def plain(flows, who, variant=""):
        return cost(fig, ("tcp4", flows, "1", variant), who)

    out = []

    def add(what, limit, unit, value, least=False):
        if value is not None:
            out.append((what, f"{'≥' if least else '≤'} {limit}{unit}", f"{value:.1f}{unit}",
                        value >= limit if least else value <= limit))

    for flows, least in ((1, 1.6), (64, 5), (1024, 60)):
        add(f"merging, {flows} flow{'s' * (flows > 1)} interleaved: rte_gro's cost over Cleave's", least, "×",
            ratio(plain(flows, PEER), plain(flows, CLEAVE)), True)
    add("merging, 65536 flows: cost over that at one", 5, "×",
        ratio(plain(65536, CLEAVE), plain(1, CLEAVE)))
    add("verification of 1460 bytes, cycles", 90, "", fig.get("gro.verification"))
    for kind, words in (("ack", "pure ACKs"), ("udp", "datagrams"), ("arp", "no IP")):
        walk, all_ = fig.get(f"gro.tax.{kind}.parse"), fig.get(f"gro.tax.{kind}.cleave")
        add(f"what cannot merge ({words}), cycles over the header walk", 20, "",
            None if walk is None else all_ - walk)
    return out


def table(heads, rows):
    return ("<table class=all><tr>" + "".join(f"<th class=n>{esc(h)}</th>" for h in heads) + "</tr>"
            + "".join("<tr>" + "".join(f"<td class=n>{esc(c)}</td>" for c in row) + "</tr>"
                      for row in rows) + "</table>")


def target_table(rows):
    return ("<table><tr><th></th><th class=n>target</th><th class=n>reached</th><th></th></tr>"
            + "".join(f"<tr><td>{esc(what)}</td><td class=n>{esc(limit)}</td><td class=n>{esc(reached)}</td>"
                      f'<td class={"met" if met else "missed"}>{"met" if met else "missed"}</td></tr>'
                      for what, limit, reached, met in rows) + "</table>")


def flow_chart(fig, train, variant):
    """Cycles a packet over the number of flows, tcp4."""
    series = []
    for who, name, colour in ((CLEAVE, "Cleave", PAIR[0][0]), (PEER, "rte_gro", PAIR[1][0]),
                              ("touch", "touching alone", "#8a94a0")):
        points = [(cell[1], cost(fig, cell, who)) for cell in cells(fig)
                  if cell[0] == "tcp4" and cell[2:] == (train, variant) and cost(fig, cell, who)]
        if points:
            series.append((name, colour, points))
    if not series:
        return ""
    return (f"<figure><figcaption>{esc(TRAINS.get(train, train))}</figcaption>"
            + log_chart(series, "flows; cycles a packet, logarithmic") + "</figure>")


def gro_section(fig):
    found = cells(fig)
    if not found:
        return ""
    rows = targets(fig)
    out = ["<h2>Merging</h2>", WORDS, target_table(rows) if rows else ""]
    for variant, words in (("", "held over bursts, fresh"), ("_cold", "held over bursts, cold"),
                           ("_burst", "nothing held over bursts")):
        charts = "".join(flow_chart(fig, train, variant) for train in TRAINS)
        if charts:
            out.append(f"<h3>{words}</h3><div class=row>{charts}</div>")
    if "gro.tax.ack.parse" in fig:
        out.append("<h3>What cannot merge, cycles a packet</h3>" + table(
            ("", "header walk", "Cleave", "over the walk", "rte_gro"),
            [(kind, *(f"{v:.1f}" for v in (walk, mine, mine - walk, fig[f"gro.tax.{kind}.peer"])))
             for kind in ("ack", "udp", "arp")
             for walk, mine in [[fig[f"gro.tax.{kind}.{w}"] for w in ("parse", CLEAVE)]]]))
    body = []
    for cell in found:
        costs = [cost(fig, cell, who) for who, _ in COLUMNS]
        r = [ratio(c, costs[0]) for c in costs[1:4]]
        body.append((cell[0], cell[1], cell[2], cell[3].replace("_", " "),
                     *("" if c is None else f"{c:.1f}" for c in costs),
                     *("" if x is None else f"{x:.1f}×" for x in r)))
    heads = ("type", "flows", "train", "", *(name for _, name in COLUMNS), "ratio", "ratio -O3", "ratio -O2")
    out.append(f"<details><summary>All figures of merging</summary>{table(heads, body)}</details>")
    return "".join(out)


def path_section(fig):
    works = {}
    for key in fig:
        m = re.fullmatch(r"path\.(\d+)\.(\w+)\.mpps", key)
        if m:
            works.setdefault(int(m[1]), []).append(m[2])
    if not works:
        return ""
    top = max(fig[f"path.{w}.{way}.mpps"] for w, ways in works.items() for way in ways)
    out = [f"<h2>The whole way</h2>{PATH_WORDS}<div class=row>"]
    for work, ways in works.items():
        rows = []
        for way in ways:
            mpps, gain = (fig[f"path.{work}.{way}.{what}"] for what in ("mpps", "gain"))
            rows.append((way, (mpps,), PAIR[way.startswith(PEER)],
                         f"{mpps:.2f}" + (f", {gain:+.0f} %" if way != "off" else "")))
        out.append(f"<figure><figcaption>{work} cycles of work a packet</figcaption>"
                   + bars(rows, "million frames a second; against off", top) + "</figure>")
    return "".join(out) + "</div>"


def fwd_section(fig):
    rows = {}
    for key in fig:
        m = re.fullmatch(r"fwdgro\.(\w+)\.(on|off)\.(\w+)", key)
        if m:
            rows.setdefault(m[1], []).append((m[3], m[2], fig[key]))
    if not rows:
        return ""
    body = []
    for mode, found in rows.items():
        body.append(f"--forward-mode={mode}")
        body += [(f"{who}, GRO {state}", (mpps,), PAIR[who != CLEAVE], f"{mpps:.2f}")
                 for who, state, mpps in found]
    top = max(r[1][0] for r in body if not isinstance(r, str))
    return ("<h2>Forwarding TCP segments</h2><p>One lcore, from net_probe's generator (4 flows, trains "
            "of 16, checksums known good) to a port without any offload, cleave-fwd and dpdk-testpmd of "
            "the same DPDK with GRO and GSO on and off, in turns; medians.</p><figure>"
            + bars(body, "million segments a second", top, 520) + "</figure>")


def sections(fig):
    return gro_section(fig) + path_section(fig) + fwd_section(fig)


def lines(fig):
    """What is printed: targets, then the whole way and forwarding."""
    for what, limit, reached, met in targets(fig):
        yield f"{what:70} {limit:8} {reached:10} {'met' if met else 'MISSED'}"
    for key, value in fig.items():
        if re.fullmatch(r"path\.\d+\.\w+\.mpps", key):
            yield f"{key:70} {value:7.2f} Mpps {fig[key[:-4] + 'gain']:+7.0f} %"
        elif key.startswith("fwdgro."):
            yield f"{key:70} {value:7.2f} Mpps"


WORDS = """<p>Cycles a packet, full-sized TCP segments in bursts of 32, medians; both sides in turns in the
same run. Cleave walks the headers itself, verifies checksums where no port vouched for them, and leaves
packets that are ready to be cut; rte_gro is told packet types and lengths for nothing and believes all
checksums (+ cksum: DPDK's verification before it). <b>fresh</b>: each burst is written just before it is
merged, as by a driver; <b>cold</b>: all packets were written before the first one is merged.
<b>touching alone</b> reads packets and chains them by flow, and no more. Before anything is measured, each
side has to merge all that can be merged. What would take rte_gro seconds is left out.</p>"""

PATH_WORDS = """<p>In one program on one lcore: net_probe's generator, merging, so many cycles of work for each
packet that is handed on (merged or not), cutting, a port that throws away. <b>io</b>: generator and sink
alone; <b>off</b>: without GRO and GSO; <b>gso</b>, <b>tso</b>: merged and cut again in software or by the
port; <b>hold</b>: merged over bursts; <b>peer</b>: rte_gro and rte_gso with complete checksums.</p>"""
