#!/usr/bin/python3
"""Delivery reports from end to end: a real hotlistd, a real Kannel, contrib/sms-reports between them. And Twilio's answers and callbacks from a script that
follows its published description: that script is not Twilio, which can't be reached from here."""
import base64, hashlib, hmac, http.server, json, os, re, sys, threading, urllib.error, urllib.parse, urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'system'))
import harness
import peers
from harness import Daemon, Dealer, Receiver, check, plate, read
from kannel import Kannel, SmppCentre
from peers import Stage, free_ports, listening, wait_for

BRIDGE = os.path.join(harness.TOP, 'contrib/sms-reports')


class Served:
    """An HTTP server of the test: answer(handler, body) answers one request."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get('content-length', 0)))
                answer(self, body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def say(handler, status, text='', **headers):
    handler.send_response(status)
    for k, v in headers.items():
        handler.send_header(k.replace('_', '-'), v)
    handler.send_header('content-length', str(len(text)))
    handler.end_headers()
    handler.wfile.write(text.encode())


def fetch(url, data=None, headers={}):
    """(status, body)."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers), timeout=40) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


class Scene:
    """A hotlistd with one SMS channel, and the bridge."""

    def __init__(self, stage, channel, more='', bridge=(), **daemon):
        self.stage = stage
        self.port = free_ports(1)[0]
        self.reports = f'http://127.0.0.1:{self.port}/report'
        bridge = [self.reports if word == 'REPORTS' else word for word in bridge]
        self.daemon = Daemon({}, extra='  desk:\n    - sms: ' + channel.replace('REPORTS', self.reports) + '\n' + more, **daemon)
        self.daemon.write('password', 'se&cret 1\n')
        self.daemon.start()
        self.daemon.load([plate(1), plate(2)])
        self.bridge = stage.start('bridge', sys.executable, BRIDGE, '--listen', f'127.0.0.1:{self.port}', '--hotlistctl',
                                  os.path.join(harness.BUILD, 'hotlistctl'), '--config', os.path.join(self.daemon.dir, 'hotlistd.yaml'), *bridge)
        wait_for('the bridge', lambda: listening(self.port))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            print(self.daemon.tail(), file=sys.stderr)
        try:
            if not kind:
                self.daemon.stop()
        finally:
            self.daemon.remove()

    def alert(self, i=1):
        sender = Dealer(self.daemon.router)
        sender.send(read(i, plate(i)))
        sender.settle()
        sender.close()

    def delivery(self):
        d = self.daemon.json('outbox', 'ls')
        check(len(d) == 1, f'one delivery: {d}')
        return d[0]

    def becomes(self, state, report):
        def there():
            d = self.delivery()
            return d['state'] == state and (d['report'] or {}).get('state') == report and d
        try:
            return wait_for(f'{state}, reported {report}', there)
        except AssertionError as e:
            raise AssertionError(f'{e}: {self.delivery()}') from None


def kannel_channel(k, reports='REPORTS', to='+13035550100', url=None):
    url = url or f'http://127.0.0.1:{k.sendsms}/cgi-bin/sendsms'
    return (f'{{gateway: kannel, url: "{url}", user: hotlist, password_file: password, to: ["{to}"], allow: ["127.0.0.0/8"], timeout: 15s,'
            f' report_url: "{reports}"}}')


def kannel_reports_arrive():
    """Kannel says 8 (the centre has it) and 1 (the phone has it), in whatever order its threads send them."""
    with Stage() as stage:
        k = Kannel(stage)
        k.centre()
        with Scene(stage, kannel_channel(k)) as s:
            s.alert()
            d = s.becomes('delivered', 'delivered')
            check(d['report']['text'].startswith('delivered to the phone (1'), str(d))
            check('HTTP 202' in d['result'], str(d))
            shown = s.daemon.json('alert', 'show', d['alert'])['deliveries']
            check(len(shown) == 1 and shown[0]['report'] == d['report'], str(shown))
            check('reported delivered' in s.daemon.ctl('alert', 'show', d['alert']), 'in words')


class Held:
    """Where Kannel sends its reports: kept here, and handed on to the bridge when and how the test wants it."""

    def __init__(self):
        self.got, self.lock = {}, threading.Lock()
        self.served = Served(self.take)
        self.url = self.served.url + '/report'

    def take(self, handler, body):
        query = urllib.parse.urlsplit(handler.path).query
        with self.lock:
            self.got[dict(urllib.parse.parse_qsl(query))['status']] = query
        say(handler, 202)

    def on(self, scene, *statuses):
        for status in statuses:
            answer = fetch(scene.reports + '?' + wait_for(f'report {status}', lambda: self.got.get(status)))
            check(answer[0] == 204, f'{status}: {answer}')


