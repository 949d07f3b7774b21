#!/usr/bin/python3
"""Stand-downs through the real daemon: an open alert whose entry is withdrawn, ends, is rolled back, absent from a new version, or lists another plate is withdrawn;
whoever got it or may have got it is told once, behind what he has pending of it, and nobody else is told anything."""
import json, os, sys, threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, Dealer, Receiver, check, main, plate, read, running, same_bodies, wait_for

LISTS = ('stolen', 'amber')
ENTRY = ('--state', 'CA', '--category', 'amber', '--case', 'C1', '--reason', 'a child was taken', '--expires', '6h')


class World:
    """A daemon with the list stolen loaded, a DEALER, and what a receiver got."""

    def __init__(self, d, hook, listed=50):
        self.d, self.hook, self.dealer, self.n = d, hook, Dealer(d.router), 0
        self.listed = [plate(i) for i in range(listed)]
        d.load(self.listed)

    def unguarded(self):
        """Neither growth nor shrinking of a list holds a version."""
        path = os.path.join(self.d.dir, 'hotlistd.yaml')
        text = open(path).read().replace('layout: plates, feed: true', 'layout: plates, feed: true, growth: 100000, shrink: 100')
        open(path, 'w').write(text)
        self.d.ctl('reload')

    def see(self, text, camera=None, offset=0.0):
        self.n += 1
        self.dealer.send(read(self.n, text, camera or f'c{self.n}', offset))
        self.dealer.settle()

    def told(self, text=None, type=None):
        """The events that came, oldest first, as (type, data)."""
        return [(e['type'], e['data']) for e in self.hook.events() if (not text or e['data']['plate_listed'] == text) and (not type or e['type'] == type)]

    def types(self, text):
        return [t.removeprefix('alert.') for t, _ in self.told(text)]

    def alerts(self, text):
        return [a for a in self.d.alerts() if a['plate_listed'] == text]

    def alerted(self, *texts):
        """Sees them and waits until the receiver has the alerts."""
        for t in texts:
            self.see(t)
        wait_for('the alerts', lambda: all('created' in self.types(t) for t in texts))

    def down(self, text):
        """The stand-down of a plate, once it has come."""
        return wait_for(f'the stand-down of {text}', lambda: self.told(text, 'alert.standdown'))[0][1]

    def quiet(self):
        """What had to be done is done: another alert, made now, has gone its way, and so has its stand-down."""
        self.d.json('list', 'add', 'amber', '--plate', 'QQ99QQ', *ENTRY)
        self.n += 1
        self.see('QQ99QQ', f'quiet{self.n}')
        self.d.json('list', 'withdraw', 'amber', '--plate', 'QQ99QQ', '--reason', 'test')
        wait_for('an empty outbox', lambda: not self.alerts_open('QQ99QQ') and self.d.status()['outbox']['pending'] == 0)

    def alerts_open(self, text):
        return [a for a in self.alerts(text) if a['state'] == 'new']

    def shift(self, seconds):
        self.d.ctl('test', 'clock', str(int(seconds * 1000)))

    def upload(self, plates, *more, ok=True):
        return self.d.ctl('list', 'import', 'stolen', self.d.write('upload.txt', ''.join(p + '\n' for p in plates)), '--activate', '--reason', 'test', *more, ok=ok)


def world(test):
    def run():
        hook = Receiver()
        with running({'desk': [hook.url]}, lists=LISTS) as d:
            w = World(d, hook)
            test(w)
            same_bodies(hook)
            w.dealer.close()
        hook.close()
    run.__name__ = test.__name__
    return run


@world
def withdrawn_by_hand(w):
    w.alerted(plate(7), plate(8))
    w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(7), '--reason', 'found in Reno')
    data = w.down(plate(7))
    me = w.d.json('list', 'withdrawn', 'stolen')[0]['withdrawn']['by']
    check(data['state'] == 'withdrawn' and data['closed_reason'] == 'withdrawn' and data['closed_by'] == me, data)
    check(data['standdown'] == {'cause': 'withdrawn', 'text': 'entry withdrawn', 'detail': f'by {me}: found in Reno'}, data['standdown'])
    check(data['notice'] == 'STAND DOWN: entry withdrawn', data['notice'])
    stored = w.alerts(plate(7))[0]
    check(stored['state'] == 'withdrawn' and stored['standdown'] == data['standdown'], stored)
    text = w.d.ctl('alert', 'show', stored['id'])
    check('STAND DOWN: entry withdrawn' in text and 'found in Reno' in text, text)
    p = w.d.ctl('alert', 'ack', stored['id'], ok=False)
    check(p.returncode == 75 and 'is withdrawn by' in p.stderr, p.stderr)
    w.quiet()
    check(w.types(plate(7)) == ['created', 'standdown'] and w.types(plate(8)) == ['created'], w.hook.events())
    # Listed again: the very next read is told, at the same camera, within passage and cooldown of the first.
    w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(7), '--undo', '--reason', 'another car')
    w.see(plate(7), stored['read']['camera'])
    wait_for('a new alert', lambda: w.types(plate(7)) == ['created', 'standdown', 'created'])
    check(w.d.status()['daemon']['alerts_stood_down'] == 2, w.d.status()['daemon'])


