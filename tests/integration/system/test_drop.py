#!/usr/bin/python3
"""Drop folders, through a running daemon: what is complete is imported once and set aside with a report; nothing is read half, nothing is lost, whoever dies. What is
looked at only now and then (`rescan`) is put so far off that no test can pass by it, but where it is the matter itself."""
import contextlib, json, os, re, shutil, signal, stat, subprocess, sys, threading, time

from harness import BUILD, Daemon, Dealer, Receiver, check, main, plate, read, wait_for

SETTLE = '200ms'
POINTS = ('drop.taken', 'version.begun', 'version.synced', 'version.renamed', 'drop.imported', 'version.activating', 'version.activated', 'drop.reported', 'drop.aside')


class World:
    """A daemon with the list stolen and its drop folder."""

    def __init__(self, more='activate: true', policy='', rescan='1h', settle=SETTLE):
        self.hook = Receiver()
        self.d = Daemon({'desk': [self.hook.url]}, extra=f'drop:\n  - {{dir: drop, list: stolen, settle: {settle}, rescan: {rescan}, {more}}}\n')
        self.settings = os.path.join(self.d.dir, 'hotlistd.yaml')
        self.change(r'(stolen: \{agency: METRO, layout: plates, feed: true)', r'\1' + (', ' + policy if policy else ''))
        self.dir = os.path.join(self.d.dir, 'drop')
        self.number = 0
        os.mkdir(self.dir)

    def change(self, old, new):
        text, n = re.subn(old, new, open(self.settings).read())
        check(n == 1, f'{old} stands {n} times in the settings')
        open(self.settings, 'w').write(text)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def outside(self, text):
        self.number += 1
        return self.d.write(f'outside{self.number}', text)

    def rename_in(self, name, text):
        os.rename(self.outside(text), self.path(name))

    def state(self):
        drops = self.d.status()['drop']
        check(len(drops) == 1, f'{drops}')
        return drops[0]

    def versions(self):
        p = self.d.ctl('list', 'versions', 'stolen', '--json', ok=False)
        return json.loads(p.stdout) if p.returncode == 0 else []

    def active(self):
        v = [x for x in self.versions() if x['active']]
        check(len(v) <= 1, 'two versions are active')
        return v[0] if v else None

    def aside(self, folder, name=None):
        """The files in done/ or failed/, oldest first, without the reports."""
        try:
            all = sorted(os.listdir(self.path(folder)))
        except FileNotFoundError:
            return []
        files = [f for f in all if not re.search(r'\.report\.(txt|json)$', f) and not f.endswith('.sig') and '.tmp-' not in f]
        return [f for f in files if name is None or f[21:] == name]

    def report(self, folder, file):
        return json.load(open(self.path(folder, file + '.report.json'))), open(self.path(folder, file + '.report.txt')).read()

    def wait(self, folder, name, n=1, seconds=30):
        """Waits until the name lies in done/ or failed/ n times; the newest of them."""
        return wait_for(f'{name} in {folder}/', lambda: self.d.alive() and len(self.aside(folder, name)) >= n and self.aside(folder, name), seconds)[-1]

    def passed(self):
        """Whatever could be taken until now has been: a file that comes later is done."""
        self.number += 1
        name = f'marker{self.number}'
        self.rename_in(name, f'MARK{self.number}\n')
        self.wait('done', name)


def world(*args, start=True, **kw):
    def wrap(test):
        def run():
            w = World(*args, **kw)
            try:
                if start:
                    w.d.start()
                test(w)
                w.d.stop()
                check(not os.path.isdir(w.path('importing')) or not [f for f in os.listdir(w.path('importing'))], 'something is left in importing/')
            except BaseException:
                sys.stderr.write(f'--- log of {w.d.dir}\n{w.d.tail() if os.path.exists(os.path.join(w.d.dir, "log")) else ""}')
                raise
            finally:
                w.d.remove()
                w.hook.close()
        run.__name__ = test.__name__
        return run
    return wrap


