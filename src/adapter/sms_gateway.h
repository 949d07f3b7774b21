/* sms_gateway.h: the gateways that short messages go through: one row each, with what a request is made of, what its answers mean, and its words for what became
 * of a message. Private to the sms adapter. Pure; any thread.
 */
#ifndef HL_ADAPTER_SMS_GATEWAY_H
#define HL_ADAPTER_SMS_GATEWAY_H

#include "adapter/channel.h"

/* A parameter of a request: its name, and the name of one of the values of prepare, or a text behind '='. Where the value is empty it is left out. */
struct hl_sms_param {
	const char *name, *value;
};

struct hl_sms_gateway {
	const char *name;
	const char *url;                     /* where settings name none, with {user} in it; NULL: they must */
	bool post;                           /* the parameters are the body of a POST, with the user and password as basic authentication; else the query of a GET */
	bool international;                  /* recipients' numbers must begin with + and the country's code */
	bool sender;                         /* `from` or `service` must be there */
	bool marked;                         /* a text ends with a mark of its delivery: the gateway has no other way to tell a message from its repetition */
	const struct hl_sms_param *param;    /* ended by one without name */
	const char *report;                  /* what the gateway is to add to the report's address, in its own escapes; "": it adds what it likes */
	const struct hl_sms_report *reports; /* its words for what became of a message; ended by one without word */
	void (*judge)(const struct hl_answer *answer, struct hl_fate_of *out);
};

/* The row of this name; NULL: none. */
const struct hl_sms_gateway *hl_sms_gateway_find(const char *name);
/* "kannel or twilio". */
void hl_sms_gateway_names(char *dst, size_t size);
/* What a gateway's word means; NULL: no gateway has it. The gateways' words differ from each other. */
const struct hl_sms_report *hl_sms_report_find(const char *word);

/* sms_json.c. The member `key` of the object that is the whole text, as it stands there: a string without its quotes, with \" and \\ resolved and other escapes
 * left out; a number. Other values and members further inside are not found. False where it is not there or does not fit; dst is "" then. */
bool hl_sms_json_member(const char *text, size_t n, const char *key, char *dst, size_t size);

#endif
