#!/usr/bin/env python3
"""`hotlistctl rules replay --per-read`: the alerts that seven prepared changes gain, lose and change, exactly those that two runs of `hotlistctl match` differ by
(sets of (read, list, plate listed), decisions, and the route worked out here); and that a sweep's rows are what one run of `match --all` counts. Reads are simulated; where ../shared/data/reads is there, those too.
"""
import json, os, random, subprocess, sys, tempfile, xml.etree.ElementTree

TOP, BUILD = os.environ['HL_TOP'], os.environ.get('HL_BUILD', '.')
CTL = os.path.join(BUILD, 'hotlistctl')
SHARED = os.path.join(os.environ.get('HL_SHARED', os.path.join(TOP, '..', 'shared')), 'data')
ENV = dict(os.environ, HOTLISTD_DATA=TOP, HOTLISTD_CONFIG='')

CHANGES = {
    'min_probability up': [('  min_probability: 0.20', '  min_probability: 0.60')],
    'max_cost down': [('  max_cost: 1.0', '  max_cost: 0.4'), ('  candidate_cost: 1.0', '  candidate_cost: 0.4')],
    'a cheaper pair': [('  base: latin', '  base: latin\n  pairs: [' + ', '.join(f'{{chars: "{p}", cost: 0.1}}' for p in ('0D', '0O', '0Q', '8B', '2Z', '1I', '5S', 'VY', 'HM', 'VW', '4A', '6G', '3B', 'EF', '7T', '7Z', 'MN', 'KX', 'UV', 'CG', '1T', 'IT', '1L', 'OQ', 'DO', '56', '89', '69', '3S', '17', 'PR')) + ']')],
    'no candidates': [('  candidates: 10', '  candidates: 0')],
    'a threshold at one camera': [('route:\n', 'cameras: {cam-n: {match: {min_probability: 0.60}}}\nroute:\n')],
    'a reach at one camera': [('route:\n', 'cameras: {cam-n: {match: {max_cost: 0.4, candidates: 2}}}\nroute:\n')],
    'a camera zone': [('route:\n', 'zones: {north: {cameras: [cam-n]}}\nroute:\n  routes:\n    - {when: {zone: north}, receivers: [patrol, desk]}\n')],
}


def run(*words):
    done = subprocess.run([CTL, *words], capture_output=True, text=True, env=ENV)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}: {done.stderr[-800:]}")
    return done.stdout


def kept(rules, lists, reads):
    return {(m['read'], m['list'], m['plate_listed']): m['decision'] for m in map(json.loads, run('match', '--rules', rules, *lists, '--reads', reads).splitlines())}


def route(change, camera):
    return ['desk', 'patrol'] if change == 'a camera zone' and camera == 'cam-n' else ['desk']


def wanted(change, old, new, cameras):
    out = {}
    for key in old.keys() | new.keys():
        was, now = (old[key], route('', cameras[key[0]])) if key in old else None, (new[key], route(change, cameras[key[0]])) if key in new else None
        if was != now:
            out[key] = ('gained' if not was else 'lost' if not now else 'changed', was, now)
    return out


def found(text):
    side = lambda s: s and (s['decision'], s['receivers'])
    lines = [json.loads(l) for l in text.splitlines()]
    return {(l['read'], l['list'], l['plate_listed']): (l['change'], side(l['old']), side(l['new'])) for l in lines[:-1]}, lines[-1]['summary'], len(lines) - 1


def check(name, dir, lists, reads):
    cameras = {i: json.loads(l)['camera'] for i, l in enumerate(open(reads), 1)}
    base = os.path.join(dir, 'rules', 'old.yaml')
    old, seen = kept(base, lists, reads), set()
    for change, edits in CHANGES.items():
        text = open(base).read()
        for a, b in edits:
            assert a in text, f'{change}: the rules have no {a!r}'
            text = text.replace(a, b)
        path = os.path.join(dir, 'rules', 'new.yaml')
        open(path, 'w').write(text)
        new = kept(path, lists, reads)
        want = wanted(change, old, new, cameras)
        got, summary, lines = found(run('rules', 'replay', base, path, *lists, '--reads', reads, '--per-read', '--json'))
        assert lines == len(got), f'{name}: {change}: an alert is told twice'
        for key in want.keys() | got.keys():
            assert want.get(key) == got.get(key), f'{name}: {change}: {key}: wanted {want.get(key)}, found {got.get(key)}'
        for kind in ('gained', 'lost', 'changed'):
            n = sum(v[0] == kind for v in want.values())
            assert summary[kind] == n, f'{name}: {change}: {kind} {summary[kind]}, not {n}'
            for view, rows in summary['by'].items():
                assert sum(r[kind] for r in rows) == n, f'{name}: {change}: by {view} the {kind} are {rows}'
            seen |= {(change, kind)} if n else set()
        assert (summary['old']['told'], summary['new']['told'], summary['same']) == (len(old), len(new), len(old.keys() | new.keys()) - len(want))
        print(f"{name}: {change}: {summary['gained']} gained, {summary['lost']} lost, {summary['changed']} changed, {summary['same']} the same")
    for change in CHANGES:
        assert any(c == change for c, _ in seen), f'{name}: {change} changes nothing: this test tests nothing'


