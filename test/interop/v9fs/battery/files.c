/* What is in a file: creating, reading, writing, sizes. */
#include "battery.h"

static void create_and_read_back(void) {
  put("f", "hello, world\n");
  holds("f", "hello, world\n");
  put("f", "");
  holds("f", "");
}

static void exclusive_create(void) {
  must(close(must(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644))));
  refused(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  must(close(must(open("f", O_WRONLY | O_CREAT, 0644))));
}

/* The mode of a new file is not held against the open that makes it. */
static void create_read_only_for_writing(void) {
  int fd = must(open("f", O_RDWR | O_CREAT | O_EXCL, 0444));
  write_all(fd, "abc", 3);
  must(close(fd));
  holds("f", "abc");
}

/* 0640, since 9P2000 takes from a new file's mode what its directory lacks, and this directory is 0755. */
static void create_mode(void) {
  struct stat attributes;
  must(close(must(open("f", O_WRONLY | O_CREAT, 0640))));
  must(stat("f", &attributes));
  same(attributes.st_mode, S_IFREG | 0640);
  must(mkdir("d", 0750));
  must(stat("d", &attributes));
  same(attributes.st_mode, S_IFDIR | 0750);
}

static void append(void) {
  put("f", "one\n");
  int fd = must(open("f", O_WRONLY | O_APPEND));
  write_all(fd, "two\n", 4);
  must(lseek(fd, 0, SEEK_SET));
  write_all(fd, "three\n", 6);
  must(close(fd));
  holds("f", "one\ntwo\nthree\n");
}

enum { WRITERS = 2, LINES = 60, LINE = 16 };

static void append_lines(void *who) {
  int fd = must(open("f", O_WRONLY | O_APPEND));
  for (int i = 0; i < LINES; i++) {
    char line[LINE + 1];
    snprintf(line, sizeof line, "%c%014d\n", (char)(intptr_t)who, i);
    same(write(fd, line, LINE), LINE);
  }
  must(close(fd));
}

/* Every line is there, whole, and each writer's in its order. */
static void two_writers_append(void) {
  put("f", "");
  pid_t a = split(append_lines, (void *)'a'), b = split(append_lines, (void *)'b');
  join(a);
  join(b);
  same(size_of("f"), WRITERS * LINES * LINE);
  char text[WRITERS * LINES * LINE];
  int fd = must(open("f", O_RDONLY)), next[WRITERS] = {0};
  same(pread_all(fd, text, sizeof text, 0), sizeof text);
  for (size_t at = 0; at < sizeof text; at += LINE) {
    char line[LINE + 1];
    int who = text[at] - 'a';
    if (who < 0 || who >= WRITERS) fail("a torn line at %zu", at);
    snprintf(line, sizeof line, "%c%014d\n", 'a' + who, next[who]++);
    if (memcmp(line, text + at, LINE) != 0) fail("a torn or misplaced line at %zu", at);
  }
}

static void truncate_by_name(void) {
  put("f", "0123456789");
  must(truncate("f", 4));
  holds("f", "0123");
  must(truncate("f", 0));
  holds("f", "");
}

static void truncate_extends_with_zeros(void) {
  char text[9000], zeros[9000] = {0};
  put("f", "0123456789");
  must(truncate("f", 3));
  must(truncate("f", sizeof text));
  same(size_of("f"), sizeof text);
  int fd = must(open("f", O_RDONLY));
  same(pread_all(fd, text, sizeof text, 0), sizeof text);
  check(memcmp(text, "012", 3) == 0);
  check(memcmp(text + 3, zeros, sizeof text - 3) == 0);
}

static void ftruncate_open_file(void) {
  struct stat attributes;
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "0123456789", 10);
  must(ftruncate(fd, 5));
  must(fstat(fd, &attributes));
  same(attributes.st_size, 5);
  pwrite_all(fd, "x", 1, 7);
  must(close(fd));
  int again = must(open("f", O_RDONLY));
  char text[16];
  same(pread_all(again, text, sizeof text, 0), 8);
  check(memcmp(text, "01234\0\0x", 8) == 0);
}

