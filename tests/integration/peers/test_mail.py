#!/usr/bin/python3
"""Mails to aiosmtpd (STARTTLS, AUTH, 451, 550, 552) and to OpenSMTPD, which puts them into a Maildir, and how mutt shows them."""
import email, email.policy, glob, json, os, shutil, socket, subprocess, sys, time

sys.dont_write_bytecode = True
import peers
from peers import DAY, HERE, Stage, deliver, free_ports, listening, wait_for

try:
    import aiosmtpd
except ImportError:
    aiosmtpd = None
peers.need(aiosmtpd, 'python3-aiosmtpd')
peers.need(shutil.which('openssl'), 'openssl')
SMTPD = shutil.which('smtpd', path='/usr/sbin:/sbin')
peers.need(SMTPD, 'opensmtpd')
peers.need(os.geteuid() == 0, 'the right to start opensmtpd (root)')


class Server:
    def __init__(self, stage, *options, name='mail'):
        self.stage, self.log = stage, stage.path(name + '.jsonl')
        stage.start(name, '/usr/bin/python3', os.path.join(HERE, 'mail_server.py'), self.log, *options)
        self.port = int(wait_for('the mail server', lambda: stage.text(name + '.log').strip()).splitlines()[0])
        wait_for('its port', lambda: listening(self.port))

    def channel(self, name, to, secret='', more=''):
        return ['receiver', name, 'email', secret,
                f"{{smtp: 'smtp://127.0.0.1:{self.port}', from: hotlist@hl.example, to: {to}, allow: 127.0.0.0/8, timeout: 5s{more}}}"]

    def got(self):
        return [json.loads(line) for line in self.stage.text(os.path.basename(self.log)).splitlines()]


def certificate(stage):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=mail.test', '-addext',
                    'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', stage.path('key.pem'), '-out', stage.path('cert.pem')],
                   check=True, capture_output=True)
    return '--tls', stage.path('cert.pem'), stage.path('key.pem')


def text_of(mail):
    m = email.message_from_string(mail, policy=email.policy.default)
    return m, m.get_body(('plain',)).get_content()


def tls_and_login():
    with Stage() as stage:
        s = Server(stage, *certificate(stage), '--auth', 'desk', 'pass word')
        ca = f", ca_file: '{stage.path('cert.pem')}'"
        login = ', user: desk, password_file: p'
        out = deliver([['shift', DAY], s.channel('good', 'ok@pd.example', 'pass word', ca + login), s.channel('wrong', 'ok@pd.example', 'guess', ca + login),
                       s.channel('untrusted', 'ok@pd.example', 'pass word', login),
                       ['send', 'd1', 'good', 'ok@pd.example', 'created', DAY], ['send', 'd2', 'wrong', 'ok@pd.example', 'created', DAY],
                       ['send', 'd3', 'untrusted', 'ok@pd.example', 'created', DAY]], seconds=4, settled=False)
        assert out['d1'][0] == 'delivered', out
        assert out['d2'][0] == 'dead' and '535' in out['d2'][3] and 'guess' not in out['d2'][3], out
        assert out['d3'][0] == 'pending' and out['d3'][3].startswith('TLS: '), out
        got = s.got()
        assert len(got) == 1 and got[0]['tls'] and got[0]['user'], got
        m, text = text_of(got[0]['data'])
        assert m['Message-ID'] == '<d1@hl.example>' and m['Auto-Submitted'] == 'auto-generated', m.items()
        assert 'NOT VERIFIED' in m['Subject'] and m['To'] == 'ok@pd.example', m.items()
        lines = text.replace('\r\n', '\n').split('\n')
        listed = next(i for i, line in enumerate(lines) if line.endswith('5SOW750'))
        assert lines[listed + 1].endswith('5SOW350') and lines[listed + 2].index('^') == lines[listed].index('7'), lines
        assert 'CONTRADICTION: make: read LEXS, listed GMC' == lines[0], lines
        assert any(line == 'Seen:      3 min ago' for line in lines), lines


def tls_is_required_or_nothing():
    with Stage() as stage:
        s = Server(stage)
        out = deliver([['shift', DAY], s.channel('must', 'ok@pd.example'), s.channel('may', 'ok@pd.example', more=', starttls: try'),
                       ['send', 'd1', 'must', 'ok@pd.example', 'created', DAY], ['send', 'd2', 'may', 'ok@pd.example', 'created', DAY]],
                      seconds=3, settled=False)
        assert out['d1'][0] == 'pending' and out['d1'][3].startswith('TLS: '), out
        assert out['d2'][0] == 'delivered', out
        got = s.got()
        assert len(got) == 1 and not got[0]['tls'] and '5SOW' not in got[0]['data'], got


