#!/usr/bin/python3
"""The audit through the real daemon and hotlistctl: every look and every change has its record, nothing is answered without one, a crash at any named point leaves a chain that
checks, by hotlistctl and by the independent check (verify_audit.py) alike."""
import glob, json, os, pwd, shutil, signal, subprocess, sys, threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import TOP, Daemon, Dealer, Failed, Faulty, Receiver, check, main, plate, read, running, wait_for

ME = pwd.getpwuid(os.getuid()).pw_name
VERIFIER = os.path.join(TOP, 'tests/integration/verify_audit.py')


def records(d, *words):
    return d.json('audit', 'show', '--limit', '100000', *words)['records']


def good(d, checkpoint=None):
    """Both checks, of which neither knows the other."""
    words = ('--checkpoint', checkpoint) if checkpoint else ()
    d.ctl('audit', 'verify', *words)
    p = subprocess.run(['/usr/bin/python3', VERIFIER, os.path.join(d.dir, 'state')] + ([checkpoint] if checkpoint else []), capture_output=True, text=True)
    check(p.returncode == 0, p.stdout + p.stderr)


def chains(d):
    return sorted(glob.glob(os.path.join(d.dir, 'state/audit/*/*.chain')))


def text(d):
    return b''.join(open(c, 'rb').read() for c in chains(d))


def alerted(d, hook, n=1):
    """n alerts that the receiver has got; their ids."""
    dealer, plates = Dealer(d.router), [plate(i) for i in range(n)]
    d.load(plates)
    for i, p in enumerate(plates):
        dealer.send(read(i, p, f'cam{i}'))
    dealer.settle()
    wait_for('the alerts', lambda: len(hook.events()) >= n)
    dealer.close()
    return [a['id'] for a in d.alerts()]


def every_look_and_change_has_its_record():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        alert = alerted(d, hook)[0]
        expires = ('--state', 'CA', '--category', 'stolen', '--case', 'C1', '--reason', 'taken', '--expires', '6h')
        looks = [('alert', 'ls'), ('alert', 'show', alert), ('alert', 'explain', alert), ('list', 'versions'), ('list', 'show', 'stolen'), ('list', 'export', 'stolen'),
                 ('list', 'withdrawn', 'stolen'), ('mute', 'ls'), ('outbox', 'ls'), ('receiver', 'ls'), ('rules', 'versions'), ('audit', 'show'), ('audit', 'verify'),
                 ('audit', 'sample', '3'), ('audit', 'export-key'), ('audit', 'checkpoint')]
        changes = [('alert', 'ack', alert), ('list', 'add', 'stolen', '--plate', 'KX41TST', *expires), ('mute', 'add', '--when', 'list=stolen', '--for', '1h', '--why', 'test'),
                   ('outbox', 'retry'), ('receiver', 'test', 'desk')]
        for words in looks + changes:
            before = len(records(d))
            d.ctl('--purpose', 'case 17', *words)
            new = [r for r in records(d)[:-before] if r['purpose'] == 'case 17']
            kind = 'look' if words in looks else 'change'
            mine = [r for r in new if r['what'] == ' '.join(words[:2]) and r['kind'] == kind]
            check(len(mine) == 1, (words, new))
            r = mine[0]
            check(r['who'] == ME and r['purpose'] == 'case 17' and r['result'] == 'ok' and r['role'] and r['organization'], r)
            check(r['details'] == list(words), r)
        check(records(d, '--what', 'alert show')[0]['object'] == alert, 'the object')
        check(records(d, '--object', 'KX41TST', '--what', 'list add'), 'a word of the details')
        check(not records(d, '--who', 'nobody'), 'who')
        # A fault is recorded too, with its name.
        d.ctl('alert', 'show', 'zzzzzz', ok=False)
        check(records(d, '--what', 'alert show')[0]['result'] == 'not found', records(d, '--what', 'alert show')[0])
        n = len(records(d))
        d.status()
        check(len(records(d)) == n + 1, 'status has no record')
        # No plate stands in the chained part.
        for line in text(d).splitlines():
            check(b'KX41TST' not in line.split(b'\tsalt=')[0], line)
        good(d)
    hook.close()