@world
def ended_in_time(w):
    w.d.json('list', 'add', 'amber', '--plate', 'KX41TST', *ENTRY[:-1], '2h')
    w.d.json('list', 'add', 'amber', '--plate', 'LONGER1', *ENTRY)
    w.alerted('KX41TST', 'LONGER1')
    w.shift(3600)
    w.quiet()
    check(w.types('KX41TST') == ['created'], 'its time has not come')
    # More time for the one: the alert goes on beyond the first end.
    w.d.json('list', 'add', 'amber', '--plate', 'KX41TST', *ENTRY[:-1], '3h')
    w.shift(2 * 3600)
    w.quiet()
    check(w.types('KX41TST') == ['created'], 'its time was made longer')
    w.shift(3600 + 60)
    data = w.down('KX41TST')
    check(data['standdown']['cause'] == 'expired' and data['standdown']['text'] == 'entry no longer listed, ask METRO', data['standdown'])
    check(data['standdown']['detail'].startswith('expired 20') and data['closed_by'] == 'hotlistd', data)
    w.quiet()
    check(w.types('LONGER1') == ['created'], 'another entry')


@world
def absent_and_rolled_back(w):
    w.alerted(plate(1), plate(2))
    # A refreshed feed: nothing is sent of what did not change.
    w.upload(w.listed + [plate(90)])
    w.alerted(plate(90))
    w.quiet()
    check(w.types(plate(1)) == w.types(plate(2)) == ['created'], 'nothing changed')
    w.upload([p for p in w.listed if p != plate(1)] + [plate(90)])
    data = w.down(plate(1))
    active = [v['id'] for v in w.d.json('list', 'versions', 'stolen') if v['active']][0]
    check(data['standdown'] == {'cause': 'absent', 'text': 'entry no longer listed, ask METRO', 'detail': f'not in {active}'}, data['standdown'])
    check(data['entry']['list_version'] != active, 'it pins the version that raised it')
    said = w.d.ctl('alert', 'explain', data['id'])
    check(f"Version {data['entry']['list_version']}, imported" in said and 'has it so:\n     plate        ' + plate(1) in said, said)
    check(f'Now it is no longer listed ({active}).' in said, said)
    w.d.ctl('list', 'rollback', 'stolen', '--reason', 'one was missing')
    w.d.ctl('list', 'rollback', 'stolen', '--reason', 'and one too many')
    check(w.down(plate(90))['standdown']['cause'] == 'absent', 'rolled back')
    w.quiet()
    check(w.types(plate(1)) == w.types(plate(90)) == ['created', 'standdown'] and w.types(plate(2)) == ['created'], w.hook.events())


@world
def changed_entries(w):
    def csv(*rows):
        path = w.d.write('c.csv', 'plate,state,category,case,record,reason,expires\n' + ''.join(r + '\n' for r in rows))
        w.d.ctl('list', 'import', 'amber', path, '--layout', 'csv', '--activate', '--reason', 'test')
    csv('AAA111,CA,amber,C1,V1,one,2099-01-01', 'BBB222,CA,amber,C2,V2,two,2099-01-01', 'CCC333,CA,amber,C3,V3,three,2099-01-01')
    w.alerted('AAA111', 'BBB222', 'CCC333')
    csv('AAA111,CA,amber,C1,V1,armed,2099-01-01', 'BBB228,CA,amber,C2,V2,two,2099-01-01', 'CCC333,CA,amber,C3,V3,three,2099-06-01')
    data = w.down('BBB222')
    check(data['standdown']['cause'] == 'changed' and data['standdown']['text'] == 'entry changed, another plate is listed now, ask METRO', data['standdown'])
    check('BBB228' in data['standdown']['detail'], data['standdown'])
    w.quiet()
    check(w.types('AAA111') == w.types('CCC333') == ['created'], 'other content, or another end, is no stand-down')
    w.see('AAA111', 'elsewhere')
    wait_for('the next alert', lambda: len(w.told('AAA111')) == 2)
    check(w.told('AAA111')[1][1]['entry']['reason'] == 'armed', 'as it is listed now')


