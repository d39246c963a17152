/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/folders.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const classes[] = {"tables", "restricted", "figures"};
enum { CLASSES = sizeof classes / sizeof *classes };

/* The length of a name's first part, if that is a folder of which each port has its own; else 0. */
static size_t class_of(const char *name)
{
    size_t length = strcspn(name, "/");
    for (size_t i = 0; i < CLASSES; i++)
        if (strlen(classes[i]) == length && strncmp(classes[i], name, length) == 0)
            return length;
    return 0;
}

struct pz_path pz_folders_name(uint16_t folder, const char *name)
{
    size_t length = class_of(name);
    return folder && length ? pz_path("%.*s/%u%s", (int)length, name, folder, name + length) : pz_path("%s", name);
}

struct pz_path pz_folders_path(const char *directory, uint16_t folder, const char *name)
{
    return pz_file_join(directory, pz_folders_name(folder, name).text);
}

/* The port that a folder is named by, as pz_folders_name names it; 0 if the name is not a port. */
static uint16_t port_of(const char *name, size_t length)
{
    struct pz_path text = pz_path("%.*s", (int)length, name);
    unsigned long port = strtoul(text.text, NULL, 10);
    bool good = port > 0 && port <= UINT16_MAX && strcmp(pz_path("%lu", port).text, text.text) == 0;
    return good ? (uint16_t)port : 0;
}

/* Makes a name that of a result of one port; false if the file is another port's. */
static bool choose_name(char *name, uint16_t folder)
{
    size_t class = class_of(name);
    if (!class || !name[class])
        return true;
    char *part = name + class + 1;
    size_t length = strcspn(part, "/");
    if (port_of(part, length) != folder)
        return false;
    if (folder)
        memmove(part - 1, part + length, strlen(part + length) + 1);
    return true;
}

void pz_folders_choose(struct pz_manifest *list, uint16_t folder)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (choose_name(list->files[i].name, folder))
            list->files[n++] = list->files[i];
        else
            free(list->files[i].name);
    }
    list->n = n;
    list->sorted = false;
}

uint16_t *pz_folders_of_ports(const char *directory, size_t *n)
{
    enum { PORTS = UINT16_MAX + 1 };
    bool *there = pz_alloc(PORTS * sizeof *there);
    uint16_t *ports = pz_alloc(PORTS * sizeof *ports);
    for (size_t i = 0; i < CLASSES; i++) {
        DIR *folder = opendir(pz_file_join(directory, classes[i]).text);
        for (struct dirent *entry; folder && (entry = readdir(folder));)
            there[port_of(entry->d_name, strlen(entry->d_name))] = true;
        if (folder)
            closedir(folder);
    }
    *n = 0;
    for (unsigned port = 1; port < PORTS; port++) /* 0 is no port's */
        if (there[port])
            ports[(*n)++] = (uint16_t)port;
    free(there);
    return ports;
}
