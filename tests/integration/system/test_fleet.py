#!/usr/bin/python3
"""Several real nodes on one real Redis: what one activates or adds by hand all run, in one order; and whatever is killed, stopped or cut off, what was acknowledged is decided and
what was decided is told. The ledger is here, outside of all of them. HL_FLEET_CYCLES makes the drill longer."""
import json, os, random, signal, socket, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import RULES, Daemon, Dealer, Failed, Receiver, Redis, check, main, plate, read, same_bodies, wait_for
from proxy import Proxy, mostly_faults

CYCLES = int(os.environ.get('HL_FLEET_CYCLES', '6'))


class Node(Daemon):
    """A node that reads the stream `reads`, and puts into it what comes by ROUTER."""

    def __init__(self, redis, hook, socket=None, lists=('stolen', 'felony'), stream=True, **kw):
        super().__init__({'desk': [hook.url]}, redis=redis, lists=lists, **kw)
        path = os.path.join(self.dir, 'hotlistd.yaml')
        text = open(path).read()
        if stream:
            text = text.replace('socket: router,', 'socket: router, into: stream,')
            text = text.replace('lists:\n', f'  - redis: {{unix: {redis.socket}, stream: reads, claim_after: 1s, tries: 1000}}\nlists:\n', 1)
        if socket:
            text = text.replace(redis.socket, socket)
        self.write('hotlistd.yaml', text)

    def layer(self, name='stolen'):
        return next((l['hand']['layer'] for l in self.status()['lists'] if l.get('hand') and name in l.values()), None)

    def fleet(self):
        return self.json('status', '--fleet')


class Fleet:
    def __init__(self, n=3, answer=lambda n, headers, body: 204, **kw):
        self.redis, self.hook = Redis(), Receiver(answer)
        self.nodes = [Node(self.redis, self.hook, **kw) for _ in range(n)]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for n in self.nodes:
            if kind:
                sys.stderr.write(f'--- log of {n.dir}\n{n.tail(25) if os.path.exists(os.path.join(n.dir, "log")) else ""}')
            n.remove()
        self.redis.close()
        self.hook.close()

    def start(self):
        for n in self.nodes:
            n.start()
        return self

    def stop(self):
        for n in self.nodes:
            n.stop()

    def spoil(self, thing='lists/stolen'):
        """Damages the head's blob, and gives its name."""
        blob = self.redis.say('HGET', '{hl}:fleet:heads', thing).split()[2]
        field = next(k for k in self.redis.say('HKEYS', '{hl}:fleet:blob:' + blob).split() if ':' in k)
        self.redis.say('HSET', '{hl}:fleet:blob:' + blob, field, 'x' * int(self.redis.say('HSTRLEN', '{hl}:fleet:blob:' + blob, field)))
        return blob

    def level(self, seconds=20):
        """All nodes that are here run the same. Gives what."""
        def same():
            f = self.nodes[0].fleet()
            here = [n for n in f['nodes'] if n['here']]
            if len(here) == len(self.nodes) and all(n['level'] and not n.get('fault') for n in here) and not any(a['differs'] for a in f['active']):
                return {a['of']: a['version'] for a in f['active']}
        return wait_for('a fleet that is level', same, seconds)


def version_of(node, name='stolen'):
    versions = node.json('list', 'versions', name)
    return next((v['id'] for v in (versions if isinstance(versions, list) else versions['versions']) if v['active']), None)


