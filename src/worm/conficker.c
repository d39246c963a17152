/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the Conficker outbreak. conficker.h has what its scans look like, conficker_model.c its model. */
#include "worm/conficker.h"

#include "worm/outbreak.h"

/* Sources. CAIDA 2009: E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 27
 * February 2009; what isn't marked otherwise is from this page. CERT/SEI 2009: S. Faber, "Conficker.C: how many are
 * there?". */

enum { HOUR = 3600 };
#define DAY INT64_C(86400)
#define RECORDING INT64_C(1224720000) /* 2008-10-23: recording of the port starts */
#define BEGIN INT64_C(1227225600)     /* 2008-11-21, "after November 21 midnight UTC" */
#define FIRST_SCAN (BEGIN + HOUR + 44 * 60 + 46)
#define PEAK INT64_C(1228140000)      /* 2008-12-01T14:00 */
#define VARIANT_B INT64_C(1230508800) /* 2008-12-29: "starts on December 29", Figure 4 */
#define VARIANT_C INT64_C(1236211200) /* 2009-03-05: CERT/SEI 2009 */
#define NEW_YEAR INT64_C(1230768000)  /* 2009-01-01 */
#define PAGE INT64_C(1235692800)      /* 2009-02-27: the page was written */
#define SINKHOLE INT64_C(1232841600)  /* 2009-01-25 */

static const struct pz_variant variants[] = {{"A", BEGIN}, {"B", VARIANT_B}, {"C", VARIANT_C}, {0}};

#define COUNTERS                                                                                               \
    "ours: of the first scans in each hour of 21 November of sources that scan like the worm by destinations " \
    "and length; by chance 50, on a whole /8 94 and 99"

