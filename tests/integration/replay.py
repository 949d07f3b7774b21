#!/usr/bin/env python3
"""`hotlistctl rules replay --per-read`: the alerts that seven prepared changes gain, lose and change, exactly those that two runs of `hotlistctl match` differ by
(sets of (read, list, plate listed), decisions, and the route worked out here). Reads are simulated; where ../shared/data/reads is there, those too.
"""
import json, os, random, subprocess, sys, tempfile

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


def rules_folder(dir):
    os.makedirs(os.path.join(dir, 'rules', 'confusions'))
    subprocess.run(['sh', '-c', f'cp "{TOP}"/rules/confusions/*.yaml "{dir}/rules/confusions/" && cp "{TOP}/rules/default.yaml" "{dir}/rules/old.yaml"'], check=True)


def plates(rnd, n):
    digits, letters = '0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    shapes = ('LLL0000', '0LLL000', 'LLL000', '000LLL')
    return sorted({''.join(rnd.choice(letters if c == 'L' else digits) for c in rnd.choice(shapes)) for _ in range(n)})


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
