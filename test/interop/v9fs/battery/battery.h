/* A battery of POSIX checks on a mounted tree: what a test is. */
#ifndef BATTERY_H
#define BATTERY_H

#include "../../c/words.h"

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

#endif
