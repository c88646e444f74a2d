/*
 * Exercises a directory, and prints what it begins with, so that it can be done once more:
 *
 *   exerciser one|two DIRECTORY SEED OPERATIONS       a file's data, by one descriptor, or by two of different kinds
 *   exerciser ranges|mixed DIRECTORY SEED OPERATIONS  processes on ranges of one file: all cached and mapped, or each in its own way
 *   exerciser appends DIRECTORY SEED OPERATIONS       processes that append to one file
 *   exerciser names DIRECTORY SEED OPERATIONS PLAIN [USER]  names, beside the same on a plain directory, as that user
 *   exerciser crowd DIRECTORY SEED OPERATIONS         names, by processes that are in each other's way
 *   exerciser same DIRECTORY OTHER                    whether two trees are the same
 *
 * The exit status is 0 if nothing was wrong.
 */
#include "exerciser.h"
#include <grp.h>

static void become(unsigned user) {
  must(setgroups(0, NULL));
  must(setresgid(user, user, user));
  must(setresuid(user, user, user));
}

static void run(const char *kind, const char *directory, uint64_t seed, unsigned long operations, char **more) {
  bool names = strcmp(kind, "names") == 0;
  if (names && more[0] && more[1]) become(strtoul(more[1], NULL, 10));
  seed_random(seed);
  if (strcmp(kind, "one") == 0) exercise_data(directory, operations, false);
  else if (strcmp(kind, "two") == 0) exercise_data(directory, operations, true);
  else if (strcmp(kind, "ranges") == 0) exercise_ranges(directory, seed, operations, false);
  else if (strcmp(kind, "mixed") == 0) exercise_ranges(directory, seed, operations, true);
  else if (strcmp(kind, "appends") == 0) exercise_appends(directory, operations);
  else if (strcmp(kind, "crowd") == 0) exercise_crowd(directory, seed, operations);
  else if (names && more[0]) exercise_names(more[0], directory, operations);
  else fail("%s: no such exercise\n", kind);
}

int main(int count, char **arguments) {
  umask(0);
  if (count == 4 && strcmp(arguments[1], "same") == 0) {
    compare_trees(arguments[3], arguments[2]);
    return 0;
  }
  if (count < 5) fail("usage: exerciser KIND DIRECTORY SEED OPERATIONS\n");
  const char *kind = arguments[1], *directory = arguments[2];
  uint64_t seed = strtoull(arguments[3], NULL, 10);
  unsigned long operations = strtoul(arguments[4], NULL, 10);
  dprintf(STDERR_FILENO, "exerciser %s %s %llu %lu\n", kind, directory, (unsigned long long)seed, operations);
  run(kind, directory, seed, operations, arguments + 5);
  return 0;
}