def kannel_reports_in_either_order():
    """The reports are Kannel's own, whole; only when each is handed on is the test's."""
    for order, after_first in (('8', '1'), 'accepted'), (('1', '8'), 'delivered'), (('8', '8', '1', '1', '8'), 'accepted'), (('1', '1', '8'), 'delivered'):
        with Stage() as stage:
            held = Held()
            k = Kannel(stage)
            k.centre()
            with Scene(stage, kannel_channel(k, held.url)) as s:
                s.alert()
                s.becomes('delivered', None)
                held.on(s, order[0])
                s.becomes('delivered', after_first)
                held.on(s, *order[1:])
                d = s.becomes('delivered', 'delivered')
                check(d['attempts'] == 1, str(d))
            held.served.close()


def kannel_report_before_the_answer():
    """Its answer is held back until both reports are taken in: once with the answer coming, once with the connection cut instead."""
    for cut in False, True:
        with Stage() as stage:
            held = Held()
            k = Kannel(stage)
            k.centre()
            go = threading.Event()
            requests = []

            def between(handler, body):
                requests.append(handler.path)
                status, text = fetch(f'http://127.0.0.1:{k.sendsms}{handler.path}')
                go.wait(30)
                if cut:
                    handler.close_connection = True
                    handler.connection.close()
                else:
                    say(handler, status, text)

            gate = Served(between)
            with Scene(stage, kannel_channel(k, held.url, url=gate.url + '/cgi-bin/sendsms')) as s:
                s.alert()
                held.on(s, '1', '8')
                d = s.becomes('delivered', 'delivered')
                go.set()
                wait_for('the attempt to end', lambda: s.daemon.status()['deliver']['under_way'] == 0)
                check(s.becomes('delivered', 'delivered')['attempts'] == 1, str(s.delivery()))
                check(len(requests) == 1, f'no second attempt: {requests}')
            gate.close()
            held.served.close()


def kannel_failure_is_a_dead_letter():
    """Kannel takes the message, and the centre behind it does not: 8 and then 2, or 16. Tried again by a person, it arrives."""
    for status, receipt, words in (0, 'UNDELIV', 'not delivered to the phone (2'), (0, 'EXPIRED', 'not delivered'), (0x0b, None, 'refused by the SMS centre (16'):
        with Stage() as stage:
            answers = [status, 0]
            centre = SmppCentre(lambda number, text: answers.pop(0))
            k = Kannel(stage, centre)
            wait_for('the bind', lambda: centre.line)
            with Scene(stage, kannel_channel(k)) as s:
                s.alert()
                if receipt:
                    s.becomes('delivered', 'accepted')
                    centre.receipt(0, receipt)
                d = s.becomes('dead', 'failed')
                check(d['result'].startswith(words), str(d))
                check(s.daemon.status()['outbox']['dead'] == 1, 'it is counted')
                wait_for('the log', lambda: f'dead letter {d["id"]}: its gateway took it and then reported failure' in s.daemon.tail())
                s.daemon.ctl('outbox', 'retry', '--id', d['id'])
                s.becomes('delivered', 'accepted')
                centre.receipt(-1, 'DELIVRD')
                check(s.becomes('delivered', 'delivered')['attempts'] == 2, str(s.delivery()))
                centre.receipt(0, 'UNDELIV')
                check(plate(1) not in str(centre.taken), 'no plate in a short message')
            centre.close()


def kannel_failure_falls_back():
    """The fallback's time comes while only the SMS centre has the message; the failure comes after that, and the fallback with it."""
    with Stage() as stage:
        centre, phone, watch = SmppCentre(), Receiver(), Receiver()
        k = Kannel(stage, centre)
        wait_for('the bind', lambda: centre.line)
        more = ''.join(f'  {name}:\n    - webhook: {{url: "{r.url}", secret_file: secret, allow: ["127.0.0.0/8"]}}\n' for name, r in (('phone', phone), ('watch', watch)))
        rules = harness.RULES.replace('{receivers: [desk]}', '{receivers: [desk], fallback: {after: 1s, receivers: [phone]}, escalate: [{after: 2s, receivers: [watch]}]}')
        with Scene(stage, kannel_channel(k), more, rules=rules) as s:
            s.alert()

            def sms():
                return [d for d in s.daemon.json('outbox', 'ls') if d['channel'] == 'sms'][0]

            wait_for('the first report', lambda: (sms()['report'] or {}).get('state') == 'accepted')
            wait_for('the step, which falls due behind the fallback', watch.ids)
            check(phone.ids() == [], 'nobody falls back on what may arrive yet')
            centre.receipt(0, 'UNDELIV')
            told = wait_for('the fallback', phone.events)
            check(told[0]['type'] == 'alert.escalated' and 'desk could not be reached' in json.dumps(told[0]), str(told))
        centre.close()
        phone.close()
        watch.close()


