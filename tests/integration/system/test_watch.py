#!/usr/bin/python3
"""`alert watch` in a pseudo-terminal against the real daemon: keys that end in the store, a screen that never wraps, a terminal that is put back, a daemon that goes away."""
import codecs, fcntl, pty, re, select, struct, termios, unicodedata

from harness import *

PLATES = ['ABC123', '5SOW750', 'XYZ987']


class Screen:
    """A small terminal: what the escapes of the program would show. Writing past the right edge is remembered as a fault, as are escapes it does not know."""
    TOKEN = re.compile(r'\x1b\[([?0-9;]*)([A-Za-z])|\x1b(.)|([^\x1b])', re.S)

    def __init__(self, columns, rows):
        self.columns, self.rows, self.faults, self.bells, self.colors = columns, rows, [], 0, 0
        self.other = self.cursor_hidden = False
        self.rest = ''
        self.clear()

    def clear(self):
        self.cells = [[' '] * self.columns for _ in range(self.rows)]
        self.x = self.y = 0

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.clear()

    def feed(self, text):
        text = self.rest + text
        cut = re.search(r'\x1b(\[[?0-9;]*)?$', text)    # an escape that goes on in what is read next
        self.rest = text[cut.start():] if cut else ''
        text = text[:cut.start()] if cut else text
        for m in self.TOKEN.finditer(text):
            if m.group(4) is not None:
                self.put(m.group(4))
            elif m.group(3) is not None:
                self.faults.append(f'escape {m.group(3)!r}')
            else:
                self.control(m.group(1), m.group(2))

    def control(self, args, what):
        if what == 'm':
            self.colors += any(30 <= int(a or 0) <= 47 for a in args.split(';'))
        elif what == 'H' and args == '':
            self.x = self.y = 0
        elif what == 'K':
            if self.y < self.rows:
                self.cells[self.y][self.x:] = [' '] * (self.columns - self.x)
        elif what == 'J':
            for y in range(self.y + (args != '2'), self.rows):
                self.cells[y] = [' '] * self.columns
            if args == '2':
                self.clear()
        elif what in 'hl' and args in ('?1049', '?25', '?7'):
            if args == '?1049':
                self.other = what == 'h'
            if args == '?25':
                self.cursor_hidden = what == 'l'
        else:
            self.faults.append(f'escape [{args}{what}')

    def put(self, c):
        if c == '\r':
            self.x = 0
        elif c == '\n':
            self.y += 1
            if self.y >= self.rows:
                self.faults.append('the screen would scroll')
        elif c == '\a':
            self.bells += 1
        elif unicodedata.category(c) in ('Cc', 'Cf'):
            self.faults.append(f'control {c!r}')
        else:
            wide = 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1
            if self.x + wide > self.columns:
                self.faults.append(f'row {self.y} is wider than {self.columns}: {"".join(self.cells[min(self.y, self.rows - 1)])}')
                return
            if self.y < self.rows and wide:
                self.cells[self.y][self.x] = c
            self.x += wide

    def text(self):
        return '\n'.join(''.join(row).rstrip() for row in self.cells)


