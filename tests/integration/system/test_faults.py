#!/usr/bin/python3
"""A disk that is full and an fsync that fails (injected by libfiu under the real daemon): nothing that was accepted is lost, nothing is acknowledged that is not
written, the fault is told, and all goes on when the disk is back."""
import json, os, shutil, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Daemon, Dealer, Faulty, Receiver, balanced, check, main, plate, read, same_bodies, wait_for

import zmq


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


def a_damaged_database_is_set_aside():
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    daemon = [os.path.join(BUILD, 'hotlistd'), '-c', os.path.join(d.dir, 'hotlistd.yaml')]
    run = lambda *words: subprocess.run(daemon + list(words), capture_output=True, text=True, timeout=60)
    try:
        d.start()
        d.load([plate(1)])
        check(run('--set-aside').returncode == 75, 'set aside under a running daemon')
        d.stop()
        path = os.path.join(d.dir, 'state/hotlistd.db')
        with open(path, 'r+b') as f:
            f.seek(4096)
            f.write(b'\xa5' * 8192)
        p = run()
        check(p.returncode == 74 and path in p.stderr and 'damaged' in p.stderr, f'{p.returncode} {p.stderr}')
        p = run('--set-aside')
        check(p.returncode == 0 and 'set aside as ' + path + '.corrupt-' in p.stdout, f'{p.returncode} {p.stdout}{p.stderr}')
        check([n for n in os.listdir(os.path.dirname(path)) if n.startswith('hotlistd.db.corrupt-')], 'the old file is gone')
        d.start()
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        wait_for('the alert', lambda: len(hook.ids()) == 1)
        dealer.close()
        d.stop()
    finally:
        d.remove()
        hook.close()


if not shutil.which('fiu-run'):
    print('fiu-run is missing')
    sys.exit(1 if os.environ.get('CI') else 77)
main(a_full_disk, an_fsync_that_fails, a_damaged_database_is_set_aside)
