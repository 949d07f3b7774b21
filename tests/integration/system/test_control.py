#!/usr/bin/python3
"""The control socket against people who hold it open, hand over what has no end, or change under a running daemon what only a start can change."""
import array, json, os, re, shutil, signal, socket, struct, subprocess, time

from harness import BUILD, Daemon, Dealer, Receiver, check, main, plate, read, running, wait_for


def connected(d):
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.path.join(d.dir, 'state/control.sock'))
    return s


def whoever_holds_it_open_does_not_hold_up_a_stop():
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    held = []
    try:
        d.start()
        d.load([plate(1)])
        for i in range(24):
            held.append(connected(d))
            if i % 2:
                held[-1].send(struct.pack('=I', 100) + b'sta')
        begun = time.monotonic()
        d.stop()
        check(time.monotonic() - begun < 12, f'the stop took {time.monotonic() - begun:.1f} s')
    finally:
        for s in held:
            s.close()
        d.remove()
        hook.close()


def a_pipe_is_read_here_and_refused_there():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.ctl('list', 'import', 'stolen', '-', text=plate(1) + '\n' + plate(2) + '\n')
        check(d.json('list', 'versions', 'stolen')[0]['entries'] == 2, 'the list from a pipe')
        tube = os.pipe()
        with connected(d) as s:
            words = b'list\0import\0stolen\0-\0'
            s.sendmsg([struct.pack('=I', len(words))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [tube[0]]))])
            s.sendall(words)
            s.settimeout(10)
            answer = s.recv(4096)
            check(b'regular file' in answer + s.recv(4096), str(answer))
        os.close(tube[0])
        os.close(tube[1])
    hook.close()


def another_state_needs_a_restart():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(1)])
        settings = open(os.path.join(d.dir, 'hotlistd.yaml')).read()
        d.write('hotlistd.yaml', settings.replace('state: state', 'state: elsewhere'))
        d.proc.send_signal(signal.SIGHUP)
        wait_for('the fault in the log', lambda: 'needs a restart' in d.tail())
        d.write('hotlistd.yaml', settings.replace('topics: ["reads."]', 'topics: ["other."]'))
        d.proc.send_signal(signal.SIGHUP)
        wait_for('the warning in the log', lambda: "'ingest' has changed" in d.tail())
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        wait_for('the alert', lambda: len(hook.ids()) == 1)
        dealer.close()
    hook.close()


def it_answers_after_the_settings_it_started_with_are_gone():
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    try:
        d.start(MALLOC_PERTURB_='165')
        d.load([plate(1)])
        check('reloaded' in d.ctl('reload'), 'reload says that it was done')
        check('reloaded rules=' in d.tail() and d.status()['daemon']['reloads'] == 1, 'the log tells of it as it does of SIGHUP')
        end = time.monotonic() + 3  # the old settings are swept away once a second
        while time.monotonic() < end:
            check(d.status()['running'], 'the status after a reload')
        d.stop()
        check(not os.path.exists(os.path.join(d.dir, 'state/control.sock')), 'the socket is left behind')
    finally:
        d.remove()
        hook.close()


def a_lint_goes_by_the_settings_that_hold():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        d.load([plate(i) for i in range(1, 41)])
        wants = d.write('wants.csv', f'plate,state,category,reason,case,expires\n{plate(1)},CA,amber,missing,1,2099-01-01\n')
        before = d.ctl('list', 'lint', 'stolen', wants, '--layout', 'csv')
        check("by the running daemon's settings, " in before, before)
        check('an import would be held until it is approved: shrink' in before, before)
        settings = open(os.path.join(d.dir, 'hotlistd.yaml')).read()
        d.write('hotlistd.yaml', re.sub(r'(?m)^  stolen: .*$', '  stolen: {require: plate, categories: [stolen]}', settings))
        check(d.ctl('list', 'lint', 'stolen', wants, '--layout', 'csv') == before, 'the edited settings hold before they are loaded')
        d.ctl('reload')
        after = d.ctl('list', 'lint', 'stolen', wants, '--layout', 'csv', '--json', ok=False)
        check(after.returncode == 65 and '"field":"category","found":"amber","expected":"one of stolen","severity":"fault"}' in after.stdout, str(after))
    hook.close()


