/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of what files begin with, tried in its order. Compressions that are read here are not in it: what they hold
 * is looked at instead. With -f, the commands of --decode pass on unchanged what they didn't compress, so other files
 * of a run can still be read.
 *
 * The numbers are those of file(1)'s magic, of the formats' specifications and, for captures, of Wireshark's wiretap.
 */
#include "capture/kind.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct kind {
    size_t offset, nbytes;
    const char *bytes;
    const char *what;
    bool text; /* even if all of the beginning is text */
};

/* The bytes of a string literal, without its final zero. */
#define AT(at, magic) .offset = at, .nbytes = sizeof magic - 1, .bytes = magic
#define BEGINS(bytes) AT(0, bytes)

#define COMPRESSED(name, command) "compressed with " name ", which cannot be read here; add --decode '" command "'"
#define ARCHIVE(name) name " archive; unpack it first"
#define CAPTURE(name) name " capture, which cannot be read here; convert it with editcap -F pcap"
#define ENCRYPTED(name, command) "encrypted with " name "; decrypt it first, or add --decode '" command "'"

static const struct kind kinds[] = {
    {BEGINS("\3757zXZ\0"), COMPRESSED("xz", "xz -dcf")},
    {BEGINS("\x28\xb5\x2f\xfd"), COMPRESSED("zstd", "zstd -dcf")},
    {BEGINS("\x04\x22\x4d\x18"), COMPRESSED("lz4", "lz4 -dcf")},
    {BEGINS("\x02\x21\x4c\x18"), COMPRESSED("lz4", "lz4 -dcf")},
    {BEGINS("\x1f\x9d"), COMPRESSED("compress", "gzip -dcf")},
    {BEGINS("\x1f\x1e"), COMPRESSED("pack", "gzip -dcf")},
    {BEGINS("\x1f\xa0"), COMPRESSED("lzh", "gzip -dcf")},
    {BEGINS("\x1f\x8b"), COMPRESSED("an unknown method of gzip", "gzip -dcf")},
    {BEGINS("\x5d\x00\x00"), COMPRESSED("lzma", "xz -dcf")},
    {BEGINS("LZIP"), COMPRESSED("lzip", "lzip -dc")},
    {BEGINS("\x89LZO\0\r\n\x1a\n"), COMPRESSED("lzop", "lzop -dc")},
    {BEGINS("LRZI"), COMPRESSED("lrzip", "lrzip -dq")},
    {BEGINS("RZIP"), COMPRESSED("rzip", "rzip -d")},
    {BEGINS("\xff\x06\x00\x00sNaPpY"), COMPRESSED("snappy", "snzip -dc")},
    {BEGINS("7kSt"), ARCHIVE("a zpaq")},
    {BEGINS("7z\xbc\xaf\x27\x1c"), ARCHIVE("a 7z")},
    {BEGINS("PK\x03\x04"), ARCHIVE("a zip")},
    {BEGINS("PK\x05\x06"), ARCHIVE("an empty zip")},
    {BEGINS("PK\x07\x08"), ARCHIVE("a zip")},
    {BEGINS("Rar!\x1a\x07"), ARCHIVE("a rar")},
    {BEGINS("MSCF\0\0\0\0"), ARCHIVE("a cab")},
    {BEGINS("\x60\xea"), ARCHIVE("an arj")},
    {BEGINS("ZOO "), ARCHIVE("a zoo")},
    {BEGINS("xar!"), ARCHIVE("a xar")},
    {BEGINS("!<arch>\n"), ARCHIVE("an ar")},
    {BEGINS("070701"), ARCHIVE("a cpio")},
    {BEGINS("070702"), ARCHIVE("a cpio")},
    {BEGINS("070707"), ARCHIVE("a cpio")},
    {BEGINS("\xc7\x71"), ARCHIVE("a cpio")},
    {BEGINS("\x71\xc7"), ARCHIVE("a cpio")},
    {AT(257, "ustar"), ARCHIVE("a tar")},
    {BEGINS("Salted__"), ENCRYPTED("openssl", "openssl enc -d ...")},
    {BEGINS("U2FsdGVkX1"), ENCRYPTED("openssl", "openssl enc -d -a ..."), true},
    {BEGINS("age-encryption.org/"), ENCRYPTED("age", "age -d -i KEY"), true},
    {BEGINS("-----BEGIN AGE ENCRYPTED FILE-----"), ENCRYPTED("age", "age -d -i KEY"), true},
    {BEGINS("-----BEGIN PGP MESSAGE-----"), ENCRYPTED("PGP", "gpg -dq"), true},
    {BEGINS("-----BEGIN CMS-----"), ENCRYPTED("CMS", "openssl cms -decrypt ..."), true},
    {BEGINS("-----BEGIN PKCS7-----"), ENCRYPTED("PKCS #7", "openssl smime -decrypt ..."), true},
    {BEGINS("scrypt\0"), ENCRYPTED("scrypt", "scrypt dec -")},
    {BEGINS("AES\x01"), ENCRYPTED("AES Crypt", "aescrypt -d -o - -")},
    {BEGINS("AES\x02"), ENCRYPTED("AES Crypt", "aescrypt -d -o - -")},
    {BEGINS("LUKS\xba\xbe"), "an encrypted volume; open it first"},
    {BEGINS("snoop\0\0\0"), CAPTURE("a snoop")},
    {BEGINS("RTSS"), CAPTURE("a Network Monitor")},
    {BEGINS("GMBU"), CAPTURE("a Network Monitor")},
    {BEGINS("TRSNIFF data"), CAPTURE("a Sniffer")},
    {BEGINS("XCP\0"), CAPTURE("a Sniffer")},
    {BEGINS("iptrace 1.0"), CAPTURE("an iptrace")},
    {BEGINS("iptrace 2.0"), CAPTURE("an iptrace")},
    {BEGINS("\x7fver"), CAPTURE("an EtherPeek")},
    {BEGINS("\x05VNF"), CAPTURE("a Visual Networks")},
    {BEGINS("ObserverPktBuffe"), CAPTURE("an Observer")},
    {BEGINS("\x54\x52\x00\x64\x00"), CAPTURE("a nettl")},
    /* Other makers' pcap, in both byte orders. */
    {BEGINS("\xa1\x2b\x3c\x4d"), CAPTURE("a Navtel pcap")},
    {BEGINS("\x4d\x3c\x2b\xa1"), CAPTURE("a Navtel pcap")},
    {BEGINS("\xa1\xb2\x34\xcd"), CAPTURE("a modified pcap")},
    {BEGINS("\xcd\x34\xb2\xa1"), CAPTURE("a modified pcap")},
    {BEGINS("\x1c\x00\x01\xac"), CAPTURE("an IXIA")},
    {BEGINS("\xac\x01\x00\x1c"), CAPTURE("an IXIA")},
    {BEGINS("\x1c\x00\x01\xab"), CAPTURE("an IXIA")},
    {BEGINS("\xab\x01\x00\x1c"), CAPTURE("an IXIA")},
};

