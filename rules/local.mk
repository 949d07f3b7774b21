# Rules that are installed with the program: what hl_rules_load finds under HL_DATADIR.
nobase_dist_pkgdata_DATA += rules/channels/fastplateocr.yaml
nobase_dist_pkgdata_DATA += rules/channels/neutral.yaml
nobase_dist_pkgdata_DATA += rules/channels/openalpr.yaml
nobase_dist_pkgdata_DATA += rules/confusions/latin.yaml
nobase_dist_pkgdata_DATA += rules/default.yaml
nobase_dist_pkgdata_DATA += rules/density/us.yaml
nobase_dist_pkgdata_DATA += rules/examples/city-patrol.cases.yaml rules/examples/city-patrol.places.yaml
nobase_dist_pkgdata_DATA += rules/examples/city-patrol.settings.yaml rules/examples/city-patrol.yaml
nobase_dist_pkgdata_DATA += rules/examples/parking-garage.cases.yaml rules/examples/parking-garage.settings.yaml rules/examples/parking-garage.yaml
nobase_dist_pkgdata_DATA += rules/examples/repossession.cases.yaml rules/examples/repossession.settings.yaml rules/examples/repossession.yaml
nobase_dist_pkgdata_DATA += rules/wide.yaml
EXTRA_DIST += rules/learn.sh
