/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside, such as a file name, which may hold any bytes: parsing it, and showing it to people. */
#ifndef PZ_BASE_TEXT_H
#define PZ_BASE_TEXT_H

#include "base/bytes.h"

/* Bytes of the UTF-8 sequence at `c`, or 0 if none begins there. The text ends with a zero. */
size_t pz_utf8_length(const unsigned char *c);
/* Appends `text`. Control characters and bytes that aren't UTF-8 become \n, \t, \r or \x1b, so that no name can break a
 * line or steer a terminal. */
void pz_text_escape(struct pz_buf *to, const char *text);
/* Cuts the next line off `at`, without its line ending: \n, \r\n or, in files of old Macs, \r; NULL at the end. */
char *pz_text_line(char **at);
/* Cuts the next field off `at`, as in CSV (RFC 4180): in quotes it may hold anything, blanks before it are dropped.
 * Returns what ended it: the separator, a newline or 0. */
char pz_text_field(char **at, char separator, char **field);
/* All fields of a line, `most` at the most; returns how many there are. */
size_t pz_text_fields(char *line, char separator, char **fields, size_t most);

/* For qsort, of pointers to texts. */
int pz_text_compare(const void *a, const void *b);

/* Reads 192.0.2.1: four decimal numbers up to 255 and nothing else. */
bool pz_ipv4_parse(const char *text, uint32_t *address);
/* For printf, as those of inttypes.h: "from " PZ_IPV4 " on", PZ_OCTETS(address). */
#define PZ_IPV4 "%u.%u.%u.%u"
#define PZ_OCTETS(address) (address) >> 24, (address) >> 16 & 255, (address) >> 8 & 255, (address)&255

/* Writes one line to standard error, "patientzero: " and the message, escaped. Every message goes this way. */
void pz_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for each line of a text. */
void pz_tell_lines(const struct pz_buf *text);

#endif
