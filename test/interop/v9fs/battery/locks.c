/* Locks on ranges (fcntl), on whole files (flock) and of open files (OFD), between processes of one mount. */
#include "battery.h"
#include <sys/file.h>

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

static void ranges_conflict(void) {
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLK, F_WRLCK, 100, 50));
  another_process(F_WRLCK, 100, 50, EAGAIN);
  another_process(F_RDLCK, 149, 1, EAGAIN);
  another_process(F_WRLCK, 0, 0, EAGAIN);
  another_process(F_WRLCK, 0, 100, 0);
  another_process(F_WRLCK, 150, 0, 0);
  must(lock(fd, F_SETLK, F_RDLCK, 100, 50));
  another_process(F_RDLCK, 100, 50, 0);
  another_process(F_WRLCK, 100, 50, EAGAIN);
}

static void unlock_part(void) {
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLK, F_WRLCK, 0, 30));
  must(lock(fd, F_SETLK, F_UNLCK, 10, 10));
  another_process(F_WRLCK, 10, 10, 0);
  another_process(F_WRLCK, 0, 10, EAGAIN);
  another_process(F_WRLCK, 20, 10, EAGAIN);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, 0);
}

static void close_releases(void) {
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  another_process(F_WRLCK, 0, 0, EAGAIN);
  must(close(fd));
  another_process(F_WRLCK, 0, 0, 0);
  another_process(F_WRLCK, 0, 0, 0); /* the last one went with its process */
}

static void far_ranges(void) {
  const off_t far = (off_t)1 << 40;
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLK, F_WRLCK, far, 0));
  another_process(F_WRLCK, far + far, 1, EAGAIN);
  another_process(F_WRLCK, 0, far, 0);
}

static void ask_for_holder(void *holder) {
  int fd = must(open("f", O_RDWR));
  struct flock lock = range(F_WRLCK, 0, 0);
  must(fcntl(fd, F_GETLK, &lock));
  same(lock.l_type, F_WRLCK);
  same(lock.l_start, 10);
  same(lock.l_len, 20);
  same(lock.l_pid, *(pid_t *)holder);
  lock = range(F_WRLCK, 30, 5);
  must(fcntl(fd, F_GETLK, &lock));
  same(lock.l_type, F_UNLCK);
}

static void ask(void) {
  pid_t self = getpid();
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLK, F_WRLCK, 10, 20));
  in_child(ask_for_holder, &self);
}

/* Waits for the lock, then leaves a mark after what the holder wrote. */
static void wait_and_mark(void *unused) {
  (void)unused;
  int fd = must(open("f", O_RDWR));
  must(lock(fd, F_SETLKW, F_WRLCK, 0, 0));
  write_all(must(open("log", O_WRONLY | O_APPEND)), "waiter\n", 7);
}

static void wait_for_lock(void) {
  put("f", "text");
  put("log", "");
  int fd = must(open("f", O_RDWR)), log = must(open("log", O_WRONLY | O_APPEND));
  must(lock(fd, F_SETLK, F_WRLCK, 0, 0));
  pid_t waiter = split(wait_and_mark, NULL);
  pause_ms(300);
  write_all(log, "holder\n", 7);
  must(lock(fd, F_SETLK, F_UNLCK, 0, 0));
  join(waiter);
  holds("log", "holder\nwaiter\n");
}

static void lock_needs_open_mode(void) {
  put("f", "text");
  refused(lock(must(open("f", O_RDONLY)), F_SETLK, F_WRLCK, 0, 0), EBADF);
  refused(lock(must(open("f", O_WRONLY)), F_SETLK, F_RDLCK, 0, 0), EBADF);
}

static void whole_files(void) {
  put("f", "text");
  int one = must(open("f", O_RDWR)), two = must(open("f", O_RDWR));
  must(flock(one, LOCK_EX | LOCK_NB));
  refused(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  refused(flock(two, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  must(flock(one, LOCK_UN));
  must(flock(two, LOCK_SH | LOCK_NB));
  must(flock(two, LOCK_UN));
  must(flock(one, LOCK_EX | LOCK_NB));
  must(close(one));
  must(flock(two, LOCK_EX | LOCK_NB));
}

static void shared_whole_files(void) {
  put("f", "text");
  int one = must(open("f", O_RDWR)), two = must(open("f", O_RDWR));
  must(flock(one, LOCK_SH | LOCK_NB));
  must(flock(two, LOCK_SH | LOCK_NB));
  refused(flock(one, LOCK_EX | LOCK_NB), EWOULDBLOCK);
}

static void open_file_locks(void) {
  put("f", "text");
  int one = must(open("f", O_RDWR)), two = must(open("f", O_RDWR));
  must(lock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
  refused(lock(two, F_OFD_SETLK, F_WRLCK, 5, 10), EAGAIN);
  must(lock(two, F_OFD_SETLK, F_WRLCK, 10, 10));
  must(close(one));
  must(lock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
}

/*
 * The client's limits. Only 9P2000.L has locks. In the others v9fs grants every fcntl lock, to everybody at once, and
 * Linux keeps flock locks in the client.
 */
const struct test lock_tests[] = {
    {"fcntl locks conflict", DOTL, ranges_conflict},
    {"fcntl unlock of a part", DOTL, unlock_part},
    {"fcntl locks end with close", DOTL, close_releases},
    {"fcntl locks far away", DOTL, far_ranges},
    {"fcntl lock shows its holder", DOTL, ask},
    {"fcntl lock is waited for", DOTL, wait_for_lock},
    {"fcntl lock needs the open mode", DOTL, lock_needs_open_mode},
    {"flock", DOTL, whole_files},
    {"flock shared", DOTL, shared_whole_files},
    {"locks of open files", DOTL, open_file_locks},
    {0},
};
