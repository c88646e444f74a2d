/* Several processes at once. */
#include "battery.h"
#include <signal.h>
#include <sys/wait.h>

enum { PROCESSES = 8, LINES = 100, ROUNDS = 25 };

static void all_at_once(void (*run)(void *)) {
  pid_t all[PROCESSES];
  for (intptr_t i = 0; i < PROCESSES; i++) all[i] = split(run, (void *)i);
  for (int i = 0; i < PROCESSES; i++) join(all[i]);
}

static void append_lines(void *who) {
  char line[32];
  int fd = must(open("log", O_WRONLY | O_APPEND));
  for (int i = 0; i < LINES; i++) {
    int length = snprintf(line, sizeof line, "%d says %d\n", (int)(intptr_t)who, i);
    same(write(fd, line, length), length);
  }
}

CHECK("at once - lines that are appended are all there, each process's in order") {
  int next[PROCESSES] = {0}, who, number;
  put("log", "");
  all_at_once(append_lines);
  FILE *log = fopen("log", "r");
  check(log);
  for (int i = 0; i < PROCESSES * LINES; i++) {
    if (fscanf(log, "%d says %d\n", &who, &number) != 2) fail("line %d is none", i);
    same(number, next[who]);
    next[who]++;
  }
  check(fgetc(log) == EOF);
}

static void make_the_same_names(void *unused) {
  (void)unused;
  char name[32];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(name, sizeof name, "lock-%d", i);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd == -1) same(errno, EEXIST);
    else write_all(must(open("winners", O_WRONLY | O_APPEND)), "x", 1);
  }
}

CHECK("at once - O_EXCL lets one win") {
  put("winners", "");
  all_at_once(make_the_same_names);
  same(size_of("winners"), ROUNDS);
}

static void make_the_same_directories(void *unused) {
  (void)unused;
  char name[32];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(name, sizeof name, "lock-%d", i);
    if (mkdir(name, 0755) == -1) same(errno, EEXIST);
    else write_all(must(open("winners", O_WRONLY | O_APPEND)), "x", 1);
  }
}

CHECK("at once - mkdir lets one win") {
  put("winners", "");
  all_at_once(make_the_same_directories);
  same(size_of("winners"), ROUNDS);
}

static void link_the_same_name(void *who) {
  char name[32];
  snprintf(name, sizeof name, "f-%d", (int)(intptr_t)who);
  put(name, name);
  if (link(name, "lock") == -1) same(errno, EEXIST);
  else write_all(must(open("winners", O_WRONLY | O_APPEND)), "x", 1);
}

CHECK("at once - link lets one win") {
  put("winners", "");
  all_at_once(link_the_same_name);
  holds("winners", "x");
  same(links_of("lock"), 2);
}

static void unlink_the_same_names(void *unused) {
  (void)unused;
  char name[32];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(name, sizeof name, "f-%d", i);
    if (unlink(name) == -1) same(errno, ENOENT);
    else write_all(must(open("winners", O_WRONLY | O_APPEND)), "x", 1);
  }
}

CHECK("at once - unlink lets one win") {
  char name[32];
  for (int i = 0; i < ROUNDS; i++) snprintf(name, sizeof name, "f-%d", i), put(name, "");
  put("winners", "");
  all_at_once(unlink_the_same_names);
  same(size_of("winners"), ROUNDS);
}

static void make_and_remove(void *who) {
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

CHECK("at once - files made, renamed and removed in one directory") {
  all_at_once(make_and_remove);
}

static void count_under_lock(void *unused) {
  (void)unused;
  char text[16] = "";
  int fd = must(open("counter", O_RDWR));
  for (int i = 0; i < ROUNDS; i++) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    must(fcntl(fd, F_SETLKW, &lock));
    long length = must(pread(fd, text, sizeof text - 1, 0));
    text[length] = 0;
    length = snprintf(text, sizeof text, "%d", atoi(text) + 1);
    pwrite_all(fd, text, length, 0);
    lock.l_type = F_UNLCK;
    must(fcntl(fd, F_SETLK, &lock));
  }
}

CHECK("at once - a counter under a lock counts all") {
  char due[16];
  put("counter", "0");
  all_at_once(count_under_lock);
  snprintf(due, sizeof due, "%d", PROCESSES * ROUNDS);
  holds("counter", due);
}

static void write_own_places(void *who) {
  unsigned char block[512];
  int fd = must(open("f", O_RDWR));
  for (int i = 0; i < ROUNDS * 4; i++) {
    off_t place = ((off_t)i * PROCESSES + (intptr_t)who) * sizeof block;
    pattern(block, sizeof block, place, 1);
    pwrite_all(fd, block, sizeof block, place);
  }
}

CHECK("at once - eight write one file, each its own places") {
  enum { LENGTH = ROUNDS * 4 * PROCESSES * 512 };
  static unsigned char in[LENGTH], due[LENGTH];
  put("f", "");
  all_at_once(write_own_places);
  pattern(due, LENGTH, 0, 1);
  same(pread_all(must(open("f", O_RDONLY)), in, LENGTH, 0), LENGTH);
  must_match(in, due, LENGTH, 0);
}

static void write_for_ever(void *who) {
  static unsigned char text[400000];
  char name[32];
  snprintf(name, sizeof name, "f-%d", (int)(intptr_t)who % 2);
  for (;;) {
    int fd = must(open(name, O_RDWR | O_CREAT, 0644));
    pwrite_all(fd, text, sizeof text, 0);
    pread_all(fd, text, sizeof text, 0);
    must(close(fd));
  }
}

CHECK("at once - processes that are killed in the middle of a call do no harm") {
  int status;
  for (intptr_t i = 0; i < 8; i += 2) {
    pid_t one = split(write_for_ever, (void *)i), two = split(write_for_ever, (void *)(i + 1));
    pause_ms(20 + 7 * i);
    must(kill(one, SIGKILL)), must(kill(two, SIGKILL));
    must(waitpid(one, &status, 0)), same(WTERMSIG(status), SIGKILL);
    must(waitpid(two, &status, 0)), same(WTERMSIG(status), SIGKILL);
  }
  put("f-0", "whole");
  holds("f-0", "whole");
}

static void list_and_look(void *who) {
  char name[32];
  struct stat s;
  for (int i = 0; i < ROUNDS * 4; i++) {
    snprintf(name, sizeof name, "f-%d", i % ROUNDS);
    if ((intptr_t)who % 2) {
      if (stat(name, &s) == -1) same(errno, ENOENT);
    } else if (i % 2) {
      int fd = open(name, O_WRONLY | O_CREAT, 0644);
      must(fd);
      must(close(fd));
    } else if (unlink(name) == -1) {
      same(errno, ENOENT);
    }
  }
}

CHECK("at once - a name that comes and goes is there or not, and nothing else") {
  all_at_once(list_and_look);
}
