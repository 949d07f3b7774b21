#!/usr/bin/python3
"""Failures of others in telling people, each through the real daemon, store and receivers: ParkPow (a webhook switched off after one failure), Vector and fluent-bit (dead letters lost at a
restart, a lone last event stuck, one dead output that stalls the rest), Alertmanager (alerts gone after a restart, routes that can't be tried at a given time, notices that go on after the
acknowledgement), agencies that did not measure."""
import json, os, signal, sys, threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../integration/system'))
from harness import Dealer, Receiver, check, main, plate, read, running, same_bodies, wait_for

HEAD = '''version: 1
timezone: UTC
confusions: {base: none}
match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.5}
alerts: {passage: 8s, cooldown: 1s, ack_for: 15m}
'''


def see(d, dealer, i, **more):
    """A read of plate i; its alert's id."""
    dealer.send(read(i, plate(i), camera=f'cam{i}', **more))
    dealer.settle()
    return wait_for('the alert', lambda: [a['id'] for a in d.alerts() if a['plate_read'] == plate(i)])[0]


def parkpow_one_failure_switches_nothing_off():
    """A receiver that fails is asked again until it answers; one that refuses for good leaves a dead letter with the reason, the fallback is told, and the next alert is tried there again."""
    script = [500, 503]
    desk, phone = Receiver(lambda *_: script.pop(0) if script else 204), Receiver()
    rules = HEAD + 'route: {receivers: [desk], fallback: {after: 60m, receivers: [phone]}}\n'
    with running({'desk': [desk.url], 'phone': [phone.url]}, rules=rules) as d:
        d.load([plate(i) for i in range(9)])
        dealer = Dealer(d.router)
        see(d, dealer, 1)

        def hurried():
            d.ctl('test', 'clock', '10000')
            return d.status()['outbox']['delivered'] == 1

        wait_for('the third attempt', hurried)
        check(len(desk.ids()) == 3 and len(same_bodies(desk)) == 1 and not phone.ids(), f'{desk.ids()} {phone.ids()}')
        script.append(404)
        lost = see(d, dealer, 2)
        wait_for('the fallback', lambda: any(e['data']['id'] == lost for e in phone.events()))
        dead = d.json('outbox', 'ls', '--state', 'dead')
        check(len(dead) == 1 and dead[0]['alert'] == lost and '404' in dead[0]['result'], str(dead))
        third = see(d, dealer, 3)
        wait_for('the next alert, where the last one was refused', lambda: any(e['data']['id'] == third for e in desk.events()))
        dealer.close()
    desk.close(), phone.close()


def vector_dead_letters_outlive_a_kill():
    desk = Receiver(lambda *_: 404)
    with running({'desk': [desk.url]}, rules=HEAD + 'route: {receivers: [desk]}\n') as d:
        d.load([plate(i) for i in range(9)])
        dealer = Dealer(d.router)
        for i in (1, 2, 3):
            see(d, dealer, i)
        wait_for('three dead letters', lambda: d.status()['outbox']['dead'] == 3)
        before = sorted((r['id'], r['result']) for r in d.json('outbox', 'ls', '--state', 'dead'))
        d.kill()
        d.start()
        check(sorted((r['id'], r['result']) for r in d.json('outbox', 'ls', '--state', 'dead')) == before, 'dead letters changed over a restart')
        desk.answer = lambda *_: 204
        d.ctl('outbox', 'retry', '--receiver', 'desk')
        wait_for('their second life', lambda: d.status()['outbox']['delivered'] == 3)
        dealer.close()
    desk.close()


def fluent_bit_a_lone_last_event_is_not_stuck():
    desk = Receiver()
    with running({'desk': [desk.url]}, rules=HEAD + 'route: {receivers: [desk]}\n') as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        only = see(d, dealer, 1)
        wait_for('the only event there is', lambda: desk.events())
        check([e['data']['id'] for e in desk.events()] == [only], str(desk.events()))
        dealer.close()
    desk.close()


def vector_a_dead_output_stalls_no_other():
    """A receiver that takes what it is sent and never answers, beside one that does."""
    over = threading.Event()
    hole, desk = Receiver(lambda *_: lambda handler: over.wait(60)), Receiver()
    with running({'hole': [hole.url], 'desk': [desk.url]}, rules=HEAD + 'route: {receivers: [hole, desk]}\n') as d:
        d.load([plate(i) for i in range(40)])
        dealer = Dealer(d.router)
        ids = {see(d, dealer, i) for i in range(1, 31)}
        wait_for('all of them at the desk', lambda: {e['data']['id'] for e in desk.events()} == ids)
        wait_for('their receipts', lambda: d.status()['outbox']['delivered'] == 30)
        check(d.status()['outbox']['pending'] == 30, str(d.status()['outbox']))
        over.set()
        dealer.close()
    hole.close(), desk.close()