def many(n, first=0):
    return ''.join(f'{"ABCDEFGHKL"[i % 10]}{i:06}\n' for i in range(first, first + n))


def owner():
    import pwd
    return pwd.getpwuid(os.getuid()).pw_name


@world()
def renamed_in_it_is_active_and_set_aside(w):
    w.rename_in('metro.txt', 'KX41TST\nLM52TST\n')
    aside = w.wait('done', 'metro.txt')
    check(re.fullmatch(r'\d{8}T\d{6}\.\d{3}Z-metro\.txt', aside), aside)
    check(open(w.path('done', aside)).read() == 'KX41TST\nLM52TST\n' and not os.path.exists(w.path('metro.txt')), 'it is not the file')
    data, text = w.report('done', aside)
    v = w.active()
    check(data['result'] == 'active' and data['version'] == v['id'] and data['entries'] == 2 and data['reason'] is None and data['file'] == 'metro.txt', f'{data}')
    check('active at' in text and '2 good' in text, text)
    check(data['by'].startswith('drop:') and data['by'].endswith(f' ({owner()})') and v['by'] == data['by'], f'{v} {data["by"]}')
    s = wait_for('the status', lambda: w.state()['imported'] == 1 and w.state())
    check((s['file'], s['result'], s['version'], s['refused'], s['waiting']) == ('metro.txt', 'active', v['id'], 0, 0) and s['time'], f'{s}')
    check('metro.txt: active' in w.d.ctl('status'), w.d.ctl('status'))
    dealer = Dealer(w.d.router)
    dealer.send(read(1, 'KX41TST'))
    dealer.settle()
    check([a['plate_listed'] for a in w.d.alerts()] == ['KX41TST'], 'it is not matched')
    dealer.close()


@world()
def written_in_pieces_it_is_read_when_it_is_closed(w):
    pieces = ['AAB1111\nAAB22', '22\nAAB3333\n', 'AAB4444\n']
    with open(w.path('slow.txt'), 'w') as f:
        w.d.ctl('test', 'clock', '60000')
        w.passed()  # it is there, empty, and older than `settle`
        for piece in pieces:
            f.write(piece)
            f.flush()
            w.d.ctl('test', 'clock', '60000')
            w.passed()
            check(os.path.exists(w.path('slow.txt')), 'it was taken while it was written')
    aside = w.wait('done', 'slow.txt')
    check(w.report('done', aside)[0]['entries'] == 4, 'not all of it was read')
    check(w.active()['source'] == 'slow.txt', f'{w.active()}')


@world(settle='20s')
def unchanged_for_a_while_it_counts_as_complete(w):
    w.d.write('drop/quiet.txt', many(3))
    w.passed()
    check(os.path.exists(w.path('quiet.txt')), 'it was taken before it had settled')
    w.d.ctl('test', 'clock', '15000')
    with open(w.path('quiet.txt'), 'a') as f:
        f.write(many(1, 3))
    w.passed()
    w.d.ctl('test', 'clock', '15000')
    w.passed()
    check(os.path.exists(w.path('quiet.txt')), 'a file that grew was taken by the time of its beginning')
    w.d.ctl('test', 'clock', '15000')
    w.passed()
    check(w.report('done', w.wait('done', 'quiet.txt'))[0]['entries'] == 4, 'not all of it')


@world()
def written_to_while_it_is_read_it_is_read_again(w):
    path, n = w.outside(many(100000)), 100000
    stop = threading.Event()
    with open(path, 'r+b', buffering=0) as f:
        def write_on():
            wait_for('the import', lambda: os.path.exists(w.path('importing', 'big.txt')) or w.aside('done', 'big.txt'))
            while not stop.is_set():
                os.pwrite(f.fileno(), b'Z', 0)
        writer = threading.Thread(target=write_on)
        writer.start()
        os.rename(path, w.path('big.txt'))
        try:
            wait_for('the notice', lambda: w.state()['result'] == 'trying' and 'changed' in (w.state()['reason'] or ''))
            check(not w.versions(), 'a version was made of what was half read')
        finally:
            stop.set()
            writer.join()
    aside = w.wait('done', 'big.txt', seconds=60)
    check(w.report('done', aside)[0]['entries'] == n and len(w.versions()) == 1, f'{w.versions()}')
    check(w.d.json('list', 'show', 'stolen', '--plate', 'Z000000')['entries'], 'what was written last is not in it')


