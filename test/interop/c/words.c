/* The words of words.h. */
#include "words.h"
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>

enum { ORDINARY_USER = 12345, FAILED = 1 };

int reasons = STDERR_FILENO;

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vdprintf(reasons, format, arguments);
  va_end(arguments);
  _exit(FAILED);
}

long must_succeed(long result, const char *call) {
  if (result == -1) fail("%s: %s", call, strerror(errno));
  return result;
}

void must_be_refused(long result, const char *call, const int *numbers) {
  int number = errno;
  if (result != -1) fail("%s succeeded, where %s is due", call, strerrorname_np(numbers[0]));
  for (const int *n = numbers; *n; n++)
    if (*n == number) return;
  fail("%s: %s (%d), where %s is due", call, strerror(number), number, strerrorname_np(numbers[0]));
}

void must_be_same(long long actual, long long expected, const char *what) {
  if (actual != expected) fail("%s is %lld (0x%llx), not %lld", what, actual, actual, expected);
}

void write_all(int fd, const void *data, size_t length) {
  for (size_t done = 0; done < length;) {
    long n = must(write(fd, (const char *)data + done, length - done));
    if (n == 0) fail("write gave 0 of %zu bytes", length - done);
    done += n;
  }
}

void pwrite_all(int fd, const void *data, size_t length, off_t offset) {
  for (size_t done = 0; done < length;) {
    long n = must(pwrite(fd, (const char *)data + done, length - done, offset + done));
    if (n == 0) fail("pwrite gave 0 of %zu bytes", length - done);
    done += n;
  }
}

/* Reads until `length` or the end of the file. */
size_t pread_all(int fd, void *into, size_t length, off_t offset) {
  size_t done = 0;
  while (done < length) {
    long n = must(pread(fd, (char *)into + done, length - done, offset + done));
    if (n == 0) break;
    done += n;
  }
  return done;
}

void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd == -1) fail("making %.40s: %s", path, strerror(errno));
  write_all(fd, text, strlen(text));
  must(close(fd));
}

void holds(const char *path, const char *text) {
  size_t length = strlen(text);
  char actual[1024];
  int fd = open(path, O_RDONLY);
  if (fd == -1) fail("opening %.40s: %s", path, strerror(errno));
  size_t n = pread_all(fd, actual, sizeof actual, 0);
  must(close(fd));
  if (n != length || memcmp(actual, text, n) != 0) fail("%.40s holds '%.*s', not '%s'", path, (int)n, actual, text);
}

off_t size_of(const char *path) {
  struct stat attributes;
  must(stat(path, &attributes));
  return attributes.st_size;
}

bool exists(const char *path) {
  struct stat attributes;
  if (lstat(path, &attributes) == 0) return true;
  if (errno != ENOENT) fail("lstat of %.40s: %s", path, strerror(errno));
  return false;
}

void pattern(unsigned char *into, size_t length, off_t offset, unsigned seed) {
  for (size_t i = 0; i < length; i++) {
    uint64_t place = offset + i;
    into[i] = (unsigned char)((place * 2654435761u >> 7) ^ place ^ (seed * 97u + 1));
  }
}

void must_match(const unsigned char *actual, const unsigned char *expected, size_t length, off_t offset) {
  for (size_t i = 0; i < length; i++)
    if (actual[i] != expected[i])
      fail("byte %lld is 0x%02x, not 0x%02x", (long long)offset + (long long)i, actual[i], expected[i]);
}

pid_t split(void (*run)(void *), void *argument) {
  pid_t pid = must(fork());
  if (pid > 0) return pid;
  run(argument);
  _exit(0);
}

void join(pid_t pid) {
  int status;
  must(waitpid(pid, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == FAILED) _exit(FAILED); /* it has said why */
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("a child ended with status 0x%x", status);
}

void in_child(void (*run)(void *), void *argument) {
  join(split(run, argument));
}

void pause_ms(unsigned milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&time, NULL);
}

bool become_ordinary_user(void) {
  if (getuid() != 0) return false;
  must(setgid(ORDINARY_USER));
  must(setuid(ORDINARY_USER));
  return true;
}
