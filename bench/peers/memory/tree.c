#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS (1u << 16)
#define BLOCK 4096

static struct node root;
static struct node *buckets[BUCKETS];

struct node *tree_node(fuse_ino_t number) {
  return number == FUSE_ROOT_ID ? &root : (struct node *)(uintptr_t)number;
}

static struct node **bucket_of(const struct node *directory, const char *name) {
  uint64_t hash = (uintptr_t)directory ^ 14695981039346656037u;
  for (; *name; name++)
    hash = (hash ^ (uint8_t)*name) * 1099511628211u;
  return &buckets[(hash ^ hash >> 32) % BUCKETS];
}

void tree_touch(struct node *node) {
  clock_gettime(CLOCK_REALTIME, &node->attributes.st_mtim);
  node->attributes.st_ctim = node->attributes.st_mtim;
}

static void set_attributes(struct node *node, mode_t mode, uid_t uid, gid_t gid) {
  struct stat *attributes = &node->attributes;
  attributes->st_ino = node == &root ? FUSE_ROOT_ID : (uintptr_t)node;
  attributes->st_mode = mode;
  attributes->st_nlink = S_ISDIR(mode) ? 2 : 1;
  attributes->st_uid = uid;
  attributes->st_gid = gid;
  attributes->st_blksize = BLOCK;
  tree_touch(node);
  attributes->st_atim = attributes->st_mtim;
}

void tree_make(void) {
  root.name = "/";
  root.lookups = 1;
  set_attributes(&root, S_IFDIR | 0755, getuid(), getgid());
}

struct node *tree_find(const struct node *directory, const char *name) {
  struct node *node = *bucket_of(directory, name);
  while (node && (node->parent != directory || strcmp(node->name, name) != 0))
    node = node->next;
  return node;
}

static bool append_entry(struct node *directory, struct node *node) {
  if (directory->entry_end == directory->entry_room) {
    size_t room = directory->entry_room ? 2 * directory->entry_room : 16;
    struct node **entries = realloc(directory->entries, room * sizeof *entries);
    if (!entries)
      return false;
    directory->entries = entries;
    directory->entry_room = room;
  }
  node->entry_index = directory->entry_end;
  directory->entries[directory->entry_end++] = node;
  directory->entry_count++;
  return true;
}

static void attach(struct node *node, struct node *directory) {
  struct node **bucket = bucket_of(directory, node->name);
  node->parent = directory;
  node->next = *bucket;
  *bucket = node;
  if (S_ISDIR(node->attributes.st_mode))
    directory->attributes.st_nlink++;
  tree_touch(directory);
}

static void detach(struct node *node) {
  struct node *directory = node->parent;
  struct node **at = bucket_of(directory, node->name);
  while (*at != node)
    at = &(*at)->next;
  *at = node->next;
  directory->entries[node->entry_index] = NULL;
  directory->entry_count--;
  while (directory->entry_end > 0 && !directory->entries[directory->entry_end - 1])
    directory->entry_end--;
  if (S_ISDIR(node->attributes.st_mode))
    directory->attributes.st_nlink--;
  tree_touch(directory);
  free(node->name);
  node->name = NULL;
}

struct node *tree_add(struct node *directory, const char *name, mode_t mode, uid_t uid, gid_t gid) {
  struct node *node = calloc(1, sizeof *node);
  char *copy = strdup(name);
  if (!node || !copy || !append_entry(directory, node)) {
    free(copy);
    free(node);
    return NULL;
  }
  node->name = copy;
  set_attributes(node, mode, uid, gid);
  attach(node, directory);
  return node;
}

static void free_unused(struct node *node) {
  if (node->name || node->lookups > 0)
    return;
  free(node->data);
  free(node->entries);
  free(node);
}

void tree_remove(struct node *node) {
  detach(node);
  node->attributes.st_nlink = 0;
  free_unused(node);
}

void tree_forget(struct node *node, uint64_t lookups) {
  node->lookups -= lookups;
  free_unused(node);
}

bool tree_resize(struct node *node, size_t size) {
  size_t old = (size_t)node->attributes.st_size;
  if (size > node->room) {
    size_t room = size > 2 * node->room ? size : 2 * node->room;
    char *data = realloc(node->data, room);
    if (!data)
      return false;
    node->data = data;
    node->room = room;
  }
  if (size > old)
    memset(node->data + old, 0, size - old);
  node->attributes.st_size = (off_t)size;
  node->attributes.st_blocks = (blkcnt_t)((size + 511) / 512);
  return true;
}
