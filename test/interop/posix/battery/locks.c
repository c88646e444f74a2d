/* Locks: of ranges (fcntl), of open files (OFD), of whole files (flock). */
#include "battery.h"
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

/* A lock that is asked for, and what is due: 0 or EAGAIN. */
struct attempt {
  short type;
  off_t start, length;
  int due;
};

static struct flock range(short type, off_t start, off_t length) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int lock(int fd, int command, short type, off_t start, off_t length) {
  struct flock lock = range(type, start, length);
  return fcntl(fd, command, &lock);
}

static void attempt(void *argument) {
  const struct attempt *asked = argument;
  int fd = must(open("f", O_RDWR));
  if (asked->due == 0) must(lock(fd, F_SETLK, asked->type, asked->start, asked->length));
  else refused(lock(fd, F_SETLK, asked->type, asked->start, asked->length), EAGAIN, EACCES);
}

static void another_process(short type, off_t start, off_t length, int due) {
  in_child(attempt, &(struct attempt){type, start, length, due});
}

static int open_new(void) {
  put("f", "text");
  return must(open("f", O_RDWR));
}

CHECK("fcntl locks - ranges that meet, and those that do not") {
  int fd = open_new();
  must(lock(fd, F_SETLK, F_WRLCK, 100, 50));
  another_process(F_WRLCK, 100, 50, EAGAIN);
  another_process(F_RDLCK, 149, 1, EAGAIN);
  another_process(F_WRLCK, 0, 0, EAGAIN);
  another_process(F_WRLCK, 0, 100, 0);
  another_process(F_WRLCK, 150, 0, 0);
}

CHECK("fcntl locks - shared, made exclusive and shared again") {
  int fd = open_new();
  must(lock(fd, F_SETLK, F_RDLCK, 0, 10));
  another_process(F_RDLCK, 0, 10, 0);
  another_process(F_WRLCK, 0, 10, EAGAIN);
  must(lock(fd, F_SETLK, F_WRLCK, 2, 4));
  another_process(F_RDLCK, 0, 2, 0);
  another_process(F_RDLCK, 2, 4, EAGAIN);
  another_process(F_RDLCK, 6, 4, 0);
  must(lock(fd, F_SETLK, F_RDLCK, 0, 10));
  another_process(F_RDLCK, 0, 10, 0);
}

CHECK("fcntl locks - a part is given back") {
  int fd = open_new();
  must(lock(fd, F_SETLK, F_WRLCK, 0, 30));
  must(lock(fd, F_SETLK, F_UNLCK, 10, 10));
  another_process(F_WRLCK, 10, 10, 0);
  another_process(F_WRLCK, 0, 10, EAGAIN);
  another_process(F_WRLCK, 20, 10, EAGAIN);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, 0);
}

CHECK("fcntl locks - one process's own never meet") {
  int one = open_new(), two = must(open("f", O_RDWR));
  must(lock(one, F_SETLK, F_WRLCK, 0, 0));
  must(lock(two, F_SETLK, F_WRLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, EAGAIN);
}

CHECK("fcntl locks - any close of the file by the process gives them back") {
  int one = open_new(), two = must(open("f", O_RDWR));
  must(lock(one, F_SETLK, F_WRLCK, 0, 0));
  must(close(two));
  another_process(F_WRLCK, 0, 0, 0);
  must(lock(one, F_SETLK, F_WRLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, EAGAIN);
  must(close(one));
  another_process(F_WRLCK, 0, 0, 0);
}

static void lock_and_die(void *unused) {
  (void)unused;
  must(lock(must(open("f", O_RDWR)), F_SETLK, F_WRLCK, 0, 0));
}

CHECK("fcntl locks - a process that ends gives them back, its children have none") {
  int fd = open_new();
  in_child(lock_and_die, NULL);
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  pid_t pid = must(fork());
  if (pid == 0) {
    close(fd); /* the child's close is no close of ours */
    _exit(0);
  }
  join(pid);
  another_process(F_WRLCK, 0, 0, EAGAIN);
}

CHECK("fcntl locks - up to the end of time, and relative to the place and the end") {
  const off_t far = (off_t)1 << 40;
  int fd = open_new();
  must(lock(fd, F_SETLK, F_WRLCK, far, 0));
  another_process(F_WRLCK, far + far, 1, EAGAIN);
  another_process(F_WRLCK, 0, far, 0);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  struct flock at_end = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -2, .l_len = 1};
  must(fcntl(fd, F_SETLK, &at_end));
  another_process(F_WRLCK, 2, 1, EAGAIN);
  another_process(F_WRLCK, 3, 0, 0);
}

static void ask_for_holder(void *holder) {
  int fd = must(open("f", O_RDWR));
  struct flock lock = range(F_WRLCK, 0, 0);
  must(fcntl(fd, F_GETLK, &lock));
  same(lock.l_type, F_RDLCK);
  same(lock.l_start, 10), same(lock.l_len, 20);
  same(lock.l_pid, *(pid_t *)holder);
  lock = range(F_RDLCK, 0, 0);
  must(fcntl(fd, F_GETLK, &lock));
  same(lock.l_type, F_UNLCK);
}

CHECK("fcntl locks - F_GETLK says who holds what") {
  pid_t self = getpid();
  int fd = open_new();
  must(lock(fd, F_SETLK, F_RDLCK, 10, 20));
  in_child(ask_for_holder, &self);
}

static void wait_and_mark(void *unused) {
  (void)unused;
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLKW, F_WRLCK, 0, 0));
  write_all(must(open("log", O_WRONLY | O_APPEND)), "waiter\n", 7);
}