def what_is_no_report():
    with Stage() as stage:
        with Scene(stage, '{gateway: kannel, url: "http://127.0.0.1:1/x", user: u, password_file: password, to: ["100"], allow: ["127.0.0.0/8"]}') as s:
            s.alert()
            d = s.delivery()['id']
            for query, status in (('', 400), ('delivery=' + d, 400), (f'delivery={d}&status=3', 400), (f'delivery={"z" * 26}&status=1', 404),
                                  (f'delivery={d[:8]}&status=1', 404), (f'delivery=--json&status=1', 404), ('&'.join(f'a{i}=1' for i in range(100)), 400)):
                answer = fetch(f'{s.reports}?{query}')
                check(answer[0] == status, f'{query}: {answer}')
            check(s.delivery()['report'] is None, str(s.delivery()))
            s.daemon.stop()
            check(fetch(f'{s.reports}?delivery={d}&status=1')[0] == 204, 'stored directly where no daemon runs')
            s.daemon.start()
            check(s.delivery()['state'] == 'delivered', str(s.delivery()))


SID, TOKEN = 'AC0123456789abcdef0123456789abcdef', 'se&cret 1'


class Script:
    """A script of Twilio's documented answers: plan(number of the request, form) gives what is answered, a dict or None for silence."""

    def __init__(self, plan):
        self.plan, self.got, self.lock, self.over = plan, [], threading.Lock(), threading.Event()
        self.served = Served(self.take)
        self.url = f'{self.served.url}/2010-04-01/Accounts/{SID}/Messages.json'

    def take(self, handler, body):
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        right = 'Basic ' + base64.b64encode(f'{SID}:{TOKEN}'.encode()).decode()
        with self.lock:
            self.got.append(form)
            n = len(self.got)
        if handler.command != 'POST' or handler.path != f'/2010-04-01/Accounts/{SID}/Messages.json' or handler.headers['authorization'] != right:
            say(handler, 401, json.dumps({'code': 20003, 'message': 'Authenticate', 'status': 401}))
            return
        what = self.plan(n, form)
        if what is None:
            self.over.wait(30)
            handler.close_connection = True
            return
        status = what.pop('http', 201)
        if status == 201:
            what = {'account_sid': SID, 'body': form['Body'], 'error_code': None, 'sid': f'SM{n:032x}', 'status': 'queued', 'to': form['To'],
                    'subresource_uris': {'media': '/x'}, **what}
        say(handler, status, json.dumps(what), content_type='application/json')

    def call_back(self, n, status, token=TOKEN, **more):
        """As its StatusCallback is documented: a form, signed over the address and the sorted parameters."""
        form = self.got[n - 1]
        fields = {'MessageSid': f'SM{n:032x}', 'MessageStatus': status, 'AccountSid': SID, 'To': form['To'], **more}
        text = form['StatusCallback'] + ''.join(k + fields[k] for k in sorted(fields))
        signed = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
        return fetch(form['StatusCallback'], urllib.parse.urlencode(fields).encode(), {'X-Twilio-Signature': signed})[0]

    def close(self):
        self.over.set()
        self.served.close()


def same_but_age(a, b):
    return re.sub('seen [^#]*', '', a) == re.sub('seen [^#]*', '', b)


def twilio(stage, script, more=''):
    token = stage.write('token', TOKEN + '\n')
    s = Scene(stage, f'{{gateway: twilio, url: "{script.url}", user: {SID}, password_file: password, from: "+13035550199", to: ["+13035550100"],'
              f' allow: ["127.0.0.0/8"], report_url: "REPORTS"{more}}}', bridge=('--twilio-url', 'REPORTS', '--twilio-token-file', token))
    return s