/* The length of an open file may be changed whatever its mode has become. */
static void ftruncate_without_permission(void) {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "0123456789", 10);
  must(fchmod(fd, 0));
  must(ftruncate(fd, 2));
  same(size_of("f"), 2);
}

static void open_truncates(void) {
  put("f", "a long text");
  int fd = must(open("f", O_WRONLY | O_TRUNC));
  same(size_of("f"), 0);
  write_all(fd, "short", 5);
  must(close(fd));
  holds("f", "short");
}

static void sparse_file(void) {
  enum { HOLE = 1 << 20 };
  unsigned char *text = malloc(HOLE + 3);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pwrite_all(fd, "end", 3, HOLE);
  same(size_of("f"), HOLE + 3);
  same(pread_all(fd, text, HOLE + 3, 0), HOLE + 3);
  for (int i = 0; i < HOLE; i++)
    if (text[i] != 0) fail("byte %d of the hole is 0x%02x", i, text[i]);
  check(memcmp(text + HOLE, "end", 3) == 0);
}

static void beyond_4_gib(void) {
  const off_t far = (off_t)5 << 30;
  char text[4];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pwrite_all(fd, "far", 3, far);
  same(size_of("f"), far + 3);
  same(pread(fd, text, sizeof text, far - 1), 4);
  check(memcmp(text, "\0far", 4) == 0);
  must(ftruncate(fd, far));
  same(size_of("f"), far);
}

static void read_past_the_end(void) {
  char text[64];
  put("f", "0123456789");
  int fd = must(open("f", O_RDONLY));
  same(pread(fd, text, sizeof text, 10), 0);
  same(pread(fd, text, sizeof text, 1000000), 0);
  same(pread(fd, text, sizeof text, 7), 3);
  check(memcmp(text, "789", 3) == 0);
}

static void size_after_write(void) {
  struct stat attributes;
  int fd = must(open("f", O_WRONLY | O_CREAT, 0644));
  for (int n = 1; n <= 5; n++) {
    write_all(fd, "0123456", 7);
    must(fstat(fd, &attributes));
    same(attributes.st_size, 7 * n);
    same(size_of("f"), 7 * n);
  }
  must(close(fd));
  same(size_of("f"), 35);
}

/* Longer than any message, at odd places. */
static void large_unaligned_transfers(void) {
  enum { LENGTH = 700001, START = 12345 };
  unsigned char *out = malloc(LENGTH), *in = malloc(LENGTH);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pattern(out, LENGTH, START, 1);
  pwrite_all(fd, out, LENGTH, START);
  must(close(fd));
  fd = must(open("f", O_RDONLY));
  same(size_of("f"), START + LENGTH);
  same(pread_all(fd, in, LENGTH, START), LENGTH);
  must_match(in, out, LENGTH, START);
  for (off_t at = 1; at < LENGTH - 70000; at += 65521) {
    same(pread_all(fd, in, 4097, START + at), 4097);
    must_match(in, out + at, 4097, START + at);
  }
}

enum { STRIPE = 4099, STRIPES = 12, STRIPE_WRITERS = 4 };

static void write_stripes(void *who) {
  unsigned char stripe[STRIPE];
  int fd = must(open("f", O_WRONLY));
  for (int i = (int)(intptr_t)who; i < STRIPES * STRIPE_WRITERS; i += STRIPE_WRITERS) {
    pattern(stripe, STRIPE, (off_t)i * STRIPE, 2);
    pwrite_all(fd, stripe, STRIPE, (off_t)i * STRIPE);
  }
  must(close(fd));
}

static void writers_of_disjoint_ranges(void) {
  static unsigned char actual[STRIPE * STRIPES * STRIPE_WRITERS], expected[sizeof actual];
  pid_t writers[STRIPE_WRITERS];
  put("f", "");
  for (intptr_t i = 0; i < STRIPE_WRITERS; i++) writers[i] = split(write_stripes, (void *)i);
  for (int i = 0; i < STRIPE_WRITERS; i++) join(writers[i]);
  int fd = must(open("f", O_RDONLY));
  same(pread_all(fd, actual, sizeof actual, 0), sizeof actual);
  pattern(expected, sizeof expected, 0, 2);
  must_match(actual, expected, sizeof actual, 0);
}

