/* conf_load.c: a YAML file, bounded: one that is larger is refused before it is read. Any thread. */
#include "base/conf.h"
#include "base/file.h"

enum hl_code hl_conf_load(struct hl_conf **conf, const char *path, struct hl_faults *faults)
{
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_err err;
	hl_err_clear(&err);
	*conf = NULL;
	enum hl_code code = hl_file_read(path, &text, &err);
	if (code == HL_OK)
		code = hl_conf_parse(conf, path, hl_buf_text(&text), text.len, faults);
	else {
		if (code == HL_E_LIMIT)
			hl_faults_add(faults, path, 0, 0, "larger than %d MiB: not read", HL_CONF_FILE_MAX >> 20);
		else
			hl_faults_add(faults, path, 0, 0, "%s", code == HL_E_NOTFOUND ? "no such file" : code == HL_E_DENIED ? "permission denied" : err.text);
		code = HL_E_CONFIG;
	}
	hl_buf_fini(&text);
	return code;
}