@world(settle='20s')
def gone_before_its_time_it_is_forgotten(w):
    w.d.write('drop/gone.txt', many(3))
    w.passed()
    os.unlink(w.path('gone.txt'))
    w.d.ctl('test', 'clock', '30000')
    w.passed()
    check(not [v for v in w.versions() if v['source'] == 'gone.txt'] and w.state()['waiting'] == 0 and not w.aside('failed'), f'{w.state()}')


@world()
def a_broken_file_is_set_aside_and_changes_nothing(w):
    w.rename_in('good.txt', many(5))
    w.wait('done', 'good.txt')
    active = w.active()['id']
    w.rename_in('broken.txt', 'not a plate at all, this\n???\n')
    aside = w.wait('failed', 'broken.txt')
    data, text = w.report('failed', aside)
    check(data['result'] == 'refused' and data['version'] is None and [f['line'] for f in data['faults']] == [1, 2], f'{data}')
    check('broken.txt:1:' in text and 'nothing was stored' in text and 'refused at' in text, text)
    w.rename_in('empty.txt', '')
    check(w.report('failed', w.wait('failed', 'empty.txt'))[0]['result'] == 'refused', 'an empty file')
    check(w.active()['id'] == active and len(w.versions()) == 1, f'{w.versions()}')
    check(w.state()['refused'] == 2, f'{w.state()}')


@world()
def cut_off_or_with_bad_lines_it_waits_for_a_person(w):
    w.rename_in('first.txt', many(5))
    w.wait('done', 'first.txt')
    active = w.active()['id']
    w.rename_in('cut.txt', many(6)[:-1])
    data, text = w.report('done', w.wait('done', 'cut.txt'))
    check(data['result'] == 'waits' and 'no line break' in data['reason'] and 'list activate' in text, f'{data}')
    w.rename_in('bad.txt', many(7) + 'TOOLONGPLATE123\n')
    data, text = w.report('done', w.wait('done', 'bad.txt'))
    check(data['result'] == 'waits' and data['rejected'] == 1 and w.active()['id'] == active, f'{data}')


@world(policy='approvals: 1')
def a_held_version_waits_and_its_owner_cannot_approve_it(w):
    w.rename_in('metro.txt', many(5))
    data, text = w.report('done', w.wait('done', 'metro.txt'))
    check(data['result'] == 'waits' and data['holds'] == ['policy'] and 'list approve stolen' in text and not w.active(), f'{data}')
    p = w.d.ctl('list', 'approve', 'stolen', 'newest', '--reason', 'mine', ok=False)
    check(p.returncode == 77 and 'somebody else' in p.stderr, f'{p.returncode} {p.stderr}')


def set_aside_mode(w):
    """The daemon as somebody who is not root, who can read anything."""
    if os.getuid():
        return 0o000
    for folder, _, files in os.walk(w.d.dir):
        for f in [folder] + [os.path.join(folder, x) for x in files]:
            os.chown(f, 65534, 65534)
    w.d.wrap = lambda: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    return 0o600


@world(start=False)
def unreadable_it_is_set_aside_with_the_reason(w):
    mode = set_aside_mode(w)
    w.d.start()
    path = w.outside(many(3))
    os.chmod(path, mode)
    os.rename(path, w.path('secret.txt'))
    data, text = w.report('failed', w.wait('failed', 'secret.txt'))
    check(data['result'] == 'refused' and "can't read it" in data['reason'] and 'faults' not in data, f'{data}')
    check(not w.versions(), 'a version of what?')


