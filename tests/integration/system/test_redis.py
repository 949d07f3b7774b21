#!/usr/bin/python3
"""Reads from a Redis stream and alerts in a Redis store, with the real daemon: what is acknowledged is decided, what is not is found again by this node or another; daemon
and server are killed over and over. The ledger is here, outside of both."""
import json, os, random, signal, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Daemon, Dealer, Failed, Receiver, Redis, check, main, plate, read, same_bodies, wait_for

LISTED = [plate(i) for i in range(40)]
WINDOW = 'claim_after: 300ms, tries: 3'


class Node(Daemon):
    """A node that reads the stream; store: on the same Redis, else SQLite."""

    def __init__(self, redis, hook, store='redis', into=False, options=WINDOW):
        super().__init__({'desk': [hook.url]}, redis=redis if store == 'redis' else None)
        path = os.path.join(self.dir, 'hotlistd.yaml')
        text = open(path).read()
        if into:
            text = text.replace('socket: router,', 'socket: router, into: stream,').replace('socket: pull,', 'socket: pull, into: stream,')
        text = text.replace('lists:\n', f'  - redis: {{unix: {redis.socket}, stream: reads, {options}}}\nlists:\n', 1)
        self.write('hotlistd.yaml', text)


def put(redis, r):
    return redis.say('XADD', 'reads', '*', 'payload', r if isinstance(r, str) else json.dumps(r))


def left(redis):
    """Entries in the stream; those that a node has and has not acknowledged."""
    pending = redis.say('XPENDING', 'reads', 'hotlistd').split('\n')[0]
    return int(redis.say('XLEN', 'reads')), int(pending or 0)


def empty(redis, seconds=30):
    wait_for('an empty stream', lambda: left(redis) == (0, 0), seconds)


def settled(redis, node, hook, plates, seconds=60):
    empty(redis, seconds)
    wait_for('an empty outbox', lambda: node.status()['outbox']['pending'] == 0, seconds)
    alerts = node.alerts()
    check(sorted(a['plate_listed'] for a in alerts) == sorted(plates), f'{len(alerts)} alerts, expected {len(plates)}: missing '
          f'{set(plates) - {a["plate_listed"] for a in alerts}}')
    check(len(same_bodies(hook)) == len(plates), f'{len(same_bodies(hook))} deliveries, expected {len(plates)}')


def with_node(fn, **kw):
    redis, hook = Redis(), Receiver()
    node = Node(redis, hook, **kw)
    try:
        node.start()
        node.load(LISTED)
        fn(redis, hook, node)
        node.stop()
    except BaseException:
        sys.stderr.write(node.tail(60))
        raise
    finally:
        node.remove()
        redis.close()
        hook.close()


def decided_reads_are_gone_from_the_stream():
    def run(redis, hook, node):
        for i in range(30):
            put(redis, read(i, LISTED[i] if i % 3 == 0 else f'QQ{i:05}Q', camera=f'cam{i}'))
        put(redis, '\n'.join(json.dumps(read(100 + i, LISTED[30 + i], camera=f'cam{i}')) for i in range(3)))
        put(redis, 'no read at all')
        redis.say('XADD', 'reads', '*', 'a', json.dumps(read(200, LISTED[35])), 'b', '1')
        redis.say('XADD', 'reads', '*', 'a', '1', 'payload', json.dumps(read(201, LISTED[36])))
        settled(redis, node, hook, [LISTED[i] for i in range(0, 30, 3)] + LISTED[30:33] + LISTED[35:37])
        reads = node.status()['reads']
        check(reads['in'] == 36 and reads['rejected'] == 1 and reads['matched'] == 15 and reads['discarded'] == 20, f'{reads}')
        s = node.status()
        check(s['stream']['entries'] == 34 and s['stream']['dead'] == 0, f'{s["stream"]}')
        check(redis.say('EXISTS', 'reads:dead') == '0', 'dead letters')

    for store in ('redis', 'sqlite'):
        with_node(run, store=store)


def a_read_sent_twice_is_one_alert():
    def run(redis, hook, node):
        r = read(1, LISTED[0])
        for _ in range(5):
            put(redis, r)
        settled(redis, node, hook, LISTED[:1])

    with_node(run)


def what_waited_is_read_at_the_start():
    def run(redis, hook, node):
        node.stop()
        for i in range(10):
            put(redis, read(i, LISTED[i], camera=f'cam{i}'))
        check(left(redis) == (10, 0), f'{left(redis)}')
        node.start()
        settled(redis, node, hook, LISTED[:10])

    with_node(run)