/* In the order of the table reproduction.csv. */
static const struct pz_published published[] = {
    {"S1", "recording of TCP/445 starts", "day", .text = "2008-10-23", .begin = RECORDING,
     .note = "ours: the first hour at hand"},
    {"S2", "unique sources per hour at that time", "sources", .low = 1000, .high = 2000, .noise = true,
     .begin = RECORDING, .end = RECORDING + 7 * DAY, .note = "ours: the median of the first week's hours"},
    {"S3", "highest hour before 21 November", "sources", .count = 3222, .noise = true, .begin = RECORDING,
     .end = BEGIN},
    {"S4", "sources per hour before the outbreak", "sources", .count = 2000, .noise = true, .begin = BEGIN - 9 * DAY,
     .end = BEGIN, .note = "published as approximately; ours: the median of the hours of 12 to 20 November"},
    /* The page contradicts itself here, so there are two readings. */
    {"S5a", "background as a share of the first day's jump, hour by hour", "percent", .text = "< 1", .high = 1,
     .begin = BEGIN, .end = BEGIN + DAY, .open = true,
     .note =
         "open: the page's own 2,000 of 114,911 an hour are 1.7 %, so no archive that has these can have less than 1"},
    {"S5b", "an hour's background as a share of all the day's sources", "percent", .text = "< 1", .high = 1,
     .begin = BEGIN, .end = BEGIN + DAY,
     .note = "the other reading of the page: the jump is all the sources of the day"},
    {"S6a", "21 November's highest hour", "sources", .count = 114911, .begin = BEGIN, .end = BEGIN + DAY},
    {"S6b", "when it was", "hour", .text = "2008-11-21T17:00", .begin = BEGIN + 17 * HOUR},
    {"S6c", "sources from 17:00 to 18:00 of 21 November", "sources", .count = 114911, .begin = BEGIN + 17 * HOUR,
     .end = BEGIN + 18 * HOUR, .note = "the published hour, whatever the peak is"},
    {"S7a", "highest hour of 2008", "sources", .count = 145586, .begin = RECORDING, .end = NEW_YEAR},
    {"S7b", "when it was", "hour", .text = "2008-12-01T14:00", .begin = PEAK},
    {"S7c", "sources from 14:00 to 15:00 of 1 December", "sources", .count = 145586, .begin = PEAK, .end = PEAK + HOUR,
     .note = "the published hour, whatever the maximum is"},
    /* Until 05:00 most new sources become the worm's (the page, Figure 6), and an hour later there are twice as many.
     */
    {"S8", "the significant increase begins", "hour", .text = "after 2008-11-21T00:00", .begin = BEGIN,
     .end = BEGIN + 6 * HOUR,
     .note =
         "ours: the first of three hours with more than any hour before the 21st; at the latest an hour after most new"
         " sources are the worm's by Figure 6"},
    {"S9", "hour of the daily peak", "hour of the day", .text = "14", .low = 13, .high = 15, .begin = BEGIN,
     .end = NEW_YEAR, .note = "ours: the peak of most whole days from 22 November to 31 December"},
    {"S15", "second variant's rise begins", "day", .text = "2008-12-29 to 2008-12-31", .begin = VARIANT_B,
     .end = VARIANT_B + 2 * DAY,
     .note = "ours: the first day from 27 December on with 15 % more than the three days before"},
    {"S16a", "sources on 25 January 2009", "sources", .count = 1270000, .begin = SINKHOLE, .end = SINKHOLE + DAY,
     .note = "published in millions with two decimals; which part of the telescope isn't said"},
    {"S16b", "addresses in the sinkhole's log of that day", "addresses", .count = 1510000, .begin = SINKHOLE,
     .note = "by patientzero overlap --with the sinkhole's log"},
    {"S16c", "in both", "addresses", .count = 580722, .begin = SINKHOLE,
     .note = "by patientzero overlap --with the sinkhole's log"},
    {"S21", "sources have remained high ever since", "percent of hours", .text = "ever since", .low = 99, .high = 100,
     .begin = BEGIN + DAY, .end = PAGE,
     .note =
         "ours: hours from 22 November 2008 to 27 February 2009 with more sources than any before the 21st; only whole"
         " ones, with half of the lens of that day or more"},
    {"S10", "the worm's first scan", "time", .text = "2008-11-21T01:44:46", .begin = FIRST_SCAN,
     .note = "ours: the first of the candidates; the page's rule is not published in full"},
    {"S11", "share of TCP/445 scanning that an aggressive rule removes", "percent", .text = "80", .low = 50, .high = 90,
     .open = true,
     .note =
         "open: the page's rule is not published; ours, of 21 November's attempts: without all traits and a second SYN"
         " in time"},
    {"S13a", "attempts with two SYNs", "percent", .text = "most", .low = 50, .high = 100,
     .note = "ours, of 21 November's attempts with all traits"},
    {"S13b", "attempts with three SYNs or more", "percent", .text = "none", .high = 10,
     .note = "a whole stack would send three; ours, of 21 November's attempts with all traits"},
    {"S13c", "second SYNs that come 3 seconds after the first", "percent", .text = "the first retransmit (3 seconds)",
     .low = 50, .high = 100, .note = "ours: 2.5 to 3.6 s, of 21 November's attempts with all traits and two SYNs"},
    {"S22a", "scans with a TTL near Windows' default of 128", "percent", .text = "within reasonable distance",
     .low = 90, .high = 100,
     .note = "ours: 65 to 128, of 21 November's scans with the worm's length, ports and destinations"},
    {"S22b", "scans from Windows' default ports", "percent", .text = "1024-5000", .low = 90, .high = 100,
     .note = "ours, of 21 November's scans with the worm's length, TTL and destinations"},
    /* A quarter, and not a half or an eighth, as if one bit fewer or one more were fixed. */
    {"S12", "share of the lens that the worm scans", "percent", .text = "25", .low = 18, .high = 35, .begin = BEGIN,
     .end = BEGIN + DAY,
     .note =
         "ours: distinct destinations, on 21 November, of sources with the worm's length, TTL, ports and second SYNs,"
         " whatever they scan, over the lens's addresses; with those that by repeated ones were not scanned yet"},
    /* The telescope has a 256th of all addresses, so some 256 connections lie between two scans of a source: of 3,976
     * ports, 6 % of all steps pass the end; of 65,536 values of ip.id, with 2.4 packets a connection as in Figure 5, 1
     * %. By chance half of all steps go up; 72 is between the two. */
    {"S22c", "source ports that rise from scan to scan", "percent", .text = "incremental source port", .low = 72,
     .high = 100, .begin = BEGIN, .end = BEGIN + DAY, .note = COUNTERS},
    {"S22d", "values of ip.id that rise from scan to scan", "percent", .text = "incremental IP.ID", .low = 72,
     .high = 100, .begin = BEGIN, .end = BEGIN + DAY, .note = COUNTERS},
    {"S14a", "reachable share of new sources, 00:00 to 01:30", "percent", .text = "25", .low = 15, .high = 35,
     .begin = BEGIN, .end = BEGIN + 5400},
    {"S14b", "the highest such share between 01:30 and 05:00", "percent", .text = "jumps to over 70", .low = 70,
     .high = 100, .begin = BEGIN + 5400, .end = BEGIN + 5 * HOUR,
     .note =
         "ours: of any ten minutes in between, or of half an hour up to all of it where fewer sources are new than are"
         " needed"},
    {"S14c", "the same share, 05:00 to 24:00", "percent", .text = "well over 25", .low = 30, .high = 100,
     .begin = BEGIN + 5 * HOUR, .end = BEGIN + DAY},
    {"S14d", "how much lower it is from 18:00 on than at that peak", "points", .text = "slowly decays",
     .begin = BEGIN + 18 * HOUR, .end = BEGIN + DAY, .note = "ours: above 0 unless chance alone could have made it"},
    /* Of the last hour of the animations. */
    {"S19a", "Argentina's place by sources per million addresses", "place", .text = "stands out", .low = 1, .high = 5,
     .begin = BEGIN + 19 * HOUR, .end = BEGIN + 20 * HOUR,
     .note = "ours: of 21 November, 19:00, by the countries' table in use"},
    {"S19b", "Ukraine's sources", "sources", .text = "significant", .low = 1, .high = 1e9, .begin = BEGIN + 19 * HOUR,
     .end = BEGIN + 20 * HOUR, .tolerance = "1 or more", .note = "ours: of 21 November, 19:00; more than none passes"},
    {"S19c", "countries with fewer than 100,000 addresses that have a rate", "countries", .text = "not shown",
     .begin = BEGIN + 19 * HOUR, .end = BEGIN + 20 * HOUR,
     .note = "ours: in country_hourly, by the addresses of the countries' table in use"},
    {"S20", "the 19 packets of Figure 5, found as they are listed", "packets", .text = "19", .low = 19, .high = 19,
     .begin = BEGIN + HOUR, .end = BEGIN + 2 * HOUR,
     .note = "by patientzero portrait with the capture of 21 November, 01:00"},
    {"S17", "domain names generated a day", "names", .text = "250", .note = "not to be seen by a telescope"},
    {"S18", "local scans: the broadcast domain; a victim's /24 and the ten before it", "",
     .note = "not to be seen by a telescope"},
    {0},
};

