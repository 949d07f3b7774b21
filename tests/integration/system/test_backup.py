#!/usr/bin/python3
"""Backups of the real daemon under load, their check, restore elsewhere (held until a person says which node goes on), and a state folder of the first release that is brought up and loses
nothing."""
import glob, json, os, shutil, subprocess, sys, tarfile, tempfile, threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, TOP, Daemon, Dealer, Receiver, check, main, plate, read, running, wait_for

VERIFIER = os.path.join(TOP, 'tests/integration/verify_audit.py')
FIRST = os.path.join(TOP, 'tests/data/state-1')


def alone(*words, ok=True, cwd=None):
    """hotlistctl without settings."""
    p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), *words], capture_output=True, text=True, cwd=cwd)
    check(not ok or p.returncode == 0, f'{words}: {p.returncode} {p.stdout}{p.stderr}')
    return p


def files(folder):
    return sorted(f for f in glob.glob(folder + '/**', recursive=True) if os.path.isfile(f))


def under_load():
    """Reads, activations, entries by hand and looks go on while backups are made; each backup is good, and the copy goes on from it."""
    hook = Receiver(answer=lambda n, h, b: 204 if n <= 30 else 503)
    with running({'desk': [hook.url]}, lists=('stolen', 'amber')) as d:
        plates = [plate(i) for i in range(400)]
        d.load(plates)
        over, faults, made = threading.Event(), [], []

        def guarded(work):
            try:
                i = 0
                while not over.is_set():
                    work(i)
                    i += 1
            except Exception as e:
                faults.append(e)

        def reads(i):
            dealer.send(read(i, plates[i % 400], f'cam{i}'))
            dealer.take(5)
        dealer = Dealer(d.router)
        threads = [threading.Thread(target=guarded, args=(w,)) for w in (
            reads,
            lambda i: d.ctl('list', 'import', 'stolen', d.write('l.txt', '\n'.join(plates + [plate(1000 + i)]) + '\n'), '--activate', '--reason', 'r'),
            lambda i: d.ctl('list', 'add', 'amber', '--plate', f'HAND{i:03}', '--state', 'CA', '--category', 'amber', '--case', 'C', '--reason', 'x', '--expires', '6h'),
            lambda i: d.ctl('list', 'gc', 'stolen'))]
        for t in threads:
            t.start()
        try:
            wait_for('alerts', lambda: d.status()['store']['alerts'] > 50)
            for n in range(3):
                made.append(os.path.join(d.dir, f'backup{n}'))
                d.ctl('backup', made[-1])
        finally:
            over.set()
            for t in threads:
                t.join()
        check(not faults, faults)
        dealer.settle()
        dealer.close()
        for b in made:
            alone('backup', 'verify', b)
            check(not glob.glob(b + '/audit/key') and not glob.glob(b + '/**/*.lock', recursive=True), 'no private key')
            check(os.stat(b).st_mode & 0o77 == 0, 'the mode')
        d.stop()
        goes_on(d, made[-1], hook)
    hook.close()


def goes_on(d, backup, hook):
    """The copy is held: it takes reads and sends nothing, until it is released."""
    new = os.path.join(d.dir, 'elsewhere')
    alone('restore', backup, new)
    path = os.path.join(d.dir, 'hotlistd.yaml')
    text = open(path).read()
    open(path, 'w').write(text.replace('state: state\n', 'state: elsewhere\n'))
    d.control = os.path.join(new, 'control.sock')
    hook.answer = lambda n, h, b: 204
    before = len(hook.ids())
    d.start()
    status = d.status()
    check(status['outbox']['held'] is True and status['outbox']['pending'] > 0 and 'HELD' in d.ctl('status') and 'HELD' in d.tail(), status['outbox'])
    dealer = Dealer(d.router)
    dealer.send(read(99999, 'HAND000', 'new-camera'))
    dealer.settle()
    check(d.status()['store']['alerts'] > status['store']['alerts'], 'it writes alerts')
    d.ctl('test', 'clock', '60000')
    check(len(hook.ids()) == before, 'nothing is sent')
    p = d.ctl('outbox', 'release', ok=False)
    check(p.returncode == 64, p)
    d.ctl('outbox', 'release', '--reason', 'the old node is off')
    wait_for('all deliveries', lambda: d.status()['outbox']['pending'] == 0)
    check(len(hook.ids()) > before and d.status()['outbox']['held'] is False, 'now it sends')
    check(d.ctl('outbox', 'release', '--reason', 'again', ok=False).returncode == 75, 'once')
    check(len(d.json('audit', 'verify')['chains']) == 2, 'the copy has a chain of its own')
    p = subprocess.run(['/usr/bin/python3', VERIFIER, new], capture_output=True, text=True)
    check(p.returncode == 0, p.stdout + p.stderr)
    begun = [r for r in d.json('audit', 'show', '--limit', '100000')['records'] if r['kind'] == 'begin']
    check('goes on from chain=' in begun[0]['details'], begun)
    dealer.close()
    d.stop()