def an_activation_on_one_node_reaches_all_and_a_late_one_gets_everything():
    with Fleet() as f:
        a, b, c = f.nodes
        a.start()
        b.start()
        a.load([plate(i) for i in range(20)])
        one = version_of(a)
        wait_for('the version on the other node', lambda: version_of(b) == one)
        a.ctl('list', 'add', 'stolen', '--plate', 'HAND1', '--state', 'CO', '--category', 'stolen', '--case', '1', '--agency', 'METRO', '--expires', '6h', '--reason', 'seen')
        b.load([plate(i) for i in range(30)])
        two = version_of(b)
        wait_for('the newer version', lambda: version_of(a) == two)
        b.write('rules.yaml', RULES.replace('0.5', '0.4'))
        b.ctl('rules', 'activate', '--reason', 'milder')
        c.start()
        check(version_of(c) == two, f'{version_of(c)}, expected {two}')
        now = f.level()
        check(now['lists/stolen'] == two and now['hand/stolen'] == 'hand-000001', f'{now}')
        check(c.status()['rules']['version'] == now['rules'] == a.status()['rules']['version'], f'{now}')
        dealer = Dealer(c.router)
        dealer.send(read(1, 'HAND1', region='us-co'))
        dealer.settle()
        wait_for('an alert by the entry of another node', lambda: len(c.alerts()) == 1)
        c.ctl('list', 'rollback', 'stolen', '--reason', 'half is missing')
        dealer.close()
        wait_for('the version before, everywhere', lambda: {version_of(n) for n in f.nodes} == {one})
        text = open(os.path.join(b.dir, 'state/lists/stolen/activations.jsonl')).read()
        check('half is missing' in text and 'rollback' in text, text)
        f.level()
        check('waiting' in a.ctl('status', '--fleet') and a.fleet()['streams'][0]['waiting'] == 0, a.ctl('status', '--fleet'))
        check('fleet' in b.ctl('audit', 'show', '--json'), 'the audit tells nothing')
        f.stop()


