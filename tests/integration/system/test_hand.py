#!/usr/bin/python3
"""Entries added and withdrawn by hand while the daemon runs: from `list add` to the alert, over uploads, restarts, kills and the passing of time."""
import os, random, subprocess, threading, time

from harness import BUILD, Daemon, Dealer, Receiver, check, main, plate, read, running

LISTS = ('stolen', 'amber')
ENTRY = ('--state', 'CA', '--category', 'amber', '--case', 'C1', '--reason', 'a child was taken')


class World:
    """A daemon with the lists stolen (loaded) and amber (empty), a receiver and a DEALER."""

    def __init__(self, d, hook):
        self.d, self.hook, self.dealer, self.n = d, hook, Dealer(d.router), 0
        d.load([plate(i) for i in range(50)])

    def add(self, text, *more, name='amber'):
        return self.d.json('list', 'add', name, '--plate', text, *ENTRY, *(more or ('--expires', '6h')))

    def read(self, text, camera=None, offset=0.0):
        """Sends a read, each at a camera of its own, and waits until it is decided."""
        self.n += 1
        self.dealer.send(read(self.n, text, camera or f'c{self.n}', offset))
        self.dealer.settle()

    def told(self, text):
        return [a for a in self.d.alerts() if a['plate_listed'] == text]

    def met(self, text):
        """How many passages were decided as hits: the first is an alert, the later ones its sightings while it is open."""
        return sum(1 + a.get('sightings_total', 0) for a in self.told(text))

    def shift(self, seconds):
        self.d.ctl('test', 'clock', str(int(seconds * 1000)))


def world(test):
    def run():
        hook = Receiver()
        with running({'desk': [hook.url]}, lists=LISTS) as d:
            w = World(d, hook)
            test(w)
            w.dealer.close()
        hook.close()
    run.__name__ = test.__name__
    return run


@world
def it_alerts_at_once_and_over_uploads(w):
    w.read('KX41TST')
    check(not w.told('KX41TST'), 'nobody has added it yet')
    added = w.add('KX41TST')
    w.read('KX41TST')
    alert = w.told('KX41TST')[0]
    entry = alert['entry']
    check(entry['list'] == 'amber' and entry['id'] == added['entry']['id'] and entry['revision'] == added['entry']['revision'], entry)
    check(entry['list_version'] == added['layer'] == 'hand-000001' and entry['list_age_s'] < 60, entry)
    # A list that never had a version gets one; and another list a new one.
    w.d.load([plate(90)], 'amber')
    w.d.load([plate(i) for i in range(50)] + [plate(91)])
    w.read('KX41TST')
    w.read(plate(90))
    w.read(plate(91))
    check(w.met('KX41TST') == 2 and w.met(plate(90)) == 1 and w.met(plate(91)) == 1, 'by hand and by upload')
    lists = {l['name']: l for l in w.d.status()['lists']}
    check(lists['amber']['hand']['in_force'] == 1 and lists['amber']['entries'] == 1 and 'hand' not in lists['stolen'], lists)
    # Over a reload and a start.
    w.d.ctl('reload')
    w.read('KX41TST')
    check(w.met('KX41TST') == 3, 'after a reload')
    w.d.stop()
    w.d.start()
    w.read('KX41TST')
    check(w.met('KX41TST') == 4, 'after a start')
    w.d.json('list', 'withdraw', 'amber', '--plate', 'KX41TST', '--reason', 'found')
    w.read('KX41TST')
    check(w.met('KX41TST') == 4, 'withdrawn')
    check(w.d.json('list', 'withdrawn', 'amber')[0]['withdrawn']['why'] == 'found', 'why')


@world
def it_starts_and_ends_in_time(w):
    w.add('KX41TST', '--starts', '1h', '--expires', '3h')
    w.read('KX41TST')
    check(not w.told('KX41TST'), 'too early')
    w.shift(3600 + 60)
    w.read('KX41TST', offset=3660)
    check(w.met('KX41TST') == 1, 'its time has come, and nothing was reloaded')
    w.shift(2 * 3600)
    w.read('KX41TST', offset=3660 + 7200)
    check(w.met('KX41TST') == 1, 'its time is over')
    w.read('KX41TST', offset=3660 + 1800)
    check(w.met('KX41TST') == 2, 'a late read of when it held')


@world
def a_withdrawn_entry_of_a_version(w):
    w.read(plate(7))
    check(len(w.told(plate(7))) == 1, 'listed')
    w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(7), '--reason', 'recovered')
    w.read(plate(7))
    w.read(plate(8))
    check(len(w.told(plate(7))) == 1 and len(w.told(plate(8))) == 1, 'one is withdrawn, the other is not')
    w.d.load([plate(i) for i in range(60)])
    w.read(plate(7))
    check(len(w.told(plate(7))) == 1, 'withdrawn over an upload')
    w.d.stop()
    w.d.start()
    w.read(plate(7))
    check(len(w.told(plate(7))) == 1, 'withdrawn over a start')
    w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(7), '--undo', '--reason', 'not recovered')
    w.read(plate(7))
    check(len(w.told(plate(7))) == 2, 'taken back')
    w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(7), '--reason', 'recovered')
    path = w.d.write('less.txt', ''.join(plate(i) + '\n' for i in range(60) if i != 7))
    text = w.d.ctl('list', 'import', 'stolen', path, '--activate', '--reason', 'test')
    check('is no longer withdrawn: it is no more in version' in text, text)
    w.d.load([plate(i) for i in range(61)])
    w.read(plate(7))
    check(len(w.told(plate(7))) == 3, 'what comes again is listed again')


