#!/usr/bin/python3
"""Deliveries through the whole daemon: a lone alert goes out at once, a black hole beside a healthy receiver, a receiver that is down for an hour, verdicts."""
import os, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Receiver, balanced, check, free_port, main, plate, read, running, same_bodies, wait_for

import zmq


def one_alert_in_an_idle_system_goes_out_at_once():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        wait_for('the alert', lambda: len(hook.ids()) == 1, 5)
        event = hook.events()[0]
        check(event['type'] == 'alert.created', event['type'])
        data = event['data']
        check(data['plate_listed'] == plate(1) and data['match']['kind'] == 'exact', str(data))
        check(data['notice'] == 'NOT VERIFIED: confirm plate, state and vehicle before acting', data['notice'])
        wait_for('the receipt', lambda: d.status()['outbox']['delivered'] == 1, 10)
        dealer.send(read(2, 'NOTLISTED1'))
        dealer.settle(10)
        balanced(d.status(), 2)
        check(len(hook.ids()) == 1, 'more than one delivery')
        dealer.close()
    hook.close()


def a_black_hole_slows_nobody():
    stop = threading.Event()
    hole, healthy = Receiver(lambda *_: lambda handler: stop.wait(60)), Receiver()
    n = 40
    with running({'desk': [healthy.url], 'hole': [hole.url]}, rules=RULES_TWO) as d:
        d.load([plate(i) for i in range(n)])
        dealer = Dealer(d.router)
        begun = time.monotonic()
        for i in range(n):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle(20)
        wait_for('the healthy receiver', lambda: len(set(healthy.ids())) == n, 20)
        took = time.monotonic() - begun
        check(took < 15, f'the healthy receiver waited {took:.1f} s')
        check(d.status()['outbox']['pending'] >= 1, 'the black hole swallowed its deliveries')
        stop.set()
        dealer.close()
    hole.close()
    healthy.close()


RULES_TWO = '''version: 1
timezone: UTC
confusions: {base: none}
match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.5}
route: {receivers: [desk, hole]}
'''


def a_receiver_down_for_an_hour():
    port = free_port()
    with running({'desk': [f'http://127.0.0.1:{port}/hook']}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        attempts = lambda: d.json('outbox', 'ls')[0]['attempts']
        wait_for('a first refusal', lambda: attempts() >= 1, 20)
        for _ in range(12):  # five minutes each: no backoff is longer
            before = attempts()
            d.ctl('test', 'clock', '300000')
            wait_for('another attempt', lambda: attempts() > before, 20)
        check(d.status()['outbox']['pending'] == 1, 'given up within the hour')
        hook = Receiver(port=port)
        d.ctl('test', 'clock', '300000')
        wait_for('the delivery', lambda: len(hook.ids()) == 1, 30)
        wait_for('the receipt', lambda: d.status()['outbox']['delivered'] == 1, 10)
        hook.close()
        dealer.close()


def a_destination_that_is_down_rests():
    """Much waits for one that is down: it is asked rarely, the others notice nothing, and when it is back all goes out at once."""
    up = threading.Event()
    down, healthy = Receiver(lambda *_: 204 if up.is_set() else 500), Receiver()
    n = 60
    with running({'desk': [healthy.url], 'hole': [down.url]}, rules=RULES_TWO) as d:
        d.load([plate(i) for i in range(n)])
        dealer = Dealer(d.router)
        for i in range(n):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle(20)
        wait_for('the healthy receiver', lambda: len(set(healthy.ids())) == n, 20)
        wait_for('the rest', lambda: d.status()['deliver']['resting'] == 1, 20)
        before = len(down.ids())
        check(before < 20, f'{before} attempts at one that is down')
        for _ in range(30):  # an hour
            d.ctl('test', 'clock', '120000')
            wait_for('one look', lambda: len(down.ids()) > before, 20)
            before = len(down.ids())
        check(before < 120, f'{before} attempts in an hour')
        check(d.status()['outbox']['pending'] == n, 'given up')
        up.set()
        d.ctl('test', 'clock', '60000')
        wait_for('all of them, without a further wait', lambda: d.status()['outbox']['pending'] == 0, 20)
        status = d.status()
        check(status['deliver']['resting'] == 0 and status['outbox']['dead'] == 0, str(status['outbox']))
        check(len(set(down.ids())) == n and len(same_bodies(down)) == n, 'some were not delivered')
        dealer.close()
    down.close()
    healthy.close()


def somebody_has_looked():
    """`outbox retry` ends the rest; what is dropped is not sent any more."""
    up = threading.Event()
    hook = Receiver(lambda *_: 204 if up.is_set() else 500)
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(12)])
        dealer = Dealer(d.router)
        for i in range(12):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle(20)
        wait_for('the rest', lambda: d.status()['deliver']['resting'] == 1, 30)
        waiting = [r['id'] for r in d.json('outbox', 'ls', '--state', 'pending') if r['attempts'] == 0]
        check(len(waiting) >= 4, f'all were tried: {waiting}')
        d.ctl('outbox', 'drop', waiting[0], waiting[1], '--reason', 'told by radio')
        up.set()
        d.ctl('outbox', 'retry', '--receiver', 'desk')
        wait_for('the others', lambda: d.status()['outbox']['pending'] == 0, 20)
        check(d.status()['deliver']['resting'] == 0, 'it still rests')
        counts = d.status()['outbox']
        check(counts['delivered'] == 10 and counts['cancelled'] == 2 and counts['dead'] == 0, str(counts))
        check(not set(waiting[:2]) & set(hook.ids()), 'what was dropped was sent')
        dealer.close()
    hook.close()


