/* Files in memory: mmap(2). */
#include "battery.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PAGE = 4096, LENGTH = 5 * PAGE };

static unsigned char *map(int fd, int protection, int flags) {
  unsigned char *at = mmap(NULL, LENGTH, protection, flags, fd, 0);
  if (at == MAP_FAILED) fail("mmap: %s", strerror(errno));
  return at;
}

static int patterned_file(unsigned char *contents) {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  pattern(contents, LENGTH, 0, 1);
  pwrite_all(fd, contents, LENGTH, 0);
  return fd;
}

CHECK("mmap - private, for reading, and changes that stay private") {
  unsigned char contents[LENGTH], in[LENGTH];
  int fd = patterned_file(contents);
  unsigned char *reading = map(fd, PROT_READ, MAP_PRIVATE), *writing = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  must_match(reading, contents, LENGTH, 0);
  memset(writing, 'x', LENGTH);
  same(pread_all(fd, in, LENGTH, 0), LENGTH);
  must_match(in, contents, LENGTH, 0);
}

CHECK("mmap - shared, what is written there is read from the file") {
  unsigned char contents[LENGTH], in[LENGTH];
  int fd = patterned_file(contents), other = must(open("f", O_RDONLY));
  unsigned char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  memset(at + PAGE, 'x', PAGE), memset(contents + PAGE, 'x', PAGE);
  must(msync(at, LENGTH, MS_SYNC));
  same(pread_all(other, in, LENGTH, 0), LENGTH);
  must_match(in, contents, LENGTH, 0);
  at[3 * PAGE + 7] = 'y', contents[3 * PAGE + 7] = 'y';
  must(munmap(at, LENGTH));
  must(close(fd));
  same(pread_all(must(open("f", O_RDONLY)), in, LENGTH, 0), LENGTH);
  must_match(in, contents, LENGTH, 0);
}

CHECK("mmap - shared, what is written to the file is there") {
  unsigned char contents[LENGTH];
  int fd = patterned_file(contents), other = must(open("f", O_RDWR));
  unsigned char *at = map(fd, PROT_READ, MAP_SHARED);
  must_match(at, contents, LENGTH, 0);
  memset(contents + 2 * PAGE - 10, 'z', 20);
  pwrite_all(other, contents + 2 * PAGE - 10, 20, 2 * PAGE - 10);
  must_match(at, contents, LENGTH, 0);
}

CHECK("mmap - shared and written, its time moves") {
  unsigned char contents[LENGTH];
  int fd = patterned_file(contents);
  unsigned char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  must(futimens(fd, (struct timespec[]){{1, 0}, {1, 0}}));
  at[0] = 'x';
  must(msync(at, LENGTH, MS_SYNC));
  must(munmap(at, LENGTH));
  must(close(fd));
  check(look("f").st_mtime > 1000000000);
}

CHECK("mmap - outlives its descriptor and its name") {
  unsigned char contents[LENGTH];
  int fd = patterned_file(contents);
  unsigned char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  must(close(fd));
  must(unlink("f"));
  must_match(at, contents, LENGTH, 0);
  memset(at, 'x', LENGTH);
  must(msync(at, LENGTH, MS_SYNC));
}

CHECK("mmap - zeroes behind the end of the file, within its page") {
  unsigned char zeroes[PAGE] = {0};
  put("f", "text");
  unsigned char *at = map(must(open("f", O_RDWR)), PROT_READ | PROT_WRITE, MAP_SHARED);
  check(memcmp(at, "text", 4) == 0);
  must_match(at + 4, zeroes, PAGE - 4, 4);
  at[0] = 'T';
  must(msync(at, PAGE, MS_SYNC));
  holds("f", "Text");
  same(size_of("f"), 4);
}

CHECK("mmap - a page beyond the end is SIGBUS") {
  int status;
  put("f", "text");
  pid_t pid = must(fork());
  if (pid == 0) {
    volatile unsigned char *at = map(must(open("f", O_RDONLY)), PROT_READ, MAP_SHARED);
    _exit(at[PAGE]);
  }
  must(waitpid(pid, &status, 0));
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

CHECK("mmap - truncated and grown again, zeroes") {
  unsigned char contents[LENGTH], zeroes[LENGTH] = {0};
  int fd = patterned_file(contents);
  unsigned char *at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  must_match(at, contents, LENGTH, 0);
  must(ftruncate(fd, PAGE + 10));
  must(ftruncate(fd, LENGTH));
  must_match(at, contents, PAGE + 10, 0);
  must_match(at + PAGE + 10, zeroes, LENGTH - PAGE - 10, PAGE + 10);
}

CHECK("mmap - needs a descriptor that can") {
  put("f", "text");
  int reader = must(open("f", O_RDONLY)), writer = must(open("f", O_WRONLY));
  check(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
  check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writer, 0) == MAP_FAILED && errno == EACCES);
}

static void write_in_turn(void *who) {
  unsigned char *at = map(must(open("f", O_RDWR)), PROT_READ | PROT_WRITE, MAP_SHARED);
  for (int i = 0; i < LENGTH / 2; i++) at[2 * i + (intptr_t)who] = 'a' + (intptr_t)who;
}

CHECK("mmap - shared by two processes that both write") {
  unsigned char contents[LENGTH], in[LENGTH];
  int fd = patterned_file(contents);
  pid_t one = split(write_in_turn, (void *)0), two = split(write_in_turn, (void *)1);
  join(one), join(two);
  for (int i = 0; i < LENGTH; i++) contents[i] = 'a' + i % 2;
  same(pread_all(fd, in, LENGTH, 0), LENGTH);
  must_match(in, contents, LENGTH, 0);
}
