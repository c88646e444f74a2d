/* The words that checks of a mounted tree are written with: what must succeed, what must be refused, files, processes. */
#ifndef WORDS_H
#define WORDS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Where the runner reads why a check failed: a descriptor. */
extern int reasons;

/* Ends the check's process with a reason; also from its children, see `join`. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The call must succeed; its result. */
#define must(call) must_succeed((long)(call), #call)
/* The call must fail, with one of these numbers. */
#define refused(call, ...) must_be_refused((long)(call), #call, (const int[]){__VA_ARGS__, 0})
/* What must hold. */
#define check(condition)                       \
  do {                                         \
    if (!(condition)) fail("%s", #condition);  \
  } while (0)
/* Two numbers that must be the same. */
#define same(actual, expected) must_be_same((long long)(actual), (long long)(expected), #actual)

long must_succeed(long result, const char *call);
void must_be_refused(long result, const char *call, const int *numbers);
void must_be_same(long long actual, long long expected, const char *what);

/* Files: text in and out, sizes, and a pattern in which each place and each seed differs. */
void put(const char *path, const char *text);
void holds(const char *path, const char *text);
void write_all(int fd, const void *data, size_t length);
void pwrite_all(int fd, const void *data, size_t length, off_t offset);
size_t pread_all(int fd, void *into, size_t length, off_t offset);
off_t size_of(const char *path);
bool exists(const char *path);
void pattern(unsigned char *into, size_t length, off_t offset, unsigned seed);
void must_match(const unsigned char *actual, const unsigned char *expected, size_t length, off_t offset);

/* Processes: `split` runs a function in a child, `join` waits for it and fails if it failed. */
pid_t split(void (*run)(void *), void *argument);
void join(pid_t pid);
void in_child(void (*run)(void *), void *argument);
void pause_ms(unsigned milliseconds);
/* Becomes an ordinary user, when it may. False where it may not. */
bool become_ordinary_user(void);

#endif
