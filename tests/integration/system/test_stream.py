#!/usr/bin/python3
"""The stream through the whole daemon: SUB, PULL and ROUTER, payloads of many reads, bad payloads, an orderly stop, broken rules, activations, suppression."""
import json, os, signal, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Daemon, Dealer, Receiver, balanced, check, free_port, main, plate, read, running, wait_for

import zmq


def every_socket_and_shape():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(6)])
        context = zmq.Context.instance()
        push, pub = context.socket(zmq.PUSH), context.socket(zmq.XPUB)
        push.connect(d.pull)
        pub.bind(d.pub)
        check(pub.poll(10000) and pub.recv() == b'\x01reads.', 'no subscription')
        push.send(json.dumps(read(0, plate(0), camera='a')).encode())
        push.send_multipart([b'reads.b', json.dumps(read(1, plate(1), camera='b')).encode()])
        push.send('\n'.join(json.dumps(read(10 + i, plate(2 + i), camera='c')) for i in range(2)).encode())
        pub.send_multipart([b'reads.d', json.dumps(read(20, plate(4), camera='d')).encode()])
        pub.send_multipart([b'other.d', json.dumps(read(21, plate(5), camera='d')).encode()])
        push.send(json.dumps(read(22, 'NOTLISTED'), indent=1).encode())
        wait_for('five alerts', lambda: len(hook.ids()) == 5)
        wait_for('six reads', lambda: d.status()['reads']['in'] == 6)
        balanced(d.status(), 6)
        push.close(0)
        pub.close(0)
    hook.close()


def bad_payloads_are_counted_and_the_stream_goes_on():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        bad = [b'', b'{', b'\x00\xff\xfe', b'[1,2]', b'{"plate":"SECRET7"}', b'{"camera":"c","time":"yesterday","plate":"SECRET7"}', b'x' * 200000]
        for b in bad:
            dealer.socket.send(b)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        wait_for('all answers', lambda: dealer.take() >= 0 and d.status()['reads']['rejected'] >= len(bad))
        status = d.status()
        balanced(status, status['reads']['in'])
        check(status['reads']['matched'] == 1, str(status['reads']))
        kept = open(os.path.join(d.dir, 'state/rejects/rejects.jsonl')).read()
        check('SECRET7' not in kept and 'SECRET7' not in d.tail(1000), 'a plate stands in the rejects or in the log')
        check(len(kept.splitlines()) >= len(bad), 'rejects are missing')
        dealer.close()
    hook.close()


def a_stop_drains_what_is_queued():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(300)])
        push = zmq.Context.instance().socket(zmq.PUSH)
        push.connect(d.pull)
        for i in range(300):
            push.send(json.dumps(read(i, plate(i), camera=f'cam{i}')).encode())
        wait_for('the first reads', lambda: d.status()['reads']['in'] > 0)
        d.stop()
        d.start()
        alerts = d.alerts()
        check(len(alerts) == 300, f'{len(alerts)} alerts of 300 reads')
        push.close(0)
        wait_for('all deliveries', lambda: len(set(hook.ids())) == 300)
    hook.close()


def a_stop_answers_what_it_took():
    """A ROUTER that connects to its senders: what was committed before the stop is answered in the stop, not sent again after it."""
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    text = open(os.path.join(d.dir, 'hotlistd.yaml')).read()
    d.write('hotlistd.yaml', text.replace(f'{{socket: router, bind: ["{d.router}"]}}', f'{{socket: router, connect: ["{d.router}"]}}'))
    dealer = Dealer.__new__(Dealer)
    dealer.pending, dealer.accepted, dealer.refused = {}, set(), {}
    dealer.socket = zmq.Context.instance().socket(zmq.DEALER)
    dealer.socket.setsockopt(zmq.LINGER, 0)
    dealer.socket.setsockopt(zmq.RCVHWM, 0)
    dealer.socket.bind(d.router)
    try:
        d.start()
        d.load([plate(i) for i in range(3000)])
        for i in range(3000):
            dealer.send(read(i, plate(i)))
        wait_for('the first alert', lambda: d.status()['store']['alerts'] > 0)
        d.stop()
        while dealer.take(500):
            pass
        count = len(d.alerts())
        check(len(dealer.accepted) == count, f'{count} alerts, {len(dealer.accepted)} answers')
    finally:
        dealer.close()
        d.remove()
        hook.close()


def broken_rules_leave_the_old_ones():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        old = d.status()
        good = open(os.path.join(d.dir, 'rules.yaml')).read()
        d.write('rules.yaml', good + 'nonsense: 1\n')
        d.proc.send_signal(signal.SIGHUP)
        wait_for('the fault in the log', lambda: "unknown key 'nonsense'" in d.tail())
        check(d.status()['rules'] == old['rules'], 'the rules changed')
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        wait_for('the alert', lambda: len(hook.ids()) == 1)
        d.write('rules.yaml', good.replace('cooldown: 10m', 'cooldown: 20m'))
        d.proc.send_signal(signal.SIGHUP)
        wait_for('new rules', lambda: d.status()['rules'] != old['rules'])
        dealer.close()
    hook.close()


