#!/usr/bin/env python3
"""A sweep with --per-read counts what the accuracy.py beside the labelled reads counts, from the same rules and lists: share of reads with any match, false matches, for
each tenth of probability how many there are and how many of them are right, and recall at each budget of false alerts. Needs ../shared.
"""
import json, os, subprocess, sys, tempfile

TOP, BUILD = os.environ['HL_TOP'], os.environ.get('HL_BUILD', '.')
CTL = os.path.join(BUILD, 'hotlistctl')
SHARED = os.environ.get('HL_SHARED', os.path.join(TOP, '..', 'shared'))
DATA, EVAL = os.path.join(SHARED, 'data'), os.path.join(SHARED, 'eval', 'accuracy.py')
RULES = os.path.join(TOP, 'rules', 'default.yaml')
ENV = dict(os.environ, HOTLISTD_DATA=TOP, HOTLISTD_CONFIG='')
SIZE, BASE_RATE, ODD = 10000, 0.005, {'SAMPLE', '800002'}


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, env=ENV)
    if done.returncode:
        sys.exit(f'{words[0]}: exit {done.returncode}: {done.stderr[-800:]}')
    return done.stdout


def sweep(plates, reads, values):
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as f:
        f.write('\n'.join(plates) + '\n')
        f.flush()
        out = run(CTL, 'rules', 'replay', RULES, '--list', f'all={f.name}:plates', '--reads', reads, '--per-read', '--json', '--sweep', 'match.min_probability=' + values)
    return [json.loads(l)['by_probability'] for l in out.splitlines()]


def rounded(counts, n):
    return [round(c, n) for c in counts]


def check(name):
    everything = [json.loads(l) for l in open(f'{DATA}/reads/{name}.jsonl')]
    reads = [r for r in everything if r.get('_truth') and r['_truth'] not in ODD and r.get('_truth_region', '').startswith('us')]
    truths = {r['_truth'] for r in reads}
    decoys = [d for d in dict.fromkeys(l.split('\t')[0].strip() for l in open(f'{DATA}/decoys-100k.txt')) if d not in truths][:SIZE]
    want = json.loads(run(sys.executable, EVAL, '--hotlistctl', CTL, '--rules', RULES, '--reads', f'{DATA}/reads/{name}.jsonl', '--decoys', f'{DATA}/decoys-100k.txt',
                          '--size', SIZE, '--slices', 1, '--json'))
    with tempfile.NamedTemporaryFile('w', suffix='.jsonl') as f:
        f.writelines(json.dumps(r) + '\n' for r in reads)
        f.flush()
        on, off = (sweep(plates, f.name, '0:0.9:0.1') for plates in (sorted(truths) + decoys, decoys))
        budgets(name, f.name, truths, decoys, len(reads), want)
    assert want['reads'] == len(reads)
    assert want['recall_any'] == round(100 * on[0]['found'] / len(reads), 2), (name, want['recall_any'], on[0])
    assert want['fa_any'] == round(1000 * off[0]['wrong'] / len(reads), 3), (name, want['fa_any'], off[0])
    total = lambda row: row['right'] + row['wrong']
    last = {'right': 0, 'wrong': 0}
    for b, (a, z) in enumerate(zip(zip(on, on[1:] + [last]), zip(off, off[1:] + [last]))):
        got = BASE_RATE * (total(a[0]) - total(a[1])) + (1 - BASE_RATE) * (total(z[0]) - total(z[1])), BASE_RATE * (a[0]['right'] - a[1]['right'])
        assert rounded((want['bins'][b][0], want['bins'][b][2]), 4) == rounded(got, 4), (name, b, want['bins'][b], got)
    assert on[0]['right'] > on[9]['right'] > 0 and off[0]['wrong'] > 0, 'nothing falls with the threshold: this test tests nothing'
    print(f"{name}: {len(reads)} reads: any {want['recall_any']} %, false {want['fa_any']}, all ten bins, recall at {want['recall_at_fa']}: equal")


def budgets(name, path, truths, decoys, n, want):
    """accuracy.py's threshold is the probability of the first false match past the budget; recall is what lies above it."""
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as f:
        f.write('\n'.join(decoys) + '\n')
        f.flush()
        false = sorted((json.loads(l)['plate_probability'] for l in run(CTL, 'match', '--rules', RULES, '--list', f'all={f.name}:plates', '--reads', path, '--all').splitlines()), reverse=True)
    for budget, recall in want['recall_at_fa'].items():
        allowed = int(float(budget) * n / 1000 + 1e-9)
        if recall is None:
            continue
        above = false[allowed] if allowed < len(false) else 0
        # The least figure above it of six digits.
        just = f'{above + 1e-6:.6f}' if above < 0.1 else f'{above + 5e-7:.6f}'
        row = sweep(sorted(truths) + decoys, path, just)[0]
        assert recall == round(100 * row['found'] / n, 2), (name, budget, just, recall, row['found'], n)


def main():
    if not os.path.isdir(f'{DATA}/reads') or not os.path.exists(EVAL):
        print('the labelled reads are not there')
        sys.exit(1 if os.environ.get('CI') else 77)
    for name in ('openalpr-clean', 'openalpr-degraded', 'fastplateocr-clean'):
        check(name)


main()
