#!/usr/bin/python3
"""A list's versions through kill -9: at every named point and at random moments of import, increment, approval, activation, rollback and gc, by hotlistctl alone and through the
daemon. What is left is always whole: the active version is the old one or the new one, opens and has its entries; a version, an approval, a line of the record is there
or is not. HL_KILL_CYCLES: how many random runs (6)."""
import json, os, pwd, random, re, signal, subprocess, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, Daemon, Receiver, check, main, plate

CYCLES = int(os.environ.get('HL_KILL_CYCLES', '6'))
POINTS = ('version.begun file.written file.renamed version.synced version.renamed version.approving version.approved version.activating version.activated '
          'version.removing').split()
ENTRIES = 3000
VERBS = ['import', 'increment', 'approve', 'activate', 'rollback', 'gc']


class World:
    """A state folder with one list, worked on by hotlistctl, directly or through a daemon; and what must be true of it."""

    def __init__(self, daemon):
        self.hook = Receiver()
        self.d = Daemon({'desk': [self.hook.url]})
        settings = os.path.join(self.d.dir, 'hotlistd.yaml')
        text = open(settings).read()
        policy = '  stolen: {agency: METRO, layout: plates, require: [plate], keep: 3, shrink: 100, growth: 1000000, feed: true}'
        text, n = re.subn(r'^  stolen: .*$', policy, text, flags=re.M)
        check(n == 1, 'the settings have no list stolen')
        open(settings, 'w').write(text)
        self.settings, self.daemon = settings, daemon
        self.number = 0
        self.entries = {}  # how many entries the upload of each source name has
        self.state = os.path.join(self.d.dir, 'state')
        if daemon:
            self.d.start()

    def close(self):
        self.d.remove()
        self.hook.close()

    def words(self, *words):
        return [os.path.join(BUILD, 'hotlistctl'), '-c', self.settings, *words]

    def upload(self):
        self.number += 1
        name = f'upload{self.number}.txt'
        self.entries[name] = ENTRIES + self.number
        return self.d.write(name, '\n'.join(plate(self.number * 50 + i) + '\n' for i in range(ENTRIES + self.number)))

    def verb(self, verb):
        return {'import': lambda: ('list', 'import', 'stolen', self.upload()), 'increment': lambda: ('list', 'import', 'stolen', self.upload(), '--incremental', '--onto', 'newest'),
                'approve': lambda: ('list', 'approve', 'stolen', 'newest', '--reason', 'seen'),
                'activate': lambda: ('list', 'activate', 'stolen', 'newest', '--reason', 'go'), 'rollback': lambda: ('list', 'rollback', 'stolen', '--reason', 'back'),
                'gc': lambda: ('list', 'gc', 'stolen')}[verb]()

    def run(self, verb, kill_after=None, at=None):
        """One verb; killed at a named point, or some seconds after its start. True where something died."""
        words = self.words(*self.verb(verb))
        env = {**os.environ, **({'HL_CRASH_AT': at} if at and not self.daemon else {})}
        p = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
        victim = self.d.proc if self.daemon else p
        if kill_after is not None:
            try:
                p.wait(kill_after)
            except subprocess.TimeoutExpired:
                pass
            victim.send_signal(signal.SIGKILL)
        self.said = p.communicate()[0]
        if self.daemon and (at or kill_after is not None):
            try:
                victim.wait(20)
            except subprocess.TimeoutExpired:
                return False
        return victim.returncode == -signal.SIGKILL and (not self.daemon or at is not None or p.returncode != 0)

    def time(self, verb):
        """How long the verb takes when nobody disturbs it."""
        begun = time.monotonic()
        self.run(verb)
        return time.monotonic() - begun

    def active(self):
        try:
            return open(os.path.join(self.state, 'lists/stolen/active')).read().strip()
        except FileNotFoundError:
            return None

    def look(self):
        """The versions, by hotlistctl; each whole."""
        p = subprocess.run(self.words('list', 'versions', 'stolen', '--json'), capture_output=True, text=True)
        check(p.returncode == 0, f'list versions: {p.returncode} {p.stdout}{p.stderr}')
        versions = json.loads(p.stdout)
        for v in versions:
            check('fault' not in v, f'a version without a description: {v}')
            check(v['approvals_needed'] or not v['waits'], f"approvals that can't be read: {v}")
            check(v['entries'] > 0 and (v['parent'] or v['lines'] >= v['entries']), f'{v}')
        return versions

    def whole(self, before, verb):
        """Nothing is half there; before: what was active."""
        versions = self.look()
        active = [v['id'] for v in versions if v['active']]
        check(active == ([self.active()] if self.active() else []), f'the mark {self.active()} is no version: {active}')
        if verb in ('import', 'increment', 'approve', 'gc'):
            check(self.active() == before, f'{verb} changed the active version from {before} to {self.active()}')
        if verb == 'activate':
            check(self.active() in (before, versions[0]['id']), f'{self.active()} is active, neither {before} nor the newest')
        if self.active():
            p = subprocess.run(self.words('list', 'show', 'stolen', 'active', '--limit', '1', '--json'), capture_output=True, text=True)
            check(p.returncode == 0, f'the active version does not open: {p.stdout}{p.stderr}')
            check(json.loads(p.stdout)['fitting'] == [v['entries'] for v in versions if v['active']][0], 'entries are missing')
        record = os.path.join(self.state, 'lists/stolen/activations.jsonl')
        lines = open(record).read().splitlines() if os.path.exists(record) else []
        for line in lines:
            json.loads(line)
        check(not self.active() or lines, 'an activation without a record')
        return versions


