// peers.js ENTRIES READS SECONDS: what a user would pick from npm, unweighted and at distance 1: mnemonist's SymSpell, and a scan with fastest-levenshtein. Each
// is given SECONDS; one JSON line each. Run by bench_peers.sh, in turn with bench_match.
'use strict';
const fs = require('fs');
const SymSpell = require('mnemonist/symspell');
const { distance } = require('fastest-levenshtein');

const lines = (file) => fs.readFileSync(file, 'latin1').split('\n').filter(Boolean);
const entries = lines(process.argv[2]);
const reads = lines(process.argv[3]);
const seconds = Number(process.argv[4] || 2);

function rate(search) {
  let n = 0;
  let found = 0;
  const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  const begun = process.hrtime.bigint();
  do {
    for (let k = 0; k < 16; k++) found += search(reads[n++ % reads.length]);
  } while (process.hrtime.bigint() < end);
  return { reads_per_s: n / (Number(process.hrtime.bigint() - begun) / 1e9), found };
}

const index = SymSpell.from(entries, { maxDistance: 1, verbosity: 2 });
console.log(JSON.stringify({ peer: 'mnemonist SymSpell', ...rate((r) => index.search(r).length) }));
console.log(JSON.stringify({
  peer: 'fastest-levenshtein scan',
  ...rate((r) => {
    let n = 0;
    for (const e of entries) n += distance(r, e) <= 1;
    return n;
  }),
}));
