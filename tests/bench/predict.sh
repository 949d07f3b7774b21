#!/bin/sh
# How true the predicted cost of a list is: the false alerts that `list lint` expects of lists of made-up plates, against those that `match` counts on labelled reads by the same
# rules. Cross-validated by plate: for each fold tables, density and channels are learned without the fold's plates. Needs the labelled reads and made-up plates, which are not part of
# the source.
# usage: predict.sh SHARED-FOLDER [--rules default] [--folds 5] [--size 10000] [--more 400000] [--files "openalpr-clean …"] [--json]
# --more: so many plates are made besides: those there are, with the symbols of each place dealt out anew among plates of one shape. A match of a read with a plate that its vehicle does
# bear is left out on both sides: the made-up plates were chosen not to be on these vehicles. Reads of one vehicle fail alike, so that the interval (95 %, Poisson) goes by different
# (vehicle, entry) pairs.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ctl=${HL_BUILD:-$top/build}/hotlistctl
shared=${1:?usage: predict.sh SHARED-FOLDER …}
shift
rules=default folds=5 size=10000 more=400000 files="openalpr-clean openalpr-degraded fastplateocr-clean fastplateocr-degraded" json=
while [ $# -gt 0 ]; do
	case $1 in
	--rules) rules=$2; shift ;;
	--folds) folds=$2; shift ;;
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
k=0
while [ "$k" -lt "$folds" ]; do
	mkdir "$work/fold$k"
	if [ "$folds" = 1 ]; then cp -R "$top/rules/." "$work/fold$k"; else "$top/rules/learn.sh" "$ctl" "$shared" "$work/fold$k" --exclude-fold "$k/$folds" >"$work/fold$k.log"; fi
	cp "$top/rules/$rules.yaml" "$work/fold$k/rules.yaml"
	k=$((k + 1))
done
python3 - "$ctl" "$folds" "$shared" "$work" "$size" "$more" "$json" $files <<'PYTHON'
import collections, hashlib, json, math, os, random, subprocess, sys

ctl, folds, shared, work, size, more, as_json = sys.argv[1:8]
folds, size, more, files = int(folds), int(size), int(more), sys.argv[8:]
LOOKED_AT = 10  # lists of which the cost is predicted: they are alike
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


def fold_of(plate):
    """As `channel learn --exclude-fold` has it."""
    return int(hashlib.sha256(("fold" + plate).encode()).hexdigest(), 16) % folds


def expected(fold, channel):
    """Of one list, for a read: false alerts, and of these those about vehicles with the plate listed."""
    told = [json.loads(run("--json", "list", "lint", "l", path, "--layout", "plates", "--rules", f"{work}/fold{fold}/rules.yaml", "--channel", channel, "--reads-per-day", "1000")
                       .splitlines()[-1]) for path in lists[:LOOKED_AT]]
    return [sum(t[k] for t in told) / len(told) / 1000 for k in ("expected_false_alerts_a_day", "of_which_same_plate")]


def count(fold, path, truths, found):
    for line in run("match", "--rules", f"{work}/fold{fold}/rules.yaml", "--list", f"l={path}:plates", "--reads", f"{work}/reads").splitlines():
        m = json.loads(line)
        found[truths[m["read"] - 1], m["plate_listed"]] += 1


def tell(name, n, predicted, found):
    same = sum(c for (truth, listed), c in found.items() if truth == listed)
    pairs = sum(truth != listed for truth, listed in found)
    counted = sum(found.values()) - same
    low, high = (x / max(pairs, 1) * max(counted, 1) for x in interval(pairs))
    row = {"file": name, "reads": n, "lists": len(lists), "entries": size, "predicted": round(predicted, 1), "counted": counted, "pairs": pairs, "counted_from": round(low, 1),
           "counted_to": round(high, 1), "predicted_over_counted": round(predicted / counted, 2) if counted else None, "same_plate_left_out": same}
    print(json.dumps(row) if as_json else
          f"{name}: {n} reads x {len(lists)} lists of {size}: predicted {predicted:.1f}, counted {counted} ({low:.1f} to {high:.1f}, of {pairs} pairs), predicted/counted "
          f"{predicted / counted if counted else float('nan'):.2f} ({predicted / high:.2f} to {predicted / low if low else float('inf'):.2f})", flush=True)


known = {(k, c): expected(k, c) for k in range(folds) for c in sorted({f.split("-")[0] for f in files})}
total, all_found = 0.0, collections.Counter()
for f in files:
    predicted, found = 0.0, collections.Counter()
    for k in range(folds):
        some = [r for r in reads[f] if fold_of(r["_truth"]) == k]
        with open(f"{work}/reads", "w") as out:
            out.write("".join(json.dumps(r) + "\n" for r in some))
        every, alike = known[k, f.split("-")[0]]
        predicted += (every - alike) * len(some) * len(lists)
        for path in lists:
            count(k, path, [r["_truth"] for r in some], found)
    tell(f, len(reads[f]), predicted, found)
    total += predicted
    all_found += found
tell("all", sum(len(r) for r in reads.values()), total, all_found)
PYTHON
