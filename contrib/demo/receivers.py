#!/usr/bin/python3
"""The demonstration's receivers on loopback: an HTTP receiver that checks webhook signatures, and a mailbox (SMTP).

usage: receivers.py DIR HTTP_PORT SMTP_PORT SECRET_FILE

Writes DIR/webhook.jsonl (one delivery a line) and DIR/mail/NNN.eml; prints "ready" when both listen. Ends on SIGTERM. The SMS gateway is Kannel itself.
"""
import base64, email, email.policy, hashlib, hmac, http.server, json, os, signal, sys, threading

from aiosmtpd.controller import Controller

DIR, HTTP_PORT, SMTP_PORT, SECRET_FILE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
SECRET = base64.b64decode(open(SECRET_FILE).read().strip().removeprefix('whsec_'))


def signed(headers, body):
    """True where one of the signatures is right (Standard Webhooks 1.0)."""
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    want = base64.b64encode(hmac.new(SECRET, text, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(s.removeprefix('v1,'), want) for s in headers.get('webhook-signature', '').split())


class Hook(http.server.BaseHTTPRequestHandler):
    lock = threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        ok = signed(self.headers, body)
        with Hook.lock, open(os.path.join(DIR, 'webhook.jsonl'), 'a') as f:
            f.write(json.dumps({'id': self.headers['webhook-id'], 'signed': ok, 'event': json.loads(body)}) + '\n')
        self.send_response(204 if ok else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mailbox:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        Mailbox.count += 1
        with open(os.path.join(DIR, 'mail', f'{Mailbox.count:03}.eml'), 'wb') as f:
            f.write(envelope.content)
        return '250 kept'


def main():
    os.makedirs(os.path.join(DIR, 'mail'), exist_ok=True)
    open(os.path.join(DIR, 'webhook.jsonl'), 'a').close()
    smtp = Controller(Mailbox(), hostname='127.0.0.1', port=SMTP_PORT)
    smtp.start()
    http_server = http.server.ThreadingHTTPServer(('127.0.0.1', HTTP_PORT), Hook)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=http_server.shutdown).start())
    print('ready', flush=True)
    http_server.serve_forever()
    smtp.stop()


if __name__ == '__main__':
    main()
