#!/usr/bin/python3
"""A second check of an audit, by doc/audit.md alone: verify_audit.py STATE [CHECKPOINTS]. Prints what is wrong; ends with 1 where something is."""
import base64, glob, hashlib, os, re, subprocess, sys, tempfile

bad = []


def sha(data):
    return hashlib.sha256(data).hexdigest()


def signed(line, key):
    """The fields of a signed place whose signature fits; openssl does the Ed25519."""
    body, _, sig = line.partition(b'\tsig=')
    with tempfile.TemporaryDirectory() as d:
        for name, data in (('body', body), ('sig', base64.b64decode(sig)), ('key', bytes.fromhex('302a300506032b6570032100') + key)):
            with open(os.path.join(d, name), 'wb') as f:
                f.write(data)
        ok = subprocess.run(['openssl', 'pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER', '-inkey', d + '/key', '-in', d + '/body', '-sigfile', d + '/sig'],
                            capture_output=True).returncode == 0
    fields = dict(f.split('=', 1) for f in body.decode().split('\t')[1:])
    return fields if ok and fields['key'] == sha(key)[:16] else None


def check_chain(folder, exported):
    chain, key, marks, roots = os.path.basename(folder), base64.b64decode(open(folder + '/key.pub').read()), {}, {1: sha(b'hotlistd audit ' + os.path.basename(folder).encode())}
    lines = [l for name in ('checkpoints', 'roots') if os.path.exists(f'{folder}/{name}') for l in open(f'{folder}/{name}', 'rb').read().splitlines()]
    for line in lines + [l for l in exported if f'chain={chain}\t'.encode() in l]:
        fields = signed(line, key)
        bad.extend([] if fields and fields['chain'] == chain else [f'{chain}: a signature that does not fit'])
        if fields and line.startswith(b'root'):
            roots[int(fields['seq']) + 1] = fields['hash']
        elif fields:
            marks[int(fields['seq'])] = fields['hash']
    expected, prev, hashes = None, None, {}
    for path in sorted(glob.glob(folder + '/[0-9]*.chain')):
        for n, line in enumerate(open(path, 'rb').read().split(b'\n')[:-1], 1):
            head, _, rest = line.partition(b'\t')
            chained, has_salt, details = rest.partition(b'\tsalt=')
            f = dict(p.split('=', 1) for p in chained.decode().split('\t'))
            seq = int(f['seq'])
            expected, prev = (seq, roots.get(seq)) if expected is None else (expected, prev)
            good = head.decode() == sha(chained) and seq == expected and f['prev'] == prev and f['chain'] == chain and (not has_salt or f['details'] == sha(details))
            bad.extend([] if good else [f'{path}:{n}: record {seq}'])
            expected, prev, hashes[seq] = seq + 1, head.decode(), head.decode()
    first, last = min(hashes, default=0), max(hashes, default=0)
    bad.extend(f'{chain}: record {s} is not what was signed' for s, h in marks.items() if s > last or (s >= first and hashes.get(s) != h))
    return len(hashes)


exported = [l for l in open(sys.argv[2], 'rb').read().splitlines() if l] if len(sys.argv) > 2 else []
folders = [d for d in glob.glob(sys.argv[1] + '/audit/*') if re.fullmatch('[0-9a-f]{16}', os.path.basename(d))]
count = sum(check_chain(d, exported) for d in folders)
print('\n'.join(bad) or f'{count} records of {len(folders)} chains are good')
sys.exit(1 if bad or not folders else 0)
