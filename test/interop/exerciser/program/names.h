/* What is done to names, so that it can be done to two trees alike. */
#ifndef NAMES_H
#define NAMES_H

#include "exerciser.h"

enum { SIDES = 2, FILES = 8, DIRECTORIES = 4, NAME_ROOM = 1200, SHOWN = 40000 };

/* All that chance has to do with an operation. */
struct task {
  char path[NAME_ROOM], other[NAME_ROOM], name[300];
  unsigned slot, directory, mode, flags;
  off_t at, size;
  long seconds, nanoseconds;
  uint64_t seed;
};

/* One of the trees: what is open there, and what the last operation has shown. */
struct side {
  const char *root;
  int files[FILES], directories[DIRECTORIES];
  char shown[SHOWN];
};

struct operation {
  unsigned weight;
  const char *name;
  /* The result of its call, and errno. */
  long (*run)(struct side *side, const struct task *task);
};

extern const struct operation operations[];
extern const size_t count_of_operations;

/* One of few names, so that they meet; a path of a few of them. */
void draw_name(char *into, size_t room);
void draw_path(char *into, size_t room);
struct task draw_task(void);
const struct operation *draw_operation(void);
const char *path_in(const struct side *side, const char *path);
/* Adds to what an operation has shown. */
void show(struct side *side, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