def what_is_damaged_is_told():
    with running({'desk': ['http://127.0.0.1:9/']}) as d:
        d.load([plate(i) for i in range(20)])
        d.stop()
        p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), '-c', 'hotlistd.yaml', 'backup', 'mine'], cwd=d.dir, capture_output=True, text=True)
        check(p.returncode == 0, p.stderr)
        b, new = os.path.join(d.dir, 'mine'), os.path.join(d.dir, 'new')
        check(d.ctl('backup', b, ok=False).returncode == 73, 'a folder that is there is refused')
        for f in files(b):
            was = open(f, 'rb').read()
            for bad in (was[:len(was) // 2] + bytes([was[len(was) // 2] ^ 1]) + was[len(was) // 2 + 1:] if was else b'x', was[:-1] if was else b'y', None):
                os.unlink(f) if bad is None else open(f, 'wb').write(bad)
                p = alone('backup', 'verify', b, ok=False)
                check(p.returncode in (65, 66), (f, p))
                p = alone('restore', b, new, ok=False)
                check(p.returncode in (65, 66) and not os.path.exists(new), (f, p))
            with open(f, 'wb') as out:
                out.write(was)
        alone('backup', 'verify', b)
        # No name in MANIFEST leads out of the folder.
        m = open(b + '/MANIFEST').read()
        open(b + '/MANIFEST', 'w').write(m + '0' * 64 + '\t0\t../../outside\n')
        check(alone('restore', b, new, ok=False).returncode == 65 and not os.path.exists(new), 'a name outside')
        open(b + '/MANIFEST', 'w').write(m)
        os.mkdir(new)
        open(new + '/other', 'w').close()
        check(alone('restore', b, new, ok=False).returncode == 73 and os.listdir(new) == ['other'], 'a folder in use is left alone')


def a_crash_leaves_no_backup():
    for point in ('backup.database', 'backup.copied'):
        d = Daemon({'desk': ['http://127.0.0.1:9/']})
        try:
            d.start(HL_CRASH_AT=point)
            b = os.path.join(d.dir, 'b')
            d.ctl('backup', b, ok=False)
            wait_for('the kill', lambda: d.proc.poll() is not None)
            check(alone('backup', 'verify', b, ok=False).returncode == 66, 'it was never finished')
            check(alone('restore', b, os.path.join(d.dir, 'new'), ok=False).returncode == 66, 'nor restored')
            d.start()
            d.ctl('audit', 'verify')
            d.stop()
        finally:
            d.remove()


def first(d):
    with tarfile.open(os.path.join(FIRST, 'state.tar.xz')) as t:
        t.extractall(d.dir, filter='fully_trusted') if hasattr(tarfile, 'fully_trusted_filter') else t.extractall(d.dir)
    return json.load(open(os.path.join(FIRST, 'expected.json')))


def the_first_releases_state_is_brought_up():
    d = Daemon({'desk': ['http://127.0.0.1:9/']}, lists=('stolen', 'amber'), extra='privacy: {retain_alerts: 36500d}\n')
    try:
        want = first(d)
        for crash in ('format.upgraded', None):
            p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), '-c', os.path.join(d.dir, 'hotlistd.yaml'), 'alert', 'ls', '--json'], capture_output=True, text=True,
                               env={**os.environ, **({'HL_CRASH_AT': crash} if crash else {})})
            check((p.returncode == 0) == (not crash), p)
        check(open(os.path.join(d.dir, 'state/format')).read() == '2\n', 'the number')
        got = sorted(({k: a[k] for k in ('id', 'state', 'plate_listed')} for a in d.alerts()), key=lambda a: a['id'])
        check(got == want['alerts'], (got, want['alerts']))
        outbox = d.status()['outbox']
        check({k: outbox[k] for k in want['outbox']} == want['outbox'] and outbox['held'] is False, outbox)
        check([v['id'] for v in d.json('list', 'versions', 'stolen')] == want['versions'] and d.status()['store']['cleared'] == want['cleared'], 'versions and cleared pairs')
        check({n: d.ctl('list', 'export', n) for n in want['export']} == want['export'], 'entries')
        for a in want['alerts']:
            d.ctl('alert', 'show', a['id'])
        d.start()
        check(len(d.alerts()) == len(want['alerts']), 'the daemon has them too')
        d.ctl('backup', os.path.join(d.dir, 'b'))
        alone('backup', 'verify', os.path.join(d.dir, 'b'))
        d.ctl('audit', 'verify')
        d.stop()
    finally:
        d.remove()


def a_newer_state_is_refused_and_left_alone():
    for number in ('3\n', 'x', '', '99999999999999999999'):
        d = Daemon({'desk': ['http://127.0.0.1:9/']})
        try:
            first(d)
            d.write('state/format', number)
            before = {f: open(f, 'rb').read() for f in files(os.path.join(d.dir, 'state'))}
            p = subprocess.run([os.path.join(BUILD, 'hotlistd'), '-c', os.path.join(d.dir, 'hotlistd.yaml')], capture_output=True, text=True, timeout=30)
            check(p.returncode == 78 and 'format' in p.stderr, p)
            p = d.ctl('alert', 'ls', ok=False)
            check(p.returncode == 78 and not p.stdout, p)
            after = {f: open(f, 'rb').read() for f in files(os.path.join(d.dir, 'state')) if not f.endswith('/state/lock')}
            check(after == before, 'nothing was changed')
        finally:
            d.remove()


main(under_load, what_is_damaged_is_told, a_crash_leaves_no_backup, the_first_releases_state_is_brought_up, a_newer_state_is_refused_and_left_alone)
