/* Many processes at once, and processes that are killed in the middle of a call. */
#include "battery.h"
#include <signal.h>
#include <sys/wait.h>

enum { PROCESSES = 6, ROUNDS = 15 };

static void make_and_remove_files(void *who) {
  char name[32], moved[32], text[32];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(name, sizeof name, "f-%d-%d", (int)(intptr_t)who, i);
    snprintf(moved, sizeof moved, "g-%d-%d", (int)(intptr_t)who, i);
    snprintf(text, sizeof text, "%d says %d", (int)(intptr_t)who, i);
    put(name, text);
    must(rename(name, moved));
    holds(moved, text);
    must(unlink(moved));
    check(!exists(name));
  }
}

static void one_directory(void) {
  pid_t all[PROCESSES];
  for (intptr_t i = 0; i < PROCESSES; i++) all[i] = split(make_and_remove_files, (void *)i);
  for (int i = 0; i < PROCESSES; i++) join(all[i]);
  must(chdir(".."));
}

static void make_the_same_file(void *unused) {
  (void)unused;
  int fd = open("one", O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (fd == -1) {
    same(errno, EEXIST);
    return;
  }
  fd = must(open("winners", O_WRONLY | O_APPEND));
  write_all(fd, "x", 1);
}

static void one_winner(void) {
  pid_t all[PROCESSES];
  put("winners", "");
  for (int i = 0; i < PROCESSES; i++) all[i] = split(make_the_same_file, NULL);
  for (int i = 0; i < PROCESSES; i++) join(all[i]);
  holds("winners", "x");
}

enum { LARGE = 400000, KILLED = 12 };

static void read_and_write_for_ever(void *who) {
  static unsigned char text[LARGE];
  char name[32];
  snprintf(name, sizeof name, "f-%d", (int)(intptr_t)who % 2);
  for (;;) {
    int fd = must(open(name, O_RDWR | O_CREAT, 0644));
    pwrite_all(fd, text, LARGE, 0);
    pread_all(fd, text, LARGE, 0);
    must(close(fd));
  }
}

/* Each one dies within some call: the client flushes it (Tflush), and the mount goes on. */
static void killed_processes(void) {
  int status;
  put("f-0", "");
  put("f-1", "");
  for (intptr_t i = 0; i < KILLED; i += 2) {
    pid_t one = split(read_and_write_for_ever, (void *)i), two = split(read_and_write_for_ever, (void *)(i + 1));
    pause_ms(40 + 7 * i);
    must(kill(one, SIGKILL));
    must(kill(two, SIGKILL));
    must(waitpid(one, &status, 0));
    same(WTERMSIG(status), SIGKILL);
    must(waitpid(two, &status, 0));
    same(WTERMSIG(status), SIGKILL);
  }
  put("after", "alive");
  holds("after", "alive");
  put("f-0", "whole");
  holds("f-0", "whole");
}

const struct test process_tests[] = {
    {"many processes in one directory", EVERYWHERE, one_directory},
    {"exclusive create has one winner", EVERYWHERE, one_winner},
    {"killed in the middle of a call", EVERYWHERE, killed_processes},
    {0},
};
