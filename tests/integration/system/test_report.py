#!/usr/bin/python3
"""What `report` says against a ledger kept outside: a known stream through the real daemon over a restart, people who answer, and each number of the report."""
import collections, csv, io, json, math, random

from harness import *

RULES_TWO = RULES.replace('route: {receivers: [desk]}', '') + '''route:
  receivers: [desk]
  routes:
    - when: {list: felony}
      receivers: [desk, north]
'''


def wilson(k, n):
    """Wilson's interval, written down from its formula: not the program's."""
    z = 1.959963984540054
    if not n:
        return 0.0, 1.0
    p, d = k / n, 1 + z * z / n
    c = (p + z * z / (2 * n)) / d
    h = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return (0.0 if k == 0 else c - h), (1.0 if k == n else c + h)


class Ledger:
    def __init__(self):
        self.sent = self.bad = self.nothing = 0
        self.alerts = {}                                  # plate -> (list, camera)
        self.silent = 0
        self.answers, self.wrong, self.right = {}, set(), set()


def play(dealer, ledger, rng, numbers):
    """Each listed plate at one camera: an alert, sometimes a second read of the passage, which is told to nobody; between them plates of nobody, and bad payloads."""
    reads, t = [], -3000.0
    for i in numbers:
        t += rng.uniform(1, 5)
        kind = rng.choice(['listed', 'listed', 'twice', 'nothing', 'nothing', 'bad'])
        camera = f'cam{rng.randrange(3)}'
        if kind == 'bad':
            ledger.bad += 1
            reads.append({'id': f'bad{i}', 'camera': camera, 'time': 'yesterday', 'plate': plate(i)})
            continue
        if kind == 'nothing':
            ledger.nothing += 1
            reads.append(read(i * 10, plate(500000 + i), camera, t))
            continue
        ledger.alerts[plate(i)] = ('felony' if i % 3 == 0 else 'stolen', camera)
        reads.append(read(i * 10, plate(i), camera, t))
        if kind == 'twice':
            ledger.silent += 1
            reads.append(read(i * 10 + 1, plate(i), camera, t + 0.5))
    for r in reads:
        if r['id'].startswith('bad'):
            dealer.socket.send(json.dumps(r).encode())    # answered without its id
        else:
            dealer.send(r)
    ledger.sent += len(reads)
    dealer.settle()


def answer(d, ledger, rng):
    """Some are acknowledged, 40 s after they came at the earliest, some rejected as misread."""
    d.ctl('test', 'clock', '40000')
    for a in d.alerts():
        if a['plate_listed'] in ledger.answers:
            continue
        what = rng.choice(['ack', 'reject', 'nothing', 'verify', 'recovered', 'not_found'])
        if what == 'ack':
            d.ctl('alert', 'ack', a['id'], '--by', 'lee')
        elif what == 'reject':
            d.ctl('alert', 'reject', a['id'], '--reason', 'misread', '--plate', 'ZZZ999', '--by', 'kim')
            ledger.wrong.add(a['plate_listed'])
        elif what == 'verify':
            d.ctl('alert', 'ack', a['id'], '--by', 'lee')
            d.ctl('alert', 'verify', a['id'], '--plate', 'agrees', '--state', 'agrees', '--vehicle', 'agrees', '--by', 'lee')
            ledger.right.add(a['plate_listed'])
        elif what != 'nothing':
            d.ctl('alert', 'close', a['id'], '--outcome', what, '--by', 'kim')
            if what == 'recovered':
                ledger.right.add(a['plate_listed'])
        if what != 'nothing':
            ledger.answers[a['plate_listed']] = what


def check_rows(rows, expect, wrong, right, what):
    got = {r['name']: r for r in rows}
    check(sorted(got) == sorted(expect), f'{what}: {sorted(got)}, not {sorted(expect)}')
    for name, n in expect.items():
        r, w, k = got[name], wrong[name], right[name]
        check((r['alerts'], r['wrong'], r['right'], r['unknown']) == (n, w, k, n - w - k), f'{what} {name}: {r}; ledger {n}, wrong {w}, right {k}')
        low, high = wilson(k, w + k)
        check(abs(r['precision']['low'] - low) < 1e-5 and abs(r['precision']['high'] - high) < 1e-5 and r['precision']['of'] == w + k, f'{what} {name}: {r["precision"]}')