CHECK("fcntl locks - F_SETLKW waits") {
  int fd = open_new();
  put("log", "");
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  pid_t waiter = split(wait_and_mark, NULL);
  pause_ms(200);
  write_all(must(open("log", O_WRONLY | O_APPEND)), "holder\n", 7);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  join(waiter);
  holds("log", "holder\nwaiter\n");
}

static void nothing(int signal) {
  (void)signal;
}

static void wait_until_interrupted(void *unused) {
  (void)unused;
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing}, NULL);
  int fd = must(open("f", O_RDWR));
  alarm(1);
  refused(lock(fd, F_SETLKW, F_WRLCK, 0, 0), EINTR);
}

CHECK("fcntl locks - a wait ends with a signal, and got nothing") {
  int fd = open_new();
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  in_child(wait_until_interrupted, NULL);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, 0);
}

CHECK("fcntl locks - who waits can be killed") {
  int status, fd = open_new();
  put("log", "");
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  pid_t waiter = split(wait_and_mark, NULL);
  pause_ms(100);
  must(kill(waiter, SIGKILL));
  must(waitpid(waiter, &status, 0));
  check(WIFSIGNALED(status));
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, 0);
  holds("log", "");
}

CHECK("fcntl locks - need the open mode") {
  put("f", "text");
  refused(lock(must(open("f", O_RDONLY)), F_SETLK, F_WRLCK, 0, 0), EBADF);
  refused(lock(must(open("f", O_WRONLY)), F_SETLK, F_RDLCK, 0, 0), EBADF);
}

CHECK("fcntl locks - go with the file when it is renamed or unlinked") {
  int fd = open_new();
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  must(link("f", "g"));
  must(rename("f", "h"));
  must(rename("g", "f"));
  another_process(F_WRLCK, 0, 0, EAGAIN);
  must(unlink("h"));
  another_process(F_WRLCK, 0, 0, EAGAIN);
}

CHECK("locks of open files - belong to them, not to the process") {
  int one = open_new(), two = must(open("f", O_RDWR));
  must(lock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
  refused(lock(two, F_OFD_SETLK, F_WRLCK, 5, 10), EAGAIN);
  must(lock(two, F_OFD_SETLK, F_WRLCK, 10, 10));
  another_process(F_WRLCK, 0, 1, EAGAIN);
  must(close(one));
  must(lock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
}

CHECK("flock - exclusive and shared, between open files") {
  int one = open_new(), two = must(open("f", O_RDWR));
  must(flock(one, LOCK_EX | LOCK_NB));
  refused(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  refused(flock(two, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  must(flock(one, LOCK_SH | LOCK_NB));
  must(flock(two, LOCK_SH | LOCK_NB));
  refused(flock(one, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  must(flock(two, LOCK_UN));
  must(flock(one, LOCK_EX | LOCK_NB));
  must(close(one));
  must(flock(two, LOCK_EX | LOCK_NB));
}

CHECK("flock - is shared with dup and fork, and lasts until the last of them is closed") {
  int one = open_new(), twin = must(dup(one)), two = must(open("f", O_RDONLY));
  must(flock(one, LOCK_EX | LOCK_NB));
  must(close(one));
  refused(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  must(close(twin));
  must(flock(two, LOCK_EX | LOCK_NB));
}

CHECK("flock - fcntl locks are no business of it") {
  int fd = open_new();
  must(flock(fd, LOCK_EX | LOCK_NB));
  another_process(F_WRLCK, 0, 0, 0);
}

static void wait_for_flock(void *unused) {
  (void)unused;
  must(flock(must(open("f", O_RDWR)), LOCK_EX));
  write_all(must(open("log", O_WRONLY | O_APPEND)), "waiter\n", 7);
}

CHECK("flock - waits, and ends with a signal") {
  int fd = open_new(), status;
  put("log", "");
  must(flock(fd, LOCK_EX));
  pid_t killed = split(wait_for_flock, NULL), waiter = split(wait_for_flock, NULL);
  pause_ms(150);
  must(kill(killed, SIGKILL));
  must(waitpid(killed, &status, 0));
  write_all(must(open("log", O_WRONLY | O_APPEND)), "holder\n", 7);
  must(flock(fd, LOCK_UN));
  join(waiter);
  holds("log", "holder\nwaiter\n");
}
