# Rules that are installed with the program: what hl_rules_load finds under HL_DATADIR.
nobase_dist_pkgdata_DATA += rules/confusions/latin.yaml
nobase_dist_pkgdata_DATA += rules/default.yaml
