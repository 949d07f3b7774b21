/* adapter.c: the table of adapters, and the life of a request. A new adapter is one file and one line here. Any thread. */
#include "adapter/channel.h"

#include <stdlib.h>
#include <string.h>

extern const struct hl_adapter hl_adapter_email, hl_adapter_sms, hl_adapter_webhook;

const struct hl_adapter *const hl_adapters[] = {
	&hl_adapter_email,
	&hl_adapter_sms,
	&hl_adapter_webhook,
	NULL
};

const struct hl_adapter *hl_adapter_find(const char *name)
{
	for (const struct hl_adapter *const *a = hl_adapters; *a; a++)
		if (!strcmp((*a)->name, name))
			return *a;
	return NULL;
}

/* Passwords do not stay in freed memory. */
static void burn(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void hl_request_wipe(struct hl_request *r)
{
	burn(&r->url);
	burn(&r->password);
	free(r->method);
	free(r->body);
	free(r->mail_from);
	free(r->mail_to);
	free(r->user);
	free(r->ca_file);
	hl_strings_wipe(&r->headers);
	*r = (struct hl_request){ 0 };
}