def without_a_daemon_it_is_the_same_chain():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        alert = alerted(d, hook)[0]
        d.stop()
        d.ctl('alert', 'show', alert)
        d.ctl('list', 'import', 'stolen', d.write('offline.txt', plate(5) + '\n'))
        same = os.path.join(d.dir, 'rules.yaml')
        d.ctl('rules', 'replay', same, same, '--from-store')
        for what, kind in (('alert show', 'look'), ('list import', 'change'), ('rules replay', 'look')):
            r = records(d, '--what', what)[0]
            check((r['kind'], r['result'], r['who']) == (kind, 'ok', ME), r)
        check([r['what'] for r in records(d) if r['who'] == 'hotlistd'][0] == 'stop', 'the stop is noted')
        good(d)
        check(len({os.path.dirname(c) for c in chains(d)}) == 1, chains(d))
        d.start()
        good(d)
    hook.close()


def what_is_done_by_itself_is_recorded():
    hook = Receiver()
    with running({'desk': [hook.url]}, extra='drop:\n  - {dir: drop, list: stolen, activate: true, settle: 100ms}\n') as d:
        os.makedirs(os.path.join(d.dir, 'drop'), exist_ok=True)
        d.ctl('reload')
        check([r['result'] for r in records(d, '--what', 'reload') if r['kind'] == 'change'] == ['ok'] and records(d, '--what', 'reload')[0]['who'] == ME, records(d, '--what', 'reload'))
        d.proc.send_signal(signal.SIGHUP)
        wait_for('the reload', lambda: [r for r in records(d, '--what', 'reload') if r['who'] == 'SIGHUP' and r['result'] == 'ok'])
        with open(os.path.join(d.dir, 'drop.tmp'), 'w') as f:
            f.write(plate(1) + '\n')
        os.rename(os.path.join(d.dir, 'drop.tmp'), os.path.join(d.dir, 'drop/today.txt'))
        wait_for('the drop', lambda: [r for r in records(d, '--what', 'list import') if r['who'].startswith('drop:') and r['result'] == 'ok'])
        # A delivery, and a stand-down with its own.
        dealer = Dealer(d.router)
        wait_for('the list', lambda: d.json('list', 'versions', 'stolen'))
        dealer.send(read(1, plate(1)))
        dealer.settle()
        told = wait_for('the delivery', lambda: [x for r in records(d, '--what', 'deliveries') for x in r['details'] if x['what'] == 'delivered'])
        check(told[0]['address'] == hook.url and told[0]['receiver'] == 'desk' and told[0]['id'] == hook.ids()[0] and told[0]['alert'] == d.alerts()[0]['id'], told)
        d.ctl('list', 'withdraw', 'stolen', '--plate', plate(1), '--reason', 'found')
        wait_for('the stand-down', lambda: [x for r in records(d, '--what', 'deliveries') for x in r['details'] if x['what'] == 'standdown'])
        wait_for('its delivery', lambda: {x['id'] for r in records(d, '--what', 'deliveries') for x in r['details'] if x['what'] == 'delivered'} >= set(hook.ids()))
        check({r['what'] for r in records(d)} >= {'start', 'started', 'retention'}, {r['what'] for r in records(d)})
        dealer.close()
        good(d)
    hook.close()


def a_purpose_can_be_required():
    with running({'desk': ['http://127.0.0.1:9/']}, extra='privacy: {purpose: required, organization: METRO PD}\n') as d:
        p = d.ctl('alert', 'ls', '--json', ok=False)
        check(p.returncode == 77 and not p.stdout and '--purpose TEXT' in p.stderr, p)
        p = d.ctl('--purpose', '  ', 'alert', 'ls', ok=False)
        check(p.returncode == 77, p)
        r = d.json('--purpose', 'audit 2026', 'audit', 'show')['records'][0]
        check(r['organization'] == 'METRO PD', r)
        d.stop()
        p = d.ctl('alert', 'ls', ok=False)
        check(p.returncode == 77 and not p.stdout, p)
        d.ctl('--purpose=x', 'alert', 'ls')