def check_report(d, ledger):
    r = d.json('report')
    n, suppressed = len(ledger.alerts), ledger.silent
    want = {'in': ledger.sent, 'matched': n, 'suppressed': suppressed, 'discarded': ledger.nothing, 'rejected': ledger.bad, 'failed': 0}
    check({k: r['reads'][k] for k in want} == want, f'reads {r["reads"]}, ledger {want}')
    check(sum(r['suppressed'].values()) == suppressed, f'{r["suppressed"]}, ledger {suppressed}')
    check(r['alerts']['all'] == n and r['alerts']['wrong'] == len(ledger.wrong), f'{r["alerts"]}')
    for view, key in (('list', lambda v: v[0]), ('camera', lambda v: v[1])):
        check_rows(r[view], collections.Counter(key(v) for v in ledger.alerts.values()),
                   *(collections.Counter(key(ledger.alerts[p]) for p in found) for found in (ledger.wrong, ledger.right)), view)
    check_rows(r['receiver'], *(collections.Counter(['desk'] * len(some) + ['north'] * sum(ledger.alerts[p][0] == 'felony' for p in some))
                                for some in (ledger.alerts, ledger.wrong, ledger.right)), 'receiver')
    said = collections.Counter(ledger.answers.values())
    check(r['outcomes'] == {k: said[k] for k in ('recovered', 'not_found')} and r['alerts']['right'] == len(ledger.right), f'{r["outcomes"]}, ledger {said}')
    acks = said['ack']
    check(r['alerts']['by_state']['acknowledged'] == acks and r['rejected'] == ({'misread': len(ledger.wrong)} if ledger.wrong else {}), f'{r["alerts"]} {r["rejected"]}')
    a = r['answer']
    check(a['answered'] == len(ledger.answers) and a['unanswered'] == n - len(ledger.answers), f'{a}')
    check(40 <= a['median_s'] < 400 and a['median_s'] <= a['p90_s'], f'{a}')
    open_ids = {x['id'] for x in d.alerts() if x['state'] == 'new'}
    check({x['id'] for x in r['unanswered']} == open_ids, 'the unanswered are listed')
    return r


def check_csv(d, r):
    text = d.ctl('report', '--csv')
    rows = list(csv.DictReader(io.StringIO(text)))
    got = {(x['group'], x['name']): x for x in rows}
    for k, v in r['reads'].items():
        if k != 'counted_from':
            check(got[('reads', k)]['count'] == str(v), f'{k}: {got[("reads", k)]}')
    for row in r['camera']:
        x = got[('camera', row['name'])]
        check((x['count'], x['wrong']) == (str(row['alerts']), str(row['wrong'])) and abs(float(x['high']) - row['precision']['high']) < 1e-4, f'{x}')


def check_filters(d, ledger):
    for name in ('stolen', 'felony'):
        r = d.json('report', '--list', name)
        check(r['alerts']['all'] == sum(v[0] == name for v in ledger.alerts.values()) and r['reads'] is None, f'{name}: {r["alerts"]}')
    r = d.json('report', '--camera', 'cam1')
    check(r['alerts']['all'] == sum(v[1] == 'cam1' for v in ledger.alerts.values()), f'cam1: {r["alerts"]}')
    check(d.json('report', '--until', '2h')['alerts']['all'] == 0 and d.json('report', '--since', '2h')['alerts']['all'] == len(ledger.alerts), 'since and until')
    for line in d.ctl('report').splitlines():
        check(len(line) <= 80, f'wider than 80: {line}')


def check_year(d, ledger):
    """A year that has turned since the reads came has them in the one before: both together have all."""
    year = int(d.alerts()[0]['time'][:4])
    forms = [d.json('report', '--year', str(y)) for y in (year - 1, year, year + 1)]
    check(sum(f['alerts'] for f in forms) == len(ledger.alerts) and sum(f['reads'] for f in forms) == ledger.sent, f'{forms}')
    check(sum(p['wrong'] for f in forms for p in f['purposes']) == len(ledger.wrong), f'{forms}')
    check(sum(p['recovered'] for f in forms for p in f['purposes']) == list(ledger.answers.values()).count('recovered'), f'{forms}')
    for word in (*ledger.alerts, 'cam0', 'lee', 'kim'):
        check(word not in json.dumps(forms) and word not in d.ctl('report', '--year', str(year)), f'{word} stands in the yearly form')
    for line in d.ctl('report', '--year', str(year)).splitlines():
        check(len(line) <= 80, f'wider than 80: {line}')


def the_report_agrees_with_a_ledger_over_a_restart():
    desk, north = Receiver(), Receiver()
    rng, ledger = random.Random(7), Ledger()
    with running({'desk': [desk.url], 'north': [north.url]}, rules=RULES_TWO, lists=('stolen', 'felony')) as d:
        d.load([plate(i) for i in range(300) if i % 3], 'stolen')
        d.load([plate(i) for i in range(300) if i % 3 == 0], 'felony')
        dealer = Dealer(d.router)
        play(dealer, ledger, rng, range(0, 150))
        answer(d, ledger, rng)
        dealer.close()
        d.stop()
        d.start()
        dealer = Dealer(d.router)
        play(dealer, ledger, rng, range(150, 300))
        answer(d, ledger, rng)
        d.stop()
        d.start()
        r = check_report(d, ledger)
        check_csv(d, r)
        check_filters(d, ledger)
        check_year(d, ledger)
        dealer.close()
    desk.close()
    north.close()


def totals_come_while_the_daemon_runs():
    """Without a stop too: with the next group, or by themselves where nothing is written."""
    desk = Receiver()
    with running({'desk': [desk.url]}) as d:
        dealer = Dealer(d.router)
        for i in range(10):
            dealer.send(read(i, plate(i)))
        dealer.settle()
        d.ctl('test', 'clock', '11000')
        wait_for('the totals', lambda: d.json('report')['reads']['discarded'] == 10)
        dealer.close()
    desk.close()


if __name__ == '__main__':
    main(the_report_agrees_with_a_ledger_over_a_restart, totals_come_while_the_daemon_runs)