def wilson(k, n):
    """The roots of (p - k/n)^2 = z^2 p (1 - p) / n."""
    z2 = 1.959963984540054 ** 2
    a, b, c = n + z2, -(2 * k + z2), k * k / n
    d = (b * b - 4 * a * c) ** .5
    return max(0, (-b - d) / (2 * a)), min(1, (-b + d) / (2 * a))


def check_sweep(name, dir, lists, listed, reads, values):
    """Each row of a sweep, read by read, from one run of `match --all`: an exact match is told whatever its probability, any other from the threshold on."""
    rules = os.path.join(dir, 'rules', 'old.yaml')
    truth = {i: json.loads(l).get('_truth') for i, l in enumerate(open(reads), 1)}
    labelled = {i for i, t in truth.items() if t and ''.join(c for c in t if c.isalnum())}
    matches = [json.loads(l) for l in run('match', '--rules', rules, *lists, '--reads', reads, '--all').splitlines()]
    rows = [json.loads(l) for l in run('rules', 'replay', rules, *lists, '--reads', reads, '--per-read', '--sweep', f"match.min_probability={','.join(values)}",
                                       '--svg', os.path.join(dir, 'sweep.svg'), '--json').splitlines()]
    assert [r['value'] for r in rows] == values
    for row in rows:
        t = float(row['value'])
        told = [m for m in matches if m['plate_probability'] >= t or m['kind'] == 'exact']
        right = [m for m in told if m['plate_listed'] == truth[m['read']]]
        wrong = [m for m in told if m['read'] in labelled and m['plate_listed'] != truth[m['read']]]
        n, found = sum(truth[i] in listed for i in labelled), len({m['read'] for m in right})
        assert (row['told'], row['right'], row['wrong'], row['labelled']) == (len(told), len(right), len(wrong), len(labelled)), (name, row)
        assert (row['recall']['right'], row['recall']['of']) == (found, n), (name, row, found, n)
        assert abs(row['false_per_1000'] - 1000 * len(wrong) / len(labelled)) < 1e-6
        for share, k, of in (('recall', found, n), ('precision', len(right), len(right) + len(wrong))):
            low, high = wilson(k, of)
            assert abs(row[share]['low'] - low) < 1e-5 and abs(row[share]['high'] - high) < 1e-5, (name, share, row, low, high)
    assert rows[0]['told'] > rows[-1]['told'] and any(r['wrong'] for r in rows), f'{name}: the threshold changes nothing: this test tests nothing'
    check_svg(os.path.join(dir, 'sweep.svg'), values)
    print(f"{name}: sweep of {len(values)} values, told {rows[0]['told']} to {rows[-1]['told']}, of {len(labelled)} labelled reads")


def check_svg(path, values):
    root = xml.etree.ElementTree.parse(path).getroot()
    tags = {e.tag.rsplit('}', 1)[1] for e in root.iter()}
    words = [e.text for e in root.iter() if e.tag.endswith('}text')]
    assert tags <= {'svg', 'title', 'rect', 'line', 'circle', 'text'}, tags
    assert sum(e.tag.endswith('}circle') for e in root.iter()) == len(values)
    assert 'false alerts for 1,000 reads' in words and any(w.startswith('recall') for w in words) and values[0] in words, words


def rules_folder(dir):
    os.makedirs(os.path.join(dir, 'rules', 'confusions'))
    subprocess.run(['sh', '-c', f'cp "{TOP}"/rules/confusions/*.yaml "{dir}/rules/confusions/" && cp "{TOP}/rules/default.yaml" "{dir}/rules/old.yaml"'], check=True)


def plates(rnd, n):
    digits, letters = '0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    shapes = ('LLL0000', '0LLL000', 'LLL000', '000LLL')
    return sorted({''.join(rnd.choice(letters if c == 'L' else digits) for c in rnd.choice(shapes)) for _ in range(n)})


