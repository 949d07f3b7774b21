#!/usr/bin/python3
"""Rough weather for the machine itself: no file descriptors left, clocks that jump either way, restarts with dead letters. Nothing promised is lost, and what is wrong is said."""
import os, resource, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Receiver, balanced, check, free_port, main, plate, read, running, same_bodies, wait_for


def out_of_descriptors():
    hook = Receiver()
    n = 20
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(n)])
        dealer = Dealer(d.router)
        dealer.send(read(0, plate(0)))
        dealer.settle(10)
        wait_for('the first', lambda: len(hook.ids()) == 1)
        was = resource.prlimit(d.proc.pid, resource.RLIMIT_NOFILE)
        wait_for('what is open to close', lambda: d.status()['outbox']['pending'] == 0)
        resource.prlimit(d.proc.pid, resource.RLIMIT_NOFILE, (3, was[1]))  # nothing new can be opened
        for i in range(1, n):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        wait_for('answers: what is open goes on', lambda: dealer.take() >= 0 and not dealer.pending, 20)
        wait_for('the fault of an attempt', lambda: 'is not to be reached' in d.tail(), 20)
        check(len(hook.ids()) == 1, 'sent without a descriptor')
        resource.prlimit(d.proc.pid, resource.RLIMIT_NOFILE, was)
        wait_for('the control socket', lambda: d.ctl('status', ok=False).returncode == 0, 20)
        d.ctl('test', 'clock', '61000')
        wait_for('all of them', lambda: len(set(hook.ids())) == n, 30)
        wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0, 20)
        check(d.status()['outbox']['dead'] == 0 and len(d.alerts()) == n, 'dead letters, or alerts lost')
        same_bodies(hook)
        dealer.close()
    hook.close()


def clocks_that_jump():
    """An hour back, a day on, and back again, while deliveries wait: each is delivered once they can be, none is given up before its time has passed by its own clock."""
    port = free_port()
    hook = None
    with running({'desk': [f'http://127.0.0.1:{port}/hook']}) as d:
        n = 12
        d.load([plate(i) for i in range(n)])
        dealer = Dealer(d.router)
        jump = 0
        for i, step in enumerate([0, -3600000, 7200000, -1800000, -10800000, 3600000, 60000, -60000, 0, 86400000 // 4, -86400000 // 4, 0]):
            if step:
                d.ctl('test', 'jump', str(step))
                jump += step
            dealer.send(read(i, plate(i), camera=f'cam{i}', offset=jump / 1000))
            dealer.settle(20)
        check(len(d.alerts()) == n, f'{len(d.alerts())} alerts')
        check(d.status()['outbox']['pending'] == n, f'{d.status()["outbox"]}')
        hook = Receiver(port=port)
        for _ in range(6):
            d.ctl('test', 'clock', '3600000')  # what was made in a day to come is due when it comes, at the latest
        d.ctl('outbox', 'retry', '--receiver', 'desk')
        wait_for('all of them', lambda: len(set(hook.ids())) == n, 30)
        wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0, 20)
        check(d.status()['outbox']['dead'] == 0, 'given up')
        balanced(d.status(), n)
        same_bodies(hook)
        dealer.close()
    if hook:
        hook.close()


def dead_letters_outlive_restarts():
    """Each says why, over an orderly stop and a kill -9, and can still be tried again."""
    calm = []
    hook = Receiver(lambda *_: 204 if calm else 404)
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(8)])
        dealer = Dealer(d.router)
        for i in range(8):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle(10)
        dead = lambda: {x['id']: x['result'] for x in d.json('outbox', 'ls', '--state', 'dead')}
        wait_for('dead letters', lambda: len(dead()) == 8)
        first = dead()
        check(all('404' in why for why in first.values()), f'{first}')
        d.stop()
        d.start()
        check(dead() == first, 'an orderly stop changed them')
        d.kill()
        d.start()
        check(dead() == first, 'a kill changed them')
        check(d.status()['outbox']['dead'] == 8, 'status does not tell')
        calm.append(True)
        one = sorted(first)[0]
        d.ctl('outbox', 'retry', one[:8])
        wait_for('the one', lambda: d.status()['outbox']['delivered'] == 1)
        check(set(dead()) == set(first) - {one}, 'others were tried, too')
        d.ctl('outbox', 'retry')
        wait_for('all', lambda: d.status()['outbox']['delivered'] == 8)
        check(set(hook.ids()) == set(first), 'other ids')
        same_bodies(hook)
        dealer.close()
    hook.close()


main(out_of_descriptors, clocks_that_jump, dead_letters_outlive_restarts)
