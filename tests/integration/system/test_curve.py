#!/usr/bin/python3
"""CURVE on the daemon's ZeroMQ sockets, against pyzmq and hotlistctl send: who is allowed gets in, nobody else, and a reload changes who that is."""
import json, os, sys

sys.dont_write_bytecode = True
import zmq

from harness import BUILD, Daemon, Failed, Receiver, balanced, check, free_port, main, plate, read, wait_for

if not zmq.has('curve'):
    sys.exit(77)


class Curved(Daemon):
    """A daemon with a ROUTER and a PULL that want CURVE, and a SUB that is a CURVE client."""

    def __init__(self, receivers):
        super().__init__(receivers)
        self.crouter, self.cpull, self.cpub = (f'tcp://127.0.0.1:{free_port()}' for _ in range(3))
        os.mkdir(os.path.join(self.dir, 'allowed'), 0o700)
        self.server = self.pair('server')
        self.publisher = self.pair('publisher')
        text = open(os.path.join(self.dir, 'hotlistd.yaml')).read()
        self.write('hotlistd.yaml', text.replace('lists:\n', f'''  - zmq: {{socket: router, bind: ["{self.crouter}"], curve: {{secret_key_file: server.secret, allowed_keys_dir: allowed}}}}
  - zmq: {{socket: pull, bind: ["{self.cpull}"], curve: {{secret_key_file: server.secret, allowed_keys_dir: allowed}}}}
  - zmq: {{socket: sub, connect: ["{self.cpub}"], curve: {{secret_key_file: server.secret, server_key_file: publisher.key}}}}
lists:
''', 1))

    def pair(self, name):
        """A key pair made by the program: (public, secret) as pyzmq wants them."""
        self.ctl('keygen', 'curve', os.path.join(self.dir, name))
        check(os.stat(os.path.join(self.dir, name + '.secret')).st_mode & 0o777 == 0o600, 'the secret key is for its owner alone')
        return tuple(open(os.path.join(self.dir, name + end)).read().splitlines()[-1].encode() for end in ('.key', '.secret'))

    def allow(self, name):
        os.rename(os.path.join(self.dir, name + '.key'), os.path.join(self.dir, 'allowed', name + '.key'))

    def forbid(self, name):
        os.rename(os.path.join(self.dir, 'allowed', name + '.key'), os.path.join(self.dir, name + '.key'))

    def reads_in(self):
        return self.status()['reads']['in']

    def refused(self):
        return {r['key']: r for r in self.status()['refused_senders']}


class Sender:
    """A pyzmq socket in a context of its own, with a monitor that tells how its handshakes end."""

    every = []

    def __init__(self, kind, endpoint, pair=None, server=None, bind=False):
        self.every.append(self)
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.monitor = self.socket.get_monitor_socket()
        if pair:
            self.socket.curve_publickey, self.socket.curve_secretkey = pair
            if server:
                self.socket.curve_serverkey = server
            else:
                self.socket.curve_server = True
        if bind:
            wait_for('the port', lambda: self.bound(endpoint))
        else:
            self.socket.connect(endpoint)

    def bound(self, endpoint):
        """The one before may still be closing."""
        try:
            self.socket.bind(endpoint)
            return True
        except zmq.ZMQError as e:
            check(e.errno == zmq.EADDRINUSE, str(e))

    def ends(self):
        """How the first handshake ends: ok, auth, protocol."""
        from zmq.utils.monitor import recv_monitor_message
        names = {zmq.EVENT_HANDSHAKE_SUCCEEDED: 'ok', zmq.EVENT_HANDSHAKE_FAILED_AUTH: 'auth', zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: 'protocol',
                 zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: 'closed'}
        while self.monitor.poll(15000):
            event = names.get(recv_monitor_message(self.monitor)['event'])
            if event:
                return event
        raise Failed('no handshake within 15 s')

    def send(self, r):
        self.socket.send(json.dumps(r).encode())

    def answer(self, milliseconds=15000):
        return [p.decode() for p in self.socket.recv_multipart()] if self.socket.poll(milliseconds) else None

    def close(self):
        if self in self.every:
            self.every.remove(self)
            self.socket.disable_monitor()
            self.context.destroy(0)


