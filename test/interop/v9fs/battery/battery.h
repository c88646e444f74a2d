/* A battery of POSIX checks on a mounted tree: what a test is, and the few words that tests are written with. */
#ifndef BATTERY_H
#define BATTERY_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* How a tree is mounted: one dialect in one cache mode. A test holds the set of mounts on which it must pass. */
enum {
  DOTL_NONE = 1 << 0,
  DOTL_LOOSE = 1 << 1,
  DOTU_NONE = 1 << 2,
  DOTU_LOOSE = 1 << 3,
  PLAIN_NONE = 1 << 4,
  PLAIN_LOOSE = 1 << 5,

  DOTL = DOTL_NONE | DOTL_LOOSE,    /* 9P2000.L */
  DOTU = DOTU_NONE | DOTU_LOOSE,    /* 9P2000.u */
  PLAIN = PLAIN_NONE | PLAIN_LOOSE, /* 9P2000 */
  UNCACHED = DOTL_NONE | DOTU_NONE | PLAIN_NONE,
  CACHED = DOTL_LOOSE | DOTU_LOOSE | PLAIN_LOOSE,
  EVERYWHERE = UNCACHED | CACHED,
};

/* A test runs in a process of its own, in an empty directory of its own. It passes when it returns. */
struct test {
  const char *name;
  unsigned where;
  void (*run)(void);
};

/* Each theme is a list that ends with an entry without a name. */
extern const struct test file_tests[], name_tests[], link_tests[], directory_tests[], attribute_tests[], lock_tests[],
    xattr_tests[], memory_tests[], errno_tests[], process_tests[], two_mount_tests[], leave_tests[], find_tests[];

/* The directory of this test as the second mount of the same tree shows it. */
extern const char *other_mount;

/* Ends the test's process with a reason; also from its children, see `join`. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The call must succeed; its result. */
#define must(call) must_succeed((long)(call), #call)
/* The call must fail, with one of these numbers. */
#define refused(call, ...) must_be_refused((long)(call), #call, (const int[]){__VA_ARGS__, 0})
/* What must hold. */
#define check(condition)                       \
  do {                                         \
    if (!(condition)) fail("%s", #condition);  \
  } while (0)
/* Two numbers that must be the same. */
#define same(actual, expected) must_be_same((long long)(actual), (long long)(expected), #actual)

long must_succeed(long result, const char *call);
void must_be_refused(long result, const char *call, const int *numbers);
void must_be_same(long long actual, long long expected, const char *what);

/* Files: text in and out, sizes, and a pattern in which each place and each seed differs. */
void put(const char *path, const char *text);
void holds(const char *path, const char *text);
void write_all(int fd, const void *data, size_t length);
void pwrite_all(int fd, const void *data, size_t length, off_t offset);
size_t pread_all(int fd, void *into, size_t length, off_t offset);
off_t size_of(const char *path);
bool exists(const char *path);
void pattern(unsigned char *into, size_t length, off_t offset, unsigned seed);
void must_match(const unsigned char *actual, const unsigned char *expected, size_t length, off_t offset);

/* Processes: `split` runs a function in a child, `join` waits for it and fails if it failed. */
pid_t split(void (*run)(void *), void *argument);
void join(pid_t pid);
void in_child(void (*run)(void *), void *argument);
void pause_ms(unsigned milliseconds);
/* Becomes an ordinary user, when it may. False where it may not. */
bool become_ordinary_user(void);

#endif