def prepare(world):
    """Two versions that were active one after the other, a third that waits: so that each verb has something to do."""
    for _ in range(2):
        for verb in ('import', 'activate'):
            world.run(verb)
    world.run('import')


def by_somebody_else(world):
    """The newest version as if somebody else had imported it: whoever runs this test is one person only."""
    newest = world.look()[0]['id']
    path = os.path.join(world.state, 'lists/stolen/versions', newest, 'version.yaml')
    v = json.load(open(path))
    v['by'] = 'ann'
    open(path, 'w').write(json.dumps(v) + '\n')


def cycle(world, rnd, at=None, took=None):
    verb = rnd.choice(VERBS) if not at else {'version.approving': 'approve', 'version.approved': 'approve', 'version.activating': rnd.choice(['activate', 'rollback']),
                                             'version.activated': rnd.choice(['activate', 'rollback']), 'version.removing': 'gc'}.get(at, 'import')
    if verb == 'approve':
        by_somebody_else(world)
    if verb == 'gc' and at:
        for _ in range(4):
            world.run('import')
    before = world.active()
    if at:
        if world.daemon:
            world.d.stop()
            world.d.start(HL_CRASH_AT=at)
        died = world.run(verb, at=at)
        check(died, f'{verb} did not die at {at}: {world.said}')
        if world.daemon:
            world.d.start()
    else:
        died = world.run(verb, kill_after=rnd.random() * took[verb])
        if world.daemon:
            world.d.start()
    world.whole(before, verb)
    return verb, died


def kills(daemon, rnd, cycles):
    world = World(daemon)
    died = []
    try:
        prepare(world)
        for point in POINTS:
            died.append(cycle(world, rnd, point)[0])
        took = {verb: world.time(verb) for verb in VERBS}
        tries = kills = 0
        while kills < cycles:  # a kill that came too late is none
            verb, killed = cycle(world, rnd, took=took)
            died += [verb] if killed else []
            kills += killed
            tries += 1
            check(tries < 20 * cycles + 100, f'only {kills} of {tries} kills came in time')
        # And everything still works.
        for verb in ('import', 'activate', 'rollback', 'gc'):
            world.run(verb)
            check('hotlistctl:' not in world.said or verb == 'rollback', f'{verb} afterwards: {world.said}')
        world.whole(None, 'rollback')
        drafts = [n for n in os.listdir(os.path.join(world.state, 'lists/stolen/versions')) if n.startswith('.')]
        check(not drafts, f'left behind: {drafts}')
        if daemon:
            world.d.stop()
        print('  ' + ', '.join(f'{died.count(v)} {v}' for v in VERBS), flush=True)
    except BaseException:
        if daemon:
            sys.stderr.write(world.d.tail())
        raise
    finally:
        world.close()


def a_second_person():
    """Who approves is known from the socket: the importer can't, whatever he says; another user can. Needs root, to be two people."""
    if os.geteuid() != 0:
        print('  not run: needs root')
        return
    world = World(True)
    nobody = pwd.getpwnam('nobody')
    try:
        world.d.ctl('list', 'import', 'stolen', world.upload(), '--activate', '--reason', 'first')
        first = world.active()
        world.d.stop()
        text = open(world.settings).read()
        open(world.settings, 'w').write(text.replace('keep: 3', 'keep: 3, approvals: 1'))
        world.d.start()
        world.d.ctl('list', 'import', 'stolen', world.upload())
        refused = world.d.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'go', ok=False)
        check(refused.returncode == 77 and 'needs 1 approval by someone other than' in refused.stderr, f'{refused.returncode} {refused.stderr}')
        refused = world.d.ctl('list', 'approve', 'stolen', 'newest', '--reason', 'mine', ok=False)
        check(refused.returncode == 77, f'{refused.returncode} {refused.stderr}')
        check(world.active() == first, 'the active version changed')
        for path, mode in ((world.d.dir, 0o711), (world.state, 0o711), (world.d.control, 0o666)):
            os.chmod(path, mode)
        p = subprocess.run([os.path.join(BUILD, 'hotlistctl'), '--state', world.state, 'list', 'approve', 'stolen', 'newest', '--reason', 'looked at it'],
                           capture_output=True, text=True, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd='/')
        check(p.returncode == 0 and 'approved by nobody (1 of 1 needed)' in p.stdout, f'{p.returncode} {p.stdout}{p.stderr}')
        world.d.ctl('list', 'activate', 'stolen', 'newest', '--reason', 'go')
        newest = world.look()[0]
        check(newest['active'] and [a['by'] for a in newest['approvals']] == ['nobody'], f'{newest}')
        check([x['version'] for x in world.d.status()['lists']] == [newest['id']], 'the daemon does not match the new version')
        world.d.ctl('list', 'rollback', 'stolen', '--reason', 'wrong')
        check(world.active() == first, 'rolled back to something else')
        world.d.stop()
    except BaseException:
        sys.stderr.write(world.d.tail())
        raise
    finally:
        world.close()


def directly():
    kills(False, random.Random(1), CYCLES)


def through_the_daemon():
    kills(True, random.Random(2), CYCLES)


main(a_second_person, directly, through_the_daemon)