def what_is_added_by_hand_reaches_all_within_a_second():
    with Fleet(stream=False) as f:
        f.start()
        f.nodes[0].load([plate(i) for i in range(5)])
        f.level()
        def add(node, i):
            node.ctl('list', 'add', 'stolen', '--plate', f'HA{i:04}', '--state', 'CO', '--category', 'stolen', '--case', '1', '--agency', 'METRO', '--expires', '6h', '--reason', 'seen')
        add(f.nodes[0], 0)
        begun = time.monotonic()
        wait_for('the entry on the other nodes', lambda: all(n.layer() == 'hand-000001' for n in f.nodes))
        print(f'  by hand: on all after {time.monotonic() - begun:.2f} s, three looks included')
        threads = [threading.Thread(target=lambda n=n, k=k: [add(n, 100 * (k + 1) + i) for i in range(10)]) for k, n in enumerate(f.nodes)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(f.level()['hand/stolen'] == 'hand-000031', f'{f.level()}')
        journals = {open(os.path.join(n.dir, 'state/lists/stolen/hand.journal')).read() for n in f.nodes}
        check(len(journals) == 1, 'the journals differ')
        f.stop()


def two_that_activate_at_once_end_with_the_same():
    with Fleet(stream=False) as f:
        f.start()
        for turn in range(4):
            done = []
            def load(k):
                try:
                    f.nodes[k].load([plate(1000 * (k + 1) + 10 * turn + i) for i in range(8)])
                except Failed as e:
                    done.append(e)
            threads = [threading.Thread(target=load, args=(k,)) for k in range(3)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            check(not done, f'{done}')
            now = f.level()
            check({version_of(n) for n in f.nodes} == {now['lists/stolen']}, f'{now}')
        f.stop()


def a_blob_that_is_not_what_it_says_is_refused():
    with Fleet(2, stream=False) as f:
        a, b = f.nodes
        f.start()
        a.load([plate(i) for i in range(5)])
        now = f.level()
        b.stop()
        a.load([plate(i) for i in range(6)])
        blob = f.spoil()
        b.start()
        check(version_of(b) == now['lists/stolen'], 'the old one is gone')
        def said():
            n = next(n for n in a.fleet()['nodes'] if n['state'] == os.path.join(b.dir, 'state') or n['state'].endswith(b.dir.split('/')[-1] + '/state'))
            return 'damaged' in n.get('fault', '') and not n['level']
        wait_for('the fault in the status', said)
        check('damaged' in b.tail(), b.tail())
        check('DIFFERS' in a.ctl('status', '--fleet'), a.ctl('status', '--fleet'))
        f.redis.say('DEL', '{hl}:fleet:blob:' + blob)
        a.load([plate(i) for i in range(7)])
        f.level()
        f.stop()


def a_node_that_is_behind_stands_down_nothing_that_it_does_not_know():
    """b keeps the old version; the alert is of an entry that only the new one has. b looks at all open alerts of the list when its layer by hand changes."""
    with Fleet(2, stream=False) as f:
        a, b = f.nodes
        f.start()
        a.load([plate(i) for i in range(5)])
        f.level()
        b.stop()
        a.load([plate(i) for i in range(50)])
        f.spoil()
        b.start()
        dealer = Dealer(a.router)
        dealer.send(read(1, plate(40), camera='cam1'))
        dealer.settle()
        a.ctl('list', 'add', 'stolen', '--plate', 'HA0001', '--state', 'CO', '--category', 'stolen', '--case', '1', '--agency', 'METRO', '--expires', '6h', '--reason', 'seen')
        dealer.send(read(2, 'HA0001', camera='cam2'))
        dealer.settle()
        wait_for('the entry on the other node', lambda: b.layer() == 'hand-000001')
        a.proc.send_signal(signal.SIGSTOP)
        try:
            b.ctl('list', 'withdraw', 'stolen', '--plate', 'HA0001', '--reason', 'found')
            states = lambda: {x['plate_listed']: x['state'] for x in b.alerts()}
            wait_for('the stand-down', lambda: states()['HA0001'] == 'withdrawn')
            check(states()[plate(40)] == 'new', f'{states()}')
        finally:
            a.proc.send_signal(signal.SIGCONT)
        dealer.close()
        a.load([plate(i) for i in range(50) if i != 40])
        wait_for('the stand-down by whoever knows', lambda: states()[plate(40)] == 'withdrawn')
        f.stop()


def a_node_stopped_past_its_lease_of_a_delivery_takes_nothing_back():
    """Its attempt is under way when it is stopped; another node's clock passes the lease, and delivers. What the first one says when it goes on, a 503, is not heard any more."""
    gate = threading.Event()

    def slow(handler):
        gate.wait(60)
        handler.send_response(503)
        handler.send_header('content-length', '0')
        handler.end_headers()

    with Fleet(2, answer=lambda n, headers, body: slow if n == 1 else 204, stream=False) as f:
        f.start()
        f.nodes[0].load([plate(0)])
        f.level()
        dealer = Dealer(f.nodes[0].router)
        dealer.send(read(1, plate(0)))
        dealer.settle()
        has_it = lambda: [n for n in f.nodes if n.status().get('deliver', {}).get('under_way')]
        first = wait_for('the attempt', has_it)[0]
        other = next(n for n in f.nodes if n is not first)
        first.proc.send_signal(signal.SIGSTOP)
        try:
            other.ctl('test', 'clock', '601000')
            wait_for('the other one', lambda: other.status()['outbox']['delivered'] == 1)
            gate.set()
        finally:
            first.proc.send_signal(signal.SIGCONT)
        wait_for('its word', lambda: first.status().get('deliver', {}).get('later'))
        outbox = first.status()['outbox']
        check((outbox['delivered'], outbox['pending'], outbox['dead']) == (1, 0, 0), f'{outbox}')
        check(len(f.hook.got) == 2 and len(same_bodies(f.hook)) == 1, f'{f.hook.ids()}')
        dealer.close()
        f.stop()


def nothing_is_changed_while_redis_is_away():
    with Fleet(2, stream=False) as f:
        a, b = f.nodes
        f.start()
        a.load([plate(i) for i in range(5)])
        one = f.level()['lists/stolen']
        f.redis.kill()
        path = a.write('more.txt', '\n'.join(plate(i) for i in range(9)) + '\n')
        a.ctl('list', 'import', 'stolen', path)
        p = a.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'test', ok=False)
        check(p.returncode and version_of(a) == one, f'{p.returncode} {p.stderr}')
        f.redis.start()
        a.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'test')
        check(f.level()['lists/stolen'] != one, 'not activated')
        f.stop()


