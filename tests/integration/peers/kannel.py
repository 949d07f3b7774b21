"""A real Kannel (bearerbox, smsbox) with its fake SMS centre, for the tests that need one. Ends the test where it is not installed."""
import os, shutil, socket, struct, threading

import peers
from peers import free_ports, listening, wait_for

BEARERBOX, SMSBOX = (shutil.which(p, path='/usr/sbin:/usr/bin') for p in ('bearerbox', 'smsbox'))
FAKESMSC = '/usr/lib/kannel/test/fakesmsc'
peers.need(BEARERBOX and SMSBOX, 'kannel')
peers.need(os.access(FAKESMSC, os.X_OK), 'kannel-extras')

CONF = '''group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
status-password = status
box-allow-ip = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = 127.0.0.1
store-type = file
store-location = "{dir}/store.dat"
dlr-storage = internal

group = smsc
{how}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = 13013

group = sendsms-user
username = hotlist
password = "se&cret 1"
max-messages = 10
concatenation = true

group = sms-service
keyword = default
text = "ok"
'''


FAKE = 'smsc = fake\nsmsc-id = FAKE\nport = {port}\nconnect-allow-ip = 127.0.0.1'
SMPP = ('smsc = smpp\nsmsc-id = SMPP\nhost = 127.0.0.1\nport = {port}\ntransceiver-mode = true\nsmsc-username = u\nsmsc-password = p\nsystem-type = t\n'
        'address-range = ""\nreconnect-delay = 1')


class Kannel:
    def __init__(self, stage, centre=None):
        """centre: an SmppCentre; None: Kannel's own fake one, see centre()."""
        self.stage = stage
        self.admin, self.box, self.smsc, self.sendsms = free_ports(4)
        conf = stage.write('kannel.conf', CONF.format(dir=stage.dir, how=SMPP.format(port=centre.port) if centre else FAKE.format(port=self.smsc), **vars(self)))
        stage.start('bearerbox', BEARERBOX, '-v', '1', conf)
        wait_for('bearerbox', lambda: listening(self.box) and (centre or listening(self.smsc)))
        stage.start('smsbox', SMSBOX, '-v', '1', conf)
        wait_for('smsbox', lambda: listening(self.sendsms))

    def centre(self):
        """The fake SMS centre: it connects, sends one message of its own so that it stays, and prints what comes."""
        self.stage.start('fakesmsc', FAKESMSC, '-H', '127.0.0.1', '-r', str(self.smsc), '-i', '0.1', '-m', '1', '100 200 text hello')
        wait_for('the SMS centre', lambda: 'hello' in self.stage.text('fakesmsc.log') or 'ok' in self.stage.text('fakesmsc.log'))

    def channel(self, name, to, secret='se&cret 1', more=''):
        return ['receiver', name, 'sms', secret, f"{{gateway: kannel, url: 'http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms', user: hotlist, "
                f"password_file: p, to: {to}, allow: 127.0.0.0/8, timeout: 5s{more}}}"]

    def said(self):
        return self.stage.text('fakesmsc.log')


class SmppCentre:
    """An SMS centre that speaks as much of SMPP 3.4 as Kannel asks of one, and does what the test says: submit(number, text) gives what is answered to a
    submit_sm, 0 for yes, else an error of SMPP (0x0b: invalid destination). Its receipts make Kannel's reports."""

    BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15

    def __init__(self, submit=lambda number, text: 0):
        self.submit, self.taken, self.lock = submit, [], threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.line = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.line = line
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def put(self, line, command, status, sequence, body=b''):
        with self.lock:
            line.sendall(struct.pack('>4I', 16 + len(body), command, status, sequence) + body)

    def serve(self, line):
        stream = line.makefile('rb')
        while True:
            head = stream.read(16)
            if len(head) < 16:
                return
            length, command, _, sequence = struct.unpack('>4I', head)
            body = stream.read(length - 16)
            if command == self.BIND:
                self.put(line, 0x80000009, 0, sequence, b'centre\0')
            elif command == self.SUBMIT:
                self.take(line, sequence, body)
            elif command in (self.ENQUIRE, self.UNBIND):
                self.put(line, 0x80000000 | command, 0, sequence)

    def take(self, line, sequence, body):
        """service, source ton npi address, destination ton npi address, 7 fields, length, text."""
        _, rest = body.split(b'\0', 1)
        source, rest = rest[2:].split(b'\0', 1)
        to, rest = rest[2:].split(b'\0', 1)
        rest = rest[3:].split(b'\0', 2)[2]
        text = rest[5:5 + rest[4]].decode('latin-1')
        status = self.submit(to.decode(), text)
        name = f'{len(self.taken) + 1:08d}'
        if status == 0:
            self.taken.append((name, source.decode(), to.decode(), text))
        self.put(line, 0x80000004, status, sequence, name.encode() + b'\0' if status == 0 else b'')

    def receipt(self, n, state):
        """What became of the n-th message: DELIVRD, UNDELIV, EXPIRED, ACCEPTD …"""
        name, source, to, _ = self.taken[n]
        text = f'id:{name} sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:{state} err:000 text:x'.encode()
        body = (b'\0' + b'\1\1' + to.encode() + b'\0' + b'\1\1' + source.encode() + b'\0' + b'\4\0\0' + b'\0\0' + b'\0\0\0\0' + bytes([len(text)]) + text)
        self.put(self.line, self.DELIVER, 0, 1000 + n, body)

    def close(self):
        self.listener.close()
        if self.line:
            self.line.close()