enum { CAPTURE_HEADER = 24 }; /* of a pcap file, bytes: zeros instead mean that the head is lost */

static bool only_zeros(const uint8_t *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++)
        if (bytes[i])
            return false;
    return nbytes > 0;
}

/* OpenPGP packets as gpg writes them first in an encrypted file: a session key encrypted to a public key, version 3, or
 * to a passphrase, version 4 (RFC 4880, sections 4.2, 5.1 and 5.3), with the length that theirs have. */
static bool is_pgp(const uint8_t *b, size_t n)
{
    if (n < 5)
        return false;
    bool public_key = (b[0] == 0x84 && b[2] == 3) || (b[0] == 0x85 && b[1] < 8 && b[3] == 3) ||
                      (b[0] == 0xc1 && (b[2] == 3 || (b[1] >= 0xc0 && b[1] < 0xd0 && b[3] == 3)));
    bool passphrase = (b[0] == 0x8c || b[0] == 0xc3) && b[1] < 0x40 && b[2] == 4;
    return public_key || passphrase;
}

static bool is_bzip2(const uint8_t *b, size_t n)
{
    /* The magic of the first block, or of the end where there is none. */
    return n >= 10 && memcmp(b, "BZh", 3) == 0 && b[3] >= '1' && b[3] <= '9' &&
           (memcmp(b + 4, "1AY&SY", 6) == 0 || memcmp(b + 4, "\x17rE8P\x90", 6) == 0);
}

static bool is_text(const uint8_t *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++)
        if (bytes[i] < 0x20 && !(bytes[i] >= '\b' && bytes[i] <= '\r') && bytes[i] != 0x1b)
            return false;
    return true;
}

const char *pz_kind_of_bytes(const uint8_t *bytes, size_t nbytes)
{
    if (only_zeros(bytes, nbytes < CAPTURE_HEADER ? nbytes : CAPTURE_HEADER))
        return "begins with zeros, as after a failed copy or on a damaged disk; copy it again";
    if (is_pgp(bytes, nbytes))
        return ENCRYPTED("PGP", "gpg -dq");
    if (is_bzip2(bytes, nbytes))
        return COMPRESSED("bzip2", "bzip2 -dcf");
    bool text = is_text(bytes, nbytes);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        if ((!text || kind->text) && kind->offset + kind->nbytes <= nbytes &&
            memcmp(bytes + kind->offset, kind->bytes, kind->nbytes) == 0)
            return kind->what;
    }
    return NULL;
}

