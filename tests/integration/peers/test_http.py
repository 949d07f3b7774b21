#!/usr/bin/python3
"""Webhooks to a Node receiver: its signature check is the package standardwebhooks; its paths answer by script, stall, drip, reset and redirect."""
import json, os, shutil, subprocess, sys

sys.dont_write_bytecode = True
import peers
from peers import DAY, HERE, Stage, deliver, wait_for

SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
OLD = 'an-older-secret-of-ours-in-plain-text'
peers.need(shutil.which('node') and shutil.which('npm'), 'node or npm')


class Receiver:
    def __init__(self, stage, secrets=SECRET):
        self.stage = stage
        for name in ('package.json', 'package-lock.json'):
            shutil.copy(os.path.join(HERE, name), stage.dir)
        p = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'], cwd=stage.dir, capture_output=True, text=True)
        assert p.returncode == 0, f'npm ci: {p.stdout}{p.stderr}'
        stage.start('node', shutil.which('node'), os.path.join(HERE, 'receiver.js'), stage.dir, stage.path('requests'),
                    env=dict(os.environ, HL_SECRETS=secrets))
        self.port = int(wait_for('the receiver', lambda: stage.text('node.log').strip()))

    def channel(self, name, path, secret=SECRET, more=''):
        url = self.url(path)
        return ['receiver', name, 'webhook', secret, f"{{url: '{url}', secret_file: s, allow: 127.0.0.0/8, timeout: 2s{more}}}"]

    def url(self, path):
        return f'http://127.0.0.1:{self.port}{path}'

    def got(self, path):
        return [r for r in map(json.loads, self.stage.text('requests').splitlines()) if r['url'] == path]


def signatures():
    with Stage() as stage:
        r = Receiver(stage, f'{SECRET} {OLD}')
        out = deliver([r.channel('one', '/ok'), r.channel('both', '/both', f'{SECRET}\\n{OLD}'), r.channel('other', '/other', OLD),
                       ['send', 'd1', 'one', r.url('/ok'), 'created', DAY], ['send', 'd2', 'both', r.url('/both'), 'standdown', DAY],
                       ['send', 'd3', 'other', r.url('/other'), 'test', DAY]])
        assert out['d1'][0] == 'delivered', out
        one, both, other = r.got('/ok')[0], r.got('/both')[0], r.got('/other')[0]
        assert one['verified'][0] == 'ok' and one['verified'][1] != 'ok', one
        assert both['verified'] == ['ok', 'ok'], both
        assert other['verified'][0] != 'ok' and other['verified'][1] == 'ok', other
        assert 'ok' not in one['tampered'] + both['tampered'] + other['tampered']
        assert one['headers']['webhook-id'] == 'd1' and one['headers']['content-type'] == 'application/json'
        body = json.loads(one['body'])
        assert body['type'] == 'alert.created' and body['data']['plate_listed'] == '5SOW750' and body['data']['plate_read'] == '5SOW350', body
        assert body['data']['notice'].startswith('NOT VERIFIED')
        assert json.loads(both['body'])['type'] == 'alert.standdown' and json.loads(other['body'])['type'] == 'receiver.test'


def scripts():
    with Stage() as stage:
        r = Receiver(stage)
        paths = ['/503-503-200', '/429', '/429-date', '/410', '/close', '/reset', '/redirect', '/408-425-200', '/missing']
        plan = [['shift', 100]] + [r.channel(p[1:], p) for p in paths]
        plan += [['send', 'id' + p, p[1:], r.url(p), 'created', DAY] for p in paths]
        out = deliver(plan)
        state = {p: out['id' + p][:2] for p in paths}
        # A connection that had been used before and is reset is tried once more at once, by the library.
        assert state.pop('/reset') in (('delivered', 0), ('delivered', 1)), out
        assert state == {'/503-503-200': ('delivered', 2), '/429': ('delivered', 1), '/429-date': ('delivered', 1), '/410': ('dead', 0),
                         '/close': ('delivered', 1), '/redirect': ('dead', 0), '/408-425-200': ('delivered', 2),
                         '/missing': ('dead', 0)}, out
        assert 1500 <= out['id/429'][2] <= 2500, out
        assert 3000 <= out['id/429-date'][2] <= 6000, out
        assert '410' in out['id/410'][3] and 'redirects are not followed' in out['id/redirect'][3], out
        assert not r.got('/elsewhere')
        for p in paths:
            got = r.got(p)
            assert len(got) == (2 if p == '/reset' else out['id' + p][1] + 1), (p, len(got))
            assert len({(g['headers']['webhook-id'], g['body']) for g in got}) == 1, p
            assert all(g['verified'] == ['ok'] for g in got), got


def stalls():
    """A drip and a black hole time out and stay pending; beside them, on the same host and port, forty others go through at once."""
    with Stage() as stage:
        r = Receiver(stage)
        plan = [['shift', DAY]] + [r.channel(p[1:], p) for p in ('/drip', '/hole')] + [r.channel('ok', '/ok', more=', concurrency: 8')]
        plan += [['send', f'hole{i}', 'hole', r.url('/hole'), 'created', DAY] for i in range(20)]
        plan += [['send', 'drip', 'drip', r.url('/drip'), 'created', DAY]]
        plan += [['send', f'ok{i}', 'ok', r.url('/ok'), 'created', DAY] for i in range(40)]
        out = deliver(plan, seconds=5, settled=False)
        assert all(out[f'ok{i}'][0] == 'delivered' for i in range(40)), out
        assert out['drip'][0] == 'pending' and 'timed out' in out['drip'][3], out
        assert all(out[f'hole{i}'][0] == 'pending' for i in range(20)), out
        assert 'timed out' in out['hole0'][3], out


sys.exit(peers.run(signatures, scripts, stalls))
