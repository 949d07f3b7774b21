#!/usr/bin/python3
"""One vehicle, one story, through the whole daemon: a reader that sends 50 results for each vehicle, one that revises its text, the same vehicle at other places, several
lists in one notice, covert lists. The streams are tests/data/reads/rekor-50.jsonl and axis-revised.jsonl."""
import datetime, json, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Receiver, TOP, balanced, check, main, now, read, running, wait_for

RULES = '''version: 1
timezone: UTC
confusions: {base: none, pairs: [{chars: "37", cost: 0.4}]}
match: {max_cost: 1.0, min_probability: 0.05, alert_probability: 0.5}
alerts: {passage: 8s, cooldown: 10m}
route: {receivers: [desk]}
'''


def stream(name, ago):
    """The reads of a sample, moved in time so that the last was made `ago` seconds ago, in their order."""
    rows = [json.loads(line) for line in open(os.path.join(TOP, 'tests/data/reads', name))]
    last = datetime.datetime.fromisoformat(rows[-1]['time'].replace('Z', '+00:00'))
    for r in rows:
        r['time'] = now(-ago - (last - datetime.datetime.fromisoformat(r['time'].replace('Z', '+00:00'))).total_seconds())
    return rows


def play(d, rows):
    dealer = Dealer(d.router)
    for r in rows:
        dealer.send(r)
        dealer.settle(10)
    dealer.close()


def by_plate(d):
    alerts = d.alerts()
    found = {a['plate_listed']: a for a in alerts}
    check(len(found) == len(alerts), f'a vehicle has two alerts: {[a["plate_listed"] for a in alerts]}')
    return found


def told(hook, plate):
    return [e for e in hook.events() if e['data']['plate_listed'] == plate]


def fifty_results_a_vehicle_are_one_alert_each():
    hook = Receiver()
    with running({'desk': [hook.url]}, rules=RULES) as d:
        d.load(['CTB4471', 'KRV9085'])
        rows = stream('rekor-50.jsonl', 5)
        play(d, rows)
        alerts = by_plate(d)
        check(set(alerts) == {'CTB4471', 'KRV9085'}, str(list(alerts)))
        for plate, a in alerts.items():
            check(a['match']['decision'] == 'alert' and a['match']['kind'] == 'exact', str(a['match']))
            check(a['passage']['reads'] >= 30 and a['sightings'] == [], f'{plate}: {a["passage"]}')
            wait_for('the events', lambda: told(hook, plate) and told(hook, plate)[-1]['data']['match']['decision'] == 'alert')
            events = [e['type'] for e in told(hook, plate)]
            # The first frames are bad: a verify, then the one rise that there is.
            check(events in (['alert.created'], ['alert.created', 'alert.updated']), f'{plate}: {events}')
            check(len({e['data']['id'] for e in told(hook, plate)}) == 1, 'one id')
        status = d.status()
        balanced(status, 150)
        check(status['reads']['suppressed'] >= 60, str(status['reads']))
    hook.close()


def a_revised_text_is_one_alert_and_one_rise():
    hook = Receiver()
    with running({'desk': [hook.url]}, rules=RULES) as d:
        d.load(['5SOW750', 'LMN1234'])
        play(d, stream('axis-revised.jsonl', 5))
        alerts = by_plate(d)
        check(set(alerts) == {'5SOW750', 'LMN1234'}, str(list(alerts)))
        wait_for('the rises', lambda: len(hook.events()) == 4)
        for plate, first, last in (('5SOW750', '5SOW350', '5SOW750'), ('LMN1234', 'LMN123', 'LMN1234')):
            events = told(hook, plate)
            check([(e['type'], e['data']['match']['decision'], e['data']['plate_read']) for e in events] ==
                  [('alert.created', 'verify', first), ('alert.updated', 'alert', last)], str([(e['type'], e['data']['plate_read']) for e in events]))
            check(events[0]['data']['id'] == events[1]['data']['id'] and events[1]['data']['read']['vehicle_id'].startswith('t-10'), plate)
        balanced(d.status(), 9)
    hook.close()


