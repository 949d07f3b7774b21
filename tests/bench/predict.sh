#!/bin/sh
# How true the predicted cost of a list is: the false alerts that `list lint` expects of lists of made-up plates, against those that `match` counts on labelled reads by the same
# rules. Needs the labelled reads and made-up plates, which are not part of the source.
# usage: predict.sh SHARED-FOLDER [--rules default] [--size 10000] [--more 400000] [--files "openalpr-clean …"] [--json]
# --more: so many plates are made besides: those there are, with the symbols of each place dealt out anew among plates of one shape. A match of a read with a plate that its vehicle does
# bear is left out on both sides: the made-up plates were chosen not to be on these vehicles. Reads of one vehicle fail alike, so that the interval (95 %, Poisson) goes by different
# (vehicle, entry) pairs.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ctl=${HL_BUILD:-$top/build}/hotlistctl
shared=${1:?usage: predict.sh SHARED-FOLDER …}
shift
rules=default size=10000 more=400000 files="openalpr-clean openalpr-degraded fastplateocr-clean fastplateocr-degraded" json=
while [ $# -gt 0 ]; do
	case $1 in
	--rules) rules=$2; shift ;;
	--size) size=$2; shift ;;
	--more) more=$2; shift ;;
	--files) files=$2; shift ;;
	--json) json=1 ;;
	*) echo "predict.sh: '$1' is not understood" >&2; exit 64 ;;
	esac
	shift
done
work=$(mktemp -d "${TMPDIR:-/tmp}/hl-predict-XXXXXX")
trap 'rm -rf "$work"' EXIT
HOTLISTD_DATA=$top
export HOTLISTD_DATA
python3 - "$ctl" "$top/rules/$rules.yaml" "$shared" "$work" "$size" "$more" "$json" $files <<'PYTHON'
import collections, json, math, os, random, subprocess, sys

ctl, rules, shared, work, size, more, as_json = sys.argv[1:8]
size, more, files = int(size), int(more), sys.argv[8:]
reads = {f: [json.loads(line) for line in open(f"{shared}/data/reads/{f}.jsonl")] for f in files}
borne = {r["_truth"] for rs in reads.values() for r in rs}


def dealt_anew(plates, n):
    """Plates of the same shapes, the symbols of each place shuffled among those of one shape."""
    chance, made, known = random.Random(1), [], set(plates) | borne
    shapes = collections.defaultdict(list)
    for p in plates:
        shapes["".join("D" if c.isdigit() else "L" for c in p)].append(p)
    while len(made) < n:
        for group in shapes.values():
            places = [[p[i] for p in group] for i in range(len(group[0]))]
            for place in places:
                chance.shuffle(place)
            fresh = {"".join(p) for p in zip(*places)} - known
            known |= fresh
            made += sorted(fresh)
    chance.shuffle(made)
    return made[:n]


def interval(n):
    """Garwood's interval of a Poisson mean, 95 %, by halving."""
    def below(mean, k):
        return sum(math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(k + 1)) if mean else 1.0

    def solve(k, share):
        low, high = 1e-9, 10.0 * n + 20
        for _ in range(200):
            mid = (low + high) / 2
            low, high = (mid, high) if below(mid, k) > share else (low, mid)
        return low
    return (solve(n - 1, 0.975) if n else 0.0, solve(n, 0.025))


def run(*words):
    done = subprocess.run([ctl, *words], capture_output=True, text=True)
    if done.returncode not in (0, 65):  # 65: the lint has faults to tell; a made-up plate may look like none
        sys.exit(done.stderr)
    return done.stdout


plates = [line.strip() for line in open(f"{shared}/data/decoys-100k.txt")]
plates += dealt_anew(plates, more)
lists = []
for i in range(0, len(plates) - size + 1, size):
    lists.append(os.path.join(work, f"list{i}"))
    with open(lists[-1], "w") as out:
        out.write("\n".join(plates[i:i + size]) + "\n")

expected = {}
for channel in sorted({f.split("-")[0] for f in files}):
    told = [json.loads(run("--json", "list", "lint", "l", path, "--layout", "plates", "--rules", rules, "--channel", channel, "--reads-per-day", "1000").splitlines()[-1])
            for path in lists]
    expected[channel] = [sum(t[k] for t in told) / len(told) for k in ("expected_false_alerts_a_day", "of_which_same_plate")]

total = [0.0, 0, set(), 0]
for f in files:
    counted, pairs, same = 0, set(), 0
    for path in lists:
        for line in run("match", "--rules", rules, "--list", f"l={path}:plates", "--reads", f"{shared}/data/reads/{f}.jsonl").splitlines():
            m = json.loads(line)
            truth = reads[f][m["read"] - 1]["_truth"]
            same += truth == m["plate_listed"]
            counted += truth != m["plate_listed"]
            if truth != m["plate_listed"]:
                pairs.add((truth, m["plate_listed"]))
    every, alike = expected[f.split("-")[0]]
    predicted = (every - alike) * len(reads[f]) * len(lists) / 1000
    rows = [(f, len(reads[f]), predicted, counted, pairs, same)]
    total = [total[0] + predicted, total[1] + counted, total[2] | pairs, total[3] + same]
    if f == files[-1]:
        rows.append(("all", sum(len(r) for r in reads.values()), *total))
    for name, n, p, c, pair, s in rows:
        low, high = interval(len(pair))
        low, high = (x / max(len(pair), 1) * max(c, 1) for x in (low, high))
        row = {"file": name, "reads": n, "lists": len(lists), "entries": size, "predicted": round(p, 1), "counted": c, "pairs": len(pair), "counted_from": round(low, 1),
               "counted_to": round(high, 1), "predicted_over_counted": round(p / c, 2) if c else None, "same_plate_left_out": s}
        print(json.dumps(row) if as_json else
              f"{name}: {n} reads x {len(lists)} lists of {size}: predicted {p:.1f}, counted {c} ({low:.1f} to {high:.1f}, of {len(pair)} pairs), predicted/counted "
              f"{p / c if c else float('nan'):.2f} ({p / high:.2f} to {p / low if low else float('inf'):.2f})")
PYTHON
