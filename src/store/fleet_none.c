/* fleet_none.c: in a build without Redis there is no fleet, see fleet.h. Any thread. */
#include "store/fleet.h"

static enum hl_code none(struct hl_err *err)
{
	return hl_err_set(err, HL_E_CONFIG, "there is no fleet: this hotlistd was built without Redis");
}

bool hl_fleet_shared(const char *where)
{
	(void)where;
	return false;
}

enum hl_code hl_fleet_open(struct hl_fleet **f, const char *where, const char *state_dir, struct hl_err *err)
{
	(void)where;
	(void)state_dir;
	*f = NULL;
	return none(err);
}

void hl_fleet_close(struct hl_fleet **f)
{
	*f = NULL;
}

void hl_fleet_stop_by(struct hl_fleet *f, const atomic_bool *stop)
{
	(void)f;
	(void)stop;
}

const char *hl_fleet_node(const struct hl_fleet *f)
{
	(void)f;
	return "";
}

const char *hl_fleet_id(const struct hl_fleet *f)
{
	(void)f;
	return "";
}

enum hl_code hl_fleet_send(struct hl_fleet *f, const char *dir, char blob[HL_SHA256_HEX], struct hl_err *err)
{
	(void)f;
	(void)dir;
	blob[0] = 0;
	return none(err);
}

enum hl_code hl_fleet_fetch(struct hl_fleet *f, const char *blob, const char *dir, struct hl_err *err)
{
	(void)f;
	(void)blob;
	(void)dir;
	return none(err);
}

enum hl_code hl_fleet_announce(struct hl_fleet *f, struct hl_fleet_entry *e, bool only_first, struct hl_err *err)
{
	(void)f;
	(void)e;
	(void)only_first;
	return none(err);
}

enum hl_code hl_fleet_heads(struct hl_fleet *f, struct hl_fleet_entry **e, size_t *n, struct hl_err *err)
{
	(void)f;
	*e = NULL;
	*n = 0;
	return none(err);
}

enum hl_code hl_fleet_log(struct hl_fleet *f, int64_t after, int64_t wait_ms, struct hl_fleet_entry **e, size_t *n, struct hl_err *err)
{
	(void)after;
	(void)wait_ms;
	return hl_fleet_heads(f, e, n, err);
}

enum hl_code hl_fleet_hand_put(struct hl_fleet *f, const char *list, int64_t last, int64_t next, const struct hl_buf *lines, struct hl_err *err)
{
	(void)f;
	(void)list;
	(void)last;
	(void)next;
	(void)lines;
	return none(err);
}

enum hl_code hl_fleet_hand_get(struct hl_fleet *f, const char *list, int64_t after, struct hl_buf *out, int64_t *last, struct hl_err *err)
{
	(void)f;
	(void)list;
	(void)after;
	(void)out;
	*last = 0;
	return none(err);
}

enum hl_code hl_fleet_beat(struct hl_fleet *f, const struct hl_fleet_fact *v, size_t n, int64_t now_ms, struct hl_err *err)
{
	(void)f;
	(void)v;
	(void)n;
	(void)now_ms;
	return none(err);
}

enum hl_code hl_fleet_leave(struct hl_fleet *f, struct hl_err *err)
{
	(void)f;
	return none(err);
}

enum hl_code hl_fleet_nodes(struct hl_fleet *f, int64_t now_ms, struct hl_fleet_node **v, size_t *n, struct hl_err *err)
{
	(void)f;
	(void)now_ms;
	*v = NULL;
	*n = 0;
	return none(err);
}
