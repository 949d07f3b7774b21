#!/usr/bin/python3
"""Rules as versions under a running daemon: activated, rolled back, reloaded and broken, without a stop; the active version decides after a restart, too."""
import json, os, signal

from harness import Daemon, Dealer, RULES, Receiver, check, main, plate, read, running, wait_for


def version(d):
    return d.status()['rules']['version']


def sent(d, dealer, number, text):
    dealer.send(read(number, text, camera=f'cam{number}'))
    wait_for('the answer', lambda: dealer.take() and not dealer.pending)


def pinned(d, text):
    return [a['rules_version'] for a in d.alerts() if a['plate_read'] == text]


def the_active_version_decides():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(1, 9)])
        dealer = Dealer(d.router)
        first = version(d)
        check(first.startswith('r000001-'), first)
        check([v['active'] for v in d.json('rules', 'versions')] == [True], 'one version')
        sent(d, dealer, 1, plate(1))
        # a changed file counts when it is activated
        d.write('rules.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0.4'))
        sent(d, dealer, 2, plate(2))
        os.chdir(d.dir)
        out = d.ctl('rules', 'activate', 'rules.yaml', '--reason', 'narrower')
        second = version(d)
        check(second.startswith('r000002-') and second in out and first in out, out)
        sent(d, dealer, 3, plate(3))
        # broken: refused with its faults, whoever asks
        d.write('rules.yaml', 'rout: {}\n')
        p = d.ctl('rules', 'activate', '--reason', 'x', ok=False)
        check(p.returncode == 78 and "unknown key 'rout' (did you mean 'route'?)" in p.stdout, p.stdout + p.stderr)
        p = d.ctl('reload', ok=False)
        check(p.returncode == 78 and version(d) == second, p.stdout + p.stderr)
        check(d.ctl('rules', 'rollback', ok=False).returncode == 64, 'a reason is asked for')
        d.ctl('rules', 'rollback', '--reason', 'too narrow')
        check(version(d) == first, 'back to the first')
        sent(d, dealer, 4, plate(4))
        check([pinned(d, plate(i)) for i in (1, 2, 3, 4)] == [[first], [first], [second], [first]], str([pinned(d, plate(i)) for i in (1, 2, 3, 4)]))
        p = d.ctl('rules', 'rollback', '--reason', 'further', ok=False)
        check('nothing to go back to' in p.stderr, p.stderr)
        check('no version' in d.ctl('rules', 'activate', 'r000009', '--reason', 'x', ok=False).stderr, 'no such version')
        # the next start goes by the active version, and says that the file is another
        d.stop()
        os.chdir('/')
        d.write('rules.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0.3'))
        d.start()
        check(version(d) == first, 'the active version decides after a restart')
        check('the file is not what the active version r000001-' in d.tail(), d.tail())
        d.proc.send_signal(signal.SIGHUP)
        wait_for('the reload', lambda: version(d).startswith('r000003-'))
        who = [json.loads(line) for line in open(os.path.join(d.dir, 'state/rules/activations.jsonl'))]
        check([a['version'] for a in who] == [first, second, first, version(d)] and who[2]['kind'] == 'rollback' and who[3]['by'] == 'SIGHUP', str(who))
        check(who[1]['why'] == 'narrower', str(who[1]))
        # what differs, and in which lines
        diff = {x['where']: (x['from'], x['to']) for x in d.json('rules', 'diff', first, second)}
        check(diff == {'match.max_cost': ('1.0', '0.4')}, str(diff))
        check(d.json('rules', 'diff', first, 'r000001') == [] and d.json('rules', 'diff', 'active', os.path.join(d.dir, 'rules.yaml')) == [], 'the same')
        d.write('other.yaml', RULES.replace('base: none', 'base: latin').replace('receivers: [desk]', 'receivers: [desk], routes: [{when: {list: a}, receivers: [north]}]'))
        other = os.path.join(d.dir, 'other.yaml')
        diff = {x['where']: (x['from'], x['to']) for x in d.json('rules', 'diff', first, other)}
        check(diff == {'confusions.base': ('none', 'latin'), 'route.routes': (None, '[{"when":{"list":"a"},"receivers":["north"]}]'), 'confusions/latin': (None, 'table')}, str(diff))
        text = d.ctl('rules', 'diff', first, other)
        check('~ confusions.base: none -> latin' in text and '\n-confusions: {base: none}\n+confusions: {base: latin}\n' in text and '\n timezone: UTC\n' in text, text)
        d.write('other.yaml', 'rout: 1\n')
        p = d.ctl('rules', 'diff', first, other, ok=False)
        check(p.returncode == 78 and "did you mean 'route'" in p.stdout, p.stdout + p.stderr)
        # without a daemon the same words do the same
        d.stop()
        d.ctl('rules', 'activate', second, '--reason', 'offline')
        d.start()
        check(version(d) == second, 'activated offline')
        check(d.json('rules', 'version', 'r000001')['contents'][0]['text'] == RULES, 'the file as it was')
        dealer.close()
    hook.close()


def a_reload_says_whose_rules_it_replaces():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        first = version(d)
        d.write('next.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0.4'))
        d.ctl('rules', 'activate', os.path.join(d.dir, 'next.yaml'), '--reason', 'narrower')
        second = version(d)
        told = f'warning: rules {first} are active now, in place of {second}'
        out = d.ctl('reload')
        check(told in out and 'next.yaml' in out and version(d) == first, out)
        check(f'rules {first} are active now, in place of {second}' in d.tail(), d.tail())
        check('in place of' not in d.ctl('reload'), 'nothing is replaced')
        # nor does a rollback outlast it
        d.ctl('rules', 'activate', second, '--reason', 'narrower')
        d.ctl('rules', 'rollback', '--reason', 'too narrow')
        d.write('rules.yaml', open(os.path.join(d.dir, 'next.yaml')).read())
        out = d.ctl('reload')
        check(f'rules {version(d)} are active now, in place of {first}' in out, out)
    hook.close()


def killed_while_switching():
    hook = Receiver()
    for point, after in (('version.synced', 1), ('version.renamed', 1), ('version.activating', 1), ('version.activated', 2)):
        d = Daemon({'desk': [hook.url]})
        try:
            d.start()
            d.stop()
            d.start(HL_CRASH_AT=point)
            d.write('rules.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0.4'))
            d.proc.send_signal(signal.SIGHUP)
            wait_for('the kill', lambda: d.proc.poll() is not None)
            check(d.proc.returncode == -signal.SIGKILL, str(d.proc.returncode))
            d.start()
            check(version(d).startswith(f'r{after:06}-'), f'{point}: {version(d)}')
            d.ctl('reload')
            check(version(d).startswith('r000002-'), f'{point}: {version(d)}')
            d.stop()
        finally:
            d.remove()
    hook.close()


if __name__ == '__main__':
    main(the_active_version_decides, a_reload_says_whose_rules_it_replaces, killed_while_switching)
