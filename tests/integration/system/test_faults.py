#!/usr/bin/python3
"""A disk that is full and an fsync that fails (injected by libfiu under the real daemon): nothing that was accepted is lost, nothing is acknowledged that is not
written, the fault is told, and all goes on when the disk is back."""
import json, os, shutil, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, Dealer, Receiver, balanced, check, main, plate, read, same_bodies, wait_for

import zmq


class Faulty(Daemon):
    def wrap(self):
        return ['fiu-run', '-x']

    def fault(self, *commands):
        words = [w for c in commands for w in ('-c', c)]
        p = subprocess.run(['fiu-ctrl', *words, str(self.proc.pid)], capture_output=True, text=True, timeout=20)
        check(p.returncode == 0, f'fiu-ctrl: {p.stderr}')


def through(name, *faults):
    hook = Receiver()
    d = Faulty({'desk': [hook.url]})
    try:
        d.start()
        d.load([plate(i) for i in range(40)])
        dealer = Dealer(d.router)
        push = zmq.Context.instance().socket(zmq.PUSH)
        push.connect(d.pull)
        dealer.send(read(0, plate(0)))
        dealer.settle(10)
        d.fault(*(f'enable name={f}' for f in faults))
        for i in range(1, 20):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        for i in range(20, 40):
            push.send(json.dumps(read(i, plate(i), camera=f'cam{i}')).encode())
        wait_for('the fault in the log', lambda: 'nothing is lost, trying again' in d.tail())
        dealer.take(300)
        check(dealer.accepted == {'r000000'}, f'{name}: acknowledged without a disk: {dealer.accepted}')
        d.fault(*(f'disable name={f}' for f in faults))
        dealer.settle(20)
        wait_for('all alerts', lambda: len(d.alerts()) == 40)
        wait_for('all deliveries', lambda: d.status()['outbox']['delivered'] == 40)
        check(len(same_bodies(hook)) == 40, 'deliveries')
        balanced(d.status(), 40)
        dealer.close()
        push.close(0)
        d.stop()
    except BaseException:
        sys.stderr.write(d.tail())
        raise
    finally:
        d.remove()
        hook.close()


def a_full_disk():
    through('full disk', 'posix/io/rw/pwrite,failinfo=28')  # what SQLite writes with; `write` is ZeroMQ's too


def an_fsync_that_fails():
    through('fsync', 'posix/io/sync/fsync,failinfo=5', 'posix/io/sync/fdatasync,failinfo=5')


if not shutil.which('fiu-run'):
    print('fiu-run is missing')
    sys.exit(1 if os.environ.get('CI') else 77)
main(a_full_disk, an_fsync_that_fails)