/* Any sequence of writes, truncations and reads gives what the same sequence gives in memory. */
static void random_operations(void) {
  enum { ROOM = 200000, OPERATIONS = 150 };
  static unsigned char model[ROOM], actual[ROOM];
  size_t length = 0;
  unsigned state = 20261;
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  for (int i = 0; i < OPERATIONS; i++) {
    state = state * 1103515245 + 12345;
    size_t at = (state >> 8) % (ROOM / 2), count = (state >> 4) % (ROOM / 2 / (1 + (state >> 28)));
    switch (state >> 16 & 3) {
      case 0: /* truncate or extend */
        must(ftruncate(fd, at));
        if (at > length) memset(model + length, 0, at - length);
        length = at;
        break;
      case 1:
      case 2: /* write */
        if (count == 0) break;
        if (at > length) memset(model + length, 0, at - length);
        pattern(model + at, count, at, i);
        pwrite_all(fd, model + at, count, at);
        if (at + count > length) length = at + count;
        break;
      case 3: { /* read */
        size_t left = at < length ? length - at : 0;
        same(pread_all(fd, actual, count, at), count < left ? count : left);
        must_match(actual, model + at, count < left ? count : left, at);
      }
    }
  }
  same(size_of("f"), length);
  must(close(fd));
  fd = must(open("f", O_RDONLY));
  same(pread_all(fd, actual, ROOM, 0), length);
  must_match(actual, model, length, 0);
}

static void two_open_files_agree(void) {
  char text[8];
  int one = must(open("f", O_RDWR | O_CREAT, 0644)), two = must(open("f", O_RDWR));
  pwrite_all(one, "abcd", 4, 0);
  same(pread(two, text, sizeof text, 0), 4);
  pwrite_all(two, "XY", 2, 1);
  same(pread(one, text, sizeof text, 0), 4);
  check(memcmp(text, "aXYd", 4) == 0);
}

static void sync_file(void) {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "abc", 3);
  must(fsync(fd));
  write_all(fd, "def", 3);
  must(fdatasync(fd));
  must(close(fd));
  holds("f", "abcdef");
  fd = must(open("f", O_WRONLY | O_SYNC));
  write_all(fd, "ABC", 3);
  must(close(fd));
  holds("f", "ABCdef");
}

/*
 * The client's limits. In 9P2000 a file is opened for appending by nothing in the message: v9fs writes at the size that
 * it knows of, and in cache=none takes no lock over that, so two writers overwrite each other. (9P2000.u has a bit for
 * it in Topen's mode, 0x80, and 9P2000.L the flag.)
 *
 * In cache=loose it opens a file that is open for writing once more, to write it back later. To a new file of mode 0444
 * this is forbidden, unless root serves.
 */
const struct test file_tests[] = {
    {"create and read back", EVERYWHERE, create_and_read_back},
    {"exclusive create", EVERYWHERE, exclusive_create},
    {"create a read-only file and write to it", UNCACHED, create_read_only_for_writing},
    {"mode of a new file", EVERYWHERE, create_mode},
    {"append", EVERYWHERE, append},
    {"two writers append", DOTL | DOTU | PLAIN_LOOSE, two_writers_append},
    {"truncate", EVERYWHERE, truncate_by_name},
    {"truncate extends with zeros", EVERYWHERE, truncate_extends_with_zeros},
    {"ftruncate", EVERYWHERE, ftruncate_open_file},
    {"ftruncate without permission", EVERYWHERE, ftruncate_without_permission},
    {"open with O_TRUNC", EVERYWHERE, open_truncates},
    {"sparse file", EVERYWHERE, sparse_file},
    {"beyond 4 GiB", EVERYWHERE, beyond_4_gib},
    {"read past the end", EVERYWHERE, read_past_the_end},
    {"size after write", EVERYWHERE, size_after_write},
    {"large unaligned transfers", EVERYWHERE, large_unaligned_transfers},
    {"writers of disjoint ranges", EVERYWHERE, writers_of_disjoint_ranges},
    {"random operations against a model", EVERYWHERE, random_operations},
    {"two open files agree", EVERYWHERE, two_open_files_agree},
    {"fsync and fdatasync", EVERYWHERE, sync_file},
    {0},
};