class Watch:
    """hotlistctl alert watch in a pseudo-terminal of its own."""

    def __init__(self, d, *words, columns=80, rows=24, **env):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.screen, self.decode, self.raw = Screen(columns, rows), codecs.getincrementaldecoder('utf-8')(), b''
        environ = {k: v for k, v in os.environ.items() if k != 'NO_COLOR'}
        self.proc = subprocess.Popen([os.path.join(BUILD, 'hotlistctl'), '-c', os.path.join(d.dir, 'hotlistd.yaml'), 'alert', 'watch', *words],
                                     stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
                                     preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                     env={**environ, 'TERM': 'xterm', **env})

    def read(self, seconds=0.05):
        while select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536)
            self.raw += data
            self.screen.feed(self.decode.decode(data))
            seconds = 0

    def until(self, what, condition):
        def look():
            self.read()
            return condition(self.screen.text())
        try:
            wait_for(what, look, 20)
        except Failed as e:
            raise Failed(f'{e}\n{self.screen.text()}')
        return self.screen.text()

    def has(self, piece):
        return self.until(repr(piece), lambda t: piece in t)

    def key(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        os.kill(self.proc.pid, signal.SIGWINCH)

    def ended(self):
        """Its exit status; the terminal must be as it was."""
        def over():
            self.read()
            return self.proc.poll() is not None
        wait_for('the end', over, 20)
        self.read()
        check(termios.tcgetattr(self.slave) == self.before, 'the terminal is not as it was')
        check(not self.screen.other and not self.screen.cursor_hidden and self.raw.endswith(b'\x1b[?1049l'), f'the screen is not as it was: {self.raw[-60:]}')
        check(not self.screen.faults, f'{self.screen.faults[:3]}')
        return self.proc.returncode

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        os.close(self.master)
        os.close(self.slave)


@contextlib.contextmanager
def watching(d, *words, **kw):
    w = Watch(d, *words, **kw)
    try:
        yield w
    finally:
        w.close()


@contextlib.contextmanager
def daemon_with_alerts(n=3, **more):
    desk = Receiver()
    with running({'desk': [desk.url]}) as d:
        d.load(PLATES)
        dealer = Dealer(d.router)
        for i in range(n):
            dealer.send(read(i, PLATES[i], f'cam{i}', offset=i - 5, **more))
        dealer.settle()
        yield d, dealer
        dealer.close()
    desk.close()


def state_of(d, text):
    return next(a for a in d.alerts() if a['plate_listed'] == text)


def select_plate(w, text):
    """From the top so many rows down as the plate stands in the list."""
    rows = w.until(f'{text} in the list', lambda t: any(text in r for r in t.splitlines()[2:9])).splitlines()[2:9]
    w.key('\x1b[H' + 'j' * next(i for i, r in enumerate(rows) if text in r))
    w.has(f'listed  {text}')


def keys_end_in_the_store():
    with daemon_with_alerts() as (d, _), watching(d, '--by', 'lee') as w:
        w.has('3 open, 3 new')
        select_plate(w, 'ABC123')
        w.key('a')
        w.has('acknowledged by lee')
        check((state_of(d, 'ABC123')['state'], state_of(d, 'ABC123')['acknowledged_by']) == ('acknowledged', 'lee'), 'acknowledged by lee in the store')
        w.has('ack lee')
        w.key('\x1b[A' * 3)    # arrows, too
        select_plate(w, '5SOW750')
        w.key('r')
        w.has('reject')
        w.key('m')
        w.has('really seen')
        w.key('5sow35X\x7f0\r')
        w.has('rejected as misread')
        a = state_of(d, '5SOW750')
        check((a['state'], a['closed_by']) == ('rejected', 'lee'), f'{a}')
        w.has('2 open, 1 new')
        w.key('q')
        check(w.ended() == 0, 'q ends with 0')


def verify_join_and_close_by_key():
    with daemon_with_alerts() as (d, _), watching(d, '--by', 'lee') as w, watching(d, '--by', 'kim', '--role', 'dispatcher') as other:
        for x in (w, other):
            x.has('3 open')
            select_plate(x, 'ABC123')
        w.key('a')
        w.has('acknowledged by lee')
        other.has('ack lee')
        other.key('a')
        other.until('the refusal', lambda t: 'join' in ' '.join(t.splitlines()[-3:-1]))
        other.key('J')
        other.until('the joining', lambda t: 'kim' in ' '.join(t.splitlines()[-3:-1]))
        w.has('with: lee, kim')
        w.key('v')
        w.has('plate? a agrees')
        w.key('a')
        w.has('state? a agrees')
        w.key('a')
        w.has('vehicle? a agrees')
        w.key('a')
        other.has('compared: plate agrees (lee), state agrees (lee), vehicle agrees (lee)')
        a = state_of(d, 'ABC123')
        check(a['state'] == 'verified' and all(a['verification'][p]['by'] == 'lee' for p in ('plate', 'state', 'vehicle')), f'{a["verification"]}')
        other.key('c')
        other.has('outcome? a arrest')
        other.key('r')
        other.has('2 open')
        a = state_of(d, 'ABC123')
        check((a['state'], a['outcome'], a['closed_by']) == ('closed', 'recovered', 'kim'), f'{a}')
        select_plate(w, 'XYZ987')
        w.key('a')
        w.has('acknowledged by lee')
        w.key('v')
        w.has('plate? a agrees')
        w.key('d')
        w.has('state? a agrees')
        w.key('\r')
        w.has('vehicle? a agrees')
        w.key('\r')
        w.until('the answer', lambda t: 'vehicle?' not in t and t.splitlines()[-2].strip())
        said = w.screen.text().splitlines()[-2]
        v = state_of(d, 'XYZ987')['verification']
        check('; r rejects it' in said, said)
        check(v['plate'] is None or v['plate']['result'] == 'differs', f'{said}: {v}')
        check(v['state'] is None and v['vehicle'] is None, f'left out is left out: {v}')


def what_to_do_and_another_plate_at_the_newest_place_are_shown():
    with daemon_with_alerts(0) as (d, dealer):
        d.ctl('list', 'add', 'stolen', '--plate', 'KX41TST', '--state', 'CA', '--category', 'felony', '--case', 'C', '--reason', 'robbery', '--expires', '6h',
              '--instructions', 'do not stop alone', '--note', 'two in the car')
        with watching(d) as w:
            dealer.send(read(1, 'KX41TST', 'cam1', offset=-400))
            w.has('DO: do not stop alone')
            w.has('remark: two in the car')
            w.key('v')
            w.has('Enter: skip  Esc: no')    # one row
            w.key('\x1b')
            dealer.send(read(2, 'KX4ITST', 'cam2', offset=-3))
            text = w.has('at the newest place KX4ITST was read')
            check('all 7 symbols agree' in text and '(camera cam2)' in text, text)
            dealer.settle()
            check(any('cam2 (camera cam2), read KX4ITST' in row for row in d.ctl('alert', 'show', d.alerts()[0]['id']).splitlines()), 'alert show has the sighting')
            w.key('q')
            check(w.ended() == 0, 'q ends with 0')


def a_prompt_can_be_left():
    with daemon_with_alerts() as (d, _), watching(d) as w:
        w.has('3 open')
        for keys in ('r', 'rm', 'rmABC'):
            w.key(keys)
            w.has('Esc: no')
            w.key('\x1b')
            w.has('nothing was done')
            w.key('?')
            w.has('PgUp')
            w.key('?')
            w.until('the help to go', lambda t: 'PgUp' not in t)
        check(all(a['state'] == 'new' for a in d.alerts()), 'nothing was done')
        w.key('a')
        w.has('acknowledged by')
        w.key('a')
        w.until('the refusal', lambda t: 'acknowledged by' in ' '.join(t.splitlines()[-3:-1]))


def no_line_wraps_and_nothing_steers_the_terminal():
    nasty = '\u202e\u4f60\u597d\u4f60\u597d e\u0301' + '\u597d' * 40
    for columns, rows in ((80, 24), (60, 12), (61, 13), (79, 24), (132, 50), (200, 60), (40, 10)):
        with daemon_with_alerts(site=nasty[:60], image='https://x.example/' + 'a' * 200) as (d, _), watching(d, columns=columns, rows=rows) as w:
            w.has('3 open' if columns >= 60 else 'make the window')
            w.key('jj')
            if columns >= 60:
                w.has('NOT VERIFIED')
            w.key('q')
            check(w.ended() == 0, 'ended')
            check(not w.screen.bells, 'a bell out of a text')


def the_terminal_is_put_back():
    with daemon_with_alerts() as (d, _):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, 'q', '\x03'):
            with watching(d) as w:
                w.has('3 open')
                if isinstance(how, str):
                    w.key(how)
                else:
                    os.kill(w.proc.pid, how)
                check(w.ended() == (-signal.SIGSEGV if how == signal.SIGSEGV else 0), f'{how}: {w.proc.returncode}')


