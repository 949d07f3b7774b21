#!/usr/bin/python3
"""The life of an alert through the real daemon: what each receiver hears, in which order, what commands answer, and who may do what as the settings have it."""
import os, shutil, subprocess, threading

from harness import BUILD, RULES, Daemon, Dealer, Receiver, check, main, plate, read, running, wait_for

USERS = 'users: {root: {role: supervisor}, smith: {role: officer}, jones: {role: officer}, dora: {role: dispatcher}, nobody: {role: officer}}\n'
ALL_AGREE = ('--plate', 'agrees', '--state', 'agrees', '--vehicle', 'agrees')


def see(d, number, text):
    """One read, its alert's id once it is stored."""
    dealer = Dealer(d.router)
    dealer.send(read(number, text))
    dealer.settle()
    dealer.close()
    return wait_for('the alert', lambda: next((a['id'] for a in d.alerts() if a['plate_listed'] == text), None))


def heard(hook):
    """(type, notice) of what came, without the minute of a verification."""
    return [(e['type'], e['data']['notice'].split(' at 20')[0]) for e in hook.events()]


def refused(d, code, piece, *words):
    p = d.ctl(*words, ok=False)
    check(p.returncode == code and piece in p.stderr, f'{words}: {p.returncode} {p.stdout}{p.stderr}')
    return p


def from_the_first_notice_to_the_last():
    hook = Receiver()
    with running({'desk': [hook.url]}, extra=USERS) as d:
        d.load([plate(1)])
        a = see(d, 1, plate(1))
        wait_for('the notice', lambda: len(hook.ids()) == 1)
        d.ctl('alert', 'ack', a, '--by', 'smith')
        p = refused(d, 75, f'is acknowledged by smith and can\'t be acknowledged; join it: hotlistctl alert join {a[:8]}', 'alert', 'ack', a, '--by', 'jones', '--json')
        check('"offers":["join"]' in p.stdout, p.stdout)
        d.ctl('alert', 'join', a, '--by', 'jones')
        refused(d, 75, 'is acknowledged by smith and can\'t be confirmed', 'alert', 'confirm', a, '--source', 'x', '--reference', 'y', '--by', 'dora')
        check('not verified' in d.ctl('alert', 'verify', a, '--plate', 'agrees', '--by', 'jones'), 'half a verification')
        d.ctl('alert', 'verify', a, *ALL_AGREE, '--by', 'smith')
        refused(d, 77, 'confirm is for dispatcher, supervisor: smith is officer', 'alert', 'confirm', a, '--source', 'x', '--reference', 'y', '--by', 'smith')
        d.ctl('alert', 'confirm', a, '--source', 'METRO desk', '--reference', 'V123', '--by', 'dora')
        wait_for('the confirmation', lambda: len(hook.ids()) == 3)
        d.ctl('alert', 'close', a, '--outcome', 'recovered', '--by', 'smith')
        wait_for('the end', lambda: len(hook.ids()) == 4)
        d.ctl('alert', 'undo', a, '--reason', 'another one')
        wait_for('that it stands again', lambda: len(hook.ids()) == 5)  # what waits when an alert is rejected is cancelled
        d.ctl('alert', 'reject', a, '--reason', 'other', '--by', 'jones')
        want = ['NOT VERIFIED: confirm plate, state and vehicle before acting', 'VERIFIED by smith', 'VERIFIED by smith', 'CLOSED by smith: recovered',
                'STANDS AGAIN, says root; VERIFIED by smith', 'STAND DOWN: rejected, says jones']
        wait_for('six messages', lambda: len(hook.ids()) == len(want))
        check([n for _, n in heard(hook)] == want, str(heard(hook)))
        check([t for t, _ in heard(hook)] == ['alert.created'] + ['alert.updated'] * 4 + ['alert.standdown'], str(heard(hook)))
        check(hook.events()[2]['data']['notice'].endswith('; CONFIRMED by METRO desk, reference V123'), str(hook.events()[2]))
        check(hook.events()[1]['data']['notice'].endswith('; NOT CONFIRMED by the listing agency'), str(hook.events()[1]))
        full = d.json('alert', 'show', a)
        check([s['to'] for s in full['steps']] == ['acknowledged', 'verified', 'confirmed', 'rejected'], str(full['steps']))
        check(full['joined'] == ['jones', 'dora'] and full['undone']['state'] == 'closed', str(full))
        check(len(set(hook.ids())) == len(want), 'a message came twice')
    hook.close()


