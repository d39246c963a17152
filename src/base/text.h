/* Text from outside, such as the name of a file, which may hold any bytes: how it is shown to people. */
#ifndef PZ_BASE_TEXT_H
#define PZ_BASE_TEXT_H

#include "base/bytes.h"

/* Bytes of the UTF-8 sequence at `c`, or 0 if none begins there. The text ends with a zero. */
size_t pz_utf8_length(const unsigned char *c);
/* Appends `text`. Control characters and bytes that aren't UTF-8 become \n, \t, \r or \x1b, so that no name can break a
 * line or steer a terminal. */
void pz_text_escape(struct pz_buf *to, const char *text);
/* Writes one line to standard error, "patientzero: " and the message, escaped. Every message goes this way. */
void pz_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for each line of a text. */
void pz_tell_lines(const struct pz_buf *text);

#endif