def pending_is_cancelled_and_nothing_overtakes():
    """Four deliveries are under way and hang, two wait for room. All six entries are withdrawn: the four are told once they have ended, each behind its alert, however
    that ended; the two never hear of it."""
    for ending in ('answered', 'refused', 'cut'):
        go, under_way = threading.Event(), []

        def answer(n, headers, body):
            if json.loads(body)['type'] == 'alert.standdown' or go.is_set():
                return 204
            under_way.append(headers['webhook-id'])
            go.wait(20)
            return {'answered': 204, 'refused': 503, 'cut': lambda handler: handler.connection.close()}[ending]

        hook = Receiver(answer)
        with running({'desk': [hook.url]}, lists=LISTS) as d:
            w = World(d, hook)
            for i in range(6):
                w.see(plate(i))
            wait_for('four under way', lambda: len(under_way) == 4)
            path = w.d.write('less.txt', ''.join(p + '\n' for p in w.listed[6:]))
            w.d.ctl('list', 'import', 'stolen', path, '--activate', '--reason', 'test')
            wait_for('the end of six alerts', lambda: sum(a['state'] == 'withdrawn' for a in d.alerts()) == 6)
            check(not [e for e in hook.events() if e['type'] == 'alert.standdown'], 'a stand-down has overtaken its alert')
            check(d.status()['outbox']['cancelled'] == 2, d.status()['outbox'])
            go.set()
            wait_for('four stand-downs', lambda: sum(e['type'] == 'alert.standdown' for e in hook.events()) == 4)
            wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0)
            got = {}
            for e in hook.events():
                got.setdefault(e['data']['id'], []).append(e['type'])
            check(sorted(got.values()) == [['alert.created', 'alert.standdown']] * 4, got)
            check(len(d.alerts()) == 6 and d.status()['outbox']['dead'] == 0, d.status()['outbox'])
            w.dealer.close()
        hook.close()


def a_receiver_that_failed_may_have_got_it():
    """It answered an error before: the alert is not tried again, and the stand-down comes in its place."""
    fail = [True]
    hook = Receiver(lambda n, headers, body: 500 if fail[0] else 204)
    with running({'desk': [hook.url]}, lists=LISTS) as d:
        w = World(d, hook)
        w.see(plate(1))
        wait_for('an attempt', lambda: hook.ids() and d.json('outbox', 'ls', '--state', 'pending')[0]['attempts'])
        w.d.ctl('list', 'withdraw', 'stolen', '--plate', plate(1), '--reason', 'found')
        wait_for('the end of the alert', lambda: w.alerts(plate(1))[0]['state'] == 'withdrawn')
        fail[0] = False
        tried = len(w.told(plate(1), 'alert.created'))
        w.shift(3600)
        w.down(plate(1))
        w.quiet()
        check(len(w.told(plate(1), 'alert.created')) == tried, 'the alert was sent again behind the end')
        check(w.types(plate(1))[-1] == 'standdown', w.types(plate(1)))
        w.dealer.close()
    hook.close()


@world
def many_need_a_second_person(w):
    w.unguarded()
    w.alerted(*w.listed[:25])
    w.upload(w.listed[4:])
    for t in w.listed[:4]:
        w.down(t)
    before = [v['id'] for v in w.d.json('list', 'versions', 'stolen') if v['active']]
    w.alerted(*w.listed[25:29])
    p = w.upload(w.listed[25:], ok=False)
    newest = w.d.json('list', 'versions', 'stolen')[0]
    check('21 open alerts' in p.stderr + p.stdout and 'list approve stolen ' in p.stderr + p.stdout, p.stdout + p.stderr)
    check('standdown' in newest['holds'] and not newest['active'], newest)
    p = w.d.ctl('list', 'activate', 'stolen', newest['id'], '--reason', 'test', ok=False)
    check(p.returncode == 77 and '21 open alerts' in p.stderr, p.stderr)
    w.quiet()
    check([v['id'] for v in w.d.json('list', 'versions', 'stolen') if v['active']] == before, 'the active version has changed')
    check(not any(w.told(t, 'alert.standdown') for t in w.listed[4:]), 'nothing was activated')
    # Another person: this test is one person only, so the record is made his.
    version = os.path.join(w.d.dir, 'state/lists/stolen/versions', newest['id'])
    v = json.load(open(os.path.join(version, 'version.yaml')))
    me, v['by'] = v['by'], 'ann'
    open(os.path.join(version, 'version.yaml'), 'w').write(json.dumps(v) + '\n')
    w.d.ctl('list', 'approve', 'stolen', newest['id'], '--reason', 'seen')
    record = os.path.join(version, 'approvals.yaml')
    text = open(record).read().replace(f'"{me}"', '"bob"')
    open(record, 'w').write(text)
    w.d.ctl('list', 'activate', 'stolen', newest['id'], '--reason', 'test')
    for t in w.listed[4:25]:
        w.down(t)
    w.quiet()
    check(all(w.types(t) == ['created'] for t in w.listed[25:29]), 'those that stay')


