#!/usr/bin/python3
"""kill -9 at every named point and at random moments: whatever ROUTER acknowledged is decided after the restart, and every event is delivered, a repeat with the
same id and the same body."""
import os, random, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Failed, Receiver, Daemon, check, main, plate, read, same_bodies, wait_for

POINTS = os.environ.get('HL_CRASH_POINTS', 'ingest.received pipeline.taken pipeline.decoded pipeline.decided store.group_run store.committed pipeline.committed '
                        'ingest.answering deliver.taken deliver.answered deliver.settled').split()
READS = 60


def drill(env, kills=0, seed=1):
    """One ledger through a crash at a point (env), or through `kills` random ones."""
    rnd = random.Random(seed)
    deaths = set(rnd.sample(range(READS), kills))
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    listed = [plate(i) for i in range(READS)]
    try:
        d.start()
        d.load(listed)
        d.stop()
        d.start(**env)
        died = int(d.proc.poll() is not None)
        if died:
            d.start()
        dealer = Dealer(d.router)
        reads = [read(i, listed[i] if i % 3 else f'QQ{i:05}Q', camera=f'cam{i % 7}') for i in range(READS)]
        for i, r in enumerate(reads):
            dealer.send(r)
            dealer.take(rnd.choice([0, 0, 5]))
            if not kills:  # one read at a time, so that every point is passed often however busy the machine is
                wait_for('an answer or death', lambda: dealer.take() >= 0 and (not dealer.pending or d.proc.poll() is not None))
            if i in deaths:
                d.kill()
            if d.proc.poll() is not None:
                died += 1
                d.start()
                dealer.reopen_and_resend()
        try:
            dealer.settle(5)
        except Failed:
            check(d.proc.poll() is not None, f'no answers although hotlistd lives; pending {list(dealer.pending)[:5]}')
        want = {r['plate'] for r in reads if r['plate'] in listed}
        if d.proc.poll() is None and not kills:  # points of the delivery thread are passed later
            try:
                wait_for('death', lambda: d.proc.poll() is not None or len(hook.ids()) >= len(want), 20)
            except Failed:
                pass
        if d.proc.poll() is not None:
            died += 1
            d.start()
            dealer.reopen_and_resend()
        dealer.settle(30)
        check(died >= 1, f'hotlistd never died ({env})')
        check(dealer.accepted == {r['id'] for r in reads}, f'not acknowledged: {len(dealer.pending)}')
        check(not dealer.refused, f'refused: {dealer.refused}')
        wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0, 60)
        alerts = d.alerts()
        check({a['plate_listed'] for a in alerts} == want, f'alerts {len(alerts)}, expected {len(want)}; missing {want - {a["plate_listed"] for a in alerts}}')
        check(len(alerts) == len(want), 'an alert was made twice')
        bodies = same_bodies(hook)
        check(len(bodies) == len(want), f'{len(bodies)} deliveries, expected {len(want)}')
        check(d.status()['outbox']['dead'] == 0, 'dead letters')
        dealer.close()
        d.stop()
        return len(hook.ids()) - len(bodies)
    except BaseException:
        sys.stderr.write(d.tail())
        raise
    finally:
        d.remove()
        hook.close()


def at_every_named_point():
    for point in POINTS:
        for n in (1, 7):
            repeats = drill({'HL_CRASH_AT': f'{point}:{n}'}, seed=n)
            print(f'  {point}:{n} ({repeats} repeated deliveries)', flush=True)


def at_random():
    for seed in range(int(os.environ.get('HL_KILL_CYCLES', '5'))):
        drill({}, kills=4, seed=seed)


main(at_every_named_point, at_random)
