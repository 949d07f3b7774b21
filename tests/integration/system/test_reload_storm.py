#!/usr/bin/python3
"""Rules reloaded again and again under a stream of reads, every second time broken ones: no read is missed, and each alert names rules that decided between its read's
arrival and its commit. HL_RELOADS (10), HL_RATE reads a second (5000): tests/drill/reload.sh asks for a hundred at 20,000."""
import datetime, json, os, subprocess, threading, time

from harness import BUILD, RULES, Receiver, balanced, check, main, now, plate, running, wait_for

RELOADS = int(os.environ.get('HL_RELOADS', '10'))
RATE = int(os.environ.get('HL_RATE', '5000'))
EVERY = 500   # reads to one that matches
PAUSE = 0.25  # seconds between reloads, at the least


def unix(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def rules(i):
    return RULES.replace('cooldown: 10m', f'cooldown: {600 + i}s')


def write_reads(path, seconds):
    """Reads for so long, of plates that nobody looks for but for one of EVERY; its number and that of the reads."""
    n = RATE * seconds
    with open(path, 'w') as f:
        for i in range(n):
            hit = i % EVERY == EVERY - 1
            text = plate(i // EVERY) if hit else f'Q{i % 99991:05}Q'
            f.write(json.dumps({'id': f's{i:07}', 'camera': f'cam{i % 997}', 'time': now(), 'plate': text}) + '\n')
    return n // EVERY, n


class Reloads:
    """Reloads until told to stop, RELOADS at the least; when each version was marked and when the answer was there."""

    def __init__(self, d):
        self.d, self.answered, self.broken, self.fault = d, {}, 0, None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            for i in range(RELOADS):
                bad = i % 2 == 1
                self.d.write('rules.yaml', 'rout: {receivers: [desk]}\n' if bad else rules(i + 1))
                p = self.d.ctl('reload', ok=False)
                check(p.returncode == (78 if bad else 0), f'reload {i}: {p.returncode} {p.stdout}{p.stderr}')
                self.broken += bad
                if not bad:
                    self.answered[self.d.json('rules', 'versions')[0]['id']] = time.time()
                time.sleep(PAUSE)
        except Exception as e:
            self.fault = e


def under_a_stream():
    seen = {}

    def answer(n, headers, body):
        e = json.loads(body)
        seen.setdefault(e['data']['id'], time.time())
        return 204

    hook = Receiver(answer)
    with running({'desk': [hook.url]}, rules=rules(0)) as d:
        path = os.path.join(d.dir, 'reads.jsonl')
        hits, n = write_reads(path, max(3, int(RELOADS * 0.3)))
        d.load([plate(i) for i in range(hits)])
        first = d.json('rules', 'versions')[0]['id']
        begun = time.monotonic()
        sender = subprocess.Popen([os.path.join(BUILD, 'hotlistctl'), 'send', '--to', d.pull, '--rate', str(RATE), '--batch', '20', path], stdout=subprocess.DEVNULL)
        reloads = Reloads(d)
        reloads.thread.join()
        during = d.status()['reads']['in']
        check(sender.wait() == 0, 'the sender')
        took = time.monotonic() - begun
        check(reloads.fault is None, str(reloads.fault))
        check(len(reloads.answered) == (RELOADS + 1) // 2 and reloads.broken == RELOADS // 2, f'{len(reloads.answered)} versions, {reloads.broken} broken')
        wait_for('all reads', lambda: d.status()['reads']['in'] == n and d.status()['reads']['pending'] == 0, 60)
        balanced(d.status(), n)
        alerts = [a for a in d.alerts()]
        check(sorted(a['plate_read'] for a in alerts) == sorted(plate(i) for i in range(hits)), f'{len(alerts)} alerts instead of {hits}')
        wait_for('all notices', lambda: len(seen) == hits, 60)
        in_time(d, first, reloads, alerts, seen)
        check(d.status()['daemon']['reload_faults'] == RELOADS // 2, str(d.status()['daemon']))
        used = len({a['rules_version'] for a in alerts})
        print(f'  {RELOADS} reloads, {reloads.broken} of them broken; {n} reads in {took:.1f} s ({n / took:.0f}/s, {during} before the last reload), {hits} alerts by {used} versions')
    hook.close()


def in_time(d, first, reloads, alerts, seen):
    """Version i decides from some moment after it was marked, to some moment before the answer to the reload that made i + 1."""
    marks = [(a['version'], unix(a['time'])) for a in map(json.loads, open(os.path.join(d.dir, 'state/rules/activations.jsonl')))]
    check(marks[0][0] == first and len(marks) == 1 + len(reloads.answered), f'{len(marks)} activations')
    check(len({v for v, _ in marks}) == len(marks), 'each good file is a version of its own')
    end = {v: reloads.answered[nxt] for (v, _), (nxt, _) in zip(marks, marks[1:])}
    marked = dict(marks)
    for a in alerts:
        v = a['rules_version']
        check(v in marked, f'{v} was never active')
        check(marked[v] <= seen[a['id']] + 0.002, f'alert {a["id"]} was told before {v} was active')
        check(unix(a['created']) <= end.get(v, time.time()) + 0.002, f'alert {a["id"]} was decided by {v} after it was over')


if __name__ == '__main__':
    main(under_a_stream)