def tampering_is_told():
    with running({'desk': ['http://127.0.0.1:9/']}) as d:
        for _ in range(5):
            d.ctl('alert', 'ls')
        checkpoint, key = d.write('checkpoint', d.ctl('audit', 'checkpoint')), d.write('key', d.ctl('audit', 'export-key'))
        d.ctl('audit', 'verify', '--checkpoint', checkpoint, '--key', key)
        d.stop()
        c = chains(d)[0]
        was = open(c, 'rb').read()
        lines = was.splitlines(True)
        for what in (was.replace(b'who=', b'who=x', 4).replace(b'who=x', b'who=', 3), b''.join(lines[:4] + lines[5:]), b''.join(lines[:4] + [lines[5], lines[4]] + lines[6:])):
            open(c, 'wb').write(what)
            p = d.ctl('audit', 'verify', ok=False)
            check(p.returncode == 65 and os.path.basename(c) in p.stdout, p)
            check('DOES NOT CHECK' in d.ctl('audit', 'show'), 'show says so')
            p = subprocess.run(['/usr/bin/python3', VERIFIER, os.path.join(d.dir, 'state')], capture_output=True, text=True)
            check(p.returncode == 1, p)
        # The whole audit thrown away and begun anew checks by itself; the checkpoint shows it.
        shutil.rmtree(os.path.join(d.dir, 'state/audit'))
        d.ctl('alert', 'ls')
        d.ctl('audit', 'verify')
        p = d.ctl('audit', 'verify', '--checkpoint', checkpoint, ok=False)
        check(p.returncode == 65 and 'of which there is nothing here' in p.stdout, p)


def the_same_sample_again():
    with running({'desk': ['http://127.0.0.1:9/']}) as d:
        for _ in range(20):
            d.ctl('alert', 'ls')
        s = d.json('audit', 'sample', '5')
        again = d.json('audit', 'sample', '5', '--seed', s['seed'], '--until', s['until'])
        check(len(s['records']) == 5 and s['of'] >= 20 and again['records'] == s['records'], (s, again))
        check(d.json('audit', 'sample', '5', '--seed', 'other', '--until', s['until'])['records'] != s['records'], 'another seed, another sample')


def retention_erases_and_the_chain_stays_whole():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        alerted(d, hook)
        d.ctl('list', 'show', 'stolen', '--plate', 'KX41TST')
        checkpoint = d.write('checkpoint', d.ctl('audit', 'checkpoint'))
        check(b'KX41TST' in text(d), 'the details are there')
        d.ctl('test', 'clock', str(400 * 86400 * 1000))
        wait_for('a day of its own', lambda: len(chains(d)) >= 2)
        wait_for('the purge', lambda: d.ctl('alert', 'ls') and b'KX41TST' not in text(d))
        good(d, checkpoint)
        check([r for r in records(d, '--what', 'list show')][0].get('details_erased') is True, 'it says so')
        d.ctl('test', 'clock', str(5 * 365 * 86400 * 1000))
        wait_for('the records to go', lambda: d.ctl('alert', 'ls') and not [r for r in records(d) if r['what'] == 'list show'])
        d.ctl('audit', 'verify', '--checkpoint', checkpoint)
        good(d)
        d.stop()
        d.start()
        good(d)
    hook.close()