@world(start=False)
def of_two_at_once_the_older_goes_first(w):
    for name, n, age in (('b.txt', 3, 100), ('a.txt', 4, 50), ('c.txt', 5, 150)):
        w.rename_in(name, many(n))
        t = time.time() - age
        os.utime(w.path(name), (t, t))
    w.d.start()
    wait_for('all three', lambda: len(w.aside('done')) == 3)
    check([f[21:] for f in w.aside('done')] == ['c.txt', 'b.txt', 'a.txt'] and w.active()['source'] == 'a.txt', f'{w.aside("done")} {w.active()}')


@world(policy='shrink: 100')
def what_is_no_list_is_left_alone(w):
    target = w.outside(many(9))
    os.symlink(target, w.path('link.txt'))
    os.mkfifo(w.path('pipe.txt'))
    os.mkdir(w.path('folder.txt'))
    os.link(target, w.path('twice.txt'))
    left = ['link.txt', 'pipe.txt', 'folder.txt', 'twice.txt']
    for name in ('.hidden', 'metro.txt.part', 'x.TMP', 'x.txt.report.txt', 'x.report.json', 'x.sig', 'x~'):
        w.rename_in(name, many(2))
        left.append(name)
    w.d.ctl('test', 'clock', '60000')
    w.passed()
    check(sorted(os.listdir(w.dir)) == sorted(left + ['done', 'importing']), f'{os.listdir(w.dir)}')
    # With one name left it is as good as renamed in, once it has settled.
    os.unlink(target)
    w.passed()
    w.d.ctl('test', 'clock', '60000')
    w.passed()
    w.wait('done', 'twice.txt')


@world()
def a_link_in_the_place_of_a_sub_folder_is_not_followed(w):
    other = os.path.join(w.d.dir, 'elsewhere')
    os.mkdir(other)
    os.symlink(other, w.path('done'))
    w.rename_in('metro.txt', many(3))
    s = wait_for('the fault', lambda: w.state()['file'] == 'metro.txt' and w.state())
    check('done/' in s['reason'] and not os.listdir(other), f'{s} {os.listdir(other)}')
    w.d.kill()
    os.unlink(w.path('done'))
    w.d.start()
    w.wait('done', 'metro.txt')
    check(len(w.versions()) == 1, f'{w.versions()}')


def killed_at(point, more, text, base=''):
    """The file's version after a kill at that point and a new start."""
    w = World(more)
    try:
        if base:
            w.d.start()
            w.d.load(base.split())
            w.d.stop()
        w.rename_in('metro.txt', text)
        w.d.start(HL_CRASH_AT=point)
        wait_for(f'the end at {point}', lambda: w.d.proc.poll() is not None)
        check(w.d.proc.returncode == -signal.SIGKILL, f'{point}: ended with {w.d.proc.returncode}')
        w.d.start()
        aside = wait_for(f'the file killed at {point}', lambda: w.aside('done', 'metro.txt') or w.aside('failed', 'metro.txt'))
        check(len(aside) == 1 and not w.aside('failed') and not os.listdir(w.path('importing')), f'{point}: {aside} {w.aside("failed")}')
        data, report = w.report('done', aside[0])
        check(data['result'] in report, report)
        found = [v for v in w.versions() if v['source'] == 'metro.txt']
        check(len(found) == 1 and len(w.versions()) == 1 + bool(base), f'{point}: {w.versions()}')
        w.d.stop()
        return found[0], data
    except BaseException:
        sys.stderr.write(w.d.tail())
        raise
    finally:
        w.d.remove()
        w.hook.close()


def killed_at_any_point_it_is_imported_once():
    for point in POINTS:
        version, data = killed_at(point, 'activate: true', many(300))
        check(version['entries'] == 300 and version['active'] and data['result'] == 'active', f'{point}: {version} {data}')


def killed_at_any_point_an_increment_is_made_once():
    for point in POINTS:
        version, data = killed_at(point, 'activate: true, incremental: true', 'ZZZ1234\n', many(300))
        activated = point not in ('version.renamed', 'version.activating')
        check(version['entries'] == 301 and version['active'] == activated, f'{point}: {version} {data}')
        check(data['result'] == ('active' if activated else 'waits') and (activated or 'list activate' in data['reason']), f'{point}: {data}')