def stopped(pid):
    return open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0] == 'T'


def a_stop_gives_the_terminal_back_and_takes_it_again():
    with daemon_with_alerts() as (d, _), watching(d) as w:
        w.has('3 open')
        w.key('\x1a')
        wait_for('the stop', lambda: stopped(w.proc.pid))
        w.read()
        check(termios.tcgetattr(w.slave) == w.before and not w.screen.other and not w.screen.cursor_hidden, 'the shell has its terminal')
        w.screen.clear()
        os.kill(w.proc.pid, signal.SIGCONT)
        w.has('3 open')
        check(w.screen.other, 'the screen is taken again')
        w.key('q')
        check(w.ended() == 0, 'ended')


def the_daemon_goes_away_and_comes_back():
    with daemon_with_alerts() as (d, dealer), watching(d) as w:
        w.has('3 open')
        d.stop()
        w.has('THE DAEMON IS AWAY')
        check('listed  ' in w.screen.text(), 'what was known still stands there')
        w.key('a')
        w.until('the refusal', lambda t: 'control.sock' in ' '.join(t.splitlines()[-3:-1]))
        d.start()
        w.has('3 open, 3 new')


def looking_on_is_one_look():
    """Each look is in the audit; a screen that shows the same for seconds is no new one."""
    def records():
        return [r['purpose'] for r in d.json('audit', 'show', '--limit', '100000')['records'] if r['what'] == 'alert ls']

    def age(t):
        return int(re.search(r'(\d+)s new', t).group(1))
    with daemon_with_alerts(1) as (d, dealer), watching(d, '--by', 'lee', '--purpose', 'night shift') as w:
        begun = age(w.has('1 open'))
        before = records()
        check(before and set(before) == {'night shift'}, f'the first look is in the audit, with its purpose: {before}')
        w.until('three seconds more', lambda t: age(t) >= begun + 3)
        check(records() == before, 'a record each second')
        w.key('a')
        w.has('ack lee')
        wait_for('the look after it', lambda: len(records()) > len(before))


