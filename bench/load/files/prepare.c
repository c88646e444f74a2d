#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_file(int directory, const char *name, size_t size) {
  int file = openat(directory, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0)
    die("%s: %s", name, strerror(errno));
  uint8_t *block = size ? content_room(MIB) : NULL;
  for (uint64_t offset = 0; offset < size; offset += MIB) {
    content_fill(block, MIB, offset, DATA_SEED);
    if (pwrite(file, block, MIB, (off_t)offset) != MIB)
      die("%s: it cannot be written: %s", name, strerror(errno));
  }
  free(block);
  if (close(file) < 0)
    die("%s: %s", name, strerror(errno));
}

static int make_directory(int parent, const char *name) {
  if (mkdirat(parent, name, 0755) < 0)
    die("%s: %s", name, strerror(errno));
  return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void prepare_tree(int root) {
  char name[16];
  make_file(root, "data", FILE_SIZE);
  make_file(root, "scratch", FILE_SIZE);
  close(make_directory(root, "work"));
  int many = make_directory(root, "many");
  for (unsigned i = 0; i < ENTRY_COUNT; i++) {
    snprintf(name, sizeof name, "e%05u", i);
    make_file(many, name, 0);
  }
  close(many);
}