def verdicts():
    """One recipient, one transaction: each of five has a fate of its own."""
    names = ['ok', 'busy', 'nouser', 'full', 'later']
    with Stage() as stage:
        s = Server(stage)
        plan = [['shift', 100], s.channel('box', '[' + ', '.join(f'{n}@pd.example' for n in names) + ']', more=', starttls: off')]
        plan += [['send', n, 'box', f'{n}@pd.example', 'updated', 1500 if n == 'later' else DAY] for n in names]
        out = deliver(plan)
        assert {n: out[n][0] for n in names} == {'ok': 'delivered', 'busy': 'delivered', 'nouser': 'dead', 'full': 'dead', 'later': 'dead'}, out
        assert out['busy'][1] == 1 and 'no such user here' in out['nouser'][3] and '552' in out['full'][3] and 'deadline' in out['later'][3], out
        got = s.got()
        assert all(len(g['to']) == 1 for g in got), got
        assert len([g for g in got if g['to'] == ['busy@pd.example']]) == 1
        ids = {text_of(g['data'])[0]['Message-ID'] for g in got if g['to'] == ['later@pd.example']}
        assert ids == {'<later@hl.example>'}, ids
        m = text_of(got[0]['data'])[0]
        assert m['In-Reply-To'] == m['References'] == '<first@hl.example>', m.items()


def injection():
    """A place full of line ends makes neither a header nor a recipient nor a command."""
    with Stage() as stage:
        s = Server(stage, *certificate(stage))
        ca = f", ca_file: '{stage.path('cert.pem')}'"
        place = r'x\r\nBcc: evil@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.org>'
        out = deliver([s.channel('box', 'ok@pd.example', more=ca), ['place', place], ['send', 'd1', 'box', 'ok@pd.example', 'created', DAY],
                       ['send', 'd2', 'box', 'ok@pd.example', 'standdown', DAY]])
        assert [out[d][0] for d in ('d1', 'd2')] == ['delivered', 'delivered'], out
        got = s.got()
        assert [g['to'] for g in got] == [['ok@pd.example']] * 2 and all(g['from'] == 'hotlist@hl.example' for g in got), got
        for g in got:
            m, text = text_of(g['data'])
            assert m['Bcc'] is None and len(m.get_all('To')) == 1 and m.defects == [], m.items()
            assert 'Place:     x  Bcc: evil@example.org' in text, text


class OneAtATime:
    """OpenSMTPD has one socket for the whole machine: a name that the kernel keeps, and frees, is the lock."""

    def __enter__(self):
        self.s = socket.socket(socket.AF_UNIX)
        wait_for('another test with OpenSMTPD', self.take, 120)

    def take(self):
        try:
            self.s.bind('\0hotlistd-test-opensmtpd')
            return True
        except OSError:
            return False

    def __exit__(self, *_):
        self.s.close()


def smtpd(stage):
    """OpenSMTPD, which puts whatever comes into the Maildir `box`; its port."""
    os.chmod(stage.dir, 0o755)
    port, = free_ports(1)
    os.mkdir(stage.path('box'))
    os.chmod(stage.path('box'), 0o777)
    stage.write('virtual', '@ nobody\n', 0o644)
    conf = stage.write('smtpd.conf', f'listen on 127.0.0.1 port {port} hostname test.local\n'
                       f'action "box" maildir "{stage.path("box")}" virtual {{ "@" = "nobody" }}\nmatch from any for any action "box"\n', 0o644)
    p = stage.start('smtpd', SMTPD, '-d', '-f', conf)
    wait_for('OpenSMTPD', lambda: listening(port) or p.poll() is not None)
    assert p.poll() is None, stage.text('smtpd.log')
    return port


def own(n):
    """An id that no other run has: the queue belongs to the machine, and what an earlier run left in it arrives here too."""
    return f'd{n}{os.urandom(4).hex()}'


def arrived(stage, ids):
    """The mails of these deliveries in the Maildir: id -> (mail, text, file)."""
    found = {}
    for f in glob.glob(stage.path('box/new/*')):
        with open(f, newline='') as mail:
            m, text = text_of(mail.read())
        name = m['Message-ID'].strip('<>').split('@')[0]
        if name in ids:
            assert name not in found, f'{name} arrived twice'
            found[name] = (m, text, f)
    return found


def to_box(port, to):
    return ['receiver', 'box', 'email', '', f"{{smtp: 'smtp://127.0.0.1:{port}', starttls: off, from: hotlist@hl.example, to: {to}, allow: 127.0.0.0/8}}"]


def opensmtpd():
    with OneAtATime(), Stage() as stage:
        port = smtpd(stage)
        d1, d2 = own(1), own(2)
        out = deliver([to_box(port, '[north@pd.example, south@pd.example]'), ['send', d1, 'box', 'north@pd.example', 'created', DAY],
                       ['send', d2, 'box', 'south@pd.example', 'created', DAY]])
        assert [out[d][0] for d in (d1, d2)] == ['delivered', 'delivered'], out
        mails = wait_for('two mails in the Maildir', lambda: len(arrived(stage, (d1, d2))) == 2 and arrived(stage, (d1, d2)))
        for m, text, _ in mails.values():
            assert 'NOT VERIFIED' in text and '1 of 7 symbols differs' in text and '5SOW' not in text, text
            assert 'NOT VERIFIED' in m.get_body(('html',)).get_content() and m.defects == []
        first = mails[d1][0]
        assert first['To'] == 'north@pd.example' and first['Delivered-To'] == 'north@pd.example', first


