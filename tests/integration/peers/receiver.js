// receiver.js: an HTTP receiver whose paths misbehave by script. Every request is verified with the package standardwebhooks and written to a log, a JSON
// line each. Usage: node receiver.js MODULES-FOLDER LOG; the secrets come in HL_SECRETS, parted by spaces. Prints its port.
const fs = require('fs'), http = require('http'), path = require('path');
const { Webhook } = require(path.join(process.argv[2], 'node_modules', 'standardwebhooks'));
const secrets = process.env.HL_SECRETS.split(' ');
const seen = {};

// The first secret that verifies, as the receiver of a sender that rotates would try them; or what is wrong.
function verify(body, headers) {
  const verdicts = secrets.map((s) => {
    try {
      const w = s.startsWith('whsec_') ? new Webhook(s) : new Webhook(s, { format: 'raw' });
      w.verify(body, headers);
      return 'ok';
    } catch (e) { return String(e.message); }
  });
  return verdicts;
}

const answers = {
  '/ok': [[200]],
  '/503-503-200': [[503], [503], [200]],
  '/429': [[429, { 'Retry-After': '2' }], [200]],
  '/429-date': [[429, { 'Retry-After': () => new Date(Date.now() + 5000).toUTCString() }], [200]],
  '/410': [[410]],
  '/redirect': [[302, { Location: '/elsewhere' }]],
  '/408-425-200': [[408], [425], [200]],
};

function misbehave(name, n, req, res) {
  if (n > 0 && name !== '/drip' && name !== '/hole') return res.writeHead(200).end();
  if (name === '/close') { res.writeHead(200, { 'Content-Length': 1000 }); res.write('half'); setImmediate(() => res.destroy()); }
  else if (name === '/reset') req.socket.resetAndDestroy();
  else if (name === '/drip') { res.writeHead(200, { 'Content-Length': 100000 }); const t = setInterval(() => res.write('x'), 50); res.on('close', () => clearInterval(t)); }
  else if (name === '/hole') { /* never a word */ }
  else res.writeHead(404).end('no such path');
}

const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', (d) => parts.push(d));
  req.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const n = (seen[req.url] = (seen[req.url] ?? -1) + 1);
    fs.appendFileSync(process.argv[3], JSON.stringify({ url: req.url, n, method: req.method, headers: req.headers, body, verified: verify(body, req.headers),
      tampered: verify(body + ' ', req.headers) }) + '\n');
    const list = answers[req.url];
    if (!list) return misbehave(req.url, n, req, res);
    const [status, headers = {}] = list[Math.min(n, list.length - 1)];
    const made = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, typeof v === 'function' ? v() : v]));
    res.writeHead(status, made).end('answer ' + status);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
