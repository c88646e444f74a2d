/* A battery of checks of what POSIX and Linux say about file systems, for any directory: what a check is. */
#ifndef BATTERY_H
#define BATTERY_H

#include "../../c/words.h"

/* Who may run a check: some make files of several users, or act as them. */
enum who { ANYONE, ROOT };

/* Two users and their groups, none of whom owns what the checks make as root. */
enum { NOBODY = 65534, SOMEBODY = 65533 };

/*
 * A check runs in a process of its own, in an empty directory of its own (mode 0777), with umask 0. It passes when it
 * returns. `argument` is what it was added with.
 */
void add_check(enum who who, void (*run)(const void *argument), const void *argument, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define JOINED(a, b) a##b
#define NAMED(a, b) JOINED(a, b)
#define CHECK_BY(who, title)                                                                      \
  static void NAMED(check_, __LINE__)(const void *);                                              \
  __attribute__((constructor)) static void NAMED(add_, __LINE__)(void) {                          \
    add_check(who, NAMED(check_, __LINE__), NULL, "%s", title);                                   \
  }                                                                                               \
  static void NAMED(check_, __LINE__)(__attribute__((unused)) const void *argument)

/* A check: its title, then its body in braces. Those of one file run in the order in which they stand there. */
#define CHECK(title) CHECK_BY(ANYONE, title)
#define CHECK_AS_ROOT(title) CHECK_BY(ROOT, title)
/* Adds checks in a loop, from a table. */
#define CHECKS __attribute__((constructor)) static void NAMED(add_, __LINE__)(void)

/* Acts as another user, in that one group; `act_as_root` goes back. Only where the process began as root. */
void act_as(uid_t user, gid_t group);
void act_as_root(void);
/* The same with further groups. */
void act_in_groups(uid_t user, gid_t group, size_t count, const gid_t *groups);

/* Attributes, of the name itself. */
struct stat look(const char *path);
mode_t mode_of(const char *path);
nlink_t links_of(const char *path);
/* An empty file, a directory, with exactly this mode. */
void make_file(const char *path, mode_t mode);
void make_dir(const char *path, mode_t mode);
/* A name of that many bytes. */
const char *name_of_length(size_t length);
/* Long enough for every clock involved to have moved on. */
void let_time_pass(void);
bool is_later(struct timespec a, struct timespec b);

#endif
