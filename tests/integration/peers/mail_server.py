#!/usr/bin/python3
"""An SMTP server with faults, on aiosmtpd. What it does goes by the recipient's name: ok, busy (451 once), nouser (550), full (552 after the mail),
later (452 after the mail, always). Every mail taken is written to the log as a JSON line. Usage: mail_server.py LOG [--tls CERT KEY] [--auth USER PASSWORD]
Prints its port."""
import json, ssl, sys, time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

log, options = sys.argv[1], sys.argv[2:]
seen = {}


def option(name, n):
    return options[options.index(name) + 1:][:n] if name in options else None


tls, auth = option('--tls', 2), option('--auth', 2)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name = address.split('@')[0]
        if name == 'nouser':
            return '550 5.1.1 no such user here'
        if name == 'busy' and not seen.setdefault(address, 0):
            seen[address] = 1
            return '451 4.3.0 come back later'
        envelope.rcpt_tos.append(address)
        return '250 fine'

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split('@')[0]
        with open(log, 'a') as f:
            f.write(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None, 'user': session.authenticated,
                                'data': envelope.content.decode('ascii')}) + '\n')
        return {'full': '552 5.2.2 mailbox full', 'later': '452 4.2.2 not now'}.get(name, '250 taken')


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == auth
    return AuthResult(success=good, handled=good)


class Server(Controller):
    def factory(self):
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        return SMTP(self.handler, tls_context=context, require_starttls=bool(tls), authenticator=login if auth else None, auth_required=bool(auth),
                    auth_require_tls=bool(tls))


controller = Server(Handler(), hostname='127.0.0.1', port=0)
try:
    controller.start()
    print(controller.server.sockets[0].getsockname()[1], flush=True)
except OSError:
    # The controller of this version tries the port it was given, 0, by itself; the server is up all the same.
    print(controller.server.sockets[0].getsockname()[1], flush=True)
while True:
    time.sleep(3600)