@world(rescan='1s')
def a_folder_removed_and_made_again(w):
    w.rename_in('one.txt', many(3))
    w.wait('done', 'one.txt')
    shutil.rmtree(w.dir)
    wait_for('the fault', lambda: "can't be looked into" in w.state().get('fault', ''))
    check("can't be looked into" in w.d.ctl('status'), 'the text says nothing')
    os.mkdir(w.dir)
    w.rename_in('two.txt', many(4))
    w.wait('done', 'two.txt')
    check('fault' not in w.state() and w.active()['source'] == 'two.txt', f'{w.state()}')
    # And one that takes its place without its ever being away.
    os.rename(w.dir, w.dir + '.old')
    os.mkdir(w.dir)
    w.rename_in('three.txt', many(5))
    w.wait('done', 'three.txt')


@world()
def more_events_than_the_queue_holds(w):
    most = int(open('/proc/sys/fs/inotify/max_queued_events').read())
    w.rename_in('first.txt', many(2))
    w.wait('done', 'first.txt')  # the folder is watched from here on
    w.d.proc.send_signal(signal.SIGSTOP)
    tasks = f'/proc/{w.d.proc.pid}/task'
    wait_for('all threads to stand still', lambda: all(open(f'{tasks}/{t}/stat').read().rsplit(')', 1)[1].split()[0] == 'T' for t in os.listdir(tasks)))
    for i in range(most + 100):  # each is made and closed
        os.close(os.open(w.path(f'.{i % 50}.{i}'), os.O_CREAT | os.O_WRONLY, 0o600))
        os.unlink(w.path(f'.{i % 50}.{i}'))
    w.rename_in('late.txt', many(3))
    w.d.proc.send_signal(signal.SIGCONT)
    w.wait('done', 'late.txt')
    check('more events than the system queues' in w.d.tail(), w.d.tail())


@world()
def stopped_while_it_imports(w):
    w.rename_in('big.txt', many(2000000))
    wait_for('the import', lambda: os.path.exists(w.path('importing', 'big.txt')))
    w.d.proc.send_signal(signal.SIGTERM)
    wait_for('the end', lambda: w.d.proc.poll() is not None, 15)
    check(w.d.proc.returncode == 0 and os.path.exists(w.path('importing', 'big.txt')), f'{w.d.proc.returncode} {w.d.tail()}')
    w.d.start()
    w.wait('done', 'big.txt', seconds=120)
    check(len(w.versions()) == 1 and w.active()['entries'] == 2000000, f'{w.versions()}')


@world(start=False)
def what_was_there_before_the_start(w):
    w.d.write('drop/early.txt', many(3))
    w.d.start()
    w.wait('done', 'early.txt')


@world()
def folders_come_and_go_with_a_reload(w):
    text = open(w.settings).read()
    os.mkdir(os.path.join(w.d.dir, 'other'))
    open(w.settings, 'w').write(text.replace('{dir: drop,', '{dir: other,'))
    w.d.proc.send_signal(signal.SIGHUP)
    wait_for('the reload', lambda: w.state()['dir'].endswith('/other'))
    w.d.write('drop/left.txt', many(3))
    w.d.write('other/taken.txt', many(4))
    wait_for('the other folder', lambda: w.state()['imported'] == 1)
    check(os.path.exists(w.path('left.txt')), 'a folder that is gone from the settings was looked at')
    open(w.settings, 'w').write(text)
    w.d.ctl('reload')
    w.wait('done', 'left.txt')


