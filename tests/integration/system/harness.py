"""What the system tests share: a real hotlistd in a folder of its own, real HTTP receivers on loopback, a DEALER with a ledger outside the daemon.

Every test ends what it started, by process id, and leaves no file behind. Waiting is always for a condition with a deadline. Needs /usr/bin/python3 with
python3-zmq (Debian). Programs are found in $HL_BUILD, the sources in $HL_TOP.
"""
import contextlib, datetime, http.server, json, os, shutil, signal, socket, subprocess, sys, tempfile, threading, time

import zmq

BUILD = os.environ.get('HL_BUILD', os.getcwd())
TOP = os.environ.get('HL_TOP', os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ'


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_for(what, condition, seconds=30):
    """The condition's first true value; Failed after the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f'waited {seconds} s in vain for {what}')
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def plate(i):
    """The i-th of many plates that are far apart from each other (no two within three symbols of the same position)."""
    x = (i * 7919 + 13) % 10**6
    return f'{LETTERS[i % 23]}{LETTERS[(i // 23) % 23]}{x:06}'[:8]


def now(offset=0.0):
    t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
    return t.strftime('%Y-%m-%dT%H:%M:%S.') + f'{t.microsecond // 1000:03}Z'


def read(number, text, camera='cam1', offset=0.0, **more):
    return {'id': f'r{number:06}', 'camera': camera, 'time': now(offset), 'plate': text, **more}


class Receiver:
    """An HTTP receiver whose answers are scripted: answer(request number, headers, body) gives a status, or a function that gets the handler."""

    def __init__(self, answer=lambda n, headers, body: 204, port=0):
        self.got, self.lock, self.answer = [], threading.Lock(), answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('content-length', 0)))
                with outer.lock:
                    outer.got.append({'id': self.headers['webhook-id'], 'body': body, 'at': time.monotonic(), 'headers': dict(self.headers)})
                    n = len(outer.got)
                what = outer.answer(n, self.headers, body)
                if callable(what):
                    what(self)
                    return
                status, headers = what if isinstance(what, tuple) else (what, {})
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header('content-length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(('127.0.0.1', port), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}/hook'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ids(self):
        with self.lock:
            return [g['id'] for g in self.got]

    def events(self):
        with self.lock:
            return [json.loads(g['body']) for g in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


RULES = '''version: 1
timezone: UTC
confusions: {base: none}
match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.5}
alerts: {passage: 8s, cooldown: 10m}
route: {receivers: [desk]}
'''


class Redis:
    """A redis-server on a socket in a folder of its own, as durable as hotlistd asks for."""

    def __init__(self, *extra):
        self.dir, self.extra = tempfile.mkdtemp(prefix='hl-redis-'), extra
        self.socket = os.path.join(self.dir, 'r.sock')
        self.start()

    def start(self):
        self.proc = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', self.socket, '--dir', self.dir, '--appendonly', 'yes', '--appendfsync', 'always',
                                      '--save', '', '--logfile', 'log', *self.extra], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for('redis-server', lambda: self.say('PING') == 'PONG', 60)

    def say(self, *words):
        """One answer as text, '' where there is none; lists are their items, one a line."""
        p = subprocess.run(['redis-cli', '-s', self.socket, *map(str, words)], capture_output=True, text=True)
        return p.stdout.strip()

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def close(self):
        if self.proc.poll() is None:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Daemon:
    """A hotlistd with a folder of its own. receivers: name -> list of URLs. With HL_TEST_STORE=redis in the environment its store is on a Redis of its own, so that every
    test here can be run on that, too; redis: on this one, under this prefix."""

    def __init__(self, receivers, rules=RULES, lists=('stolen',), extra='', rcvhwm=1000, redis=None, prefix='hl'):
        self.dir = tempfile.mkdtemp(prefix='hl-system-')
        self.proc, self.pids = None, []
        self.own_redis = Redis() if not redis and os.environ.get('HL_TEST_STORE') == 'redis' else None
        self.redis = redis or self.own_redis
        store = f'store: {{redis: {{unix: {self.redis.socket}, prefix: {prefix}}}}}\n' if self.redis else ''
        self.control = os.path.join(self.dir, 'state/control.sock')
        self.router, self.pull, self.pub = (f'tcp://127.0.0.1:{free_port()}' for _ in range(3))
        self.write('secret', 'whsec_c2VjcmV0IG9mIGEgdGVzdCBvZiB3ZWJob29rcw==\n')
        self.write('rules.yaml', rules)
        hooks = ''.join(f'  {name}:\n' + ''.join(f'    - webhook: {{url: "{u}", secret_file: secret, allow: ["127.0.0.0/8"], timeout: 5s}}\n' for u in urls)
                        for name, urls in receivers.items())
        names = ''.join(f'  {n}: {{agency: METRO, layout: plates, feed: true}}\n' for n in lists)
        self.write('hotlistd.yaml', f'''state: state
{store}rules: rules.yaml
layouts: ["{TOP}/hotlists/layouts"]
ingest:
  - zmq: {{socket: router, bind: ["{self.router}"]}}
  - zmq: {{socket: pull, bind: ["{self.pull}"], rcvhwm: {rcvhwm}}}
  - zmq: {{socket: sub, connect: ["{self.pub}"], topics: ["reads."]}}
lists:
{names}receivers:
{hooks}{extra}''')

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
            f.write(text)
        return path

    def start(self, patience=60, **env):
        self.log = open(os.path.join(self.dir, 'log'), 'ab')
        self.proc = subprocess.Popen(self.wrap() + [os.path.join(BUILD, 'hotlistd'), '-c', os.path.join(self.dir, 'hotlistd.yaml')],
                                     stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env={**os.environ, **env})
        self.pids.append(self.proc.pid)
        wait_for('the control socket', lambda: self.proc.poll() is not None or self.answers(), patience)
        if 'HL_CRASH_AT' not in env:
            self.alive()
        return self

    def wrap(self):
        return []

    def alive(self):
        if self.proc.poll() is not None:
            raise Failed(f'hotlistd ended with {self.proc.returncode}:\n{self.tail()}')
        return True

    def answers(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.control) == 0

    def tail(self, n=30):
        return ''.join(open(os.path.join(self.dir, 'log'), errors='replace').readlines()[-n:])

    def ctl(self, *words, ok=True, text=None):
        p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), '-c', os.path.join(self.dir, 'hotlistd.yaml'), *words], capture_output=True, text=True, input=text)
        if ok and p.returncode:
            raise Failed(f'hotlistctl {" ".join(words)}: {p.returncode}\n{p.stdout}{p.stderr}\n{self.tail()}')
        return p.stdout if ok else p

    def json(self, *words):
        return json.loads(self.ctl(*words, '--json'))

    def status(self):
        return self.json('status')

    def alerts(self):
        return self.json('alert', 'ls', '--limit', '10000')

    def load(self, plates, name='stolen'):
        path = self.write(f'{name}.txt', '\n'.join(plates) + '\n')
        self.ctl('list', 'import', name, path)
        self.ctl('list', 'activate', name, 'newest', '--reason', 'test')

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def stop(self):
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failed('hotlistd did not stop within 30 s of SIGTERM')
            check(self.proc.returncode == 0, f'hotlistd ended with {self.proc.returncode}:\n{self.tail()}')

    def remove(self):
        if self.proc and self.proc.poll() is None:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.own_redis:
            self.own_redis.close()


class Faulty(Daemon):
    """A daemon of which libfiu makes calls fail when it is told to."""

    def wrap(self):
        return ['fiu-run', '-x']

    def start(self, **env):
        """A start under libfiu may hang in libfiu: the main thread loads a module of the name service, holds the loader's lock and asks libfiu for a read lock, while another
        thread looks a function up by the loader under libfiu's write lock (seen in a debugger, one start in some ten). What the process waits for is then told, and it is
        started again, a few times: what is tested here comes after the start."""
        for _ in range(4):
            try:
                return super().start(patience=10, **env)
            except Failed:
                if self.proc.poll() is not None or self.tail():
                    raise
                self.tell_hang()
                self.kill()
        return super().start(**env)

    def tell_hang(self):
        look = lambda name: open(f'/proc/{self.proc.pid}/{name}', errors='replace').read().strip()
        waits = [look(f'task/{t}/wchan') for t in os.listdir(f'/proc/{self.proc.pid}/task')]
        print(f'a start under libfiu hangs: {look("comm")} waits in {waits}; once more', flush=True)

    def remove(self):
        super().remove()
        for pid in self.pids:  # libfiu's pipes outlive a process that is killed
            for end in ('in', 'out'):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(os.path.join(tempfile.gettempdir(), f'fiu-ctrl-{pid}.{end}'))

    def fault(self, *commands):
        words = [w for c in commands for w in ('-c', c)]
        p = subprocess.run(['fiu-ctrl', *words, str(self.proc.pid)], capture_output=True, text=True, timeout=20)
        check(p.returncode == 0, f'fiu-ctrl: {p.stderr}')


class Dealer:
    """Sends reads to a ROUTER and keeps the ledger: what was sent, what was answered."""

    def __init__(self, endpoint):
        self.endpoint, self.context = endpoint, zmq.Context.instance()
        self.pending, self.accepted, self.refused = {}, set(), {}
        self.open()

    def open(self):
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.endpoint)

    def send(self, r):
        self.pending[r['id']] = r
        self.socket.send(json.dumps(r).encode())

    def take(self, milliseconds=10):
        """Answers that have come; how many."""
        n = 0
        while self.socket.poll(milliseconds if n == 0 else 0):
            parts = [p.decode() for p in self.socket.recv_multipart()]
            n += 1
            if len(parts) > 1:
                self.refused[parts[0]] = parts[1]
            else:
                self.accepted.add(parts[0])
            self.pending.pop(parts[0], None)
        return n

    def settle(self, seconds=30):
        wait_for('all answers', lambda: self.take() >= 0 and not self.pending, seconds)

    def reopen_and_resend(self):
        """After a crash: a new connection, and once more what was not answered."""
        self.close()
        self.open()
        for r in list(self.pending.values()):
            self.send(r)

    def close(self):
        self.socket.close(0)


@contextlib.contextmanager
def running(receivers, **kw):
    env = kw.pop('env', {})
    d = Daemon(receivers, **kw)
    try:
        yield d.start(**env)
        d.stop()
    except BaseException:
        sys.stderr.write(f'--- log of {d.dir}\n{d.tail() if os.path.exists(os.path.join(d.dir, "log")) else ""}')
        raise
    finally:
        d.remove()


def balanced(status, sent):
    r = status['reads']
    total = sum(r[k] for k in ('matched', 'suppressed', 'discarded', 'rejected', 'failed', 'pending'))
    check(r['in'] == sent and total == sent and r['pending'] == 0 and r['failed'] == 0, f'the sums disagree: sent {sent}, {r}')


def same_bodies(receiver):
    """A repeated delivery has the same id and the same body. Gives id -> body."""
    seen = {}
    with receiver.lock:
        for g in receiver.got:
            check(seen.setdefault(g['id'], g['body']) == g['body'], f'delivery {g["id"]} came with two bodies')
    return seen


def main(*tests):
    """Runs the tests named on the command line, else all; a line each, exit 1 where one failed."""
    names = sys.argv[1:]
    failed = 0
    for t in tests:
        if names and t.__name__ not in names:
            continue
        begun = time.monotonic()
        try:
            t()
            print(f'ok {t.__name__} ({time.monotonic() - begun:.1f} s)', flush=True)
        except Exception as e:
            failed += 1
            print(f'FAILED {t.__name__}: {type(e).__name__}: {e}', flush=True)
    sys.exit(1 if failed else 0)
