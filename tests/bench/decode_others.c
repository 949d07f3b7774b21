/* decode_others.c: see decode_others.h. Apart from bench_decode.c, since json-c and jansson use the same names. */
#include "config.h"

#include "decode_others.h"

#ifdef HL_WITH_JSON_C
#include <json-c/json.h>

bool bench_json_c_parse(const char *s, size_t n)
{
	static struct json_tokener *t;
	t = t ? t : json_tokener_new();
	json_tokener_reset(t);
	struct json_object *j = json_tokener_parse_ex(t, s, (int)n);
	json_object_put(j);
	return j;
}
#endif

#ifdef HL_WITH_CJSON
#include <cjson/cJSON.h>

bool bench_cjson_parse(const char *s, size_t n)
{
	cJSON *j = cJSON_ParseWithLength(s, n);
	cJSON_Delete(j);
	return j;
}
#endif
