#!/usr/bin/env python3
"""Writes trees.txt: random rules and what becomes of random matches by them, worked out here a second time from doc/man/hotlist-rules.5 and from nothing of the
program: thresholds by list and camera, mutes, trees of routes with `continue` at every depth. Usage: trees.py > trees.txt
"""
import random

rnd = random.Random(20261123)
LISTS, CAMERAS, SITES, KINDS = ['stolen', 'wanted', 'fines'], ['cam1', 'cam2', 'cam3'], ['here', 'there'], ['exact', 'confusable', 'edit', 'candidate']
PROBABILITIES = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]


def flow(v):
    if isinstance(v, dict):
        return '{' + ', '.join(f'{k}: {flow(x)}' for k, x in v.items()) + '}'
    if isinstance(v, list):
        return '[' + ', '.join(map(flow, v)) + ']'
    return {True: 'true', False: 'false'}[v] if isinstance(v, bool) else f'"{v}"' if isinstance(v, str) and v[0] in '<>' else str(v)


def some(of):
    return rnd.sample(of, rnd.choice([1, 1, 2]))


def when():
    keys = {'list': lambda: some(LISTS), 'camera': lambda: some(CAMERAS), 'site': lambda: some(SITES), 'kind': lambda: some(KINDS),
            'priority': lambda: rnd.choice(['<=3', '>5', '4']), 'decision': lambda: [rnd.choice(['alert', 'verify'])]}
    return {k: keys[k]() for k in rnd.sample(list(keys), rnd.choice([1, 1, 1, 2]))}


def fits(w, c):
    def one(key, wanted):
        if key == 'priority':
            p = c['priority']
            return p <= 3 if wanted == '<=3' else p > 5 if wanted == '>5' else p == 4
        return c[key] in wanted
    return all(one(k, v) for k, v in w.items())


def tree(depth):
    r = {'when': when()}
    if rnd.random() < 0.7:
        r['receivers'] = rnd.sample([f'r{i}' for i in range(12)], rnd.choice([1, 1, 2]))
    if rnd.random() < 0.5:
        r['continue'] = True
    if depth < 4 and rnd.random() < 0.6:
        r['routes'] = [tree(depth + 1) for _ in range(rnd.choice([1, 2, 3]))]
    return r


def told(route, c):
    """None: this route does not fit. Else (names, whether the siblings after it are tried)."""
    def at(r, inherited):
        names = r.get('receivers') or inherited
        out, fitted = [], False
        for child in r.get('routes', []):
            if fits(child['when'], c):
                fitted = True
                out += at(child, names)
                if not child.get('continue'):
                    break
        return out if fitted else names
    return list(dict.fromkeys(at(route, [])))


def thresholds():
    low, high = sorted(rnd.sample(PROBABILITIES, 2))
    return rnd.choice([{'min_probability': low, 'alert_probability': high}, {'min_probability': 0.05}, {'alert_probability': 0.95}, {}])


def threshold(rules, key, c):
    at = rules['cameras'].get(c['camera'], {})
    for where in (at.get('lists', {}).get(c['list'], {}), at, rules['lists'].get(c['list'], {}), rules):
        if key in where.get('match', {}):
            return where['match'][key]


def decide(rules, c):
    exact = c['kind'] == 'exact'
    unlikely = c['pp'] < threshold(rules, 'min_probability', c)
    if unlikely and not exact:
        return 'drop'
    return 'verify' if unlikely or not exact or c['p'] < threshold(rules, 'alert_probability', c) else 'alert'


def rules_of():
    r = {'match': {'min_probability': 0.2, 'alert_probability': 0.8}, 'lists': {l: {'match': thresholds()} for l in LISTS}, 'cameras': {}}
    for camera in rnd.sample(CAMERAS, 2):
        r['cameras'][camera] = {'match': thresholds(), 'lists': {l: {'match': thresholds()} for l in some(LISTS)}}
    r['mute'] = [{'when': when(), 'comment': f'm{i}'} for i in range(rnd.choice([0, 0, 1, 2]))]
    r['route'] = {'receivers': ['top'], 'routes': [tree(1) for _ in range(4)]}
    return r


def whole(r):
    """No pair of list and camera has its thresholds the wrong way round: such rules are refused."""
    return all(threshold(r, 'min_probability', c) <= threshold(r, 'alert_probability', c)
               for l in LISTS + ['other'] for k in CAMERAS + ['cam9'] for c in [{'list': l, 'camera': k}])


def case():
    return {'list': rnd.choice(LISTS + ['other']), 'camera': rnd.choice(CAMERAS + ['cam9']), 'site': rnd.choice(SITES), 'kind': rnd.choice(KINDS + ['exact', 'exact']),
            'priority': rnd.randint(1, 9), 'pp': rnd.choice(PROBABILITIES), 'p': rnd.choice(PROBABILITIES)}


print('# Written by trees.py: do not edit. The form is that of routes.txt.')
trees = 0
while trees < 40:
    rules = rules_of()
    if not whole(rules):
        continue
    trees += 1
    print()
    for key, value in rules.items():
        print(f'| {key}: {flow(value)}')
    for _ in range(12):
        c = case()
        decision = c['decision'] = decide(rules, c)
        mute = next((m['comment'] for m in rules['mute'] if fits(m['when'], c)), None)
        out = '' if decision == 'drop' else f' MUTED({mute})' if mute else ''.join(' ' + n for n in told(rules['route'], c))
        print(' '.join(f'{k}={v}' for k, v in c.items() if k != 'decision') + f' -> {decision}{out}')