def scene(test):
    def run():
        hook = Receiver()
        d = Curved({'desk': [hook.url]})
        try:
            test(d)
            d.stop()
        except BaseException:
            sys.stderr.write(d.tail())
            raise
        finally:
            for s in list(Sender.every):
                s.close()
            d.remove()
            hook.close()
    run.__name__ = test.__name__
    return run


@scene
def only_whom_we_know(d):
    good, bad = d.pair('cam1'), d.pair('stranger')
    d.allow('cam1')
    d.start()
    d.load([plate(1)])
    right = Sender(zmq.DEALER, d.crouter, good, d.server[0])
    right.send(read(1, plate(1)))
    check(right.answer() == ['r000001'], 'the right key is let in')
    push = Sender(zmq.PUSH, d.cpull, good, d.server[0])
    push.send(read(2, plate(1)))
    wait_for('the second read', lambda: d.reads_in() == 2)
    for kind, endpoint in (zmq.DEALER, d.crouter), (zmq.PUSH, d.cpull):
        wrong = Sender(kind, endpoint, bad, d.server[0])
        check(wrong.ends() == 'auth', 'a stranger is refused')
        plain = Sender(kind, endpoint)
        check(plain.ends() in ('protocol', 'closed'), 'one without CURVE is refused')
        fooled = Sender(kind, endpoint, good, bad[0])
        check(fooled.ends() in ('protocol', 'closed'), 'one that expects another server goes away')
        for s in wrong, plain, fooled:
            s.close()
    r = wait_for('the refused in status', lambda: d.refused().get(bad[0].decode()))
    check(r['address'] == '127.0.0.1' and r['count'] >= 2 and set(d.refused()) == {bad[0].decode()}, str(d.status()['refused_senders']))
    counted = d.status()['curve']
    check(counted['accepted'] >= 2 and counted['refused'] >= 2 and counted['messages_refused'] == 0, str(counted))
    check(f'a sender at 127.0.0.1, ' in d.ctl('status') and bad[0].decode() in d.ctl('status'), 'in words')
    check(f'a sender at 127.0.0.1 was refused: its key {bad[0].decode()} is not allowed' in d.tail(100), 'in the log')
    right.send(read(3, plate(1)))
    check(right.answer() == ['r000003'], 'the right one goes on')
    balanced(d.status(), 3)
    right.close()
    push.close()


@scene
def a_reload_adds_and_removes_keys(d):
    first, second = d.pair('cam1'), d.pair('cam2')
    d.allow('cam1')
    d.start()
    d.load([plate(1)])
    one = Sender(zmq.DEALER, d.crouter, first, d.server[0])
    push = Sender(zmq.PUSH, d.cpull, first, d.server[0])
    one.send(read(1, plate(1)))
    check(one.answer() == ['r000001'], 'the first')
    push.send(read(2, plate(1)))
    wait_for('the push', lambda: d.reads_in() == 2)
    two = Sender(zmq.DEALER, d.crouter, second, d.server[0])
    check(two.ends() == 'auth', 'the second is unknown')
    d.allow('cam2')
    d.forbid('cam1')
    d.ctl('reload')
    two.close()
    two = Sender(zmq.DEALER, d.crouter, second, d.server[0])
    two.send(read(3, plate(1)))
    check(two.answer() == ['r000003'], 'the second is let in without a restart')
    # A connection that stands is not asked about again by ZeroMQ; its messages are.
    one.send(read(4, plate(1)))
    check(one.answer() == ['', 'this key is not allowed any more'], 'the first has no more say')
    push.send(read(5, plate(1)))
    wait_for('both turned away', lambda: d.status()['curve']['messages_refused'] == 2)
    again = Sender(zmq.DEALER, d.crouter, first, d.server[0])
    check(again.ends() == 'auth', 'nor a new connection')
    check(d.reads_in() == 3, str(d.status()['reads']))
    d.allow('cam1')
    d.ctl('reload')
    one.send(read(6, plate(1)))
    check(one.answer() == ['r000006'], 'allowed again')
    for s in one, push, two, again:
        s.close()
    balanced(d.status(), 4)


