#!/usr/bin/python3
"""`rules replay --from-store`: the reads that stored alerts keep through two sets of rules, beside the daemon and without it: what a stricter threshold loses, and the precision
of both by what people found, counted by hand here; no recall."""
import json, math, os, sqlite3

from harness import RULES, Dealer, Receiver, check, main, plate, read, running, wait_for

EXACT, INEXACT = range(6), range(10, 14)


def wilson(k, n, z=1.959963984540054):
    middle, half = (k + z * z / 2) / (n + z * z), z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return middle - half, middle + half


def off(text):
    """One symbol of it read wrong."""
    return text[:-1] + ('7' if text[-1] != '7' else '8')


def confirm(d, *ids):
    """What no operation does yet."""
    with sqlite3.connect(os.path.join(d.dir, 'state/hotlistd.db'), timeout=30) as db:
        for id in ids:
            body = json.loads(db.execute('SELECT body FROM alert WHERE id = ?', (id,)).fetchone()[0])
            body['state'] = 'confirmed'
            db.execute('UPDATE alert SET body = ? WHERE id = ?', (json.dumps(body), id))
    db.close()


def fill(d, dealer):
    """Alerts by (number, list): 0 to 5 exact, 0 on both lists, 10 to 13 inexact, 13 of two hours ago."""
    d.load([plate(i) for i in (*EXACT, *INEXACT)])
    d.load([plate(0)], 'fines')
    for i in EXACT:
        dealer.send(read(i, plate(i), camera=f'cam{i}'))
    for i in INEXACT:
        dealer.send(read(i, off(plate(i)), camera=f'cam{i}', offset=-7200 if i == 13 else 0))
    dealer.settle()
    by = {(a['plate_listed'], a['entry']['list']): a['id'] for a in d.alerts()}
    check(len(by) == 11, f'{len(by)} alerts')
    return {i: by[plate(i), 'stolen'] for i in (*EXACT, *INEXACT)}


def dispose(d, id):
    confirm(d, id[0], id[1], id[2], id[3], id[12])
    d.ctl('alert', 'reject', id[4], '--reason', 'other_vehicle', '--plate', plate(4))  # the same symbols, of another state
    d.ctl('alert', 'ack', id[5])
    d.ctl('alert', 'reject', id[10], '--reason', 'misread', '--plate', off(plate(10)))
    d.ctl('alert', 'reject', id[11], '--reason', 'other_vehicle', '--plate', plate(90))
    d.ctl('alert', 'reject', id[13], '--reason', 'other')


def replay(d, *words):
    old, new = os.path.join(d.dir, 'rules.yaml'), os.path.join(d.dir, 'strict.yaml')
    p = d.ctl('rules', 'replay', old, new, '--from-store', *words, '--json', ok=False)
    check(p.returncode == 0 and p.stderr.count('matched nothing is never kept') == 1, f'{p.returncode} {p.stderr}')
    lines = [json.loads(l) for l in p.stdout.splitlines()]
    return lines[:-1], lines[-1]['summary']


def precision(side, right, of):
    p, (low, high) = side['precision'], wilson(right, of)
    check((p['right'], p['of']) == (right, of) and abs(p['low'] - low) < 1e-5 and abs(p['high'] - high) < 1e-5 and 'recall' not in side, str(side))


def counted_by_hand(d, id, *words):
    lines, s = replay(d, *words)
    check((s['reads'], s['alerts'], s['disposed'], s['bad']) == (10, 11, 8, 0), str(s))
    check({(l['change'], l['alert']) for l in lines} == {('lost', id[i]) for i in INEXACT} and len(lines) == 4, str(lines))
    check({l['alert']: l.get('right') for l in lines} == {id[10]: False, id[11]: False, id[12]: True, id[13]: None}, str(lines))
    check((s['old']['told'], s['new']['told'], s['lost'], s['same']) == (11, 7, 4, 7), str(s))
    # Right: 0 to 3, 0 on the other list too, since its plate was there, and 12. Wrong: 4, 10, 11.
    precision(s['old'], 6, 9)
    precision(s['new'], 5, 6)


def refusals(d):
    rules = os.path.join(d.dir, 'rules.yaml')
    for words in (['--from-store', '--reads', rules], ['--from-store', '--sweep', 'match.max_cost=0,1'], ['--reads', rules, '--since', '1h'], ['--from-store', '--since', 'soon']):
        p = d.ctl('rules', 'replay', rules, rules, *words, ok=False)
        check(p.returncode == 64 and not p.stdout, f'{words}: {p.returncode} {p.stdout}')
    p = d.ctl('--state', os.path.join(d.dir, 'nowhere'), 'rules', 'replay', rules, rules, '--from-store', ok=False)
    check(p.returncode != 0 and 'no database' in p.stderr, p.stderr)


def alerts_by_two_sets_of_rules():
    hook = Receiver()
    with running({'desk': [hook.url]}, lists=('stolen', 'fines')) as d:
        d.write('strict.yaml', RULES.replace('min_probability: 0.0', 'min_probability: 0.9999').replace('alert_probability: 0.5', 'alert_probability: 0.9999'))
        dealer = Dealer(d.router)
        id = fill(d, dealer)
        lines, s = replay(d)
        check(s['disposed'] == 0 and s['old']['precision']['value'] is None and s['lost'] == 4, str(s))
        dispose(d, id)
        counted_by_hand(d, id)
        lines, s = replay(d, '--since', '1h')
        check((s['reads'], s['lost'], {l['alert'] for l in lines}) == (9, 3, {id[10], id[11], id[12]}), str(s))
        text = d.ctl('rules', 'replay', os.path.join(d.dir, 'rules.yaml'), os.path.join(d.dir, 'strict.yaml'), '--from-store')
        check(f'lost     alert {id[10]}, ' in text and '10 reads of 11 stored alerts, 8 found right or wrong' in text and 'recall    not to be known' in text, text)
        refusals(d)
        dealer.close()
        d.stop()
        counted_by_hand(d, id, '--state', os.path.join(d.dir, 'state'))
    hook.close()


if __name__ == '__main__':
    main(alerts_by_two_sets_of_rules)
