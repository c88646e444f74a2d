#define _GNU_SOURCE
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pass in which an entry was seen last: these workloads have one job. */
static uint32_t seen[ENTRY_COUNT];
static uint32_t pass, seen_count;

static DIR *begin_pass(struct job *job) {
  int file = openat(job->run->root, "many", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = file < 0 ? NULL : fdopendir(file);
  if (!directory)
    die("many: %s", strerror(errno));
  pass++;
  seen_count = 0;
  return directory;
}

static bool end_pass(struct job *job, DIR *directory) {
  closedir(directory);
  return seen_count == ENTRY_COUNT || job_complain(job, "readdir: %u entries of %u", seen_count, ENTRY_COUNT);
}

/* The number in `eNNNNN`, or ENTRY_COUNT if the name is not of this form. */
static uint32_t entry_number(const char *name) {
  uint32_t number = 0;
  if (strlen(name) != 6 || name[0] != 'e')
    return ENTRY_COUNT;
  for (unsigned i = 1; i < 6; i++) {
    if (name[i] < '0' || name[i] > '9')
      return ENTRY_COUNT;
    number = number * 10 + (uint32_t)(name[i] - '0');
  }
  return number < ENTRY_COUNT ? number : ENTRY_COUNT;
}

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

/* NULL at the end, and after an entry that is unknown, was seen before in this pass, or is no plain file. */
static const struct dirent *next_entry(struct job *job, DIR *directory) {
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(directory);
  } while (entry && is_dots(entry->d_name));
  if (!entry && errno)
    job_complain(job, "readdir: %s", strerror(errno));
  if (!entry)
    return NULL;
  uint32_t number = entry_number(entry->d_name);
  bool plain = entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
  if (number == ENTRY_COUNT || seen[number] == pass || !plain) {
    job_complain(job, "readdir: the entry '%s' is wrong", entry->d_name);
    return NULL;
  }
  seen[number] = pass;
  seen_count++;
  return entry;
}

static void prepare_listing(struct job *job) { (void)job; }

static bool perform_names(struct job *job) {
  DIR *directory = begin_pass(job);
  while (next_entry(job, directory))
    ;
  return end_pass(job, directory);
}

/* One entry: a whole pass may last longer than the measurement. */
static bool perform_entry(struct job *job) {
  static DIR *directory;
  if (!directory)
    directory = begin_pass(job);
  const struct dirent *entry = next_entry(job, directory);
  if (!entry) {
    bool whole = end_pass(job, directory);
    directory = begin_pass(job);
    entry = whole ? next_entry(job, directory) : NULL;
  }
  struct stat found;
  if (!entry)
    return job_complain(job, "readdir: no entry");
  if (fstatat(dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) < 0)
    return job_complain(job, "stat: %s", strerror(errno));
  return (S_ISREG(found.st_mode) && found.st_size == 0) || job_complain(job, "stat: wrong attributes");
}

const struct operation names_operation = {prepare_listing, perform_names, NULL};
const struct operation entry_operation = {prepare_listing, perform_entry, NULL};
