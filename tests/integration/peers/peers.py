"""What the peer tests share: starting and ending real servers by process id, ports, and the driver of the delivery thread.

Runs on /usr/bin/python3. A test whose servers are missing is skipped (77), and fails where CI is set.
"""
import os, shutil, signal, socket, subprocess, sys, tempfile, time, traceback

BUILD = os.environ.get('HL_BUILD', os.getcwd())
HERE = os.path.dirname(os.path.abspath(__file__))
DAY = 86400000


def need(found, what):
    """Ends the test where a server is not installed."""
    if found:
        return
    print(f'{what} is missing')
    sys.exit(1 if os.environ.get('CI') else 77)


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f'waited {seconds} s in vain for {what}')
        time.sleep(0.02)


def free_ports(n):
    """n ports of loopback that are free now, all different."""
    sockets = [socket.socket() for _ in range(n)]
    try:
        for s in sockets:
            s.bind(('127.0.0.1', 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def listening(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(('127.0.0.1', port)) == 0


class Stage:
    """A folder and the processes of one test; all gone at its end."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='hl-peers-')
        self.processes = []
        return self

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), 'w') as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def text(self, name):
        try:
            with open(self.path(name), errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def start(self, name, *argv, **more):
        """Starts a server; what it says goes to NAME.log."""
        log = open(self.path(name + '.log'), 'w')
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.dir, start_new_session=True, **more)
        log.close()
        self.processes.append(p)
        return p

    def stop(self, p):
        """Ends a server and what it started."""
        if p in self.processes:
            self.processes.remove(p)
        for sig, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(p.pid, sig)
            except ProcessLookupError:
                pass
            try:
                p.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue

    def __exit__(self, kind, value, trace):
        for p in reversed(list(self.processes)):
            self.stop(p)
        if kind:
            for name in sorted(os.listdir(self.dir)):
                if name.endswith('.log'):
                    print(f'---- {name}\n{self.text(name)[-3000:]}', file=sys.stderr)
        shutil.rmtree(self.dir, ignore_errors=True)


def deliver(plan, seconds=30, settled=True):
    """Runs the plan (lists of words); id -> (state, times put off, longest wait asked for in ms, result)."""
    text = ''.join('\t'.join(str(w) for w in step) + '\n' for step in plan)
    p = subprocess.run([os.path.join(BUILD, 'tests/integration/peers/deliver_peers'), str(seconds)], input=text, capture_output=True, text=True,
                       timeout=seconds + 30)
    assert p.returncode == (0 if settled else 3), f'deliver_peers ended with {p.returncode}\n{p.stdout}\n{p.stderr}'
    out = {}
    for line in p.stdout.splitlines():
        name, state, laters, wait, result = line.split('\t', 4)
        out[name] = (state, int(laters), int(wait), result)
    return out


def run(*tests):
    """Runs each test function and says so; the exit code."""
    faults = 0
    for t in tests:
        began = time.monotonic()
        try:
            t()
            print(f'ok {t.__name__} ({time.monotonic() - began:.1f} s)')
        except Exception as e:  # every test is run, whatever went wrong before
            faults += 1
            at = [f for f in traceback.extract_tb(e.__traceback__) if f.filename == sys.argv[0]][-1:]
            print(f'FAILED {t.__name__}: {"".join(f"line {f.lineno}: {f.line}: " for f in at)}{type(e).__name__}: {e}')
    return 1 if faults else 0
