/* Files in memory: mmap, and a program that runs from the tree. */
#include "battery.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { LENGTH = 50000 };

static void *must_map(int fd, int protection, int flags) {
  void *at = mmap(NULL, LENGTH, protection, flags, fd, 0);
  if (at == MAP_FAILED) fail("mmap: %s", strerror(errno));
  return at;
}

static int make(unsigned char *expected) {
  pattern(expected, LENGTH, 0, 4);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pwrite_all(fd, expected, LENGTH, 0);
  return fd;
}

static void map_and_read(void) {
  static unsigned char expected[LENGTH];
  int fd = make(expected);
  must_match(must_map(fd, PROT_READ, MAP_PRIVATE), expected, LENGTH, 0);
  int reader = must(open("f", O_RDONLY));
  must_match(must_map(reader, PROT_READ, MAP_SHARED), expected, LENGTH, 0);
}

static void map_of_writable_file(void) {
  static unsigned char expected[LENGTH];
  int fd = make(expected);
  must_match(must_map(fd, PROT_READ, MAP_SHARED), expected, LENGTH, 0);
}

static void private_write(void) {
  static unsigned char expected[LENGTH], actual[LENGTH];
  int fd = make(expected);
  unsigned char *at = must_map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  memset(at + 5000, 'x', 10000);
  same(at[4999], expected[4999]);
  same(pread_all(fd, actual, LENGTH, 0), LENGTH);
  must_match(actual, expected, LENGTH, 0);
}

static void shared_write(void) {
  static unsigned char expected[LENGTH], actual[LENGTH];
  int fd = make(expected);
  unsigned char *at = must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  memset(at + 5000, 'x', 10000);
  memset(expected + 5000, 'x', 10000);
  must(msync(at, LENGTH, MS_SYNC));
  must(munmap(at, LENGTH));
  must(close(fd));
  fd = must(open("f", O_RDONLY));
  same(pread_all(fd, actual, LENGTH, 0), LENGTH);
  must_match(actual, expected, LENGTH, 0);
}

/* The battery copies itself into the tree and runs there; without arguments it ends with status 2. */
static void run_from_tree(void) {
  char buffer[65536];
  int from = must(open("/proc/self/exe", O_RDONLY)), to = must(open("program", O_WRONLY | O_CREAT, 0755));
  for (long n; (n = must(read(from, buffer, sizeof buffer))) > 0;) write_all(to, buffer, n);
  must(close(to));
  pid_t pid = must(fork());
  if (pid == 0) {
    must(dup2(must(open("/dev/null", O_WRONLY)), 2));
    execl("./program", "program", (char *)NULL);
    _exit(errno);
  }
  int status;
  must(waitpid(pid, &status, 0));
  check(WIFEXITED(status));
  same(WEXITSTATUS(status), 2);
}

/*
 * The client's limit. In cache=none v9fs refuses a shared mapping that could be written to, also one that is only read
 * so far, if its file is open for writing.
 */
const struct test memory_tests[] = {
    {"mmap to read", EVERYWHERE, map_and_read},
    {"mmap to read, open for writing", CACHED, map_of_writable_file},
    {"mmap to write, private", EVERYWHERE, private_write},
    {"mmap to write, shared", CACHED, shared_write},
    {"run a program", EVERYWHERE, run_from_tree},
    {0},
};