def whoever_may_have_got_it_gets_the_stand_down_and_nothing_behind_it():
    """One receiver takes the alert, the other answers 503 to it: that one may have it all the same. It is not tried again, but the stand-down is."""
    up = Receiver()
    slow = Receiver(answer=lambda n, headers, body: 503 if b'"alert.created"' in body else 204)
    with running({'desk': [up.url], 'north': [slow.url]}, rules=RULES.replace('[desk]', '[desk, north]')) as d:
        d.load([plate(1)])
        a = see(d, 1, plate(1))
        wait_for('both', lambda: len(up.ids()) == 1 and len(slow.ids()) >= 1)
        wait_for('the attempt\'s end', lambda: all(o['attempts'] for o in d.json('outbox', 'ls')))
        d.ctl('alert', 'reject', a, '--reason', 'misread', '--plate', plate(2), '--by', 'smith')
        stand_down = ('alert.standdown', 'STAND DOWN: misread, says smith')
        wait_for('the stand-downs', lambda: heard(up)[-1] == heard(slow)[-1] == stand_down)
        check(len(up.ids()) == 2, str(heard(up)))
        wait_for('the answers', lambda: sorted(o['state'] for o in d.json('outbox', 'ls')) == ['cancelled'] + ['delivered'] * 3)
    up.close()
    slow.close()


def twenty_alerts_and_two_officers():
    """Both try each alert through processes of their own: one has each, the other joined it."""
    hook = Receiver()
    with running({'desk': [hook.url]}, extra=USERS) as d:
        d.load([plate(i) for i in range(1, 21)])
        dealer = Dealer(d.router)
        for i in range(1, 21):
            dealer.send(read(i, plate(i), camera=f'cam{i}'))
        dealer.settle()
        dealer.close()
        ids = [a['id'] for a in wait_for('the alerts', lambda: (lambda v: v if len(v) == 20 else None)(d.alerts()))]
        won = {'smith': 0, 'jones': 0}
        faults = []

        def officer(name):
            for a in ids:
                p = d.ctl('alert', 'ack', a, '--by', name, ok=False)
                if p.returncode == 0:
                    won[name] += 1
                elif p.returncode != 75 or d.ctl('alert', 'join', a, '--by', name, ok=False).returncode:
                    faults.append(p.stderr)

        threads = [threading.Thread(target=officer, args=(n,)) for n in won]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(not faults and sum(won.values()) == 20, f'{faults} {won}')
        for a in d.alerts():
            check({a['acknowledged_by'], *a['joined']} == {'smith', 'jones'}, str(a))
    hook.close()


def a_name_is_what_the_settings_say():
    """Another user than root acts as himself, and for nobody else."""
    if os.getuid() != 0:
        print('  (not root: not tried)')
        return
    hook = Receiver()
    d = Daemon({'desk': [hook.url]}, extra=USERS)
    try:
        d.control = os.path.join(d.dir, 'c.sock')
        conf = d.write('hotlistd.yaml', open(os.path.join(d.dir, 'hotlistd.yaml')).read() + f'control: {d.control}\n')
        shutil.copy(os.path.join(BUILD, 'hotlistctl'), d.dir)
        for path, mode in ((d.dir, 0o755), (conf, 0o644), (os.path.join(d.dir, 'rules.yaml'), 0o644), (os.path.join(d.dir, 'hotlistctl'), 0o755)):
            os.chmod(path, mode)
        officer = lambda *words: subprocess.run([os.path.join(d.dir, 'hotlistctl'), '-c', conf, *words], capture_output=True, text=True, user='nobody', group='nogroup',
                                                extra_groups=[], env={'PATH': os.environ['PATH']})
        d.start()
        os.chmod(d.control, 0o666)
        d.load([plate(1)])
        a = see(d, 1, plate(1))
        p = officer('alert', 'ack', a, '--by', 'dora')
        check(p.returncode == 77 and '--by dora: you are nobody' in p.stderr, str(p))
        p = officer('alert', 'ack', a, '--role', 'supervisor')
        check(p.returncode == 77 and 'by the settings nobody is officer' in p.stderr, str(p))
        p = officer('alert', 'ack', a)
        check(p.returncode == 0 and 'acknowledged by nobody' in p.stdout, str(p))
        p = officer('list', 'withdraw', 'stolen', '--plate', plate(1), '--reason', 'x')
        check(p.returncode == 77 and 'list withdraw is for supervisor, agency: nobody is officer' in p.stderr, str(p))
        for words in (('reload',), ('rules', 'activate', '--reason', 'x'), ('list', 'activate', 'stolen', '--reason', 'x'), ('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'x'),
                      ('outbox', 'drop', '--reason', 'x'), ('receiver', 'test', 'desk')):
            p = officer(*words)
            check(p.returncode == 77 and ' is for supervisor: nobody is officer' in p.stderr, str(p))
        d.ctl('reload')
        d.ctl('receiver', 'test', 'desk')
        d.stop()
    finally:
        d.remove()
        hook.close()


main(from_the_first_notice_to_the_last, whoever_may_have_got_it_gets_the_stand_down_and_nothing_behind_it, twenty_alerts_and_two_officers, a_name_is_what_the_settings_say)