@world
def one_passage_is_one_alert_whatever_lists_it(w):
    """The same entry by hand and in the version, and a feed that is refreshed with another expiry: no second alert, no interruption."""
    w.d.ctl('list', 'import', 'amber', w.d.write('a.csv', 'plate,state,category,case,expires\nKX41TST,CA,amber,C1,2099-01-01\nFEED01,CA,amber,C2,2099-01-01\n'),
            '--layout', 'csv', '--set', 'reason=x', '--activate', '--reason', 'test')
    w.read('KX41TST', 'cam1')
    w.read('FEED01', 'cam1')
    one = w.add('KX41TST')
    check(one['in_version'] and one['entry']['id'] == w.told('KX41TST')[0]['entry']['id'], one)
    w.read('KX41TST', 'cam1')
    check(len(w.told('KX41TST')) == 1, 'the same passage')
    w.d.ctl('list', 'import', 'amber', w.d.write('b.csv', 'plate,state,category,case,expires\nKX41TST,CA,amber,C1,2099-06-01\nFEED01,CA,amber,C2,2099-06-01\n'),
            '--layout', 'csv', '--set', 'reason=x', '--activate', '--reason', 'test')
    check(len(w.d.json('list', 'versions', 'amber')) == 2, 'another version')
    w.read('KX41TST', 'cam1')
    w.read('FEED01', 'cam1')
    alerts = w.told('KX41TST') + w.told('FEED01')
    check(len(alerts) == 2 and all(a['state'] == 'new' for a in alerts), alerts)
    check(w.d.status()['suppressed']['passage'] + w.d.status()['suppressed']['cooldown'] >= 3, 'counted as reads of what is known')


@world
def no_activation_swaps_an_entry_away(w):
    """Versions are activated all the time, and take a while to be built: what was added meanwhile counts from its answer on, and after the swap, too."""
    for k in range(2):
        w.d.ctl('list', 'import', 'stolen', w.d.write(f'v{k}.txt', ''.join(plate(i) + '\n' for i in range(50 + k))), '--activate')
    versions = [v['id'] for v in w.d.json('list', 'versions', 'stolen')]
    done = threading.Event()
    swaps = [0]

    def activate():
        while not done.is_set():
            w.d.ctl('list', 'activate', 'stolen', versions[swaps[0] % len(versions)], '--reason', 'test')
            swaps[0] += 1

    t = threading.Thread(target=activate)
    t.start()
    try:
        texts = [f'X{i:03}Y{i * 37 % 1000:03}' for i in range(100)]
        for text in texts:
            w.add(text)
            w.read(text)
            check(w.told(text), f'{text} was answered and does not match')
    finally:
        done.set()
        t.join()
    for text in texts:
        w.read(text)
        check(w.met(text) == 2, f'{text} was swapped away')
    check(swaps[0] > 3, f'only {swaps[0]} activations')


def nothing_that_was_answered_is_lost_by_a_kill():
    """kill -9 while entries are added: what was answered is there after the start, whole; what was not is there whole or not at all."""
    hook = Receiver()
    d = Daemon({'desk': [hook.url]}, lists=LISTS)
    conf = ['-c', os.path.join(d.dir, 'hotlistd.yaml')]
    try:
        answered, asked = set(), set()
        for cycle in range(20):
            d.start()
            procs = []
            for k in range(4):
                text = f'K{cycle:02}N{k:02}'
                asked.add(text)
                procs.append((text, subprocess.Popen([os.path.join(BUILD, 'hotlistctl'), *conf, 'list', 'add', 'amber', '--plate', text, *ENTRY, '--expires', '6h'],
                                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))
            end = time.monotonic() + random.uniform(0, 0.04)
            while time.monotonic() < end and any(p.poll() is None for _, p in procs):
                pass
            d.kill()
            answered |= {text for text, p in procs if p.wait() == 0}
            procs = []
        d.start()
        dealer = Dealer(d.router)
        for i, text in enumerate(sorted(asked)):
            dealer.send(read(i, text, f'c{i}'))
        dealer.settle()
        told = {a['plate_listed'] for a in d.alerts() if a['match']['kind'] == 'exact'}
        check(answered <= told, f'lost: {sorted(answered - told)}')
        check(told <= asked, f'never asked for: {sorted(told - asked)}')
        check(d.status()['lists'][0]['hand']['listed'] >= len(answered), 'the layer counts them')
        print(f'  ({len(asked)} asked, {len(answered)} answered before the kill, {len(told)} there)')
        dealer.close()
        d.stop()
    finally:
        d.remove()
        hook.close()


main(it_alerts_at_once_and_over_uploads, it_starts_and_ends_in_time, a_withdrawn_entry_of_a_version, one_passage_is_one_alert_whatever_lists_it,
     no_activation_swaps_an_entry_away,
     nothing_that_was_answered_is_lost_by_a_kill)