def officers_see_nothing_of_a_covert_list():
    desk = Receiver()
    with running({'desk': [desk.url]}, lists=('stolen', 'quiet')) as d:
        text = open(os.path.join(d.dir, 'hotlistd.yaml')).read()
        d.write('hotlistd.yaml', text.replace('quiet: {agency', 'quiet: {covert: true, agency'))
        d.ctl('reload')
        d.load(PLATES[:1])
        d.load(PLATES[1:2], 'quiet')
        dealer = Dealer(d.router)
        for i in range(2):
            dealer.send(read(i, PLATES[i], f'cam{i}', offset=-5))
        dealer.settle()
        with watching(d) as officer, watching(d, '--role', 'supervisor') as supervisor:
            supervisor.has('2 open')
            check(PLATES[1] in supervisor.screen.text(), 'a supervisor sees it')
            officer.has('1 open')
            check(PLATES[1] not in officer.raw.decode(errors='replace') and 'quiet' not in officer.raw.decode(errors='replace'), 'nothing of it came to the screen')
        for words in (('alert', 'suppressed'), ('standdown', 'ls'), ('cleared', 'ls', '--all'), ('report',)):
            check('quiet' not in d.ctl(*words) and PLATES[1] not in d.ctl(*words), f'{words}')
        check('quiet' in d.ctl('report', '--role', 'supervisor'), 'a supervisor has it in the report')
        dealer.close()
    desk.close()


def a_new_alert_rings():
    with daemon_with_alerts(2) as (d, dealer), watching(d) as w:
        w.has('2 open')
        check(w.screen.bells == 0, 'no bell for what was there')
        dealer.send(read(9, PLATES[2], 'cam9'))
        dealer.settle()
        w.has('3 open')
        check(w.screen.bells == 1, f'{w.screen.bells} bells')
        chosen = re.search(r'^--- (\w+)', w.screen.text(), re.M).group(1)
        check(chosen in [a['id'] for a in d.alerts() if a['plate_listed'] != PLATES[2]], 'the choice stays with its alert')


def the_window_may_change():
    with daemon_with_alerts() as (d, _), watching(d) as w:
        w.has('3 open')
        for columns, rows in ((120, 40), (60, 12), (30, 5), (80, 24)):
            w.resize(columns, rows)
            w.until('the new size', lambda t: ('q quit' in t.splitlines()[-1]) if columns >= 80 else ('3 open' in t if columns >= 60 else 'make the window' in t))
        w.key('q')
        check(w.ended() == 0, 'ended')


def colors_are_optional():
    with daemon_with_alerts() as (d, _):
        for env, some in (({}, True), ({'NO_COLOR': '1'}, False), ({'TERM': 'dumb'}, False)):
            with watching(d, **env) as w:
                w.has('3 open')
                d.stop()
                w.has('THE DAEMON IS AWAY')
                check((w.screen.colors > 0) == some, f'{env}: {w.screen.colors} colors')
                d.start()


def without_a_terminal_it_says_so():
    with daemon_with_alerts(0) as (d, _):
        p = d.ctl('alert', 'watch', ok=False)
        check(p.returncode == 64 and 'needs a terminal' in p.stderr and not p.stdout, f'{p}')
        p = d.ctl('alert', 'watch', '--role', 'boss', ok=False)
        check(p.returncode == 64 and "--role 'boss'" in p.stderr, f'{p}')


if __name__ == '__main__':
    main(keys_end_in_the_store, verify_join_and_close_by_key, what_to_do_and_another_plate_at_the_newest_place_are_shown, a_prompt_can_be_left, no_line_wraps_and_nothing_steers_the_terminal, the_terminal_is_put_back,
         a_stop_gives_the_terminal_back_and_takes_it_again, the_daemon_goes_away_and_comes_back,
         looking_on_is_one_look, officers_see_nothing_of_a_covert_list, a_new_alert_rings, the_window_may_change, colors_are_optional, without_a_terminal_it_says_so)
