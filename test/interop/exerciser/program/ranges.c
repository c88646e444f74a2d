/* One file, and several processes that each have a range of it, or append to it. */
#include "exerciser.h"
#include <sys/mman.h>

enum { PROCESSES = 4, RANGE = 150001, RECORD = 511, BLOCK = 4096 };

static char path[400];

static struct plan {
  uint64_t seed;
  /* Of each process. */
  unsigned long operations;
  bool mixed;
} plan;

/* What a process knows of its range, of which it alone writes. */
static unsigned char model[RANGE];
static off_t start;
static int fd, flags;

static void must_hold(const unsigned char *actual, off_t at, size_t length, const char *how) {
  for (size_t i = 0; i < length; i++)
    if (actual[i] != model[at + i])
      wrong("%s: byte %lld is 0x%02x, not 0x%02x", how, (long long)(start + at + i), actual[i], model[at + i]);
}

static void read_range(void) {
  unsigned char bytes[RANGE];
  off_t at = below(RANGE);
  size_t length = below(RANGE - at);
  note("%lld: read at %lld, %zu bytes", (long long)start, (long long)at, length);
  must_equal(pread_all(fd, bytes, length, start + at), length, "the bytes read");
  must_hold(bytes, at, length, "a read");
}

static void write_range(void) {
  static unsigned serial;
  unsigned char bytes[RANGE];
  off_t at = below(RANGE);
  size_t length = one_in(2) ? below(RANGE - at) : below(RANGE - at < 3000 ? RANGE - at : 3000);
  note("%lld: write at %lld, %zu bytes", (long long)start, (long long)at, length);
  pattern(bytes, length, at, ++serial + start);
  must_equal(does(pwrite(fd, bytes, length, start + at)), length, "the bytes written");
  memcpy(model + at, bytes, length);
}

/* Pages are shared with the neighbours. */
static void map_range(void) {
  if (flags) return;
  off_t first = start & -BLOCK;
  size_t length = start + RANGE - first;
  unsigned char *mapping = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first);
  if (mapping == MAP_FAILED) wrong("mmap: %s", strerror(errno));
  unsigned char *bytes = mapping + (start - first);
  note("%lld: mapped", (long long)start);
  must_hold(bytes, 0, RANGE, "a mapping");
  off_t at = below(RANGE);
  size_t count = below(RANGE - at);
  pattern(model + at, count, at, below(1000));
  memcpy(bytes + at, model + at, count);
  add_note(", written at %lld, %zu bytes", (long long)at, count);
  if (one_in(2)) does(msync(mapping, length, MS_SYNC));
  does(munmap(mapping, length));
}

static void open_range(void) {
  note("%lld: opened again", (long long)start);
  if (fd > 0) does(close(fd));
  fd = does(open(path, O_RDWR | flags));
}

static void settle_range(void) {
  does(fsync(fd));
}

static const struct choice range_choices[] = {
  {10, read_range}, {10, write_range}, {3, map_range}, {2, open_range}, {1, settle_range},
};

/* In pages that the kernel has, a direct write of a neighbour's and a mapped one of ours do not go together. */
static void work_on_range(unsigned place) {
  seed_random(plan.seed + place);
  start = (off_t)place * RANGE;
  flags = !plan.mixed ? 0 : place % 2 ? O_SYNC : O_DIRECT;
  open_range();
  for (unsigned long i = 0; i < plan.operations; i++) CHOOSE(range_choices)();
  fd = does(open(path, O_RDONLY));
  unsigned char bytes[RANGE];
  must_equal(pread_all(fd, bytes, RANGE, start), RANGE, "the length in the end");
  must_hold(bytes, 0, RANGE, "in the end");
}

static void make(const char *directory, off_t size) {
  snprintf(path, sizeof path, "%s/shared-%d", directory, (int)getpid());
  int made = does(open(path, O_RDWR | O_CREAT | O_EXCL, 0644));
  does(ftruncate(made, size));
  does(close(made));
}

void exercise_ranges(const char *directory, uint64_t seed, unsigned long operations, bool mixed) {
  plan = (struct plan){seed, operations / PROCESSES, mixed};
  make(directory, (off_t)PROCESSES * RANGE);
  in_processes(PROCESSES, work_on_range);
  must_equal(size_of(path), (off_t)PROCESSES * RANGE, "the size in the end");
  does(unlink(path));
}

/* A record says whose it is, and the how manieth of his. */
static void record_of(unsigned process, unsigned long number, unsigned char *into) {
  pattern(into, RECORD, number, process);
  memcpy(into, &process, sizeof process);
  memcpy(into + sizeof process, &number, sizeof number);
}

static void append_records(unsigned process) {
  unsigned char record[RECORD];
  int own = does(open(path, O_WRONLY | O_APPEND));
  for (unsigned long i = 0; i < plan.operations; i++) {
    record_of(process, i, record);
    must_equal(does(write(own, record, RECORD)), RECORD, "the bytes appended");
    if (i % 50 != 49) continue;
    does(close(own));
    own = does(open(path, O_WRONLY | O_APPEND));
  }
}

void exercise_appends(const char *directory, unsigned long operations) {
  unsigned long next[PROCESSES] = {0};
  plan = (struct plan){.operations = operations / PROCESSES};
  make(directory, 0);
  in_processes(PROCESSES, append_records);
  must_equal(size_of(path), plan.operations * PROCESSES * RECORD, "the size in the end");
  int whole = does(open(path, O_RDONLY));
  unsigned char actual[RECORD], expected[RECORD];
  while (pread_all(whole, actual, RECORD, lseek(whole, 0, SEEK_CUR)) == RECORD) {
    unsigned process;
    memcpy(&process, actual, sizeof process);
    if (process >= PROCESSES) wrong("at %lld begins no record", (long long)lseek(whole, 0, SEEK_CUR));
    record_of(process, next[process]++, expected);
    if (memcmp(actual, expected, RECORD) != 0) wrong("record %lu of %u is another", next[process] - 1, process);
    does(lseek(whole, RECORD, SEEK_CUR));
  }
  does(close(whole));
  does(unlink(path));
}
