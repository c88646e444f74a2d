/* The data of one file, beside a model of it in memory. */
#include "data.h"
#include <sys/mman.h>

struct model model;
struct descriptor descriptors[2];

static unsigned long serial;
static bool two_descriptors;

struct descriptor *any(void) {
  return &descriptors[two_descriptors ? below(2) : 0];
}

/* Near the borders of pages, of requests and of buffers, mostly. */
off_t place(off_t limit) {
  static const off_t borders[] = {4096, 128 << 10, 1 << 20};
  off_t border, at;
  switch (below(4)) {
    case 0:
      return below(limit + 1);
    case 1:
      at = below(5 * 4096);
      break;
    default:
      border = borders[below(3)];
      at = below(limit / border + 1) * border + (one_in(3) ? 0 : (off_t)below(81) - 40);
  }
  return at < 0 ? 0 : at > limit ? limit : at;
}

size_t amount(void) {
  switch (below(12)) {
    case 0:
      return below(16);
    case 1:
      return below(1200 << 10);
    case 2:
      return below(300 << 10);
    case 3:
    case 4:
    case 5:
      return below(70 << 10);
    case 6:
      return 4096 << below(7);
    default:
      return below(5000);
  }
}

/* O_DIRECT has to do with whole blocks. */
struct span span_for(const struct descriptor *d, off_t limit) {
  struct span span = {place(limit), amount()};
  if (d->flags & O_DIRECT) {
    span.at &= -BLOCK;
    span.length = (span.length + BLOCK) & -BLOCK;
  }
  if (span.at + (off_t)span.length > MOST) span.length = MOST - span.at;
  return span;
}

unsigned char *fresh(struct span span) {
  static unsigned char bytes[MOST + BLOCK] __attribute__((aligned(BLOCK)));
  pattern(bytes, span.length, span.at, ++serial);
  return bytes;
}

unsigned char *room(void) {
  static unsigned char bytes[MOST + BLOCK] __attribute__((aligned(BLOCK)));
  return bytes;
}

void model_write(off_t at, const void *bytes, size_t length) {
  memcpy(model.content + at, bytes, length);
  if (length && at + (off_t)length > model.size) model.size = at + length;
}

void model_resize(off_t size) {
  if (size < model.size) memset(model.content + size, 0, model.size - size);
  model.size = size;
}

/* How much of a span is there. */
size_t there(struct span span) {
  if (span.at >= model.size) return 0;
  return span.at + (off_t)span.length > model.size ? (size_t)(model.size - span.at) : span.length;
}

void must_hold(const unsigned char *actual, struct span span, const char *how) {
  const unsigned char *expected = model.content + span.at;
  if (memcmp(actual, expected, span.length) == 0) return;
  size_t first = 0, last = span.length - 1, count = 0, zeros = 0;
  while (actual[first] == expected[first]) first++;
  while (actual[last] == expected[last]) last--;
  for (size_t i = first; i <= last; i++) {
    count += actual[i] != expected[i];
    zeros += actual[i] != expected[i] && actual[i] == 0;
  }
  wrong("%s: %zu bytes from %lld to %lld differ, %zu of them are 0; the first is 0x%02x, not 0x%02x", how, count,
        (long long)span.at + (long long)first, (long long)span.at + (long long)last, zeros, actual[first],
        expected[first]);
}

void check_size(void) {
  struct stat attributes;
  does(fstat(any()->fd, &attributes));
  must_equal(attributes.st_size, model.size, "fstat's size");
  must_equal(attributes.st_nlink, model.orphan ? 0 : 1, "fstat's link count");
  if (model.orphan) return;
  does(stat(model.path, &attributes));
  must_equal(attributes.st_size, model.size, "stat's size");
}

/* By one of the descriptors, or by a new one, or by a new mapping. */
void check_content(void) {
  struct span whole = {0, model.size};
  int fd = any()->fd;
  bool own = !model.orphan && one_in(3);
  if (own) fd = does(open(model.path, O_RDONLY));
  if (model.size > 0 && one_in(4)) {
    unsigned char *mapped = mmap(NULL, model.size, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) wrong("mmap: %s", strerror(errno));
    must_hold(mapped, whole, "the whole, mapped");
    does(munmap(mapped, model.size));
  } else {
    unsigned char *bytes = room();
    off_t done = 0;
    for (long n; (n = does(pread(fd, bytes + done, MOST + BLOCK - done, done))) > 0;) done += n;
    must_equal(done, model.size, "the length of the whole");
    must_hold(bytes, whole, own ? "the whole, opened again" : "the whole");
  }
  if (own) does(close(fd));
}

int open_flags(bool second) {
  static const int first_kinds[] = {0, 0, 0, 0, O_APPEND, O_DIRECT, O_SYNC};
  static const int second_kinds[] = {O_APPEND, O_DIRECT, O_APPEND | O_SYNC, 0};
  return O_RDWR | (second ? second_kinds[below(4)] : first_kinds[below(two_descriptors ? 4 : 7)]);
}

/* Other ones may be open, or mapped. */
void open_descriptor(struct descriptor *d) {
  d->flags = open_flags(d != descriptors);
  d->fd = does(open(model.path, d->flags));
}

void open_all(void) {
  open_descriptor(&descriptors[0]);
  if (two_descriptors) open_descriptor(&descriptors[1]);
}

void close_all(void) {
  forget_mapping();
  does(close(descriptors[0].fd));
  if (two_descriptors) does(close(descriptors[1].fd));
}

/* An empty file, of that name. */
void make_file(void) {
  does(close(does(open(model.path, O_RDWR | O_CREAT | O_EXCL, 0644))));
  model_resize(0);
  model.orphan = false;
}

void exercise_data(const char *directory, unsigned long operations, bool two) {
  two_descriptors = two;
  snprintf(model.path, sizeof model.path, "%s/file-%d", directory, (int)getpid());
  snprintf(model.other, sizeof model.other, "%s/other-%d", directory, (int)getpid());
  make_file();
  open_all();
  for (unsigned long i = 0; i < operations; i++) {
    one_data_operation();
    check_size();
    if (one_in(12)) check_content();
  }
  if (model.orphan) make_file();
  close_all();
  does(unlink(model.path));
}
