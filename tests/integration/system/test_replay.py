#!/usr/bin/python3
"""A replay equals live: random rules and reads through a real daemon, whose clock is moved, and the same reads with the receive clock of each through `rules replay`: the
same alerts, by id, decision, receivers, muting, reads and probability. HL_SEEDS names the seeds.
"""
import json, os, random, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, TOP, Daemon, Dealer, Receiver, check, main

CAMERAS = ('n1', 'n2', 's1', 's2', 'w1')
SEEDS = [int(s) for s in os.environ.get('HL_SEEDS', '5 7 60 61').split()]
ROUTES = ('{when: {zone: north}, receivers: [patrol], continue: true}', '{when: {zone: north}, receivers: [patrol]}',
          '{when: {decision: alert, list: stolen}, receivers: [desk, watch]}', '{when: {site: bridge}, receivers: [bridge]}',
          '{when: {probability: "<0.5"}, receivers: [desk]}', '{when: {kind: [exact, candidate], camera: [w1, n2]}, receivers: [watch]}')


def clock(ms):
    return time.strftime('%Y-%m-%dT%H:%M:%S.', time.gmtime(ms // 1000)) + f'{ms % 1000:03}Z'


def rules_of(rnd):
    pick = lambda *v: rnd.choice(v)
    mute = pick('', 'mute: [{when: {list: fines, camera: [n1, s1]}, comment: "none here"}]\n', 'mute: [{when: {decision: verify, zone: north}}]\n')
    return (f"version: 1\ntimezone: {pick('UTC', 'America/Denver')}\nconfusions: {{base: latin}}\n"
            f"match: {{max_cost: {pick(0.5, 1.0, 1.25)}, candidates: {pick(0, 3, 10)}, min_probability: {pick(0, 0.02, 0.2, 0.5)}, alert_probability: {pick(0.5, 0.8)}}}\n"
            f"lists: {{fines: {{priority: 7, match: {{max_cost: {pick(0, 1.0)}}}}}}}\n"
            + pick('', f"cameras: {{n1: {{match: {{max_cost: {pick(0, 0.75, 1.25)}, candidates: {pick(0, 4)}}}}}, s2: {{match: {{min_probability: {pick(0.01, 0.5)}}}, lists: {{fines: {{match: {{max_cost: 0.4}}}}}}}}}}\n")
            + f"alerts: {{passage: {pick('4s', '8s', '20s')}, cooldown: {pick('0s', '1m', '10m')}, contradictions: {pick('verify', 'drop', 'ignore')}, late_after: {pick('2m', '10m')}}}\n"
            f"zones: {{north: {{cameras: [n1, n2]}}}}\n{mute}route:\n  receivers: [desk]\n  routes:\n"
            + ''.join(f'    - {r}\n' for r in rnd.sample(ROUTES, rnd.randint(1, 5))))


def plates_of(rnd, n):
    return sorted({''.join(rnd.choice('ABCDEFGHKLMNPRSTVXZ') for _ in range(3)) + f'{rnd.randrange(10000):04}' for _ in range(n)})


def simulated(dir, rnd, plates):
    """What readers make of plates: truth -> reads."""
    path, by = os.path.join(dir, 'seen.txt'), {}
    open(path, 'w').write('\n'.join(plates) + '\n')
    for channel in ('openalpr', 'fastplateocr', 'neutral'):
        done = subprocess.run([os.path.join(BUILD, 'hotlistctl'), 'simulate', '--channel', channel, '--plates', path, '-n', '1500', '--seed', str(rnd.randrange(1000))],
                              capture_output=True, text=True, check=True, env=dict(os.environ, HOTLISTD_DATA=TOP))
        for r in map(json.loads, done.stdout.splitlines()):
            by.setdefault(r.pop('_truth'), []).append(r)
    return by


class World:
    def __init__(self, seed, hook):
        self.rnd = random.Random(seed)
        self.d = Daemon({n: [hook.url] for n in ('desk', 'patrol', 'bridge', 'watch')}, rules=rules_of(self.rnd), lists=('stolen', 'fines'),
                        extra='cameras:\n  s1: {site: bridge}\n  s2: {site: bridge, channel: openalpr}\n')
        text = open(os.path.join(self.d.dir, 'hotlistd.yaml')).read()
        self.d.write('hotlistd.yaml', text.replace('stolen: {agency: METRO, layout: plates', 'stolen: {agency: METRO, layout: csv'))
        self.shifted, self.n, self.answered, self.sent = 0, 0, 0, []

    def lists(self):
        rnd, plates = self.rnd, plates_of(self.rnd, 400)
        rows = [f"{p},{rnd.choice(['CA', 'TX', 'CO'])},stolen,stolen vehicle,METRO,C-{i},{rnd.choice(['', 'FORD', 'HOND'])},{rnd.choice(['', 'BLK', 'RED'])},,\n"
                for i, p in enumerate(plates[:250])]
        path = self.d.write('stolen.csv', 'plate,state,category,reason,agency,case,make,color,type,note\n' + ''.join(rows))
        self.d.ctl('list', 'import', 'stolen', path, '--set', 'expires=+30d')
        self.d.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'test')
        self.d.load(plates[200:], 'fines')
        self.texts = simulated(self.d.dir, rnd, plates[::3] + plates_of(rnd, 40))

    def now(self):
        return int(time.time() * 1000) + self.shifted

    def one(self, truth, camera, back_ms):
        rnd = self.rnd
        self.n += 1
        r = dict(rnd.choice(self.texts[truth]), camera=camera, id=f'r{self.n}', time=clock(self.now() - back_ms))
        if rnd.random() < 0.1:
            del r['id']
        if rnd.random() < 0.2:
            r['region'] = rnd.choice(['us-ca', 'us-tx', 'us-co'])
        if rnd.random() < 0.2:
            r['vehicle'] = {'make': rnd.choice(['FORD', 'HOND']), 'color': rnd.choice(['BLK', 'RED'])}
        if rnd.random() < 0.1:
            r['site'] = 'bridge'
        return r

    def burst(self, dealer):
        """A few vehicles, each read several times within some seconds at one camera, out of order; now and then minutes late, or sent twice."""
        rnd, reads = self.rnd, []
        for _ in range(rnd.randint(1, 6)):
            truth, camera = rnd.choice(list(self.texts)), rnd.choice(CAMERAS)
            late = rnd.choice([0] * 8 + [5 * 60000 + 30000, 3600000])
            vehicle = {'vehicle_id': f't{rnd.randrange(5)}'} if rnd.random() < 0.2 else {}
            reads += [dict(self.one(truth, camera, late + rnd.randrange(12000)), **vehicle) for _ in range(rnd.randint(1, 5))]
        rnd.shuffle(reads)
        if self.sent and rnd.random() < 0.5:
            reads.append({k: v for k, v in rnd.choice(self.sent[-20:]).items() if k != 'received'})
        for r in reads:
            self.sent.append(dict(r, received=clock(self.now())))
            dealer.socket.send(json.dumps(r).encode())
        end = time.monotonic() + 30
        while self.answered < len(self.sent):
            check(time.monotonic() < end, f'{self.answered} answers of {len(self.sent)}')
            self.answered += dealer.take()
        check(not dealer.refused, str(dealer.refused)[:300])

    def shift(self, seconds):
        self.d.ctl('test', 'clock', str(seconds * 1000))
        self.shifted += seconds * 1000


def live(w):
    return {a['id']: (a['match']['decision'], tuple(sorted(a['receivers'])), bool(a.get('muted')), a['passage']['reads'], a['match']['plate_probability'], a['plate_read'],
                      a['entry']['list']) for a in w.d.alerts()}


def replayed(w):
    path = w.d.write('recorded.jsonl', ''.join(json.dumps(r) + '\n' for r in w.sent))
    rules = os.path.join(w.d.dir, 'rules.yaml')
    lines = [json.loads(l) for l in w.d.ctl('rules', 'replay', rules, rules, '--reads', path, '--all', '--json').splitlines()]
    check(lines[-1]['summary']['new']['failed'] == 0 and all(l['change'] == 'same' for l in lines[:-1]), 'the same rules differ')
    return {l['new']['alert']: (l['new']['decision'], tuple(l['new']['receivers']), l['new'].get('muted', False), l['new']['reads'], l['new']['plate_probability'], l['plate_read'],
                                l['list']) for l in lines[:-1]}


def compare(seed, w):
    a, b = live(w), replayed(w)
    for id in sorted(a.keys() | b.keys()):
        check(a.get(id) == b.get(id), f'seed {seed}: alert {id}: live {a.get(id)}, replayed {b.get(id)}\n{open(os.path.join(w.d.dir, "rules.yaml")).read()}')
    check(len(a) >= 20, f'seed {seed}: {len(a)} alerts only: this test tests nothing')
    count = lambda test: sum(map(test, a.values()))
    print(f"seed {seed}: {len(w.sent)} reads, {len(a)} alerts, {count(lambda v: v[0] == 'verify')} to verify, {count(lambda v: v[3] > 1)} of several reads, "
          f'{count(lambda v: v[2])} muted: the same', flush=True)


def a_replay_equals_live():
    for seed in SEEDS:
        hook = Receiver()
        w = World(seed, hook)
        try:
            w.d.start()
            w.lists()
            dealer = Dealer(w.d.router)
            for _ in range(40):
                w.burst(dealer)
                w.shift(w.rnd.choice([2, 5, 15, 30, 90, 400, 700]))
            dealer.close()
            compare(seed, w)
            w.d.stop()
        finally:
            w.d.remove()
            hook.close()


if __name__ == '__main__':
    main(a_replay_equals_live)
