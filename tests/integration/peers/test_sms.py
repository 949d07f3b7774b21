#!/usr/bin/python3
"""Short messages through a real Kannel (bearerbox, smsbox) to its fake SMS centre, which says what it was given."""
import re, sys

sys.dont_write_bytecode = True
import peers
from kannel import Kannel
from peers import DAY, Stage, deliver, wait_for

def accepted():
    with Stage() as stage:
        k = Kannel(stage)
        k.centre()
        out = deliver([k.channel('north', "['+13035550100']", more=', from: hotlist'), k.channel('wrong', "['100']", 'guess'),
                       ['send', 'd1', 'north', '+13035550100', 'created', DAY], ['send', 'd2', 'wrong', '100', 'created', DAY]])
        assert out['d1'][0] == 'delivered' and re.search(r'HTTP 202 [03]: ', out['d1'][3]), out
        assert out['d2'][0] == 'dead' and '403' in out['d2'][3] and 'guess' not in out['d2'][3], out
        said = wait_for('the message', lambda: 'NOT VERIFIED' in k.said() and k.said())
        text = 'P1 stolen NOT VERIFIED: make differs, 1 of 7 symbols differs; I-25 N 214, seen 3 min ago https://hl.example/alerts/'
        assert f'<hotlist +13035550100 text {text}' in said and '5SOW' not in said, said
        assert said.count('NOT VERIFIED') == 1, said


def one_segment():
    """A place that is too long is cut, so that Kannel has nothing to split; another alphabet arrives whole."""
    with Stage() as stage:
        k = Kannel(stage)
        k.centre()
        out = deliver([k.channel('long', "['100']"), k.channel('short', "['101']"),
                       ['place', 'Interstate 25 northbound at mile 214 by the weigh station [€] ' + 'x' * 60], ['send', 'd1', 'long', '100', 'created', DAY],
                       ['place', 'I-25 {N} [214] €'], ['send', 'd2', 'short', '101', 'created', DAY]])
        assert [out[d][0] for d in ('d1', 'd2')] == ['delivered', 'delivered'], out
        said = wait_for('two messages', lambda: k.said().count('NOT VERIFIED') >= 2 and k.said())
        assert said.count('NOT VERIFIED') == 2 and said.count('symbols differs') == 2, said


def centre_down():
    """Kannel keeps what it can't pass on yet: its '3: Queued' is an acceptance, and the message comes once the centre is there."""
    with Stage() as stage:
        k = Kannel(stage)
        out = deliver([k.channel('north', "['100']"), ['send', 'd1', 'north', '100', 'updated', DAY]])
        assert out['d1'][0] == 'delivered' and ' 3: ' in out['d1'][3], out
        k.centre()
        wait_for('the message', lambda: 'UPDATE P1 stolen NOT VERIFIED' in k.said().replace('+', ' '))


def gateway_down():
    with Stage() as stage:
        k = Kannel(stage)
        for p in list(stage.processes):
            stage.stop(p)
        out = deliver([['shift', DAY], k.channel('north', "['100']"), ['send', 'd1', 'north', '100', 'created', DAY]], seconds=3, settled=False)
        assert out['d1'][0] == 'pending' and out['d1'][3].startswith('no answer: '), out


sys.exit(peers.run(accepted, one_segment, centre_down, gateway_down))
