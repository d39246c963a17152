/* SPDX-License-Identifier: BSD-2-Clause */
/* All files below a folder. Folders of the tree itself are searched first, then those that links lead to, each in the
 * order of names, and no folder twice. So the search ends whatever loops the links make, and the path by which a file
 * is listed depends on names alone. */
#include "archive/find.h"
#include "base/file.h"
#include "base/sort.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <unistd.h>

/* What a folder has, or paths. */
struct names {
    struct name {
        char *text; /* owned */
        bool file;  /* a regular file, as the folder says; else it may be anything */
    } * all;        /* owned */
    size_t n;
};

static void add_name(struct names *names, const char *text, bool file)
{
    names->all = pz_room(names->all, names->n, sizeof *names->all);
    names->all[names->n++] = (struct name){pz_strdup(text), file};
}

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->all[i].text);
    free(names->all);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

struct folder_id {
    dev_t device;
    ino_t inode;
};

static int compare_ids(const void *a, const void *b)
{
    const struct folder_id *x = a, *y = b;
    return x->device != y->device ? PZ_ORDER(x->device, y->device) : PZ_ORDER(x->inode, y->inode);
}

struct walk {
    struct pz_candidates *candidates;
    size_t below;                /* where labels begin in the paths */
    const char *label;           /* of the folder that was named */
    void *seen;                  /* folders, a tree of their ids */
    struct names folders, links; /* yet to be searched; those that links lead to come last */
};

static const char *label_of(const struct walk *walk, const char *path)
{
    return strlen(path) > walk->below ? path + walk->below : walk->label;
}

/* True the first time. */
static bool note(struct walk *walk, const struct stat *info)
{
    struct folder_id *id = pz_alloc(sizeof *id);
    *id = (struct folder_id){info->st_dev, info->st_ino};
    struct folder_id **found = tsearch(id, &walk->seen, compare_ids);
    PZ_CHECK(found);
    if (*found == id)
        return true;
    free(id);
    return false;
}

static void fail_folder(struct walk *walk, const char *path, int reason)
{
    char *why = pz_format("a folder that cannot be searched: %s", strerror(reason));
    pz_candidates_add(walk->candidates, path, label_of(walk, path), false, PZ_FOUND_UNREADABLE, why, 0);
    free(why);
}

/* Whatever a folder has, by name. `file`: the folder says that it is a regular file. Then nothing more is asked here,
 * where one rank works alone: a question to a parallel file system takes up to a millisecond. */
static void meet(struct walk *walk, const char *path, bool file)
{
    struct stat info;
    const char *label = label_of(walk, path);
    if (file && !walk->candidates->sizes) {
        pz_candidates_add(walk->candidates, path, label, false, PZ_FOUND_FILE, "", 0);
        return;
    }
    int failed = lstat(path, &info);
    bool link = !failed && S_ISLNK(info.st_mode);
    if (link)
        failed = stat(path, &info);
    if (pz_candidates_add_stat(walk->candidates, path, label, false, &info, failed ? errno : 0))
        add_name(link ? &walk->links : &walk->folders, path, false);
}

static bool is_folder(const char *path, const struct stat *info)
{
    struct stat other;
    return path && stat(path, &other) == 0 && other.st_dev == info->st_dev && other.st_ino == info->st_ino;
}

/* Whether a file of that name in the folder begins with `mark`, after blanks and an opening bracket. */
static bool file_begins(const char *folder, const char *name, const char *mark)
{
    char head[64] = "";
    int fd = open(pz_file_join(folder, name).text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd >= 0 ? pread(fd, head, sizeof head - 1, 0) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 && strncmp(head + strspn(head, "{ \n"), mark, strlen(mark)) == 0;
}

static bool is_any(const char *name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Whether a folder holds results of this program, or a store of tallies. Other files in the folder are candidates. */
struct ours {
    bool results, store;
};

static struct ours ours_in(const struct walk *walk, const char *folder, const struct stat *info,
                           const struct names *names)
{
    struct ours ours = {is_folder(walk->candidates->out, info), is_folder(walk->candidates->store, info)};
    bool own = ours.results || ours.store;
    for (size_t i = 0; !own && i < names->n; i++) {
        if (strcmp(names->all[i].text, "summary.json") == 0 || strcmp(names->all[i].text, "unfinished.json") == 0)
            ours.results = file_begins(folder, names->all[i].text, "\"program\": \"patientzero\"");
        if (strcmp(names->all[i].text, "key") == 0)
            ours.store = file_begins(folder, names->all[i].text, "patientzero store\n");
    }
    /* This run's own results are not listed: whether they exist depends on whether the run was interrupted before. */
    if (!own && (ours.results || ours.store))
        pz_candidates_add(walk->candidates, folder, label_of(walk, folder), false, PZ_FOUND_OTHER,
                          ours.results ? "results of patientzero" : "a store of patientzero", 0);
    return ours;
}

static bool is_ours(struct ours ours, const char *name)
{
    static const char *const results[] = {"summary.json", "unfinished.json", "run.log",    "report.html",
                                          "tables",       "figures",         "restricted", NULL};
    bool tallies = strlen(name) == 2 && isxdigit((unsigned char)name[0]) && isxdigit((unsigned char)name[1]);
    return (ours.results && is_any(name, results)) || (ours.store && (tallies || strcmp(name, "key") == 0));
}

static void search(struct walk *walk, const char *folder)
{
    struct stat info;
    struct names names = {0};
    if (stat(folder, &info) != 0) {
        fail_folder(walk, folder, errno);
        return;
    }
    if (!note(walk, &info))
        return;
    DIR *directory = opendir(folder);
    if (!directory) {
        fail_folder(walk, folder, errno);
        return;
    }
    struct dirent *entry;
    while ((errno = 0, entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add_name(&names, entry->d_name, entry->d_type == DT_REG);
    if (errno) /* what was listed until then is searched all the same */
        fail_folder(walk, folder, errno);
    closedir(directory);
    if (names.n)
        qsort(names.all, names.n, sizeof *names.all, compare_names);
    struct ours ours = ours_in(walk, folder, &info, &names);
    for (size_t i = 0; i < names.n; i++) {
        const struct name *name = &names.all[i];
        if (is_ours(ours, name->text))
            continue;
        /* Whole, even if it is too long to be opened: it is then reported. */
        char *path = pz_format("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name->text);
        meet(walk, path, name->file);
        free(path);
    }
    names_release(&names);
}

void pz_walk(const char *folder, const char *label, struct pz_candidates *candidates)
{
    char *path = pz_strdup(folder);
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
        path[length - 1] = 0;
    struct walk walk = {.candidates = candidates, .below = strlen(path) + (strcmp(path, "/") != 0), .label = label};
    add_name(&walk.folders, path, false);
    free(path);
    size_t folders = 0, links = 0;
    while (folders < walk.folders.n || links < walk.links.n)
        search(&walk, (folders < walk.folders.n ? &walk.folders.all[folders++] : &walk.links.all[links++])->text);
    names_release(&walk.folders);
    names_release(&walk.links);
    tdestroy(walk.seen, free);
}