def an_activation_is_live_without_a_restart():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(2)))
        dealer.settle(10)
        check(d.alerts() == [], 'an alert out of nothing')
        d.load([plate(1), plate(2)])
        dealer.send(read(2, plate(2)))
        dealer.settle(10)
        check(len(d.alerts()) == 1, 'the new version is not live')
        versions = d.json('list', 'versions', 'stolen')
        check(len(versions) == 2, str(versions))
        d.ctl('list', 'activate', 'stolen', [v for v in versions if not v['active']][0]['id'], '--reason', 'back')
        dealer.send(read(3, plate(2), camera='elsewhere'))
        dealer.settle(10)
        check(len(d.alerts()) == 1, 'the old version is not live')
        dealer.close()
    hook.close()


def passages_cooldowns_and_rejections():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        dealer = Dealer(d.router)
        for i in range(5):
            dealer.send(read(i, plate(1), offset=-20 + i))
        dealer.send(read(0, plate(1), offset=-20))
        dealer.settle(10)
        check(len(d.alerts()) == 1, 'one passage, one alert')
        status = d.status()
        balanced(status, 6)
        check(status['reads']['matched'] == 1 and status['reads']['suppressed'] == 5, str(status['reads']))
        dealer.send(read(10, plate(1), offset=0))
        dealer.settle(10)
        check(len(d.alerts()) == 1, 'the cooldown of 10 minutes')
        dealer.send(read(11, plate(1), camera='other', offset=0))
        dealer.settle(10)
        alerts = d.alerts()
        # The same vehicle again, within the cooldown of its site (not told) and at another place (told): one story.
        check(len(alerts) == 1 and [s['camera'] for s in alerts[0]['sightings']] == [alerts[0]['read']['camera'], 'other'], str(alerts))
        wait_for('the update', lambda: [e['type'] for e in hook.events()] == ['alert.created', 'alert.updated'])
        d.ctl('alert', 'ack', alerts[0]['id'])
        again = d.ctl('alert', 'ack', alerts[0]['id'], ok=False)
        check(again.returncode == 75 and 'acknowledged' in again.stderr, again.stderr)
        d.ctl('alert', 'reject', alerts[0]['id'], '--reason', 'misread', '--plate', 'XXX999')
        check([a['state'] for a in d.alerts()] == ['rejected'], str([a['state'] for a in d.alerts()]))
        dealer.close()
    hook.close()


def a_passage_rises_by_the_mean_of_its_reads():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load(['ABC1234'])
        dealer = Dealer(d.router)
        for i, text in enumerate(['ABC124', 'XBC1284', 'ABC1235', 'WWW9999', 'ABC1234', 'ABC1234']):
            dealer.send(read(i, text, offset=-20 + i, confidence=0.9))
            dealer.settle(10)
        wait_for('two events', lambda: len(hook.events()) == 2)
        created, updated = hook.events()
        check(created['type'] == 'alert.created' and updated['type'] == 'alert.updated', str(hook.events()))
        made, risen = created['data'], updated['data']
        check(made['id'] == risen['id'] and len(d.alerts()) == 1, 'one passage, one alert')
        check((made['match']['decision'], made['match']['passage_reads']) == ('verify', 1), str(made['match']))
        # The second read matched nothing and counts; the fourth was of another vehicle and does not.
        check((risen['match']['decision'], risen['match']['passage_reads']) == ('alert', 4), str(risen['match']))
        check(risen['plate_read'] == 'ABC1234' and risen['match']['probability'] > made['match']['probability'], str(risen))
        check('of 4 reads of this passage' in d.ctl('alert', 'explain', made['id']), 'explain does not tell of the passage')
        balanced(d.status(), 6)
        dealer.close()
    hook.close()


def a_port_in_use_is_told():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        import subprocess
        from harness import BUILD
        other = d.write('other.yaml', open(os.path.join(d.dir, 'hotlistd.yaml')).read().replace('state: state', 'state: other'))
        p = subprocess.run([os.path.join(BUILD, 'hotlistd'), '-c', other], capture_output=True, text=True, timeout=60)
        check(p.returncode == 69 and d.router in p.stderr and 'in use' in p.stderr, f'{p.returncode} {p.stderr}')
        p = subprocess.run([os.path.join(BUILD, 'hotlistd'), '-c', os.path.join(d.dir, 'hotlistd.yaml')], capture_output=True, text=True, timeout=60)
        check(p.returncode == 75 and str(d.proc.pid) in p.stderr, f'{p.returncode} {p.stderr}')
    hook.close()


main(every_socket_and_shape, bad_payloads_are_counted_and_the_stream_goes_on, a_stop_drains_what_is_queued, a_stop_answers_what_it_took, broken_rules_leave_the_old_ones,
     an_activation_is_live_without_a_restart, passages_cooldowns_and_rejections, a_passage_rises_by_the_mean_of_its_reads, a_port_in_use_is_told)