def refused(dir, lists):
    """Words that are not understood end with a code of sysexits.h and say what is wrong; nothing is printed."""
    rules, reads = os.path.join(dir, 'rules', 'old.yaml'), os.path.join(dir, 'reads.jsonl')
    sweep = [rules, *lists, '--reads', reads, '--sweep']
    open(os.path.join(dir, 'bad.jsonl'), 'w').write('{"camera":"c","plate":1}\n\nnonsense\n')
    for words, code, text in (
            ([rules, '--reads', reads, *lists], 64, 'two rules files'), ([rules, rules, *lists], 64, '--reads'), ([rules, rules, '--reads', reads], 64, '--list'),
            ([rules, rules, rules, '--reads', reads, *lists], 64, 'one more'), ([rules, rules, '--reads', reads, *lists, '--svg', 'x'], 64, '--sweep'),
            ([rules, rules, '--reads', dir + '/none', *lists], 66, 'none'), ([rules, dir + '/none', '--reads', reads, *lists], 78, 'none'),
            ([rules, rules, '--reads', dir + '/bad.jsonl', *lists], 65, 'bad.jsonl:3:'), ([*sweep, 'match.min_probability=0.9:0.1:0.1'], 64, 'LOW is above HIGH'),
            ([*sweep, 'match.min_probability=0:1:0'], 64, 'STEP is 0'), ([*sweep, 'match.min_probability=0:1:0.0001'], 65, 'more than 400'),
            ([*sweep, 'match.min_probability'], 64, 'OPTION='), ([*sweep, 'match.min_probability=high'], 64, 'OPTION='), ([*sweep, 'alerts.cooldown=1m:2h:1m'], 64, 'OPTION='),
            ([*sweep, 'match.min_probabilty=0.1'], 78, "did you mean 'min_probability'"), ([*sweep, 'match.max_cost.x=1'], 78, 'holds no other options'),
            ([*sweep, 'alerts.cooldown=10'], 78, 'needs a unit'), ([*sweep, '..=1'], 78, 'is no option')):
        done = subprocess.run([CTL, 'rules', 'replay', *words], capture_output=True, text=True, env=ENV)
        assert done.returncode == code and text in done.stderr, f'{words}: exit {done.returncode}, {done.stderr!r}; expected {code}, {text!r}'


def simulated(dir):
    rnd = random.Random(5)
    listed, others = plates(rnd, 300), plates(rnd, 3000)
    for name, lines in (('seen.txt', listed[::2] + others[:150]), ('stolen.txt', listed[:200] + others[1000:]), ('fines.txt', listed[150:])):
        open(os.path.join(dir, name), 'w').write('\n'.join(lines) + '\n')
    out = []
    for seed, channel, camera in ((1, 'openalpr', 'cam-n'), (2, 'fastplateocr', 'cam-s'), (3, 'neutral', 'cam-w')):
        out.append(run('simulate', '--channel', channel, '--plates', os.path.join(dir, 'seen.txt'), '-n', '1500', '--seed', str(seed), '--camera', camera))
    open(os.path.join(dir, 'reads.jsonl'), 'w').write(''.join(out))
    lists = ['--list', f'stolen={dir}/stolen.txt:plates', '--list', f'fines={dir}/fines.txt:plates']
    check('simulated reads', dir, lists, os.path.join(dir, 'reads.jsonl'))
    both = set(listed) | set(others[1000:])
    check_sweep('simulated reads', dir, lists, both, os.path.join(dir, 'reads.jsonl'), ['0.00', '0.02', '0.10', '0.30', '0.60', '0.79', '0.81', '0.95'])
    refused(dir, lists)


def real(dir):
    reads = [json.loads(l) for f in sorted(os.listdir(f'{SHARED}/reads')) for l in open(f'{SHARED}/reads/{f}')]
    for i, r in enumerate(reads):
        r['camera'] = 'cam-n' if i % 3 == 0 else r['camera']
    truths = sorted({r['_truth'] for r in reads if r.get('_truth') and r['_truth'].isalnum()})
    decoys = [l.split('\t')[0].strip() for l in open(f'{SHARED}/decoys-100k.txt')][:10000]
    open(f'{dir}/all.txt', 'w').write('\n'.join(truths + decoys) + '\n')
    open(f'{dir}/real.jsonl', 'w').write(''.join(json.dumps(r) + '\n' for r in reads))
    check('real reads', dir, ['--list', f'all={dir}/all.txt:plates'], f'{dir}/real.jsonl')


def main():
    with tempfile.TemporaryDirectory(prefix='hl-replay-') as dir:
        rules_folder(dir)
        simulated(dir)
        if os.path.isdir(f'{SHARED}/reads'):
            real(dir)
        elif os.environ.get('CI'):
            sys.exit('../shared/data/reads is not there')


main()