def scripted_twilio_delivers():
    with Stage() as stage:
        script = Script(lambda n, form: {})
        with twilio(stage, script) as s:
            s.alert()
            d = s.becomes('delivered', None)
            check(d['result'].startswith('HTTP 201 queued SM'), str(d))
            form = script.got[0]
            check(form['To'] == '+13035550100' and form['From'] == '+13035550199' and form['StatusCallback'].endswith('?delivery=' + d['id']), str(form))
            check(form['Body'].endswith('#' + d['id'][:6]) and 'NOT VERIFIED' in form['Body'] and plate(1) not in form['Body'], str(form))
            check(script.call_back(1, 'delivered', token='guess') == 403, 'a wrong signature')
            check(fetch(form['StatusCallback'] + '&status=1')[0] == 403, 'no signature')
            check(s.delivery()['report'] is None, 'nothing was taken')
            for status, state in ('delivered', 'delivered'), ('sent', 'delivered'), ('queued', 'delivered'):
                check(script.call_back(1, status) == 204, status)
                s.becomes('delivered', state)
        script.close()


def scripted_twilio_fails_later():
    """Taken, then undelivered: a dead letter; tried again it arrives, and the old message's late report changes nothing for the worse."""
    with Stage() as stage:
        script = Script(lambda n, form: {})
        with twilio(stage, script) as s:
            s.alert()
            s.becomes('delivered', None)
            check(script.call_back(1, 'sent') == 204, 'sent')
            check(script.call_back(1, 'undelivered', ErrorCode='30003') == 204, 'undelivered')
            d = s.becomes('dead', 'failed')
            check(d['result'] == 'not delivered by the carrier (undelivered: 30003)', str(d))
            s.daemon.ctl('outbox', 'retry')
            s.becomes('delivered', None)
            check(same_but_age(script.got[0]['Body'], script.got[1]['Body']), 'the same text and mark')
            check(script.call_back(2, 'delivered') == 204, 'delivered')
            check(script.call_back(1, 'undelivered', ErrorCode='30003') == 204, 'late')
            s.becomes('delivered', 'delivered')
        script.close()


def scripted_twilio_refuses():
    with Stage() as stage:
        answers = [{'http': 429, 'code': 20429, 'message': 'Too Many Requests', 'status': 429}, {'http': 400, 'code': 21611, 'message': 'queue', 'status': 400},
                   {'http': 503, 'code': 20503, 'message': 'busy', 'status': 503},
                   {'http': 400, 'code': 21211, 'message': "The 'To' number is not valid", 'status': 400}]
        script = Script(lambda n, form: dict(answers[min(n, 4) - 1]))
        with twilio(stage, script) as s:
            s.alert()
            for n in range(1, 4):
                d = wait_for(f'attempt {n}', lambda: s.delivery()['attempts'] >= n and s.delivery())
                s.daemon.ctl('outbox', 'retry')
            d = s.becomes('dead', None) # a retry by hand may have met the backoff's own: then there was one attempt more
            check(d['result'] == "HTTP 400, code 21211: The 'To' number is not valid" and d['attempts'] >= 4, str(d))
        script.close()


def scripted_twilio_is_silent():
    """A time-out says nothing about the message: it is sent again, and the mark lets a reader see that. Unless the callback was quicker."""
    for reported in False, True:
        with Stage() as stage:
            script = Script(lambda n, form: None if n == 1 else {})
            with twilio(stage, script, ', timeout: 1s') as s:
                s.alert()
                wait_for('the request', lambda: script.got)
                if reported:
                    check(script.call_back(1, 'delivered') == 204, 'delivered')
                    wait_for('the time-out', lambda: s.daemon.status()['deliver']['under_way'] == 0)
                    s.becomes('delivered', 'delivered')
                    s.daemon.ctl('outbox', 'retry')
                    check(len(script.got) == 1, 'one request')
                else:
                    wait_for('the time-out', lambda: s.delivery()['attempts'] == 1)
                    check(s.delivery()['result'].startswith('no answer'), str(s.delivery()))
                    s.daemon.ctl('outbox', 'retry', '--receiver', 'desk')
                    s.becomes('delivered', None)
                    check(same_but_age(script.got[0]['Body'], script.got[1]['Body']) and script.got[1]['Body'].endswith('#' + s.delivery()['id'][:6]), str(script.got))
            script.close()


if __name__ == '__main__':
    tests = [kannel_reports_arrive, kannel_reports_in_either_order, kannel_report_before_the_answer, kannel_failure_is_a_dead_letter, kannel_failure_falls_back, what_is_no_report,
             scripted_twilio_delivers, scripted_twilio_fails_later, scripted_twilio_refuses, scripted_twilio_is_silent]
    sys.exit(peers.run(*[t for t in tests if not sys.argv[1:] or t.__name__ in sys.argv[1:]]))