def verdicts():
    """503, 503, 200 is delivered; 404 is dead with the reason and can be tried again by hand; a redirect is not followed."""
    script = [503, 503, 204]
    hook = Receiver(lambda n, headers, body: script.pop(0) if script else 204)
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(4)])
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)

        def hurried():
            d.ctl('test', 'clock', '10000')
            return d.status()['outbox']['delivered'] == 1

        wait_for('the third attempt', hurried, 30)
        check(len(hook.ids()) == 3 and len(same_bodies(hook)) == 1, f'{hook.ids()}')
        script += [404]
        dealer.send(read(2, plate(2), camera='cam2'))
        dealer.settle(10)
        wait_for('a dead letter', lambda: d.status()['outbox']['dead'] == 1, 20)
        dead = d.json('outbox', 'ls', '--state', 'dead')
        check(len(dead) == 1 and '404' in dead[0]['result'], str(dead))
        d.ctl('outbox', 'retry', '--id', dead[0]['id'])
        wait_for('the second life', lambda: d.status()['outbox']['dead'] == 0 and d.status()['outbox']['delivered'] == 2, 20)
        script += [(302, {'location': 'http://127.0.0.1:1/elsewhere'})]
        dealer.send(read(3, plate(3), camera='cam3'))
        dealer.settle(10)
        wait_for('a dead letter', lambda: d.status()['outbox']['dead'] == 1, 20)
        check('302' in d.json('outbox', 'ls', '--state', 'dead')[0]['result'], 'the reason is missing')
        same_bodies(hook)
        dealer.close()
    hook.close()


def echo(handler):
    """A refusal that repeats all that was sent, as some do."""
    body = f'no such plate: {plate(1)}'.encode()
    handler.send_response(400)
    handler.send_header('content-length', str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def no_plate_comes_into_the_log():
    hook = Receiver(lambda *_: echo)
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        dealer.close()
        with zmq.Context.instance().socket(zmq.PUSH) as push:
            push.connect(d.pull)
            push.send(b'{"camera":"cam1","plate":"%s"}' % plate(1).encode())
            push.send(plate(1).encode())
            wait_for('the dead letter', lambda: d.status()['outbox']['dead'] == 1, 20)
            wait_for('the rejects', lambda: d.status()['reads']['rejected'] == 2, 20)
        check(plate(1) in d.json('outbox', 'ls', '--state', 'dead')[0]['result'], 'what the receiver said is kept for people')
        log = d.tail(1000)
        check('dead letter' in log and 'last answer 400' in log and 'rejected a read' in log, log)
        check(plate(1) not in log, f'a plate in the log: {log}')
        kept = open(os.path.join(d.dir, 'state/rejects/rejects.jsonl')).read()
        check(kept.count('\n') == 2 and plate(1) not in kept, f'a plate among the rejects: {kept}')
    hook.close()


main(one_alert_in_an_idle_system_goes_out_at_once, a_black_hole_slows_nobody, a_receiver_down_for_an_hour, a_destination_that_is_down_rests, somebody_has_looked, verdicts, no_plate_comes_into_the_log)
