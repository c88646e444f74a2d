#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t block_of(const struct job *job) { return job->run->workload->block; }

static int open_file(struct job *job, int directory, const char *name, int mode) {
  int file = openat(directory, name, mode | job->run->workload->flags | O_CLOEXEC);
  if (file < 0)
    die("%s: %s", name, strerror(errno));
  return file;
}

/* ---- stat ---- */

static void prepare_nothing(struct job *job) { (void)job; }

static bool perform_stat(struct job *job) {
  struct stat found;
  if (fstatat(job->run->root, "data", &found, AT_SYMLINK_NOFOLLOW) < 0)
    return job_complain(job, "stat: %s", strerror(errno));
  if (found.st_size != FILE_SIZE || !S_ISREG(found.st_mode) || found.st_nlink != 1)
    return job_complain(job, "stat: wrong attributes");
  return true;
}

/* ---- reads ---- */

static void prepare_read(struct job *job) {
  job->file = open_file(job, job->run->root, "data", O_RDONLY);
  job->block = content_room(block_of(job));
}

static bool read_block(struct job *job, uint64_t offset) {
  ssize_t count = pread(job->file, job->block, block_of(job), (off_t)offset);
  if (count < 0)
    return job_complain(job, "read: %s", strerror(errno));
  if (count != block_of(job))
    return job_complain(job, "read: %zd bytes of %u", count, block_of(job));
  job->bytes = (uint64_t)count;
  return true;
}

static bool perform_random_read(struct job *job) {
  uint64_t offset = job_random(job) % (FILE_SIZE / block_of(job)) * block_of(job);
  if (!read_block(job, offset))
    return false;
  if (!content_holds(job->block, block_of(job), offset, DATA_SEED))
    return job_complain(job, "read: wrong data at %" PRIu64, offset);
  return true;
}

static uint64_t next_offset(const struct job *job) { return job->next * block_of(job) % FILE_SIZE; }

static bool perform_read(struct job *job) {
  uint64_t offset = next_offset(job);
  if (!read_block(job, offset))
    return false;
  if (!content_looks_right(job->block, block_of(job), offset, DATA_SEED, (uint32_t)(job->next >> 6)))
    return job_complain(job, "read: wrong data at %" PRIu64, offset);
  return true;
}

/* ---- writes ---- */

static void prepare_write(struct job *job) {
  job->file = open_file(job, job->run->root, "scratch", O_RDWR);
  job->block = content_room(block_of(job));
  content_fill(job->block, block_of(job), 0, job->run->seed);
}

static bool perform_write(struct job *job) {
  uint64_t offset = next_offset(job);
  content_move(job->block, block_of(job), offset, job->run->seed);
  ssize_t count = pwrite(job->file, job->block, block_of(job), (off_t)offset);
  if (count < 0)
    return job_complain(job, "write: %s", strerror(errno));
  if (count != block_of(job))
    return job_complain(job, "write: %zd bytes of %u", count, block_of(job));
  job->run->written[offset / block_of(job)] = true;
  job->bytes = (uint64_t)count;
  return true;
}

static void verify_write(struct job *job) {
  for (uint64_t offset = 0; offset < FILE_SIZE; offset += block_of(job))
    if (job->run->written[offset / block_of(job)] &&
        (!read_block(job, offset) || !content_holds(job->block, block_of(job), offset, job->run->seed)))
      job_complain(job, "what was written at %" PRIu64 " is not there", offset);
}

/* ---- create + unlink ---- */

static void prepare_create(struct job *job) {
  job->file = open_file(job, job->run->root, "work", O_RDONLY | O_DIRECTORY);
}

static bool perform_create(struct job *job) {
  char name[32];
  snprintf(name, sizeof name, "e%02" PRIu32 "-%05" PRIu64, job->number, job->next);
  int file = openat(job->file, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
  if (file < 0)
    return job_complain(job, "create: %s", strerror(errno));
  if (close(file) < 0)
    return job_complain(job, "close: %s", strerror(errno));
  if (unlinkat(job->file, name, 0) < 0)
    return job_complain(job, "unlink: %s", strerror(errno));
  return true;
}

/* An empty directory can be removed. */
static void verify_create(struct job *job) {
  if (job->number > 0)
    return;
  if (unlinkat(job->run->root, "work", AT_REMOVEDIR) < 0 || mkdirat(job->run->root, "work", 0755) < 0)
    job_complain(job, "what was unlinked is still there: %s", strerror(errno));
}

const struct operation stat_operation = {prepare_nothing, perform_stat, NULL};
const struct operation random_read_operation = {prepare_read, perform_random_read, NULL};
const struct operation read_operation = {prepare_read, perform_read, NULL};
const struct operation write_operation = {prepare_write, perform_write, verify_write};
const struct operation create_operation = {prepare_create, perform_create, verify_create};
