#!/bin/sh
# The scorer on labelled reads, cross-validated by plate: for each fold the confusion table, the density of shapes and the three channels are learned without
# the fold's plates, and the fold is scored with them. Needs the labelled reads and accuracy.py, which are not part of the source.
# usage: accuracy.sh SHARED-FOLDER [--rules "default wide"] [--folds 5] [--size 10000] [--slices 10] [--files "openalpr-clean …"] [--decoys FILE] [--work DIR] [--json]
# Artefacts learned before are taken from --work again. Prints what accuracy.py prints, for each rules file and file of reads.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ctl=${HL_BUILD:-$top/build}/hotlistctl
shared=${1:?usage: accuracy.sh SHARED-FOLDER …}
shift
rules="default wide" folds=5 size=10000 slices=10 files="openalpr-clean openalpr-degraded fastplateocr-clean fastplateocr-degraded" work= json= decoys=$shared/data/decoys-100k.txt
while [ $# -gt 0 ]; do
	case $1 in
	--rules) rules=$2; shift ;;
	--folds) folds=$2; shift ;;
	--size) size=$2; shift ;;
	--slices) slices=$2; shift ;;
	--files) files=$2; shift ;;
	--decoys) decoys=$2; shift ;;
	--work) work=$2; shift ;;
	--json) json=--json ;;
	*) echo "accuracy.sh: '$1' is not understood" >&2; exit 64 ;;
	esac
	shift
done
if [ -z "$work" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/hl-accuracy-XXXXXX")
	trap 'rm -rf "$work"' EXIT
fi
reads=$shared/data/reads

# learn DIR ARGS…: everything that a rules folder holds; ARGS leave a fold out.
learn() {
	dir=$1
	shift
	"$top/rules/learn.sh" "$ctl" "$shared" "$dir" "$@" >"$dir.log"
}

k=0
while [ "$k" -lt "$folds" ]; do
	dir=$work/fold$k
	if [ ! -f "$dir/channels/neutral.yaml" ]; then
		mkdir -p "$dir"
		if [ "$folds" = 1 ]; then learn "$dir"; else learn "$dir" --exclude-fold "$k/$folds"; fi
	fi
	for r in $rules; do cp "$top/rules/$r.yaml" "$dir/$r.yaml"; done
	k=$((k + 1))
done
for r in $rules; do
	for f in $files; do
		[ -n "$json" ] || echo "== $r.yaml"
		python3 "$shared/eval/accuracy.py" --hotlistctl "$ctl" --rules "$work/fold{fold}/$r.yaml" --reads "$reads/$f.jsonl" --decoys "$decoys" \
			--folds "$folds" --size "$size" --slices "$slices" $json
	done
done