/* Figure 5. */
static const struct pz_published_packet packets[] = {
    {INT64_C(1227232109314700), 0x15d351, 0x86087408, 4554, 30944},
    {INT64_C(1227232109335235), 0x48445c, 0xc5c93eb0, 4597, 30986},
    {INT64_C(1227232112311987), 0x48445c, 0xc5c93eb0, 4597, 31098},
    {INT64_C(1227232112325345), 0x15d351, 0x86087408, 4554, 31153},
    {INT64_C(1227232118378662), 0x3d290a, 0xa2ba5621, 4970, 31728},
    {INT64_C(1227232121294971), 0x3d290a, 0xa2ba5621, 4970, 31885},
    {INT64_C(1227232122842741), 0x2caa06, 0x262f9d19, 1090, 32025},
    {INT64_C(1227232125682085), 0x2caa06, 0x262f9d19, 1090, 32144},
    {INT64_C(1227232131855248), 0x5e9e40, 0x92d161b3, 1414, 32716},
    {INT64_C(1227232134752334), 0x5e9e40, 0x92d161b3, 1414, 32825},
    {INT64_C(1227232134758070), 0x215f59, 0x2caa85a6, 1334, 32857},
    {INT64_C(1227232136324636), 0x1b3e57, 0x4cd0dece, 1491, 32974},
    {INT64_C(1227232139253707), 0x1b3e57, 0x4cd0dece, 1491, 33145},
    {INT64_C(1227232156377573), 0x58bd2d, 0xf272a7d4, 2216, 34574},
    {INT64_C(1227232158866263), 0x6a5e7e, 0x1837abab, 2332, 34866},
    {INT64_C(1227232159285071), 0x58bd2d, 0xf272a7d4, 2216, 34912},
    {INT64_C(1227232166330196), 0x01e234, 0x3ff4a7ad, 2453, 35434},
    {INT64_C(1227232166343984), 0x0c6808, 0x9de035a6, 2468, 35467},
    {INT64_C(1227232176808817), 0x353d54, 0xbbf2675d, 2856, 36319},
};

const struct pz_outbreak pz_conficker = {
    .name = "Conficker",
    .port = 445,
    .begin = BEGIN,
    .day = "21 November 2008",
    .first_scan = FIRST_SCAN,
    .fingerprint = &pz_conficker_fingerprint,
    .model = pz_conficker_model,
    .title = "TCP/445 scanning as seen from a network telescope",
    .introduction = "The published pages of the Conficker outbreak, drawn again from the captures at hand.",
    .reference =
        "E. Aben, \"Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope\", CAIDA, 27 February"
        " 2009.",
    .lines = "the first days of the worm's variants A and B, and of C, which no longer scans the port",
    .variants = variants,
    .published = published,
    .packets = packets,
    .npackets = sizeof packets / sizeof *packets,
    .packet_ip_len = 48,
    .packet_ttl = 103,
};
