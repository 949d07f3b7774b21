#!/usr/bin/python3
"""Shadow rules decide beside the ones that count: differences are counted and recorded, nobody is told, and nothing of a read that hits nothing is kept."""
import os

from harness import Dealer, RULES, Receiver, check, main, plate, read, running, wait_for

NEXT = RULES.replace('alert_probability: 0.5', 'alert_probability: 1.0').replace('receivers: [desk]', 'receivers: [north]')


def sent(d, dealer, number, text):
    dealer.send(read(number, text, camera=f'cam{number}'))
    wait_for('the answer', lambda: dealer.take() and not dealer.pending)


def counts(d):
    return {(c['list'], c['from'], c['to'], c['gained'], c['lost']): c['n'] for c in d.json('rules', 'shadow')['counts']}


def near(text):
    """One symbol away."""
    return text[:-1] + ('1' if text[-1] != '1' else '2')


def it_only_counts():
    hook, north = Receiver(), Receiver()
    with running({'desk': [hook.url], 'north': [north.url]}) as d:
        check('no shadow rules' in d.ctl('rules', 'shadow'), 'none yet')
        d.write('next.yaml', NEXT)
        d.write('hotlistd.yaml', open(os.path.join(d.dir, 'hotlistd.yaml')).read() + 'shadow: next.yaml\n')
        d.ctl('reload')
        d.load([plate(i) for i in range(1, 20)])
        dealer = Dealer(d.router)
        check(d.json('rules', 'shadow')['hits'] == 0, 'nothing yet')
        sent(d, dealer, 1, plate(1))
        sent(d, dealer, 2, plate(2))
        sent(d, dealer, 3, 'ZZ99ZZ')
        wait_for('both', lambda: d.json('rules', 'shadow')['hits'] == 2)
        (kind, n), = counts(d).items()
        check(n == 2 and kind[0] == 'stolen' and kind[3:] == ('north', 'desk'), str(counts(d)))
        last = d.json('rules', 'shadow', '--last', '1')['last']
        check([(x['plate_read'], x['plate_listed'], x['camera']) for x in last] == [(plate(2), plate(2), 'cam2')], str(last))
        check('ZZ99ZZ' not in d.ctl('rules', 'shadow'), 'nothing of a read without a hit')
        wait_for('the notices', lambda: len(hook.ids()) == 2)
        check(not north.ids(), 'nobody is told for the shadow')
        # rules that look less far: what they would lose
        d.write('next.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0'))
        d.ctl('reload')
        sent(d, dealer, 4, near(plate(4)))
        sent(d, dealer, 5, plate(5))
        wait_for('both', lambda: d.json('rules', 'shadow')['hits'] == 2)
        check(counts(d) == {('stolen', 'verify', 'drop', '', 'desk'): 1}, str(counts(d)))
        # and that look further, with the live ones narrowed
        d.write('rules.yaml', RULES.replace('max_cost: 1.0', 'max_cost: 0'))
        d.write('next.yaml', RULES)
        d.ctl('reload')
        sent(d, dealer, 6, near(plate(6)))
        wait_for('one', lambda: d.json('rules', 'shadow')['hits'] == 1)
        check(counts(d) == {('stolen', 'drop', 'verify', 'desk', ''): 1} and len(d.alerts()) == 4, str(counts(d)))
        # an activation keeps it
        d.load([plate(i) for i in range(1, 30)])
        sent(d, dealer, 7, near(plate(25)))
        wait_for('two', lambda: d.json('rules', 'shadow')['hits'] == 2)
        # faults: other confusions, a file that is none
        d.write('next.yaml', RULES.replace('base: none', 'base: latin'))
        p = d.ctl('reload', ok=False)
        check(p.returncode == 78 and 'other confusions' in p.stdout, p.stdout + p.stderr)
        os.unlink(os.path.join(d.dir, 'next.yaml'))
        check(d.ctl('reload', ok=False).returncode == 78, 'no such file')
        check(d.json('rules', 'shadow')['hits'] == 2, 'the old one goes on')
        d.write('next.yaml', RULES)
        dealer.close()
    hook.close()
    north.close()


if __name__ == '__main__':
    main(it_only_counts)
