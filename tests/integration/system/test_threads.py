#!/usr/bin/python3
"""Several threads share the work of one socket: suppression stays right, numbers are counted in order, the window holds, and a stop drains."""
import json, os, random, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Receiver, balanced, check, main, plate, read, running, wait_for

import zmq

FOUR_A_SOCKET = 'engine: {threads: 12}\n'


def one_vehicle_is_one_alert_and_each_of_many_is_one():
    """Reads of the same vehicles reach all threads at once, from four senders, each in another order, some as several in one message."""
    hook = Receiver()
    vehicles, repeats = 40, 12
    with running({'desk': [hook.url]}, extra=FOUR_A_SOCKET) as d:
        d.load([plate(i) for i in range(vehicles)])
        dealers = [Dealer(d.router) for _ in range(4)]
        draw = random.Random(1)
        number = 0
        for k in range(repeats):
            for dealer in dealers:
                order = list(range(vehicles))
                draw.shuffle(order)
                for v in order:
                    dealer.send(read(number, plate(v), camera=f'cam{v}', offset=-draw.random()))
                    number += 1
        for v in range(vehicles):
            both = [read(number + i, plate(v), camera=f'cam{v}') for i in range(2)] + [read(number + 2, 'NOTLISTED', camera='cam1')]
            number += 3
            for r in both:
                dealers[0].pending[r['id']] = r
            dealers[0].socket.send('\n'.join(json.dumps(r) for r in both).encode())
        for dealer in dealers:
            dealer.settle(60)
            check(not dealer.refused, str(dealer.refused))
        check(len(d.alerts()) == vehicles, f'{len(d.alerts())} alerts of {vehicles} vehicles')
        status = d.status()
        balanced(status, number)
        check(status['reads']['matched'] == vehicles and status['reads']['discarded'] == vehicles, str(status['reads']))
        wait_for('all deliveries', lambda: len(set(hook.ids())) == vehicles)
        for dealer in dealers:
            dealer.close()
    hook.close()


def gaps_are_those_of_the_sender():
    hook = Receiver()
    with running({'desk': [hook.url]}, extra=FOUR_A_SOCKET, rcvhwm=100000) as d:
        d.load([plate(1)])
        push = zmq.Context.instance().socket(zmq.PUSH)
        push.setsockopt(zmq.SNDHWM, 0)
        push.connect(d.pull)
        sent, left_out = 0, set(range(1000, 1007)) | {3000}
        for i in range(5000):
            if i not in left_out:
                push.send(json.dumps(read(i, 'NOTLISTED', camera=f'c{i % 2}', seq=i // 2)).encode())
                sent += 1
        push.send('\n'.join(json.dumps(read(9000 + i, 'NOTLISTED', camera='c0', seq=2500 + i)) for i in range(1000)).encode())
        wait_for('all reads', lambda: d.status()['reads']['in'] == sent + 1000)
        balanced(d.status(), sent + 1000)
        check(d.status()['daemon']['seq_gaps'] == len(left_out), f"{d.status()['daemon']['seq_gaps']} gaps of {len(left_out)}")
        push.close(0)
    hook.close()


def a_small_window_is_no_standstill():
    hook = Receiver()
    with running({'desk': [hook.url]}, extra=FOUR_A_SOCKET) as d:
        text = open(os.path.join(d.dir, 'hotlistd.yaml')).read()
        d.stop()
        d.write('hotlistd.yaml', text.replace('socket: router,', 'socket: router, window: 4,'))
        d.start()
        d.load([plate(2 * i) for i in range(500)])
        dealer = Dealer(d.router)
        for i in range(1000):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle(60)
        balanced(d.status(), 1000)
        check(len(d.alerts()) == 500, f'{len(d.alerts())} alerts')
        dealer.close()
    hook.close()


def a_stop_drains_what_the_threads_hold():
    """What was received before the stop is decided by it; what a ROUTER's sender got no answer to is sent again, and is no second alert."""
    hook = Receiver()
    with running({'desk': [hook.url]}, extra=FOUR_A_SOCKET) as d:
        d.load([plate(i) for i in range(600)])
        push, dealer = zmq.Context.instance().socket(zmq.PUSH), Dealer(d.router)
        push.connect(d.pull)
        for i in range(300):
            push.send(json.dumps(read(i, plate(i), camera=f'cam{i}')).encode())
            dealer.send(read(1000 + i, plate(300 + i), camera=f'other{i}'))
        wait_for('the reads', lambda: d.status()['reads']['in'] == 600)
        d.stop()
        d.start()
        alerts = d.alerts()
        dealer.take(1000)
        recorded = {a['read']['id'] for a in alerts}
        check(len(recorded) == 600, f'{len(recorded)} alerts of 600 reads that were received')
        check(dealer.accepted <= recorded, 'an answer to a read of which there is no alert')
        dealer.reopen_and_resend()
        dealer.settle()
        check(len(d.alerts()) == 600, f'{len(d.alerts())} alerts')
        push.close(0)
        dealer.close()
    hook.close()

main(one_vehicle_is_one_alert_and_each_of_many_is_one, gaps_are_those_of_the_sender, a_small_window_is_no_standstill, a_stop_drains_what_the_threads_hold)