bool pz_kind_is_signature(const uint8_t *bytes, size_t nbytes)
{
    static const char armour[] = "-----BEGIN PGP SIGNATURE-----";
    /* Packets of tag 2, RFC 4880 section 5.2, of version 3 or 4. */
    bool binary = nbytes > 4 && ((bytes[0] == 0x88 && (bytes[2] == 3 || bytes[2] == 4)) ||
                                 (bytes[0] == 0x89 && (bytes[3] == 3 || bytes[3] == 4)) ||
                                 (bytes[0] == 0xc2 && (bytes[2] == 3 || bytes[2] == 4 || bytes[3] == 4)));
    return binary || (nbytes >= sizeof armour - 1 && memcmp(bytes, armour, sizeof armour - 1) == 0);
}

static bool ends_in_any(const char *name, size_t length, const char *const *endings, size_t *without)
{
    for (size_t i = 0; endings[i]; i++) {
        size_t n = strlen(endings[i]);
        if (length >= n && strncasecmp(name + length - n, endings[i], n) == 0) {
            *without = length - n;
            return true;
        }
    }
    return false;
}

/* The name after the last slash of a path, and how long that is less the suffixes. */
static const char *stem_of(const char *path, size_t *length)
{
    static const char *const packed[] = {".gz",   ".bz2", ".bz",  ".xz",  ".lzma", ".lz4",   ".zst", ".zstd", ".lzo",
                                         ".lz",   ".z",   ".br",  ".sz",  ".lrz",  ".7z",    ".zip", ".rar",  ".tar",
                                         ".cpio", ".gpg", ".pgp", ".age", ".enc",  ".crypt", ".aes", NULL};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    *length = strlen(name);
    while (ends_in_any(name, *length, packed, length))
        continue;
    return name;
}

size_t pz_kind_stem(const char *path)
{
    size_t length;
    const char *name = stem_of(path, &length);
    return (size_t)(name - path) + length;
}

bool pz_kind_named_capture(const char *name)
{
    static const char *const captures[] = {".pcap", ".cap", ".dmp", ".pcapng", ".erf", ".snoop", NULL};
    size_t length, without;
    const char *stem = stem_of(name, &length);
    if (ends_in_any(stem, length, captures, &without))
        return true;
    /* tcpdump -C numbers its files: a.pcap1. */
    static const char *const numbered[] = {".pcap", ".cap", ".pcapng", NULL};
    size_t end = length;
    while (end && isdigit((unsigned char)stem[end - 1]))
        end--;
    return end < length && ends_in_any(stem, end, numbered, &without);
}

bool pz_kind_named_text(const char *name)
{
    static const char *const endings[] = {
        ".txt",  ".md",  ".rst",  ".log",  ".csv", ".tsv",  ".json",   ".xml",    ".html", ".htm",  ".yaml", ".yml",
        ".toml", ".ini", ".conf", ".cfg",  ".md5", ".sha1", ".sha256", ".sha512", ".sum",  ".sums", ".crc",  ".sfv",
        ".asc",  ".sig", ".sql",  ".list", ".tex", ".ps",   ".eps",    ".pdf",    ".svg",  ".doc",  ".docx", ".xls",
        ".xlsx", ".ppt", ".pptx", ".odt",  ".ods", ".odp",  ".py",     ".ipynb",  ".sh",   ".pl",   ".r",    ".c",
        ".h",    ".cpp", ".java", ".jar",  ".whl", ".npz",  ".patch",  ".diff",   NULL};
    static const char *const words[] = {"readme",    "md5sum",   "sha1sum", "sha256sum", "sha512sum",
                                        "checksum",  "license",  "licence", "copying",   "note",
                                        "changelog", "manifest", "index",   "content",   NULL};
    size_t length, without;
    const char *stem = stem_of(name, &length);
    if (ends_in_any(stem, length, endings, &without))
        return true;
    for (size_t i = 0; words[i]; i++) {
        size_t n = strlen(words[i]);
        if (length < n || strncasecmp(stem, words[i], n) != 0)
            continue;
        n += n < length && tolower((unsigned char)stem[n]) == 's';
        if (n == length || stem[n] == '.')
            return true;
    }
    return false;
}
