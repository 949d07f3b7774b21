/* rule_zone.c: see rule_zone.h. Polygons lie in the plane of latitude and longitude: an edge is straight on a map of equal degrees, which for a city or a
 * county differs from the shortest way on the ground by less than the width of a road. Whole numbers throughout: two of them differ by at most 3.6e9, a
 * product of two differences needs more than 64 bits. Pure; any thread.
 */
#include "core/rule_zone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide; /* ISO C has no integer of more than 64 bits that must exist */

static int64_t in_units(double degrees, double most)
{
	double d = degrees > most ? most : degrees < -most ? -most : degrees;
	return (int64_t)llround(d * HL_DEGREE);
}

struct hl_point hl_point_of(double lat, double lon)
{
	return (struct hl_point){ in_units(lat, 90), in_units(lon, 180) };
}

/* Which side of the line a-b p lies on: 1, -1, or 0 for on it. */
static int side(struct hl_point a, struct hl_point b, struct hl_point p)
{
	wide v = (wide)(b.lon - a.lon) * (p.lat - a.lat) - (wide)(b.lat - a.lat) * (p.lon - a.lon);
	return v > 0 ? 1 : v < 0 ? -1 : 0;
}

static bool between(int64_t a, int64_t b, int64_t v)
{
	return a < b ? a <= v && v <= b : b <= v && v <= a;
}

static bool on_edge(struct hl_point a, struct hl_point b, struct hl_point p)
{
	return side(a, b, p) == 0 && between(a.lat, b.lat, p.lat) && between(a.lon, b.lon, p.lon);
}

static bool same(struct hl_point a, struct hl_point b)
{
	return a.lat == b.lat && a.lon == b.lon;
}

/* True where the edges a-b and c-d have a point in common. */
static bool edges_meet(struct hl_point a, struct hl_point b, struct hl_point c, struct hl_point d)
{
	if (on_edge(a, b, c) || on_edge(a, b, d) || on_edge(c, d, a) || on_edge(c, d, b))
		return true;
	return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/* The number of the first edge that meets another which is not its neighbour, or runs back over its neighbour; -1 where the polygon is simple. */
static int crossing(const struct hl_point *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hl_point a = p[i], b = p[(i + 1) % n], next = p[(i + 2) % n];
		if (same(a, b) || on_edge(a, b, next) || on_edge(b, next, a))
			return (int)i;
		for (size_t k = i + 2; k < n && (i || k + 1 < n); k++)
			if (edges_meet(a, b, p[k], p[(k + 1) % n]))
				return (int)i;
	}
	return -1;
}

/* A ray to the east crosses the edges of a polygon an odd number of times from inside. An edge counts with its lower end and without its upper one. */
static bool inside(const struct hl_point *v, size_t n, struct hl_point p)
{
	bool in = false;
	for (size_t i = 0; i < n; i++) {
		struct hl_point a = v[i], b = v[(i + 1) % n];
		if (on_edge(a, b, p))
			return true;
		if ((a.lat > p.lat) != (b.lat > p.lat))
			in ^= b.lat > a.lat ? side(a, b, p) > 0 : side(a, b, p) < 0;
	}
	return in;
}

bool hl_zone_has(const struct hl_zone *z, const char *camera, const struct hl_point *position)
{
	for (size_t i = 0; camera && i < z->cameras.n; i++)
		if (!strcmp(z->cameras.v[i], camera))
			return true;
	return position && z->polygon.n && inside(z->polygon.v, z->polygon.n, *position);
}

/* ---- reading ---- */

static bool point_read(const struct hl_node *node, struct hl_point *p, struct hl_conf_ctx *ctx)
{
	double lat, lon;
	if (node->kind != HL_NODE_SEQ || node->n != 2) {
		hl_conf_fault(ctx, node, "expected a point as [lat, lon]");
		return false;
	}
	if (!hl_conf_number(&node->child[0], -180, 180, &lat, ctx) || !hl_conf_number(&node->child[1], -180, 180, &lon, ctx))
		return false;
	if (lat < -90 || lat > 90) {
		hl_conf_fault(ctx, &node->child[0], "a latitude of %g is beyond ±90; points are [lat, lon], the reverse of GeoJSON", lat);
		return false;
	}
	*p = hl_point_of(lat, lon);
	return true;
}

static void shape_check(const struct hl_node *node, const struct hl_point *v, size_t n, struct hl_conf_ctx *ctx)
{
	int64_t west = v[0].lon, east = v[0].lon;
	for (size_t i = 1; i < n; i++) {
		west = v[i].lon < west ? v[i].lon : west;
		east = v[i].lon > east ? v[i].lon : east;
	}
	int edge = crossing(v, n);
	if (east - west > 180LL * HL_DEGREE)
		hl_conf_fault(ctx, node, "the polygon is wider than 180 degrees; one over the date line must be given as two zones, one on each side");
	else if (edge >= 0)
		hl_conf_fault(ctx, &node->child[edge], "the polygon crosses or touches itself at the edge that begins here");
}

static void polygon_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	if (node->kind != HL_NODE_SEQ || node->n < 3 || node->n > HL_ZONE_POINTS + 1) {
		hl_conf_fault(ctx, node, "expected 3 to %d points as [lat, lon]", HL_ZONE_POINTS);
		return;
	}
	struct hl_point *v = hl_calloc(node->n, sizeof *v);
	size_t n = node->n, good = 0;
	a->v = v;
	for (size_t i = 0; i < n; i++)
		good += point_read(&node->child[i], &v[i], ctx);
	if (good < n)
		return;
	n -= n > 3 && same(v[0], v[n - 1]); /* GeoJSON repeats the first point at the end */
	a->n = n;
	shape_check(node, v, n, ctx);
}

static void polygon_wipe(void *target)
{
	struct hl_array *a = target;
	free(a->v);
	*a = (struct hl_array){ 0 };
}

const struct hl_opt hl_zone_options[] = {
	{ .name = "cameras", .type = HL_OPT_STRINGS, .min = 1, .max = 10000, .offset = offsetof(struct hl_zone, cameras), .help = "names of cameras" },
	{ .name = "polygon", .type = HL_OPT_CUSTOM, .offset = offsetof(struct hl_zone, polygon), .custom = polygon_read,
	  .shape = "[{\"type\":\"array\",\"minItems\":3,\"maxItems\":1001,\"items\":{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"number\"}}}]",
	  .wipe = polygon_wipe,
	  .help = "3 to 1000 points [lat, lon] of an area that does not cross itself; its edge belongs to it" },
	{ .name = NULL },
};
