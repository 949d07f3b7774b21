#!/usr/bin/python3
"""The outbox under fire: receivers that answer 5xx, 429, 410, garbage or nothing, a proxy that breaks connections in every way, mail and webhook, and kill -9 of the
daemon in between. A ledger outside the daemon reconciles every id at the end: delivered, dead with a reason, or pending; never neither, and a repeat has the same
id and the same body. HL_FIRE_CYCLES: how many rounds (2; the drill makes 40)."""
import json, os, random, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import TOP, Daemon, Dealer, Receiver, check, main, plate, read, same_bodies, wait_for
from proxy import FAULTS, Proxy, mostly_faults

READS = int(os.environ.get('HL_FIRE_READS', '60'))
RULES = '''version: 1
timezone: UTC
confusions: {base: none}
match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.5}
route: {receivers: [desk, fickle, box]}
'''


def garbage(handler):
    handler.wfile.write(b'\x00\xff\x1b[2J HTTP/9.9 perhaps\r\n\r\n')
    handler.close_connection = True


def nothing(handler):
    handler.close_connection = True


class Fickle:
    """What a receiver says while it is in trouble. The ids that it refused for good are in `refused`."""

    def __init__(self, seed):
        self.rnd, self.calm, self.refused, self.taken = random.Random(seed), False, set(), set()

    def __call__(self, n, headers, body):
        what = 204 if self.calm else self.rnd.choice([204, 500, 502, 503, (503, {'retry-after': '1'}), (429, {'retry-after': '2'}), 404, 422, garbage, nothing])
        if what in (404, 422):
            self.refused.add(headers['webhook-id'])
        if what == 204:
            self.taken.add(headers['webhook-id'])
        return what


def mail_server(folder):
    log = os.path.join(folder, 'mail.log')
    p = subprocess.Popen(['/usr/bin/python3', os.path.join(TOP, 'tests/integration/peers/mail_server.py'), log], stdout=subprocess.PIPE, text=True)
    return p, int(p.stdout.readline()), log


def mails(log):
    """Message-ID -> the mails that came with it, without the line that tells their age."""
    found = {}
    for line in open(log) if os.path.exists(log) else []:
        head, _, body = json.loads(line)['data'].replace('\r\n', '\n').partition('\n\n')
        ident = [h.split(':', 1)[1].strip() for h in head.split('\n') if h.lower().startswith('message-id:')]
        found.setdefault(ident[0], []).append(head)
    return found


def events_of(outbox):
    return {d['event'] for d in outbox}


def ledger(d, reads, listed, hooks, fickle, log):
    """Reconciles everything; a line with the sums."""
    outbox = d.json('outbox', 'ls', '--limit', '10000')
    alerts = d.alerts()
    want = {r['plate'] for r in reads} & set(listed)
    check({a['plate_listed'] for a in alerts} == want and len(alerts) == len(want), f'{len(alerts)} alerts, expected {len(want)}')
    state = {}
    for x in outbox:
        check(x['id'] not in state, f'{x["id"]} is there twice')
        state[x['id']] = x
    for event in events_of(outbox):
        places = sorted(x['receiver'] for x in outbox if x['event'] == event)
        check(places == ['box', 'desk', 'fickle'], f'event {event} went to {places}')
    check({x['alert'] for x in outbox} == {a['id'] for a in alerts}, 'an alert without deliveries, or deliveries without an alert')
    by = {s: [x for x in outbox if x['state'] == s] for s in ('pending', 'delivered', 'dead', 'cancelled')}
    check(not by['pending'] and not by['cancelled'], f'{len(by["pending"])} pending, {len(by["cancelled"])} cancelled')
    seen = {name: same_bodies(hook) for name, hook in hooks.items()}
    for x in by['delivered']:
        if x['channel'] == 'webhook':
            check(x['id'] in seen[x['receiver']], f'{x["id"]} is delivered, and {x["receiver"]} never got it')
    for x in by['dead']:
        check(x['result'] and x['receiver'] == 'fickle' and x['id'] in fickle.refused, f'dead without a good reason: {x}')
    check(fickle.refused == {x['id'] for x in by['dead']} | (fickle.refused & fickle.taken), 'a final answer was not final')
    came = mails(log)
    check(len(came) == sum(x['channel'] == 'email' for x in by['delivered']), f'{len(came)} mails')
    repeats = sum(len(h.ids()) - len(seen[n]) for n, h in hooks.items()) + sum(len(m) - 1 for m in came.values())
    print(f'  reads {len(reads)}, alerts {len(alerts)}, events {len(events_of(outbox))}, deliveries {len(outbox)}, delivered {len(by["delivered"])},'
          f' dead {len(by["dead"])}, repeated {repeats}, lost 0', flush=True)


def round_of(seed, kills):
    rnd = random.Random(seed)
    fickle = Fickle(seed)
    hooks = {'desk': Receiver(), 'fickle': Receiver(fickle)}
    choose = {n: mostly_faults(seed * 10 + i) for i, n in enumerate(('desk', 'box'))}
    wires = {'desk': Proxy(hooks['desk'].server.server_address, choose['desk'])}
    d = Daemon({'desk': [f'http://127.0.0.1:{wires["desk"].port}/hook'], 'fickle': [hooks['fickle'].url]}, rules=RULES)
    server, port, log = mail_server(d.dir)
    try:
        wires['box'] = Proxy(('127.0.0.1', port), choose['box'])
        with open(os.path.join(d.dir, 'hotlistd.yaml'), 'a') as f:
            f.write(f'  box:\n    - email: {{smtp: "smtp://127.0.0.1:{wires["box"].port}", starttls: "off", from: hotlist@test.local, to: [ok@test.local],'
                    ' allow: ["127.0.0.0/8"], timeout: 5s}\n')
        listed = [plate(i) for i in range(READS)]
        d.start()
        d.load(listed)
        dealer = Dealer(d.router)
        reads = [read(i, listed[i] if i % 3 else f'QQ{i:05}Q', camera=f'cam{i % 7}') for i in range(READS)]
        deaths = set(rnd.sample(range(READS), kills))
        for i, r in enumerate(reads):
            dealer.send(r)
            dealer.take(rnd.choice([0, 5, 20]))
            if i in deaths:
                d.kill()
                d.start()
                dealer.reopen_and_resend()
            if i % 10 == 9:
                d.ctl('test', 'clock', str(rnd.choice([100, 2000, 60000])))
        dealer.settle(60)
        for name in ('desk', 'box'):
            choose[name].calm = True
        fickle.calm = True

        def empty():
            d.ctl('test', 'clock', '61000')
            return d.status()['outbox']['pending'] == 0
        wait_for('an empty outbox', empty, 90)
        for name in ('desk', 'box'):
            check(all(wires[name].done.get(f) for f in FAULTS), f'a fault is missing on the way to {name}: {wires[name].done}')
        ledger(d, reads, listed, hooks, fickle, log)
        dealer.close()
        d.stop()
    except BaseException:
        sys.stderr.write(d.tail())
        raise
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        for w in wires.values():
            w.close()
        d.remove()
        for h in hooks.values():
            h.close()


def under_fire():
    for seed in range(int(os.environ.get('HL_FIRE_CYCLES', '2'))):
        round_of(seed, 2)


main(under_fire)
