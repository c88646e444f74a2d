/*
 * A file system in memory on libfuse3's low-level interface: the peer that the FUSE gateway is compared with. Unless it
 * is told to, the kernel caches nothing of it (no entry or attribute is valid for any time, and files are opened for
 * direct I/O), so that every call of a program reaches it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- tree.c: nodes, names and data ---- */

struct node {
  struct node *parent, *next; /* next: of the names with the same hash */
  char *name;                 /* NULL once it was removed */
  struct stat attributes;     /* st_ino is the number that the kernel knows it by */
  uint64_t lookups;           /* how many of them the kernel has not forgotten */
  char *data;                 /* of a file: room for `room` bytes */
  size_t room;
  struct node **entries;      /* of a directory: in the order of their making, with gaps */
  size_t entry_end, entry_room, entry_index; /* entry_index: where it stands in its parent */
  size_t entry_count;
};

void tree_make(void);
struct node *tree_node(fuse_ino_t);
/* NULL if there is none of that name. */
struct node *tree_find(const struct node *directory, const char *name);
/* NULL if there is no memory for it. */
struct node *tree_add(struct node *directory, const char *name, mode_t, uid_t, gid_t);
/* Takes the name away; the node lives on for as long as the kernel knows it. */
void tree_remove(struct node *);
void tree_forget(struct node *, uint64_t lookups);
/* False if there is no memory for it. */
bool tree_resize(struct node *, size_t size);
void tree_touch(struct node *);

#endif
