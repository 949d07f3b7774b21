"""A TCP proxy that does to connections what networks do: it stands between a client and a server, on loopback or in front of a unix socket, and asks for each
connection what to do with it.

    reset        the client gets a reset at once
    stall        what comes is read and nothing is answered, until the proxy is told to let go
    drip         the answer comes byte by byte
    half_close   the answer's end is announced before its beginning
    cut_request  half of the request's first piece reaches the server, then both sides are reset
    cut_reply    the server gets all, the client some bytes of the answer, then a reset: the server knows more than the client
    pass         nothing
"""
import random, socket, struct, threading, time

FAULTS = ('reset', 'stall', 'drip', 'half_close', 'cut_request', 'cut_reply')


def reset(s):
    """Ends a connection with a reset instead of a proper end."""
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        s.close()
    except OSError:
        pass


class Proxy:
    """choose(n) names what happens to the n-th connection. target: (host, port), or the path of a unix socket."""

    def __init__(self, target, choose, unix=None):
        self.target, self.choose, self.n = target, choose, 0
        self.done = {}
        self.lock, self.over = threading.Lock(), threading.Event()
        self.listener = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        self.listener.bind(unix or ('127.0.0.1', 0))
        self.listener.listen(128)
        self.port = None if unix else self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while not self.over.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                what = self.choose(self.n)
                self.n += 1
                self.done[what] = self.done.get(what, 0) + 1
            threading.Thread(target=self.one, args=(client, what), daemon=True).start()

    def connect(self):
        s = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
        s.connect(self.target)
        return s

    def one(self, client, what):
        try:
            getattr(self, 'do_' + what)(client)
        except OSError:
            pass
        finally:
            client.close()

    def do_reset(self, client):
        reset(client)

    def do_stall(self, client):
        self.over.wait(30)
        reset(client)

    def pump(self, source, sink, piece):
        """Until the source ends; piece(data) gives what is sent, or None to stop."""
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                data = piece(data)
                if data is None:
                    return False
                sink.sendall(data)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return True

    def relay(self, client, request, reply):
        """Both ways at once; a side that stops resets both."""
        server = self.connect()
        def end():
            reset(server)
            reset(client)
        def back():
            if not self.pump(server, client, reply):
                end()
        t = threading.Thread(target=back, daemon=True)
        t.start()
        if not self.pump(client, server, request):
            end()
        t.join(30)
        server.close()

    def do_pass(self, client):
        self.relay(client, lambda d: d, lambda d: d)

    def do_drip(self, client):
        def slowly(data):
            for i in range(len(data)):
                client.sendall(data[i:i + 1])
                if self.over.wait(0.002):
                    break
            return b''
        self.relay(client, lambda d: d, slowly)

    def do_half_close(self, client):
        client.shutdown(socket.SHUT_WR)
        self.relay(client, lambda d: d, lambda d: d)

    def do_cut_request(self, client):
        server = self.connect()
        data = client.recv(65536)
        server.sendall(data[:len(data) // 2])
        reset(server)
        reset(client)

    def do_cut_reply(self, client):
        def some(data):
            client.sendall(data[:max(1, len(data) // 3)])
            return None
        self.relay(client, lambda d: d, some)

    def close(self):
        self.over.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def mostly_faults(seed, share=0.6, faults=FAULTS):
    """choose() for Proxy: each fault once, then faults among connections that pass, in a random order that a seed repeats. Its attribute `calm` ends them."""
    rnd = random.Random(seed)
    first = rnd.sample(faults, len(faults))

    def choose(n):
        if n < len(first):
            return first[n]
        return 'pass' if choose.calm or rnd.random() > share else rnd.choice(faults)

    choose.calm = False
    return choose