@world
def many_at_once(w):
    """Many stand-downs neither hold up reads nor lose one; a rollback needs nobody's approval."""
    w.unguarded()
    many = [plate(1000 + i) for i in range(400)]
    w.upload(w.listed + many)
    for i, t in enumerate(many):
        w.dealer.send(read(5000 + i, t, f'm{i}'))
    w.dealer.settle()
    wait_for('the alerts', lambda: len(w.hook.ids()) == len(many))
    w.d.ctl('list', 'rollback', 'stolen', '--reason', 'a wrong file')
    w.alerted(plate(3))
    wait_for('all stand-downs', lambda: len(w.hook.ids()) == 2 * len(many) + 1, 60)
    types = {}
    for type, data in w.told():
        types.setdefault(data['plate_listed'], []).append(type)
    check(all(types[t] == ['alert.created', 'alert.standdown'] for t in many), 'each once, in order')
    check(w.types(plate(3)) == ['created'], 'another alert')


def over_a_kill():
    """Killed between the switch and the stand-downs, and right behind their commit: each is sent, with one id for each address."""
    for point in ('version.activated', 'watch.looking:2', 'watch.looked:2', 'store.committed', 'deliver.taken'):
        hook = Receiver()
        d = Daemon({'desk': [hook.url]}, lists=LISTS)
        try:
            d.start()
            w = World(d, hook)
            w.alerted(plate(1), plate(2), plate(3))
            path = d.write('less.txt', ''.join(p + '\n' for p in w.listed[3:]))
            d.ctl('list', 'import', 'stolen', path)
            d.stop()
            w.dealer.close()
            d.start(HL_CRASH_AT=point)
            d.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'test', ok=False)
            wait_for(f'death at {point}', lambda: d.proc.poll() is not None)
            d.start()
            w.down(plate(1))
            w.down(plate(2))
            wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0)
            with hook.lock:
                ids = {(g['id'], json.loads(g['body'])['data']['plate_listed']) for g in hook.got if b'alert.standdown' in g['body']}
            check(sorted(t for _, t in ids) == sorted([plate(1), plate(2)]), f'{point}: {ids}')
            check(w.types(plate(3)) == ['created'], 'another alert')
            same_bodies(hook)
            d.stop()
        except BaseException:
            sys.stderr.write(d.tail())
            raise
        finally:
            d.remove()
            hook.close()


def without_a_daemon():
    """What hotlistctl does directly is found at the next start."""
    hook = Receiver()
    d = Daemon({'desk': [hook.url]}, lists=LISTS)
    try:
        d.start()
        w = World(d, hook)
        d.json('list', 'add', 'amber', '--plate', 'KX41TST', *ENTRY)
        w.alerted(plate(1), plate(2), 'KX41TST')
        d.stop()
        w.dealer.close()
        w.upload([p for p in w.listed if p != plate(1)])
        d.ctl('list', 'withdraw', 'amber', '--plate', 'KX41TST', '--reason', 'found')
        check(w.types(plate(1)) == ['created'], 'nobody is there to tell')
        d.start()
        w.dealer = Dealer(d.router)
        w.down(plate(1))
        check(w.down('KX41TST')['standdown']['cause'] == 'withdrawn', 'by hand')
        w.quiet()
        check(w.types(plate(2)) == ['created'], 'what did not change')
        w.dealer.close()
        d.stop()
    except BaseException:
        sys.stderr.write(d.tail())
        raise
    finally:
        d.remove()
        hook.close()


main(withdrawn_by_hand, ended_in_time, absent_and_rolled_back, changed_entries, pending_is_cancelled_and_nothing_overtakes, a_receiver_that_failed_may_have_got_it,
     many_need_a_second_person, many_at_once, over_a_kill, without_a_daemon)
