# Manual pages and guides.
dist_man_MANS += doc/man/hotlistctl.1
dist_man_MANS += doc/man/hotlistd.8
dist_man_MANS += doc/man/hotlist-rules.5
dist_man_MANS += doc/man/hotlistd.yaml.5
EXTRA_DIST += doc/rules.md
EXTRA_DIST += contrib/hotlistd.yaml
EXTRA_DIST += doc/architecture.md
EXTRA_DIST += doc/benchmarks.md
EXTRA_DIST += contrib/demo/demo contrib/demo/expected.tsv contrib/demo/receivers.py
EXTRA_DIST += hotlists/sample.csv tests/data/reads/README.md tests/data/reads/sample.jsonl
EXTRA_DIST += doc/layouts.md
EXTRA_DIST += doc/lists.md
EXTRA_DIST += doc/reads.md
EXTRA_DIST += doc/scoring.md
EXTRA_DIST += doc/matching.md
EXTRA_DIST += doc/hand.md
EXTRA_DIST += doc/versions.md
