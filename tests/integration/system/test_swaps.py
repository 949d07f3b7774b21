#!/usr/bin/python3
"""Versions are swapped while reads go through: every read is compared with exactly one of them. Two versions have no plate in common; each read may be a plate of the one or,
by its candidate, a plate of the other: one alert comes of it, never two and never none, and it names the version that has the plate."""
import os, sys, threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Dealer, Receiver, check, main, plate, read, running, wait_for

READS, PLATES, AT_ONCE, SWAPS = 1000, 3000, 100, 12 # a plate for each read: a second read of one would be a sighting


def each_read_meets_exactly_one_version():
    hook = Receiver()
    with running({'desk': [hook.url]}) as d:
        versions, of = [], {}
        for first in (0, PLATES):
            plates = [plate(first + i) for i in range(PLATES)]
            d.load(plates)
            versions.append(d.json('list', 'versions', 'stolen')[0]['id'])
            # Each swap ends the open alerts of the other version, which needs another person; that is not the matter here.
            d.write(f'state/lists/stolen/versions/{versions[-1]}/approvals.yaml', '{"approvals":[{"time":"2026-11-23T10:00:00.000Z","by":"somebody","why":"test"}]}\n')
            of.update({p: versions[-1] for p in plates})
        check(len(of) == 2 * PLATES and versions[0] != versions[1], 'the versions have plates in common')
        stop, swaps = threading.Event(), []

        def swap():
            while not stop.is_set():
                d.ctl('list', 'activate', 'stolen', versions[len(swaps) % 2], '--reason', 'swap')
                swaps.append(1)
        swapper = threading.Thread(target=swap)
        dealer, sent = Dealer(d.router), 0
        swapper.start()
        try:
            while sent < READS or len(swaps) < SWAPS:
                i = sent % PLATES
                dealer.send(read(sent, plate(i), camera=f'c{sent}', site=f's{sent}', candidates=[{'plate': plate(PLATES + i), 'confidence': 0.5}]))
                sent += 1
                wait_for('answers', lambda: len(dealer.pending) < AT_ONCE or dealer.take())
                check(sent < PLATES, 'the swaps take too long')
            dealer.settle()
        finally:
            stop.set()
            swapper.join()
        alerts = d.alerts()
        ids = [a['read']['id'] for a in alerts]
        check(sorted(ids) == [f'r{i:06}' for i in range(sent)], f'{sent} reads, {len(ids)} alerts, {len(set(ids))} of different reads')
        wrong = [a for a in alerts if a['entry']['list_version'] != of[a['plate_listed']]]
        check(not wrong, f'{len(wrong)} alerts name another version than the one that has the plate: {wrong[:1]}')
        share = [sum(a['entry']['list_version'] == v for a in alerts) for v in versions]
        check(min(share) > 0, f'one version met no read: {share}')
        dealer.close()
    hook.close()


main(each_read_meets_exactly_one_version)
