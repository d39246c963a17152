/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/page.h"

void pz_html_text(struct pz_buf *to, const char *text, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        const char *entity = text[i] == '&'   ? "&amp;"
                             : text[i] == '<' ? "&lt;"
                             : text[i] == '>' ? "&gt;"
                             : text[i] == '"' ? "&quot;"
                                              : NULL;
        if (entity)
            pz_buf_printf(to, "%s", entity);
        else
            pz_buf_put(to, &text[i], 1);
    }
}

void pz_html_base64(struct pz_buf *to, const uint8_t *bytes, size_t nbytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < nbytes; i += 3) {
        size_t left = nbytes - i;
        uint32_t word =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        uint8_t *four = pz_buf_extend(to, 4);
        for (int j = 0; j < 4; j++)
            four[j] = (size_t)j <= left ? (uint8_t)digits[word >> (18 - 6 * j) & 63] : '=';
    }
}

void pz_html_table_begin(struct pz_buf *to, const char *class, const char *const *columns)
{
    pz_buf_printf(to, "<div class=\"scroll all\" tabindex=\"0\"><table");
    if (class)
        pz_buf_printf(to, " class=\"%s\"", class);
    pz_buf_printf(to, ">\n%s", columns ? "<thead><tr>" : "");
    for (; columns && *columns; columns++)
        pz_buf_printf(to, "<th scope=\"col\">%s</th>%s", *columns, columns[1] ? "" : "</tr></thead>\n");
    pz_buf_printf(to, "<tbody>\n");
}

void pz_html_table_end(struct pz_buf *to)
{
    pz_buf_printf(to, "</tbody></table></div>\n");
}