def several_processes_append_at_once():
    with running({'desk': ['http://127.0.0.1:9/']}) as d:
        same, done = os.path.join(d.dir, 'rules.yaml'), []
        d.load([plate(1)])
        open(os.path.join(d.dir, 'reads'), 'w').close()

        def work(words):
            for _ in range(15):
                d.ctl(*words)
                done.append(words)
        threads = [threading.Thread(target=work, args=(w,)) for w in (('alert', 'ls'), ('rules', 'replay', same, same, '--from-store'), ('outbox', 'retry'), ('list', 'versions'))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(len(done) == 60, 'all were answered')
        kinds = [r['what'] for r in records(d)]
        check(all(kinds.count(w) >= 15 for w in ('alert ls', 'rules replay', 'outbox retry', 'list versions')), kinds)
        good(d)


class FullDisk(Faulty):
    def full(self, yes):
        self.fault('enable name=posix/io/rw/pwrite,failinfo=28' if yes else 'disable name=posix/io/rw/pwrite')


def a_full_disk_answers_nothing():
    """A look is refused, a change is not begun; with room again all is as before."""
    if not shutil.which('fiu-run'):
        check(not os.environ.get('CI'), 'fiu-run is missing')
        print('fiu-run is missing')
        return
    hook = Receiver()
    d = FullDisk({'desk': [hook.url]})
    try:
        d.start()
        alert = alerted(d, hook)[0]
        d.full(True)
        p = d.ctl('list', 'show', 'stolen', ok=False)
        check(p.returncode == 74 and not p.stdout and 'no look without a record' in p.stderr, p)
        p = d.ctl('alert', 'ack', alert, ok=False)
        check(p.returncode == 74 and "the audit can't be written" in p.stderr, p)
        d.full(False)
        check(d.json('alert', 'show', alert)['state'] == 'new', 'the change was not begun')
        d.ctl('alert', 'ack', alert)
        check(not [r for r in records(d, '--what', 'alert ack')][1:], 'what was refused has no record')
        good(d)
        d.stop()
    finally:
        d.remove()
        hook.close()


POINTS = ('audit.key', 'audit.begun', 'audit.written:1', 'audit.written:4', 'audit.written:9', 'audit.synced:2', 'audit.synced:8', 'audit.synced:11', 'audit.signed:1', 'recorder.recorded',
          'audit.purge_noted', 'audit.rooted')


def killed_at(point):
    """Until the point kills it; then again without, and all that was answered is there."""
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    answered = []
    old = point in ('audit.purge_noted', 'audit.rooted')
    try:
        if old:
            d.start()
            d.ctl('alert', 'ls')
            d.ctl('test', 'clock', str(2 * 86400 * 1000))
            d.ctl('alert', 'ls')
            d.stop()
        d.start(HL_CRASH_AT=point)
        dealer = Dealer(d.router)
        if old and d.answers():
            d.ctl('test', 'clock', str(12 * 365 * 86400 * 1000), ok=False)
        for i in range(12):
            if d.proc.poll() is None and d.ctl('list', 'import', 'stolen', d.write('l.txt', plate(i) + '\n'), '--activate', '--reason', f'r{i}', ok=False).returncode == 0:
                answered.append(f'r{i}')
            dealer.send(read(i, plate(i), f'cam{i}'))
            dealer.take()
            if d.proc.poll() is None:
                d.ctl('audit', 'checkpoint', ok=False)
        wait_for(f'the kill at {point}', lambda: d.proc.poll() is not None)
        check(d.proc.returncode == -signal.SIGKILL, d.tail())
        tear(d, point, answered)
        d.start()
        dealer.reopen_and_resend()
        dealer.settle()
        good(d)
        done = [r['details'] for r in records(d, '--what', 'list import') if r['kind'] == 'change' and r['result'] == 'ok']
        check(old or all(any(a in w for w in done) for a in answered), (answered, done))
        wait_for('the outbox', lambda: d.status()['outbox']['pending'] == 0)
        told = lambda: {x['id'] for r in records(d, '--what', 'deliveries') for x in r['details']}
        wait_for('all deliveries in the audit', lambda: told() >= set(hook.ids()), 10)
        dealer.close()
        d.stop()
        good(d)
    finally:
        d.remove()
        hook.close()


def tear(d, point, answered):
    """What was written and not synced may be gone in part after a power cut; a kill alone leaves it.
    What hotlistctl has appended by itself, when the daemon was gone already, was synced."""
    if point.startswith('audit.written'):
        c = max(chains(d), key=os.path.getmtime)
        last = open(c, 'rb').read().splitlines(True)[-1]
        if b'\twho=hotlistd\t' in last or b'\twho=' + ME.encode() + b'\t' not in last or not answered:
            os.truncate(c, os.path.getsize(c) - len(last) // 2)


def killed_at_every_named_point():
    for point in POINTS:
        try:
            killed_at(point)
        except Exception as e:
            raise Failed(f'{point}: {e}') from e


main(every_look_and_change_has_its_record, without_a_daemon_it_is_the_same_chain, what_is_done_by_itself_is_recorded, a_purpose_can_be_required, tampering_is_told, the_same_sample_again,
     retention_erases_and_the_chain_stays_whole, several_processes_append_at_once, a_full_disk_answers_nothing, killed_at_every_named_point)
