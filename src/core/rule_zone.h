/* rule_zone.h: the zones of the rules: sets of cameras and simple polygons. Pure; any thread. */
#ifndef HL_CORE_RULE_ZONE_H
#define HL_CORE_RULE_ZONE_H

#include "base/conf.h"

enum { HL_ZONE_POINTS = 1000, HL_DEGREE = 10000000 };

/* A position in whole 1e-7 degrees, about a centimetre: so that what lies on an edge is exact, the same on every machine. */
struct hl_point {
	int64_t lat, lon;
};

struct hl_zone {
	char *name; /* first: HL_OPT_MAP */
	struct hl_strings cameras;
	struct hl_array polygon; /* struct hl_point, 3 or more, not crossing itself; empty: none */
	unsigned line, column;
};

extern const struct hl_opt hl_zone_options[];
/* Degrees to a point. Values beyond ±90 and ±180 are cut to them. */
struct hl_point hl_point_of(double lat, double lon);
/* True where the camera belongs to the zone, or the position (NULL: not known) lies in its polygon or on its edge. */
bool hl_zone_has(const struct hl_zone *z, const char *camera, const struct hl_point *position);

#endif
