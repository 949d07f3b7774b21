#!/usr/bin/python3
"""Mutes from the shell: what falls under one is an alert that nobody is told of; it holds when the command answers, over restarts and reloads, and is over by itself."""
import json, os, signal

from harness import Daemon, Dealer, Receiver, check, main, plate, read, running, wait_for


def sent(dealer, number, text, offset=0.0):
    dealer.send(read(number, text, camera=f'cam{number}', offset=offset))
    wait_for('the answer', lambda: dealer.take() and not dealer.pending)


def muted(d):
    return {a['plate_read']: a['muted'] for a in d.alerts() if a.get('muted')}


def told(hook, n):
    wait_for(f'{n} deliveries', lambda: len(hook.ids()) >= n)
    check(len(hook.ids()) == n, f'{len(hook.ids())} deliveries instead of {n}')


def silent_for_a_while():
    hook = Receiver()
    with running({'desk': [hook.url]}, lists=('stolen', 'permits')) as d:
        d.load([plate(i) for i in range(20)], 'permits')
        d.load([plate(i) for i in range(50, 60)], 'stolen')
        dealer = Dealer(d.router)
        sent(dealer, 1, plate(1))
        told(hook, 1)
        m = d.json('mute', 'add', '--when', 'list=permits', '--for', '2h', '--why', 'a parade')
        check(m['id'] == 'm1' and m['by'] and json.loads(m['when']) == {'list': ['permits']}, str(m))
        sent(dealer, 2, plate(2))
        sent(dealer, 3, plate(50))
        told(hook, 2)
        check(list(muted(d)) == [plate(2)] and muted(d)[plate(2)].endswith(': a parade'), str(muted(d)))
        check([x['id'] for x in d.status()['mutes']] == ['m1'] and 'a parade' in d.ctl('status'), 'status names it')
        d.ctl('reload')
        d.load([plate(i) for i in range(20)] + [plate(77)], 'permits')
        sent(dealer, 4, plate(4))
        d.stop()
        d.start()
        sent(dealer, 5, plate(5))
        check(set(muted(d)) == {plate(2), plate(4), plate(5)}, 'over a reload, an activation and a restart')
        # it is over by itself
        d.ctl('test', 'clock', str(2 * 3600 * 1000 + 60000))
        check(d.json('mute', 'ls') == [] and d.status()['mutes'] == [], 'over')
        sent(dealer, 6, plate(6), offset=7260)
        told(hook, 3)
        # another one is ended, by its id and with a reason
        d.ctl('mute', 'add', '--when', '{list: permits, at: "Mon-Sun"}', '--when', 'x', '--for', '1h', '--why', 'y', ok=False)
        d.ctl('mute', 'add', '--when={list: permits, at: "Mon-Sun"}', '--for=1h', '--why', 'again')
        sent(dealer, 7, plate(7), offset=7260)
        check(plate(7) in muted(d), 'by a mapping')
        check(d.ctl('mute', 'end', 'm2', ok=False).returncode == 64, 'a reason is asked for')
        d.ctl('mute', 'end', 'm2', '--why', 'the parade is over')
        sent(dealer, 8, plate(8), offset=7260)
        told(hook, 4)
        p = d.ctl('mute', 'end', 'm2', '--why', 'x', ok=False)
        check('is over, ended by' in p.stderr, p.stderr)
        lines = [json.loads(x) for x in open(os.path.join(d.dir, 'state/mutes.jsonl'))]
        check([(x['id'], x.get('ended_why')) for x in lines] == [('m1', None), ('m2', None), ('m2', 'the parade is over')], str(lines))
        check([x['id'] for x in d.json('mute', 'ls', '--all')] == ['m1', 'm2'], 'all of them')
        dealer.close()
    hook.close()


def refused():
    hook = Receiver()
    bad = [(['--for', '1h', '--why', 'x'], 'would silence every alert'), (['--when', '{}', '--for', '1h', '--why', 'x'], 'would silence every alert'),
           (['--when', 'lst=a', '--for', '1h', '--why', 'x'], "did you mean 'list'"), (['--when', 'list=a', '--why', 'x'], '--for DURATION is missing'),
           (['--when', 'list=a', '--for', '1h'], '--why TEXT is missing'), (['--when', 'list=a', '--for', '31d', '--why', 'x'], 'at most 30d'),
           (['--when', 'list=a', '--when', 'list=b', '--for', '1h', '--why', 'x'], "'list'"), (['--when', 'list', '--for', '1h', '--why', 'x'], 'KEY=VALUE'),
           (['--when', 'zone=nowhere', '--for', '1h', '--why', 'x'], "unknown zone 'nowhere'"), (['--when', 'at=25:00', '--for', '1h', '--why', 'x'], 'is no time'),
           (['--when', 'list=' + 'a' * 2000, '--for', '1h', '--why', 'x'], 'bytes'), (['--when', 'list=a', '--for', '0s', '--why', 'x'], '--for'),
           (['--when', 'list=a', '--for', '1h', '--why', ' '], 'blank')]
    with running({'desk': [hook.url]}) as d:
        for words, text in bad:
            p = d.ctl('mute', 'add', *words, ok=False)
            check(p.returncode == 64 and text in p.stderr, f'{words}: {p.returncode} {p.stderr}')
        check(d.json('mute', 'ls') == [] and d.ctl('mute', 'end', 'm1', '--why', 'x', ok=False).returncode != 0, 'none')
        # a damaged file keeps nobody silent, and is not written over
        d.ctl('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'x')
        with open(os.path.join(d.dir, 'state/mutes.yaml'), 'w') as f:
            f.write('mutes: 7\n')
        d.ctl('reload')
        check('is damaged' in d.ctl('status'), 'status tells it')
        check('move it away' in d.ctl('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'x', ok=False).stderr, 'not written over')
        os.unlink(os.path.join(d.dir, 'state/mutes.yaml'))
        d.ctl('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'x')
    hook.close()


def killed_in_between():
    hook = Receiver()
    for point, there in (('mutes.recorded', []), ('mutes.written', ['m1'])):
        d = Daemon({'desk': [hook.url]})
        try:
            d.start(HL_CRASH_AT=point)
            d.ctl('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'x', ok=False)
            wait_for('the kill', lambda: d.proc.poll() is not None)
            check(d.proc.returncode == -signal.SIGKILL, str(d.proc.returncode))
            d.start()
            check([m['id'] for m in d.status()['mutes']] == there, f'{point}: {d.status()["mutes"]}')
            d.stop()
        finally:
            d.remove()
    hook.close()


if __name__ == '__main__':
    main(silent_for_a_while, refused, killed_in_between)
