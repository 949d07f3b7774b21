# Manual pages and guides.
dist_man_MANS += doc/man/hotlistd.yaml.5
EXTRA_DIST += contrib/hotlistd.yaml
