#!/usr/bin/python3
"""Short messages through a real Kannel (bearerbox, smsbox) to its fake SMS centre, which says what it was given."""
import os, re, shutil, sys

sys.dont_write_bytecode = True
import peers
from peers import DAY, Stage, deliver, free_ports, listening, wait_for

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
smsc = fake
smsc-id = FAKE
port = {smsc}
connect-allow-ip = 127.0.0.1

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


class Kannel:
    def __init__(self, stage):
        self.stage = stage
        self.admin, self.box, self.smsc, self.sendsms = free_ports(4)
        conf = stage.write('kannel.conf', CONF.format(dir=stage.dir, **vars(self)))
        stage.start('bearerbox', BEARERBOX, '-v', '1', conf)
        wait_for('bearerbox', lambda: listening(self.box) and listening(self.smsc))
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


def accepted():
    with Stage() as stage:
        k = Kannel(stage)
        k.centre()
        out = deliver([k.channel('north', "['+13035550100']", more=', from: hotlist'), k.channel('wrong', "['100']", 'guess'),
                       ['send', 'd1', 'north', '+13035550100', 'created', DAY], ['send', 'd2', 'wrong', '100', 'created', DAY]])
        assert out['d1'][0] == 'delivered' and re.search(r'HTTP 202 [03]: ', out['d1'][3]), out
        assert out['d2'][0] == 'dead' and '403' in out['d2'][3] and 'guess' not in out['d2'][3], out
        said = wait_for('the message', lambda: 'NOT VERIFIED' in k.said() and k.said())
        text = 'P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; I-25 N 214, seen 3 min ago https://hl.example/alerts/'
        assert f'<hotlist +13035550100 text {text}' in said and '5SOW' not in said, said
        assert said.count('NOT VERIFIED') == 1, said


def one_segment():
    """A place that is too long is cut, so that Kannel has nothing to split; another alphabet arrives whole."""
    with Stage() as stage:
        k = Kannel(stage)
        k.centre()
        out = deliver([k.channel('long', "['100']"), k.channel('short', "['101']"),
                       ['place', 'Interstate 25 northbound at mile 214 by the weigh station [€] ' + 'x' * 60], ['send', 'd1', 'long', '100', 'created', DAY],
                       ['place', 'I-25 {N} [214] €'], ['send', 'd2', 'short', '101', 'created', DAY]])
        assert [out[d][0] for d in ('d1', 'd2')] == ['delivered', 'delivered'], out
        said = wait_for('two messages', lambda: k.said().count('NOT VERIFIED') >= 2 and k.said())
        assert said.count('NOT VERIFIED') == 2 and said.count('symbols differs') == 2, said


def centre_down():
    """Kannel keeps what it can't pass on yet: its '3: Queued' is an acceptance, and the message comes once the centre is there."""
    with Stage() as stage:
        k = Kannel(stage)
        out = deliver([k.channel('north', "['100']"), ['send', 'd1', 'north', '100', 'updated', DAY]])
        assert out['d1'][0] == 'delivered' and ' 3: ' in out['d1'][3], out
        k.centre()
        wait_for('the message', lambda: 'UPDATE P1 stolen NOT VERIFIED' in k.said().replace('+', ' '))


def gateway_down():
    with Stage() as stage:
        k = Kannel(stage)
        for p in list(stage.processes):
            stage.stop(p)
        out = deliver([['shift', DAY], k.channel('north', "['100']"), ['send', 'd1', 'north', '100', 'created', DAY]], seconds=3, settled=False)
        assert out['d1'][0] == 'pending' and out['d1'][3].startswith('no answer: '), out


sys.exit(peers.run(accepted, one_segment, centre_down, gateway_down))