def a_revision_that_speaks_against_it_takes_the_alert_back():
    hook = Receiver()
    with running({'desk': [hook.url]}, rules=RULES.replace('min_probability: 0.05', 'min_probability: 0.5')) as d:
        d.load(['5SOW750'])
        play(d, [read(1, '5SOW350', offset=-20, vehicle_id='t-7', confidence=0.6)])
        wait_for('the alert', lambda: len(hook.events()) == 1)  # one that nobody got is cancelled, and nobody hears of it
        play(d, [read(i, '8KRM912', offset=-20 + 0.4 * i, vehicle_id='t-7', confidence=0.9) for i in range(2, 40)])
        wait_for('the stand-down', lambda: [e['type'] for e in hook.events()] == ['alert.created', 'alert.standdown'])
        a, = d.alerts()
        check((a['state'], a['closed_reason']) == ('withdrawn', 'evidence'), str(a['state']))
        check(hook.events()[1]['data']['notice'].startswith('STAND DOWN: misread'), hook.events()[1]['data']['notice'])
        balanced(d.status(), 39)
    hook.close()


TWO_PLACES = RULES.replace('route: {receivers: [desk]}', 'zones: {out: {cameras: [cam9]}}\nroute: {receivers: [desk], routes: [{when: {zone: out}, receivers: [airport]}]}')


def the_vehicle_again_is_told_with_the_newest_place():
    desk, airport = Receiver(), Receiver()
    with running({'desk': [desk.url], 'airport': [airport.url]}, rules=TWO_PLACES) as d:
        d.load(['5SOW750'])
        play(d, [read(1, '5SOW750', camera='cam1', offset=-300), read(2, '5SOW750', camera='cam1', offset=-200),
                 read(3, '5SOW750', camera='cam9', offset=-60), read(4, '5SOW750', camera='cam2', offset=-120)])
        wait_for('the sighting at the desk', lambda: [e['type'] for e in desk.events()] == ['alert.created', 'alert.updated'])
        wait_for('the sighting at the airport', lambda: [e['type'] for e in airport.events()] == ['alert.updated'])
        check(airport.events()[0]['data']['id'] == desk.events()[0]['data']['id'], 'one story, one id')
        check(airport.events()[0]['data']['sightings'][-1]['camera'] == 'cam9', str(airport.events()[0]['data']['sightings']))
        a = by_plate(d)['5SOW750']
        # Within the cooldown, told, and one that came late, in its place.
        check([s['camera'] for s in a['sightings']] == ['cam1', 'cam2', 'cam9'], str(a['sightings']))
    desk.close()
    airport.close()


COVERT = RULES.replace('route: {receivers: [desk]}', 'lists: {felony: {priority: 1}, stolen: {priority: 4}, watched: {priority: 2, covert: true}}\n'
                       'route: {receivers: [desk], routes: [{when: {list: watched}, receivers: [unit]}]}')


def several_lists_are_one_notice_and_what_is_covert_is_named_to_its_own_route_only():
    desk, unit = Receiver(), Receiver()
    with running({'desk': [desk.url], 'unit': [unit.url]}, rules=COVERT, lists=('felony', 'stolen', 'watched')) as d:
        for name in ('felony', 'stolen', 'watched'):
            d.load(['5SOW750'], name)
        play(d, [read(1, '5SOW750', offset=-10)])
        wait_for('both', lambda: desk.events() and unit.events())
        one, = desk.events()
        check(one['data']['entry']['list'] == 'felony' and [o['list'] for o in one['data']['also']] == ['stolen'], str(one['data']['also']))
        check('watched' not in json.dumps(desk.events()), 'a covert list in the notice of another')
        check([e['data']['entry']['list'] for e in unit.events()] == ['watched'] and unit.events()[0]['data']['also'] == [], str(unit.events()))
        check(sorted(a['entry']['list'] for a in d.alerts()) == ['felony', 'stolen'], 'an officer sees it')
        check(len(d.json('alert', 'ls', '--role', 'supervisor')) == 3, 'a supervisor does not see it')
        check('watched' not in d.ctl('status'), 'status names it')
        # Rejecting the one that speaks leaves the other, and says so.
        d.ctl('alert', 'reject', one['data']['id'], '--reason', 'other')
        wait_for('the stand-down', lambda: desk.events()[-1]['type'] == 'alert.standdown')
        check([o['list'] for o in desk.events()[-1]['data']['also']] == ['stolen'], str(desk.events()[-1]['data']['also']))
        check('watched' not in json.dumps(desk.events()), 'a covert list in a stand-down')
        check([a['state'] for a in d.alerts() if a['entry']['list'] == 'stolen'] == ['new'], 'the other goes on')
    desk.close()
    unit.close()


if __name__ == '__main__':
    main(fifty_results_a_vehicle_are_one_alert_each, a_revised_text_is_one_alert_and_one_rise, a_revision_that_speaks_against_it_takes_the_alert_back,
         the_vehicle_again_is_told_with_the_newest_place,
         several_lists_are_one_notice_and_what_is_covert_is_named_to_its_own_route_only)