def an_officer_needs_no_secrets():
    """Another user who may reach the socket, but neither the secrets nor the state folder, works through the daemon."""
    if os.getuid() != 0:
        print('  (not root: not tried)')
        return
    hook = Receiver()
    d = Daemon({'desk': [hook.url]})
    try:
        d.control = os.path.join(d.dir, 'c.sock')
        conf = d.write('hotlistd.yaml', open(os.path.join(d.dir, 'hotlistd.yaml')).read() + f'control: {d.control}\n')
        shutil.copy(os.path.join(BUILD, 'hotlistctl'), d.dir)
        for path, mode in ((d.dir, 0o755), (conf, 0o644), (os.path.join(d.dir, 'rules.yaml'), 0o644), (os.path.join(d.dir, 'hotlistctl'), 0o755)):
            os.chmod(path, mode)
        officer = lambda *words: subprocess.run([os.path.join(d.dir, 'hotlistctl'), '-c', conf, *words], capture_output=True, text=True, user='nobody',
                                                group='nogroup', extra_groups=[], env={'PATH': os.environ['PATH']})
        p = officer('alert', 'ls')
        check(p.returncode == 78 and 'secret' in p.stderr, f'without a daemon the settings are needed: {p.returncode} {p.stderr}')
        d.start()
        d.load([plate(1)])
        p = officer('alert', 'ls')
        check(p.returncode == 77, f'the socket is for its group only: {p.returncode} {p.stderr}')
        shutil.chown(d.control, group='nogroup')
        dealer = Dealer(d.router)
        dealer.send(read(1, plate(1)))
        dealer.settle(10)
        p = officer('alert', 'ls')
        check(p.returncode == 0 and plate(1) in p.stdout, f'{p.returncode} {p.stdout} {p.stderr}')
        alert = d.alerts()[0]['id']
        p = officer('alert', 'ack', alert)
        check(p.returncode == 0, f'{p.returncode} {p.stderr}')
        check(d.json('alert', 'show', alert)['acknowledged_by'] == 'nobody', 'who asks is known from the socket')
        dealer.close()
        d.stop()
    finally:
        d.remove()
        hook.close()


def what_a_list_will_cost_is_told_by_the_daemons_rules_and_by_ones_own():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        path = d.write('list.txt', ''.join(plate(i) + '\n' for i in range(40)))
        told = d.ctl('list', 'lint', 'stolen', path)
        check('at 100000 reads a day (assumed), channel openalpr\n' in told and "by the running daemon's settings" in told, told)
        loose = json.loads(d.ctl('list', 'lint', 'stolen', path, '--json').splitlines()[-1])
        own = d.write('own.yaml', 'version: 1\nconfusions: {base: none}\nmatch: {max_cost: 0, candidates: 0}\n')
        strict = json.loads(d.ctl('list', 'lint', 'stolen', path, '--rules', own, '--reads-per-day', '100000', '--json').splitlines()[-1])
        check(0 < strict['expected_false_alerts_a_day'] < loose['expected_false_alerts_a_day'] / 2, f'{strict} {loose}')
        imported = d.json('list', 'import', 'stolen', path)
        check(imported['expected_false_alerts_a_day'] == loose['expected_false_alerts_a_day'], f'{imported} {loose}')
        with connected(d) as s:
            words = f'list\0lint\0stolen\0{path}\0--rules\0/etc/shadow\0'.encode()
            with open(path) as f:
                s.sendmsg([struct.pack('=I', len(words))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [f.fileno()]))])
                s.sendall(words)
                s.settimeout(10)
                check(b'reads no file of yours' in s.recv(4096) + s.recv(4096), 'a daemon read a file for somebody')
    hook.close()


def ten_thousand_partial_plates_are_told():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        path = d.write('list.txt', ''.join(f'{i:05d}*\n' for i in range(10000)))
        told = d.json('list', 'import', 'stolen', path)
        check(told['entries'] == 10000 and told['partial'] == 10000 and told['warnings'] == len(told['faults']) + told['untold'], str(told)[:300])
        check('10000 lines: 10000 good' in d.ctl('list', 'import', 'stolen', path), 'the same in words')
    hook.close()


main(it_answers_after_the_settings_it_started_with_are_gone, whoever_holds_it_open_does_not_hold_up_a_stop, a_pipe_is_read_here_and_refused_there, another_state_needs_a_restart,
     an_officer_needs_no_secrets, a_lint_goes_by_the_settings_that_hold,
     what_a_list_will_cost_is_told_by_the_daemons_rules_and_by_ones_own, ten_thousand_partial_plates_are_told)