def a_read_that_ends_the_daemon_becomes_a_dead_letter():
    """A crash point in the way of every entry: after as many tries as the settings give, the entry is put aside, and the daemon stays up."""
    def run(redis, hook, node):
        node.stop()
        put(redis, read(1, LISTED[0]))
        deaths = 0
        for _ in range(10):
            node.start(HL_CRASH_AT='pipeline.decoded:1')
            try:
                wait_for('death or a dead letter', lambda: node.proc.poll() is not None or redis.say('XLEN', 'reads:dead') == '1', 20)
            except Failed:
                pass
            if node.proc.poll() is None:
                break
            deaths += 1
        check(deaths == 3, f'{deaths} deaths')
        node.alive()
        check(left(redis) == (0, 0), f'{left(redis)}')
        check(json.dumps(LISTED[0])[1:-1] in redis.say('XRANGE', 'reads:dead', '-', '+'), 'the dead letter lacks its read')
        check(node.status()['stream']['dead'] == 1, 'it is not counted')
        check('reads:dead' in node.tail(200), 'it is not told')

    with_node(run)


def what_a_killed_node_had_is_decided_at_its_start():
    """Reads that nothing comes of, too: they are claimed once, not as often as the settings allow."""
    def run(redis, hook, node):
        node.stop()
        for i in range(20):
            put(redis, read(i, f'QQ{i:05}Q', camera=f'cam{i}'))
        put(redis, read(100, LISTED[0]))
        node.start(HL_CRASH_AT='stream.received:1')
        wait_for('death', lambda: node.proc.poll() is not None)
        check(left(redis)[1] > 0, f'{left(redis)}')
        node.start()
        settled(redis, node, hook, LISTED[:1])
        check(redis.say('EXISTS', 'reads:dead') == '0', 'dead letters')
        check(node.status()['stream']['claimed'] <= 21, f'{node.status()["stream"]}')

    for store in ('redis', 'sqlite'):
        with_node(run, store=store)


def another_node_takes_over():
    """The first node is stopped with reads in hand; the second has them after the claim time, the first does no harm when it wakes."""
    redis, hook = Redis(), Receiver()
    a, b = Node(redis, hook), Node(redis, hook)
    try:
        for node in (b, a):  # a node that has no lists yet would find nothing in what it reads
            node.start()
            node.load(LISTED)
            node.stop()
        a.start()
        # Stopped while its call waits at the server, it takes what comes first and can say nothing about it. Should the call have ended just before, it goes on and is stopped again.
        sent = 0
        while not sent or not left(redis)[1]:
            check(sent < 20, 'the node was never stopped with its call at the server')
            os.kill(a.proc.pid, signal.SIGCONT)
            wait_for('a call that waits', lambda: 'blocked_clients:1' in redis.say('INFO', 'clients'))
            os.kill(a.proc.pid, signal.SIGSTOP)
            put(redis, read(sent, LISTED[sent], camera=f'cam{sent}'))
            sent += 1
        for i in range(sent, 20):
            put(redis, read(i, LISTED[i], camera=f'cam{i}'))
        b.start()
        empty(redis)
        os.kill(a.proc.pid, signal.SIGCONT)
        settled(redis, b, hook, LISTED[:20])
        check(b.status()['stream']['claimed'] > 0, 'nothing was taken over')
        for i in range(20, 40):
            put(redis, read(i, LISTED[i], camera=f'cam{i}'))
        settled(redis, a, hook, LISTED)
        check(a.status()['stream']['entries'] + b.status()['stream']['entries'] >= 40, 'the sums disagree')
        a.stop()
        b.stop()
    except BaseException:
        sys.stderr.write(a.tail() + (b.tail() if b.proc else ''))
        raise
    finally:
        a.remove()
        b.remove()
        redis.close()
        hook.close()


def zmq_into_the_stream():
    """ROUTER senders are answered once the stream has their reads; whichever node decides them."""
    def run(redis, hook, node):
        dealer = Dealer(node.router)
        for i in range(20):
            dealer.send(read(i, LISTED[i] if i % 2 else f'QQ{i:05}Q', camera=f'cam{i}'))
        dealer.socket.send(b'{"camera":')
        dealer.pending[''] = None
        dealer.settle()
        check(len(dealer.accepted) == 20 and list(dealer.refused) == [''], f'{len(dealer.accepted)} {dealer.refused}')
        node.ctl('send', '--to', node.pull, node.write('more.jsonl', ''.join(json.dumps(read(100 + i, LISTED[20 + i], camera=f'cam{i}')) + '\n' for i in range(5))))
        settled(redis, node, hook, [LISTED[i] for i in range(1, 20, 2)] + LISTED[20:25])
        s = node.status()
        check(s['reads']['in'] == 26 and s['reads']['rejected'] == 1, f'{s["reads"]}')
        check(s['stream']['put'] >= 22, f'{s["stream"]}')
        dealer.close()

    with_node(run, into=True)


