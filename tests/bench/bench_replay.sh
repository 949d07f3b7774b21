#!/bin/sh
# bench_replay.sh [BUILD-FOLDER]: the speed of `hotlistctl rules replay` beside bench_match on the same entries, plates and confusions, in turns in one run: 10 k and 1 M
# entries, two sets of rules of which one has another threshold. JSON lines; `ratio` is the median over the rounds of reads/s replayed (decoding, both sets of rules,
# passages and cooldown, everything but loading the lists) over bench_match's natural_reads_per_s, one thread, the index alone. HL_ROUNDS (5), HL_ENTRIES, HL_READS.
set -eu
build=${1:-.}
top=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HOTLISTD_DATA=$top
HOTLISTD_CONFIG=
export HOTLISTD_DATA HOTLISTD_CONFIG
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/rules/confusions"
cp "$top"/rules/confusions/*.yaml "$dir/rules/confusions/"
cp "$top/rules/default.yaml" "$dir/rules/old.yaml"
sed 's/^  min_probability: 0.20/  min_probability: 0.50/' "$dir/rules/old.yaml" >"$dir/rules/new.yaml"
exec python3 - "$build" "$dir" <<'PYTHON'
import json, os, random, statistics, subprocess, sys

build, dir = sys.argv[1:]
rounds, n_reads = int(os.environ.get('HL_ROUNDS', 5)), int(os.environ.get('HL_READS', 400000))
SHAPES = 'LLDDLLL LLDDLLL LLDDLLL LLLDDDD LLLDDDD DLLLDDD LLDDDLL LLLLDDD LLLLLDDD AAAAAAA'.split()
ALL = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
OF = {'D': ALL[:10], 'L': ALL[10:], 'A': ALL}


def plates(n, seed):
    rnd = random.Random(seed)
    return [''.join(rnd.choice(OF[c]) for c in rnd.choice(SHAPES)) for _ in range(n)]


def write(name, lines):
    path = os.path.join(dir, name)
    with open(path, 'w') as f:
        f.writelines(line + '\n' for line in lines)
    return path


def replay(entries, reads, words):
    done = subprocess.run([os.path.join(build, 'hotlistctl'), 'rules', 'replay', f'{dir}/rules/old.yaml', f'{dir}/rules/new.yaml', '--list', f'all={entries}:plates',
                           '--reads', reads, '--summary', '--json', '--time', *words], check=True, capture_output=True, text=True)
    return json.loads(done.stderr.splitlines()[-1]), json.loads(done.stdout.splitlines()[-1])['summary']


def match_speed(entries, plain):
    done = subprocess.run([os.path.join(build, 'bench_match'), entries, plain, '--max-cost', '1.0', '--confusions', f'{dir}/rules/confusions/latin.yaml'], check=True,
                          capture_output=True, text=True)
    return [json.loads(l) for l in done.stdout.splitlines() if '"natural_reads_per_s"' in l][0]['natural_reads_per_s']


texts = plates(n_reads, 99)
plain = write('plain.txt', texts)
reads = write('reads.jsonl', (f'{{"id":"r{i}","camera":"cam{i % 40}","time":"2026-11-01T{i // 150000 % 24:02}:{i // 2500 % 60:02}:{i // 42 % 60:02}.000Z","plate":"{p}","confidence":0.9}}'
                              for i, p in enumerate(texts)))
for n in map(int, os.environ.get('HL_ENTRIES', '10000 1000000').split()):
    entries = write('entries.txt', plates(n, 1))
    for name, words in (('per_read', ['--per-read']), ('passages', [])):
        ratios, speeds, cpu = [], [], []
        for _ in range(rounds):
            match = match_speed(entries, plain)
            took, summary = replay(entries, reads, words)
            speeds.append(took['reads'] / took['seconds'])
            cpu.append(1e6 * took['cpu_seconds'] / took['reads'])
            ratios.append(speeds[-1] / match)
        print(json.dumps({'bench': 'replay', 'entries': n, 'mode': name, 'reads': took['reads'], 'told': [summary['old']['told'], summary['new']['told']],
                          'reads_per_s': round(statistics.median(speeds)), 'cpu_us_a_read': round(statistics.median(cpu), 3), 'ratio': round(statistics.median(ratios), 3),
                          'ratios': [round(r, 2) for r in sorted(ratios)]}), flush=True)
PYTHON