def alertmanager_alerts_are_there_after_a_restart():
    desk = Receiver()
    with running({'desk': [desk.url]}, rules=HEAD + 'route: {receivers: [desk]}\n') as d:
        d.load([plate(i) for i in range(9)])
        dealer = Dealer(d.router)
        ids = {see(d, dealer, i) for i in (1, 2)}
        wait_for('both', lambda: len(desk.events()) == 2)
        wait_for('their receipts', lambda: d.status()['outbox']['delivered'] == 2)  # before them a kill may tell again
        d.kill()
        d.start()
        check({a['id'] for a in d.alerts()} == ids, str(d.alerts()))
        check(len(desk.events()) == 2 and d.status()['outbox']['pending'] == 0, 'told again after a restart')
        dealer.close()
    desk.close()


def alertmanager_an_acknowledgement_ends_it():
    desk, sergeant = Receiver(), Receiver()
    rules = HEAD + 'route: {receivers: [desk], escalate: [{after: 2m, receivers: [sergeant]}]}\n'
    with running({'desk': [desk.url], 'sergeant': [sergeant.url]}, rules=rules) as d:
        d.load([plate(i) for i in range(9)])
        dealer = Dealer(d.router)
        taken, left = see(d, dealer, 1), see(d, dealer, 2)
        d.ctl('alert', 'ack', taken, '--by', 'smith')
        d.ctl('test', 'clock', '121000')
        wait_for('the step of the one that nobody took', lambda: sergeant.events())
        wait_for('an empty outbox', lambda: d.status()['outbox']['pending'] == 0)
        check([e['data']['id'] for e in sergeant.events()] == [left], str(sergeant.events()))
        dealer.close()
    desk.close(), sergeant.close()


def alertmanager_a_route_is_tried_at_a_given_time():
    desk, north = Receiver(), Receiver()
    rules = HEAD + 'route: {receivers: [desk], routes: [{when: {at: "Mon-Fri 06:00-18:00"}, receivers: [north]}]}\n'
    with running({'desk': [desk.url], 'north': [north.url]}, rules=rules) as d:
        case = lambda at, expect: d.ctl('rules', 'test', os.path.join(d.dir, 'rules.yaml'), '--list', 'stolen', '--camera', 'cam1', '--at', at, '--expect', expect, ok=False)
        check(case('2026-11-23T10:00:00Z', 'north').returncode == 0, 'a Monday morning goes north')
        check(case('2026-11-22T10:00:00Z', 'desk').returncode == 0, 'a Sunday goes to the desk')
        check(case('2026-11-22T10:00:00Z', 'north').returncode != 0, 'and a wrong guess is told')
    desk.close(), north.close()


def what_was_wrong_is_measured():
    """Of four alerts a person rejects one: the precision that follows is told with its interval."""
    desk = Receiver()
    with running({'desk': [desk.url]}, rules=HEAD + 'route: {receivers: [desk]}\n') as d:
        d.load([plate(i) for i in range(9)])
        dealer = Dealer(d.router)
        ids = [see(d, dealer, i) for i in (1, 2, 3, 4)]
        d.ctl('alert', 'reject', ids[0], '--reason', 'misread', '--plate', plate(5), '--by', 'smith')
        for i in ids[1:]:
            d.ctl('alert', 'ack', i, '--by', 'smith')
            d.ctl('alert', 'verify', i, '--plate', 'agrees', '--state', 'agrees', '--vehicle', 'agrees', '--by', 'smith')
        p = next(r for r in d.json('report')['list'] if r['name'] == 'stolen')['precision']
        check(p['of'] == 4 and 0 < p['low'] < 0.75 < p['high'] < 1, str(p))
        dealer.close()
    desk.close()


main(parkpow_one_failure_switches_nothing_off, vector_dead_letters_outlive_a_kill, fluent_bit_a_lone_last_event_is_not_stuck, vector_a_dead_output_stalls_no_other,
     alertmanager_alerts_are_there_after_a_restart, alertmanager_an_acknowledgement_ends_it, alertmanager_a_route_is_tried_at_a_given_time, what_was_wrong_is_measured)