@world('activate: true, pattern: "*.txt"', policy='keep: 2')
def of_what_is_done_the_newest_are_kept(w):
    w.d.write('drop/notes.doc', 'mine')
    for i in range(5):
        w.rename_in(f'{i}.txt', many(3 + i))
        w.wait('done', f'{i}.txt')
    os.mkdir(w.path('done', 'folder'))
    w.d.write('drop/done/README', 'mine')
    w.rename_in('bad.txt', 'TOOLONGPLATE123\n')
    w.wait('failed', 'bad.txt')
    w.rename_in('5.txt', many(20))
    w.wait('done', '5.txt')
    names = wait_for('the clearing', lambda: len(os.listdir(w.path('done'))) == 8 and sorted(os.listdir(w.path('done'))))
    check([f[21:] for f in names if f[0] == '2'] == ['4.txt', '4.txt.report.json', '4.txt.report.txt', '5.txt', '5.txt.report.json', '5.txt.report.txt'], f'{names}')
    check('README' in names and 'folder' in names and os.path.exists(w.path('notes.doc')) and len(w.aside('failed')) == 1, 'what is not ours was touched')


@world(policy='public_key_file: agency.pub', start=False)
def a_signed_list_waits_for_its_signature(w):
    key, pub = os.path.join(w.d.dir, 'agency.key'), os.path.join(w.d.dir, 'agency.pub')
    run = lambda *words: subprocess.run(['openssl', *words], check=True, capture_output=True)
    run('genpkey', '-algorithm', 'ed25519', '-out', key)
    run('pkey', '-in', key, '-pubout', '-out', pub)
    w.d.start()

    def sign(text):
        path = w.outside(text)
        run('pkeyutl', '-sign', '-inkey', key, '-rawin', '-in', path, '-out', path + '.sig')
        return path
    path = sign(many(5))
    os.rename(path, w.path('metro.txt'))
    wait_for('its being seen', lambda: w.state()['waiting'] == 1)
    w.d.ctl('test', 'clock', '300000')
    other = sign(many(6))
    os.rename(other + '.sig', w.path('other.txt.sig'))
    os.rename(other, w.path('other.txt'))
    w.wait('done', 'other.txt')
    check(os.path.exists(w.path('metro.txt')), 'it was taken without its signature')
    os.rename(path + '.sig', w.path('metro.txt.sig'))
    aside = w.wait('done', 'metro.txt')
    check(os.path.exists(w.path('done', aside + '.sig')) and not os.path.exists(w.path('metro.txt.sig')) and w.active()['entries'] == 5, 'the signature')
    check(w.active()['signed_by'], f'{w.active()}')
    wrong = sign(many(7))
    open(wrong, 'a').write('ADD1234\n')
    os.rename(wrong + '.sig', w.path('wrong.txt.sig'))
    os.rename(wrong, w.path('wrong.txt'))
    data, _ = w.report('failed', w.wait('failed', 'wrong.txt'))
    check('signature' in data['reason'] and w.active()['entries'] == 5, f'{data}')
    w.rename_in('unsigned.txt', many(8))
    wait_for('its being seen', lambda: w.state()['waiting'] == 1)
    w.d.ctl('test', 'clock', '700000')
    w.rename_in('kick', many(1))
    data, _ = w.report('failed', w.wait('failed', 'unsigned.txt'))
    check('signed uploads only' in data['reason'], f'{data}')
    w.d.ctl('test', 'clock', '700000')
    w.rename_in('.kick', '')
    w.wait('failed', 'kick')


main(renamed_in_it_is_active_and_set_aside, written_in_pieces_it_is_read_when_it_is_closed, unchanged_for_a_while_it_counts_as_complete,
     written_to_while_it_is_read_it_is_read_again, gone_before_its_time_it_is_forgotten, a_broken_file_is_set_aside_and_changes_nothing,
     cut_off_or_with_bad_lines_it_waits_for_a_person, a_held_version_waits_and_its_owner_cannot_approve_it, unreadable_it_is_set_aside_with_the_reason,
     of_two_at_once_the_older_goes_first, what_is_no_list_is_left_alone, a_link_in_the_place_of_a_sub_folder_is_not_followed,
     killed_at_any_point_it_is_imported_once, killed_at_any_point_an_increment_is_made_once, a_folder_removed_and_made_again, more_events_than_the_queue_holds, stopped_while_it_imports,
     what_was_there_before_the_start, folders_come_and_go_with_a_reload, of_what_is_done_the_newest_are_kept, a_signed_list_waits_for_its_signature)