class Terminal:
    """A program in a terminal of its own (tmux), whose screen can be read and whose keys can be pressed."""

    def __init__(self, stage, *argv):
        self.base = ['tmux', '-f', '/dev/null', '-S', stage.path('tmux')]
        self.env = dict(os.environ, HOME=stage.dir, LC_ALL='C.UTF-8', TERM='xterm')
        self.env.pop('TMUX', None)
        # In the foreground and a child of ours, so that it ends with the stage.
        stage.start('tmux', *self.base, '-D', env=self.env)
        wait_for('tmux', lambda: os.path.exists(stage.path('tmux')))
        self.tmux('new-session', '-d', '-x', '132', '-y', '40', '-s', 'reader', *argv)

    def tmux(self, *words):
        return subprocess.run([*self.base, *words], env=self.env, check=True, capture_output=True, text=True, timeout=20).stdout

    def screen(self):
        return self.tmux('capture-pane', '-p', '-t', 'reader')

    def press(self, *keys):
        self.tmux('send-keys', '-t', 'reader', *keys)

    def shows(self, *words):
        try:
            return wait_for(f'{words} on the screen', lambda: all(w in self.screen() for w in words) and self.screen())
        except AssertionError as e:
            raise AssertionError(f'{e}:\n{self.screen()}') from None


def mutt_threads():
    """A person's mail program, over the Maildir that a mail server filled: two alerts are two threads, each with its later mails below the first."""
    peers.need(shutil.which('mutt'), 'mutt')
    peers.need(shutil.which('tmux'), 'tmux')
    with OneAtATime(), Stage() as stage:
        port = smtpd(stage)
        n = {k: own(i) for i, k in enumerate(('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c2', 'c3'))}
        send = lambda k, kind: ['send', n[k], 'box', 'north@pd.example', kind, DAY]
        deliver([to_box(port, 'north@pd.example'), ['place', 'Alpha'], ['first', n['a1']], send('a1', 'created'), send('a2', 'updated'), send('a3', 'escalated'),
                 send('a4', 'standdown'), ['place', 'Beta'], ['first', n['b1']], send('b1', 'created'), send('b2', 'updated'),
                 # Somebody who is told by an escalation only: the first mail was never sent to him, the rest stands together all the same.
                 ['place', 'Gamma'], ['first', own(9)], send('c2', 'escalated'), send('c3', 'standdown')])
        wait_for('all mails in the Maildir', lambda: len(arrived(stage, n.values())) == 8)
        for f in glob.glob(stage.path('box/new/*')):
            with open(f, newline='') as mail:
                if text_of(mail.read())[0]['Message-ID'].strip('<>').split('@')[0] not in n.values():
                    os.unlink(f)  # of an earlier run
        rc = stage.write('muttrc', 'set sort=threads sort_aux=date ascii_chars strict_threads hide_missing=no quit=yes move=no mark_old=no record="" postponed="" '
                         f'folder="{stage.dir}"\n'
                         'set index_format="%C %s" help=no status_format="%m mails" pager_stop\nalternative_order text/plain\n')
        t = Terminal(stage, 'mutt', '-n', '-F', rc, '-f', stage.path('box'))
        screen = t.shows('8 mails')
        rows = [r.split(' ', 1)[1].strip() for r in screen.splitlines() if r[:1].isdigit() and ' ' in r and 'mails' not in r]

        def thread(place):
            """(depth, event) of each mail that names the place, from the top: what mutt draws before a subject is the way up to its parent."""
            mine = [(i, r) for i, r in enumerate(rows) if f'at {place}' in r]
            assert [i for i, _ in mine] == list(range(mine[0][0], mine[0][0] + len(mine))), f'{place} does not stand together:\n{screen}'
            return [('->' in r, r.lstrip('|`->?* ').split(' ')[0].strip('[]:')) for _, r in mine]

        a = thread('Alpha')
        assert a[0] == (False, 'P1') and sorted(a[1:]) == [(True, 'ESCALATED'), (True, 'STAND'), (True, 'UPDATE')], f'{a}\n{screen}'
        assert thread('Beta') == [(False, 'P1'), (True, 'UPDATE')], screen
        c = thread('Gamma')
        assert sorted(e for _, e in c) == ['ESCALATED', 'STAND'] and all(below for below, _ in c), f'{c}\n{screen}'
        top = next(i for i, r in enumerate(rows) if 'at Alpha' in r)
        t.press(str(top + 1), 'Enter')
        t.press('Enter')
        t.shows('NOT VERIFIED: confirm plate, state and vehicle before acting', 'Place:     Alpha', 'Seen:      3 min ago')
        t.press('v')
        t.shows('multipa/alternativ', 'text/plain', 'text/html')


sys.exit(peers.run(tls_and_login, tls_is_required_or_nothing, verdicts, injection, opensmtpd, mutt_threads))
