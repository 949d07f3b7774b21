/* mime.h: mail headers and text as RFC 5322, 2045 and 2047 want them. Nothing that is put in can begin a new header. Private to the room. Pure; any
 * thread.
 */
#ifndef HL_ADAPTER_MIME_H
#define HL_ADAPTER_MIME_H

#include "base/mem.h"

#include <stdint.h>

enum { HL_MIME_MARK = 12 };

/* "Name: text\r\n", folded; text that is not plain ASCII becomes encoded words. text is UTF-8; control bytes in it become spaces. */
void hl_mime_header(struct hl_buf *out, const char *name, const char *text);
/* UTF-8 text with lines ended by \n as quoted-printable with lines of at most 76 bytes, ended by CRLF. A mark {{…}} of capitals, which is filled in later, stays in one
 * piece and has room for HL_MIME_MARK bytes. */
void hl_mime_quoted(struct hl_buf *out, const char *text);
/* "Mon, 23 Nov 2026 10:00:00 +0000" into dst (40 bytes). */
void hl_mime_date(int64_t unix_ms, char *dst, size_t size);
/* A bare ASCII address local@domain that can stand between < and >, at most 254 bytes. */
bool hl_mime_is_address(const char *s);

#endif