def killed_over_and_over():
    """kill -9 of the daemon, of the server, of both, while reads come in: each read decided, each alert once, each event delivered, a repeat the same."""
    rnd = random.Random(7)

    def run(redis, hook, node):
        sent = []
        for i in range(int(os.environ.get('HL_KILL_CYCLES', '12'))):
            for k in range(4):
                n = len(sent)
                text = LISTED[n // 3] if n % 3 == 0 and n // 3 < len(LISTED) else f'QQ{n:05}Q'
                wait_for('the stream to take it', lambda t=text, n=n: '-' in put(redis, read(n, t, camera=f'cam{n}')))
                sent.append(text)
            what = rnd.choice(['daemon', 'server', 'both', 'server'])
            if what != 'server':
                node.kill()
            if what != 'daemon':
                redis.kill()
                redis.start()
            if what != 'server':
                node.start()
        settled(redis, node, hook, [t for t in sent if t in LISTED])
        check(redis.say('EXISTS', 'reads:dead') == '0', 'dead letters')
        check(node.status()['outbox']['dead'] == 0, 'dead deliveries')

    with_node(run, options='claim_after: 500ms, tries: 10')


def two_nodes_killed_over_and_over():
    """Two nodes on one stream and one store; at random one of them, both, or the server is killed, or one is stopped past its leases."""
    rnd = random.Random(11)
    redis, hook = Redis(), Receiver()
    nodes = [Node(redis, hook, options='claim_after: 500ms, tries: 10') for _ in range(2)]
    sent = []
    try:
        for n in nodes:
            n.start()
            n.load(LISTED)
        for _ in range(int(os.environ.get('HL_KILL_CYCLES', '10'))):
            for _ in range(6):
                i = len(sent)
                text = LISTED[i // 3] if i % 3 == 0 and i // 3 < len(LISTED) else f'QQ{i:05}Q'
                wait_for('the stream to take it', lambda t=text, i=i: '-' in put(redis, read(i, t, camera=f'cam{i}')))
                sent.append(text)
            what = rnd.choice(['one', 'both', 'server', 'all', 'stop'])
            victims = {'one': [rnd.choice(nodes)], 'both': nodes, 'server': [], 'all': nodes, 'stop': []}[what]
            for n in victims:
                n.kill()
            if what in ('server', 'all'):
                redis.kill()
                redis.start()
            if what == 'stop':
                n = rnd.choice(nodes)
                os.kill(n.proc.pid, signal.SIGSTOP)
                other = nodes[1 - nodes.index(n)]
                wait_for('the other node to take over', lambda: left(redis) == (0, 0), 30)
                other.alive()
                os.kill(n.proc.pid, signal.SIGCONT)
            for n in victims:
                n.start()
        settled(redis, nodes[0], hook, [t for t in sent if t in LISTED])
        check(redis.say('EXISTS', 'reads:dead') == '0', 'dead letters')
        check(nodes[1].status()['outbox'] == nodes[0].status()['outbox'], 'the nodes disagree')
        for n in nodes:
            n.stop()
    except BaseException:
        sys.stderr.write(''.join(n.tail() + '---\n' for n in nodes))
        raise
    finally:
        for n in nodes:
            n.remove()
        redis.close()
        hook.close()


def a_server_that_promises_too_little():
    redis, hook = Redis('--appendfsync', 'everysec'), Receiver()
    node = Node(redis, hook)
    try:
        try:
            node.start()
        except Failed:
            pass
        check(node.proc.wait(10) == 78, f'ended with {node.proc.returncode}')
        check("appendfsync is 'everysec', not 'always'" in node.tail(), node.tail())
        text = open(os.path.join(node.dir, 'hotlistd.yaml')).read()
        node.write('hotlistd.yaml', text.replace('prefix: hl', 'prefix: hl, durability: relaxed').replace('stream: reads', 'stream: reads, durability: relaxed'))
        node.start()
        check('may lose' in node.tail(), node.tail())
        check("appendfsync is 'everysec'" in node.status()['store']['may_lose'], f'{node.status()["store"]}')
        check('DURABILITY RELAXED' in node.ctl('status'), node.ctl('status'))
        node.stop()
        state = os.path.join(node.dir, 'state')
        p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), '--state', state, 'status'], capture_output=True, text=True)
        check(p.returncode == 64 and 'name the settings' in p.stderr, p.stderr)
        check(not os.path.exists(os.path.join(state, 'hotlistd.db')), 'a database was made beside')
    finally:
        node.remove()
        redis.close()
        hook.close()


main(decided_reads_are_gone_from_the_stream, a_read_sent_twice_is_one_alert, what_waited_is_read_at_the_start, a_read_that_ends_the_daemon_becomes_a_dead_letter,
     what_a_killed_node_had_is_decided_at_its_start, another_node_takes_over, zmq_into_the_stream, killed_over_and_over, two_nodes_killed_over_and_over, a_server_that_promises_too_little)