@scene
def a_bad_key_file_leaves_the_old_keys(d):
    good = d.pair('cam1')
    d.allow('cam1')
    d.start()
    d.load([plate(1)])
    d.write('allowed/broken.key', 'not a key\n')
    p = d.ctl('reload', ok=False)
    check(p.returncode and 'broken.key: line 1: no key: expected 40 characters of Z85' in p.stdout + p.stderr, p.stdout + p.stderr)
    right = Sender(zmq.DEALER, d.crouter, good, d.server[0])
    right.send(read(1, plate(1)))
    check(right.answer() == ['r000001'], 'as before')
    right.close()


@scene
def the_other_side_has_a_key_too(d):
    """As a client the daemon takes reads only from the publisher whose key it knows."""
    impostor = d.pair('impostor')
    d.start()
    d.load([plate(1)])
    pub = Sender(zmq.XPUB, d.cpub, impostor, bind=True)
    check(pub.ends() in ('protocol', 'closed'), 'the daemon does not take an impostor')
    check(pub.socket.poll(300) == 0, 'no subscription came')
    pub.close()
    pub = Sender(zmq.XPUB, d.cpub, d.publisher, bind=True)
    check(pub.socket.poll(20000) and pub.socket.recv() == b'\x01', 'it subscribes')
    pub.send(read(1, plate(1)))
    wait_for('the read', lambda: d.reads_in() == 1)
    pub.close()


@scene
def hotlistctl_sends(d):
    d.pair('cam1')
    d.pair('stranger')
    d.allow('cam1')
    d.start()
    d.load([plate(1)])
    reads = d.write('reads.jsonl', ''.join(json.dumps(read(i, plate(1))) + '\n' for i in range(3)))
    keys = lambda name: ('--curve', os.path.join(d.dir, name + '.secret'), '--server-key', os.path.join(d.dir, 'server.key'))
    d.ctl('send', '--to', d.crouter, '--dealer', *keys('cam1'), reads)
    d.ctl('send', '--to', d.cpull, *keys('cam1'), reads)
    wait_for('all reads', lambda: d.reads_in() == 6)
    for more in ['--to', d.crouter, '--dealer'], ['--to', d.cpull]:
        p = d.ctl('send', *more, '--wait', '10', *keys('stranger'), reads, ok=False)
        check(p.returncode == 77 and 'our key is not allowed there' in p.stderr, f'{p.returncode} {p.stderr}')
    p = d.ctl('send', '--to', d.cpull, '--wait', '2', reads, ok=False)
    check(p.returncode in (69, 77) and 'does it want --curve?' in p.stderr, f'{p.returncode} {p.stderr}')
    p = d.ctl('send', '--to', d.cpull, '--curve', 'x', reads, ok=False)
    check(p.returncode == 64 and 'go together' in p.stderr, p.stderr)
    os.chmod(os.path.join(d.dir, 'cam1.secret'), 0o644)
    p = d.ctl('send', '--to', d.cpull, *keys('cam1'), reads, ok=False)
    check(p.returncode == 78 and 'chmod o= it' in p.stderr, f'{p.returncode} {p.stderr}')
    check(d.reads_in() == 6, str(d.reads_in()))
    p = d.ctl('keygen', 'curve', os.path.join(d.dir, 'cam1'), ok=False)
    check(p.returncode and 'File exists' in p.stderr, p.stderr)


if __name__ == '__main__':
    main(only_whom_we_know, a_reload_adds_and_removes_keys, a_bad_key_file_leaves_the_old_keys, the_other_side_has_a_key_too, hotlistctl_sends)