class CutProxy(Proxy):
    """A proxy whose connections can all be cut at once, and which then lets only some through unharmed, until it is calm again."""

    def __init__(self, target, unix, seed):
        self.live, faults = [], mostly_faults(seed, share=0.4, faults=('reset', 'half_close', 'cut_request', 'cut_reply'))
        self.calm = True
        super().__init__(target, lambda n: 'pass' if self.calm else faults(n), unix=unix)

    def relay(self, client, request, reply):
        self.live.append(client)
        super().relay(client, request, reply)

    def cut(self):
        self.calm = False
        live, self.live = self.live, []
        for s in live:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Drill:
    """Reads by ROUTER at three nodes and straight into the stream; two reads of each passage, at different nodes. What was acknowledged is in `promised`."""

    PLATES = 4000

    def __init__(self, f, seed):
        self.f, self.rnd, self.n, self.passage = f, random.Random(seed), 0, 0
        self.dealers = [Dealer(n.router) for n in f.nodes]
        self.promised, self.sent, self.added, self.faults = set(), {}, set(), {}

    def by_stream(self, r):
        if '-' in self.f.redis.say('XADD', 'reads', '*', 'payload', json.dumps(r)):
            self.promised.add(r['id'])

    def send(self, passages=6):
        """Half of them are of listed vehicles."""
        for _ in range(passages):
            k, self.passage = self.passage, self.passage + 1
            text = plate(k // 2) if k % 2 == 0 else f'QQ{k:05}Q'
            ways = self.rnd.sample([*self.dealers, None], 2)
            for way in ways:
                self.n += 1
                r = read(self.n, text, camera=f'cam{k % 7}', offset=0.05 * (way is ways[1]))
                self.sent[r['id']] = text
                if way:
                    way.send(r)
                else:
                    self.by_stream(r)

    def take(self):
        for d in self.dealers:
            d.take(1)
            self.promised |= d.accepted

    def again(self, node):
        self.dealers[self.f.nodes.index(node)].reopen_and_resend()

    def kill_redis(self):
        self.f.redis.kill()
        self.f.redis.start()

    def kill_node(self, between=lambda: None):
        node = self.rnd.choice(self.f.nodes)
        node.kill()
        between()
        node.start()
        self.again(node)

    def kill_both(self):
        self.kill_node(self.kill_redis)

    def stop_node(self):
        """Past the time after which its reads are another's; its deliveries' leases are longer than what it may take over."""
        node = self.rnd.choice(self.f.nodes)
        node.proc.send_signal(signal.SIGSTOP)
        end = time.monotonic() + 1.6
        wait_for('the others to take over', lambda: self.take() or time.monotonic() > end)
        node.proc.send_signal(signal.SIGCONT)

    def cut_off(self):
        self.f.proxy.cut()
        end = time.monotonic() + 0.7
        wait_for('faults on the way', lambda: self.take() or time.monotonic() > end)
        self.f.proxy.calm = True

    def change(self, cycle):
        """By people, in between: what is answered holds."""
        node = self.rnd.choice(self.f.nodes)
        text = f'HA{cycle:04}'
        p = node.ctl('list', 'add', 'felony', '--plate', text, '--state', 'CO', '--category', 'felony', '--case', '1', '--agency', 'METRO',
                     '--expires', '6h', '--reason', 'drill', ok=False)
        if p.returncode == 0:
            self.added.add(text)

    def cycle(self, i):
        self.send()
        self.take()
        what = self.rnd.choice([self.kill_node, self.kill_redis, self.kill_both, self.stop_node, self.cut_off]) if i >= 5 else \
            [self.kill_node, self.kill_redis, self.kill_both, self.stop_node, self.cut_off][i]
        self.faults[what.__name__] = self.faults.get(what.__name__, 0) + 1
        what()
        self.send()
        self.change(i)
        self.take()

    def settle(self):
        """All answered; then nothing waits anywhere."""
        def answered():
            self.take()
            return not any(d.pending for d in self.dealers)
        for _ in range(20):
            try:
                wait_for('all answers', answered, 6)
                break
            except Failed:
                for d in self.dealers:
                    d.reopen_and_resend()
        check(answered(), f'{[len(d.pending) for d in self.dealers]} reads were never answered')
        say = self.f.redis.say
        wait_for('an empty stream', lambda: say('XLEN', 'reads') == '0' and say('XPENDING', 'reads', 'hotlistd').split('\n')[0] == '0', 60)
        wait_for('an empty outbox', lambda: self.f.nodes[0].status()['outbox']['pending'] == 0, 90)

    def reconcile(self):
        node, hook = self.f.nodes[0], self.f.hook
        expected = {t for r, t in self.sent.items() if r in self.promised and not t.startswith('QQ')}
        alerts = node.alerts()
        plates = [a['plate_listed'] for a in alerts]
        lost, twice = expected - set(plates), {t for t in plates if plates.count(t) > 1}
        check(not lost, f'{len(lost)} acknowledged hits have no alert: {sorted(lost)[:5]}')
        check(not twice, f'{len(twice)} passages have two alerts: {sorted(twice)[:5]}')
        check(self.f.redis.say('EXISTS', 'reads:dead') == '0', 'reads among the dead letters')
        outbox = node.status()['outbox']
        bodies = same_bodies(hook)
        created = {json.loads(b)['data']['id'] for b in bodies.values() if json.loads(b)['type'] == 'alert.created'}
        check(created == {a['id'] for a in alerts} and not outbox['dead'], f'{len(alerts)} alerts, {len(created)} told, {outbox}')
        check(outbox['delivered'] == len(bodies), f'{outbox}: {len(bodies)} deliveries came')
        now = self.f.level(60)
        by_hand = {open(os.path.join(n.dir, 'state/lists/felony/hand.journal')).read() for n in self.f.nodes}
        check(len(by_hand) == 1 and all(t in next(iter(by_hand)) for t in self.added), f'layers differ, or an entry is lost: {now}')
        for n in self.f.nodes:
            n.ctl('audit', 'verify')
        print(f'  {self.faults}: {len(self.sent)} reads sent, {len(self.promised)} acknowledged, {len(alerts)} alerts, {outbox["delivered"]} deliveries, '
              f'{len(hook.got) - len(bodies)} repeated, dead 0, lost 0; {len(self.added)} by hand', flush=True)


def whatever_is_killed_stopped_or_cut_off_nothing_is_lost():
    seed = int(os.environ.get('HL_FLEET_SEED', '0')) or random.randrange(1, 10**6)
    print(f'  seed {seed}', flush=True)
    with Fleet() as f:
        path = os.path.join(f.redis.dir, 'proxy.sock')
        f.proxy = CutProxy(f.redis.socket, path, seed)
        third = f.nodes[2]
        text = open(os.path.join(third.dir, 'hotlistd.yaml')).read()
        third.write('hotlistd.yaml', text.replace(f.redis.socket, path))
        try:
            f.start()
            f.nodes[0].load([plate(i) for i in range(Drill.PLATES)])
            f.level()
            d = Drill(f, seed)
            for i in range(CYCLES):
                d.cycle(i)
            d.settle()
            d.reconcile()
            for x in d.dealers:
                x.close()
            f.stop()
        finally:
            f.proxy.close()


if __name__ == '__main__':
    main(an_activation_on_one_node_reaches_all_and_a_late_one_gets_everything, what_is_added_by_hand_reaches_all_within_a_second, two_that_activate_at_once_end_with_the_same,
         a_blob_that_is_not_what_it_says_is_refused, a_node_that_is_behind_stands_down_nothing_that_it_does_not_know, nothing_is_changed_while_redis_is_away,
         a_node_stopped_past_its_lease_of_a_delivery_takes_nothing_back,
         whatever_is_killed_stopped_or_cut_off_nothing_is_lost)
