#!/bin/sh
# How the learned files under rules/ are made: the confusion table, the density of plate shapes, and the channels.
# usage: learn.sh HOTLISTCTL SHARED-FOLDER RULES-FOLDER [--exclude-fold K/N]
set -eu
ctl=$1 shared=$2 out=$3
shift 3
reads=$shared/data/reads
mkdir -p "$out/confusions" "$out/channels" "$out/density"
"$ctl" channel learn --reads "$reads"/*.jsonl --out "$out/confusions/latin.yaml" "$@"
"$ctl" channel learn --reads "$reads"/openalpr-*.jsonl "$reads"/fastplateocr-*.jsonl --region us --plates "$shared/data/decoys-100k.txt" --density-out "$out/density/us.yaml" "$@"
"$ctl" channel learn --reads "$reads"/openalpr-*.jsonl --others "$reads"/fastplateocr-*.jsonl --region us --density "$out/density/us.yaml" --gap points \
	--channel-out "$out/channels/openalpr.yaml" "$@"
"$ctl" channel learn --reads "$reads"/fastplateocr-*.jsonl --others "$reads"/openalpr-*.jsonl --region us --density "$out/density/us.yaml" --gap ratio \
	--channel-out "$out/channels/fastplateocr.yaml" "$@"
"$ctl" channel learn --reads "$reads"/openalpr-*.jsonl "$reads"/fastplateocr-*.jsonl --region us --density "$out/density/us.yaml" --gap none \
	--channel-out "$out/channels/neutral.yaml" "$@"
