#!/usr/bin/python3
"""Until somebody answers, through the real daemon, store and receivers, by the test clock: steps, repeats, fallbacks and lapses; an acknowledgement at any time of it; kills
between a timer's hour and its deliveries; late reads."""
import datetime, json, os, signal, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, Dealer, Receiver, check, main, plate, read, same_bodies, wait_for

HEAD = '''version: 1
timezone: UTC
confusions: {base: none}
match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.5}
alerts: {passage: 8s, cooldown: 1s, ack_for: 15m, late_after: 10m}
'''
STEPS = HEAD + '''route:
  receivers: [desk]
  escalate: [{after: 2m, receivers: [sergeant]}, {after: 10m, receivers: [watch]}]
'''
NAMES = ('desk', 'sergeant', 'watch', 'phone')


def instant(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


class World:
    """A daemon whose receivers each have a server, and what those got of each alert."""

    def __init__(self, rules, answers=None, **env):
        answers = answers or {}
        self.hooks = {n: Receiver(*([answers[n]] if n in answers else [])) for n in NAMES}
        self.d = Daemon({n: [h.url] for n, h in self.hooks.items()}, rules=rules)
        self.n, self.shifted = 0, 0
        self.d.start(**env)
        self.d.load([plate(i) for i in range(200)])
        self.dealer = Dealer(self.d.router)

    def see(self, i, offset=None, **more):
        """The alert's id, once the desk's delivery is in the outbox."""
        self.n += 1
        self.dealer.send(read(self.n, plate(i), f'c{self.n}', offset=self.shifted if offset is None else offset, **more))
        self.dealer.settle()
        return wait_for('the alert', lambda: [a['id'] for a in self.d.alerts() if a['plate_read'] == plate(i)])[0]

    def shift(self, seconds):
        self.shifted += seconds
        self.d.ctl('test', 'clock', str(int(seconds * 1000)))

    def got(self, name, alert):
        """What a receiver was sent of an alert, each delivery once, in order: (type, data)."""
        seen, out = set(), []
        with self.hooks[name].lock:
            rows = [(g['id'], json.loads(g['body'])) for g in self.hooks[name].got]
        for i, e in rows:
            if i not in seen and e['data'].get('id') == alert:
                seen.add(i)
                out.append((e['type'].removeprefix('alert.'), e['data']))
        return out

    def types(self, name, alert):
        return [t for t, _ in self.got(name, alert)]

    def wait(self, name, alert, *types):
        wait_for(f'{types} at {name}', lambda: self.types(name, alert) == list(types))
        return self.got(name, alert)[-1][1]

    def quiet(self):
        """All that is due by now has been done: a timer that was set just now and is due after all others has been done, and what it told has come."""
        i = 100 + self.n
        last = self.see(i)
        self.shift(121)
        wait_for('the last step', lambda: 'escalated' in self.types('sergeant', last))
        self.d.ctl('alert', 'reject', last, '--reason', 'other')
        wait_for('an empty outbox', lambda: self.d.status()['outbox']['pending'] == 0)

    def end(self):
        self.dealer.close()
        self.d.stop()

    def remove(self):
        self.d.remove()
        for h in self.hooks.values():
            h.close()


def world(rules, answers=None):
    def wrap(test):
        def run():
            w = World(rules, answers)
            try:
                test(w)
                for h in w.hooks.values():
                    same_bodies(h)
                w.end()
            except BaseException:
                sys.stderr.write(w.d.tail())
                raise
            finally:
                w.remove()
        run.__name__ = test.__name__
        return run
    return wrap


@world(STEPS)
def steps_until_somebody_acknowledges(w):
    a, b = w.see(1), w.see(2)
    w.wait('desk', a, 'created')
    w.shift(121)
    data = w.wait('sergeant', a, 'escalated')
    check(data['why'] == 'not acknowledged for 2 min' and data['escalation']['step'] == 1 and data['escalation']['told'] == ['sergeant'], data)
    check(data['state'] == 'new', data)
    w.wait('sergeant', b, 'escalated')
    w.d.ctl('alert', 'ack', a)
    w.shift(480)
    data = w.wait('watch', b, 'escalated')
    check(data['why'] == 'not acknowledged for 10 min' and data['escalation']['step'] == 2, data)
    w.quiet()
    check(w.types('watch', a) == [] and w.types('desk', a) == ['created'] and w.types('sergeant', a) == ['escalated'], 'told after the acknowledgement')
    check(w.types('desk', b) == ['created'], 'those who were told before do not hear of a step')
    stored = [x for x in w.d.alerts() if x['id'] == b][0]
    check(stored['receivers'] == ['desk', 'sergeant', 'watch'] and stored['escalation']['told'] == ['sergeant', 'watch'], stored)
    check(w.d.status()['daemon']['timers_told'] >= 4, w.d.status()['daemon'])


@world(STEPS)
def a_lapse_begins_anew(w):
    a = w.see(1)
    w.shift(121)
    w.wait('sergeant', a, 'escalated')
    me = json.loads(w.d.ctl('alert', 'ack', a, '--json'))['acknowledged_by']
    w.shift(12 * 60)
    w.quiet()
    check(w.types('desk', a) == ['created'], 'not yet')
    w.shift(60)
    data = w.wait('desk', a, 'created', 'updated')
    check(data['state'] == 'new' and data['why'].startswith(f'the acknowledgement by {me} has lapsed') and data['acknowledged_by'] is None, data)
    check(data['lapsed']['of'] == me, data)
    w.wait('sergeant', a, 'escalated', 'updated')
    w.shift(121)
    w.wait('sergeant', a, 'escalated', 'updated', 'escalated')


@world(HEAD + 'route: {receivers: [desk], repeat: 5m, escalate: [{after: 2m, receivers: [sergeant]}]}\n')
def repeats_until_somebody_acknowledges(w):
    a, b = w.see(1), w.see(2)
    w.shift(121)
    w.wait('sergeant', a, 'escalated')
    w.shift(180)
    data = w.wait('desk', a, 'created', 'updated')
    check(data['why'] == 'REPEAT 1, not acknowledged for 5 min', data['why'])
    w.wait('sergeant', a, 'escalated', 'updated')
    w.wait('sergeant', b, 'escalated', 'updated')
    w.d.ctl('alert', 'ack', a)
    w.shift(300)
    w.wait('desk', b, 'created', 'updated', 'updated')
    w.shift(1500)
    data = w.wait('desk', b, 'created', 'updated', 'updated', 'updated')
    check(data['why'].startswith('REPEAT 3, not acknowledged for 35 min'), data['why'])
    check(w.types('desk', a)[:2] == ['created', 'updated'] and 'REPEAT' not in json.dumps(w.got('desk', a)[2:]), 'repeated behind the acknowledgement')


@world(HEAD + 'route: {receivers: [desk, watch], escalate: [{after: 2m, receivers: [sergeant]}], fallback: {after: 60s, receivers: [phone]}}\n', {'desk': lambda n, h, b: 503})
def a_fallback_where_nobody_answers(w):
    a = w.see(1)
    wait_for('an attempt', lambda: w.got('desk', a))
    w.shift(61)
    data = w.wait('phone', a, 'escalated')
    check(data['why'] == 'desk could not be reached', data)
    w.shift(61)
    w.wait('sergeant', a, 'escalated')
    check(w.types('phone', a) == ['escalated'] and w.types('watch', a) == ['created'], 'once')


@world(HEAD + 'route: {receivers: [desk, watch], fallback: {after: 60m, receivers: [phone]}}\n', {'desk': lambda n, h, b: 410})
def a_fallback_at_once_where_a_delivery_is_dead(w):
    a = w.see(1)
    data = w.wait('phone', a, 'escalated')
    check(data['why'] == 'desk could not be reached' and w.types('watch', a) == ['created'], data)


@world(STEPS)
def an_acknowledgement_at_any_time(w):
    """The hour of the second step and an acknowledgement at the same time, again and again: what is told was told before it, by revision."""
    ids = [w.see(i) for i in range(60)]
    w.shift(121)
    for i in ids:
        w.wait('sergeant', i, 'escalated')
    # The steps fall due one after the other, as the alerts were made; acknowledged from the last on, the two meet somewhere.
    first = min(instant(a['created']) for a in w.d.alerts())
    w.shift(first + 600 - 1.5 - time.time() - w.shifted)
    wait_for('the first second step', lambda: w.hooks['watch'].got)
    threads = [threading.Thread(target=lambda part: [w.d.ctl('alert', 'ack', i) for i in part], args=(ids[::-1][k::2],)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    rev = {a['id']: a['rev'] for a in w.d.alerts()}
    w.quiet()
    told = 0
    for i in ids:
        events = w.got('watch', i)
        told += len(events)
        check(len(events) <= 1 and all(e['state'] == 'new' and e['rev'] < rev[i] for _, e in events), (i, rev[i], events))
        check([a['rev'] for a in w.d.alerts() if a['id'] == i] == [rev[i]], 'changed behind the acknowledgement')
    print(f'  {told} of {len(ids)} second steps came before their acknowledgement')


def killed_around_a_step():
    """kill -9 before the timers are asked, in the group, behind COMMIT, before and behind the answer: the step is told, with one id."""
    for point in ('timers.due', 'store.group_run', 'store.committed', 'timers.done'):
        w = World(STEPS)
        try:
            a = w.see(1)
            w.wait('desk', a, 'created')
            wait_for('an empty outbox', lambda: w.d.status()['outbox']['pending'] == 0)
            w.end()
            w.d.start(HL_CRASH_AT=point)
            w.d.ctl('test', 'clock', '121000', ok=False)
            wait_for('the kill', lambda: w.d.proc.poll() is not None)
            check(w.d.proc.returncode == -signal.SIGKILL, f'{point}: {w.d.proc.returncode}')
            w.d.start()
            w.d.ctl('test', 'clock', '121000')
            w.wait('sergeant', a, 'escalated')
            w.dealer = Dealer(w.d.router)
            w.shifted = 121
            w.quiet()
            check(w.types('sergeant', a) == ['escalated'] and w.types('desk', a) == ['created'], f'{point}: twice')
            for h in w.hooks.values():
                same_bodies(h)
            w.end()
        finally:
            w.remove()


@world(STEPS)
def a_night_without_the_daemon(w):
    a = w.see(1)
    w.wait('desk', a, 'created')
    w.shift(9 * 3600)
    data = w.wait('watch', a, 'escalated')
    check(data['why'] == 'not acknowledged for 9 h' and data['escalation']['step'] == 2, data)
    w.wait('sergeant', a, 'escalated')
    check(w.got('sergeant', a)[0][1] == data, 'one event for all')


@world(STEPS)
def a_late_read_is_marked(w):
    a = w.see(1, offset=-1200)
    data = w.wait('desk', a, 'created')
    check(data['read']['late'] is True and data['match']['decision'] == 'verify', data)
    w.shift(121)
    data = w.wait('sergeant', a, 'escalated')
    check(data['read']['late'] is True and data['match']['decision'] == 'verify', data)
    b = w.see(2)
    check('late' not in w.wait('desk', b, 'created')['read'], 'in time')
    check('LATE' in w.d.ctl('alert', 'show', a), w.d.ctl('alert', 'show', a))


@world(STEPS + 'mute: [{when: {list: stolen, at: "Mon-Sun 00:00-24:00"}, until: 2026-01-01, comment: over}]\n')
def a_mute_that_ends_by_itself(w):
    w.d.ctl('mute', 'add', '--when', 'list=stolen', '--for', '5m', '--why', 'a parade')
    a = w.see(1)
    w.shift(301)
    w.quiet()
    check(all(w.types(n, a) == [] for n in NAMES), 'a muted alert is told to nobody, later neither')
    b = w.see(2)
    w.wait('desk', b, 'created')
    w.shift(121)
    w.wait('sergeant', b, 'escalated')


@world(HEAD + 'lists: {stolen: {priority: 4}}\nreceivers: {desk: {rate_limit: {notices: 3, per: 10m}, digest: 5m}}\n'
       'route: {receivers: [desk], escalate: [{after: 2m, receivers: [sergeant]}]}\n')
def a_flood_is_gathered(w):
    ids = [w.see(i) for i in range(12)]
    for i in ids[:3]:
        w.wait('desk', i, 'created')
    outbox = w.d.json('outbox', 'ls', '--state', 'pending', '--limit', '1000')
    check(sorted(r['alert'] for r in outbox) == sorted(ids[3:]) and all(r['held'] for r in outbox), outbox)
    check('held for a digest' in w.d.ctl('outbox', 'ls'), w.d.ctl('outbox', 'ls'))
    check(w.d.status()['outbox']['pending'] == 9, w.d.status()['outbox'])
    w.d.ctl('alert', 'reject', ids[5], '--reason', 'other')
    w.shift(121)
    w.wait('sergeant', ids[11], 'escalated')  # a step is never held
    w.d.stop()
    w.d.start()
    check(w.d.status()['outbox']['pending'] == 8, 'held over a restart')
    w.shifted = 0
    w.shift(301)
    digest = wait_for('the digest', lambda: [e for e in w.hooks['desk'].events() if e['type'] == 'alert.digest'])[0]['data']
    check(digest['count'] == 8 and digest['receiver'] == 'desk', digest)
    check({a['id'] for a in digest['alerts']} == set(ids[3:]) - {ids[5]} and all(a['plate_listed'] and 'NOT VERIFIED' in a['notice'] for a in digest['alerts']), digest)
    wait_for('an empty outbox', lambda: w.d.status()['outbox']['pending'] == 0)
    done = w.d.json('outbox', 'ls', '--state', 'delivered', '--limit', '1000')
    check({r['alert'] for r in done if r['result'].startswith('in the digest ')} == set(ids[3:]) - {ids[5]}, done)
    check(all(w.types('desk', i) == [] for i in ids[3:]), 'none of them came by itself')
    w.dealer = Dealer(w.d.router)


def killed_around_a_digest():
    for point in ('timers.due', 'store.group_run', 'timers.done'):
        w = World(HEAD + 'receivers: {desk: {rate_limit: {notices: 1, per: 10m}, digest: 5m}}\nroute: {receivers: [desk]}\n')
        try:
            ids = [w.see(i) for i in range(4)]
            w.wait('desk', ids[0], 'created')
            w.end()
            w.d.start(HL_CRASH_AT=point)
            w.d.ctl('test', 'clock', '301000', ok=False)
            wait_for('the kill', lambda: w.d.proc.poll() is not None)
            w.d.start()
            w.d.ctl('test', 'clock', '301000')
            wait_for('an empty outbox', lambda: w.d.status()['outbox']['pending'] == 0)
            got = {b for i, b in same_bodies(w.hooks['desk']).items() if b'alert.digest' in b}
            check(len(got) == 1 and json.loads(got.pop())['data']['count'] == 3, f'{point}: {w.hooks["desk"].events()}')
            w.d.stop()
        finally:
            w.remove()


if __name__ == '__main__':
    main(steps_until_somebody_acknowledges, a_lapse_begins_anew, repeats_until_somebody_acknowledges, a_fallback_where_nobody_answers,
         a_fallback_at_once_where_a_delivery_is_dead, an_acknowledgement_at_any_time, killed_around_a_step, a_night_without_the_daemon, a_late_read_is_marked,
         a_mute_that_ends_by_itself, a_flood_is_gathered, killed_around_a_digest)
