/* What is not a plain file or directory: fifos, sockets, the file system itself. */
#include "battery.h"
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>

static void send_words(void *unused) {
  (void)unused;
  int fd = must(open("p", O_WRONLY));
  write_all(fd, "through the fifo", 16);
}

CHECK("fifo - two processes talk through it") {
  char text[32];
  must(mkfifo("p", 0600));
  pid_t writer = split(send_words, NULL);
  int fd = must(open("p", O_RDONLY));
  size_t length = 0;
  for (long n; (n = must(read(fd, text + length, sizeof text - length))) > 0;) length += n;
  same(length, 16);
  check(memcmp(text, "through the fifo", 16) == 0);
  join(writer);
}

CHECK("fifo - SIGPIPE's EPIPE, and poll") {
  signal(SIGPIPE, SIG_IGN);
  must(mkfifo("p", 0600));
  int reader = must(open("p", O_RDONLY | O_NONBLOCK)), writer = must(open("p", O_WRONLY));
  struct pollfd polled = {.fd = reader, .events = POLLIN};
  same(poll(&polled, 1, 0), 0);
  write_all(writer, "x", 1);
  same(poll(&polled, 1, 0), 1);
  must(close(reader));
  refused(write(writer, "x", 1), EPIPE);
}

static void connect_and_send(void *unused) {
  (void)unused;
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  int fd = must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(connect(fd, (struct sockaddr *)&address, sizeof address));
  write_all(fd, "hello", 5);
}

CHECK("socket - bound here, two processes talk through it") {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  char text[8];
  int listener = must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&address, sizeof address));
  must(listen(listener, 1));
  refused(bind(must(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address), EADDRINUSE);
  pid_t sender = split(connect_and_send, NULL);
  int fd = must(accept(listener, NULL, NULL));
  same(read(fd, text, sizeof text), 5);
  join(sender);
  must(close(listener));
  refused(connect(must(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
  must(unlink("socket"));
}

CHECK("statvfs - says what there is") {
  struct statvfs v, w;
  must(statvfs(".", &v));
  check(v.f_bsize > 0 && v.f_frsize > 0);
  same(v.f_namemax, NAME_MAX);
  check(v.f_blocks > 0 && v.f_bfree <= v.f_blocks && v.f_bavail <= v.f_bfree);
  must(fstatvfs(must(open(".", O_RDONLY)), &w));
  same(w.f_blocks, v.f_blocks);
}

CHECK("pathconf - name and path lengths") {
  same(pathconf(".", _PC_NAME_MAX), NAME_MAX);
  same(pathconf(".", _PC_PATH_MAX), PATH_MAX);
}

CHECK("stat - a file has a number of its own, and one device") {
  put("f", "text");
  put("g", "text");
  struct stat f = look("f"), g = look("g"), again = look("f");
  check(f.st_ino != g.st_ino && f.st_ino != 0);
  same(f.st_ino, again.st_ino);
  same(f.st_dev, g.st_dev);
  check(f.st_blksize > 0);
  struct stat opened;
  must(fstat(must(open("f", O_RDONLY)), &opened));
  same(opened.st_ino, f.st_ino), same(opened.st_dev, f.st_dev);
}

CHECK("getcwd - where we are, also after it was renamed") {
  char before[PATH_MAX], after[PATH_MAX];
  must(mkdir("d", 0755));
  must(chdir("d"));
  check(getcwd(before, sizeof before));
  check(strcmp(strrchr(before, '/'), "/d") == 0);
  must(rename("../d", "../e"));
  check(getcwd(after, sizeof after));
  check(strcmp(strrchr(after, '/'), "/e") == 0);
}

CHECK("poll - a file is always ready") {
  put("f", "text");
  struct pollfd polled = {.fd = must(open("f", O_RDWR)), .events = POLLIN | POLLOUT};
  same(poll(&polled, 1, 0), 1);
  same(polled.revents, POLLIN | POLLOUT);
}

CHECK("inotify - sees what is done here") {
  char events[4096];
  int fd = must(inotify_init1(IN_NONBLOCK));
  must(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_CLOSE_WRITE));
  put("f", "text");
  must(unlink("f"));
  check(must(read(fd, events, sizeof events)) >= 3 * (long)sizeof(struct inotify_event));
}

CHECK_AS_ROOT("devices - are not reached where nodev says so, and are null where not") {
  must(mknod("null", S_IFCHR | 0666, 0x103));
  struct statvfs v;
  must(statvfs(".", &v));
  int fd = open("null", O_WRONLY);
  if (v.f_flag & 4 /* ST_NODEV */) check(fd == -1 && errno == EACCES);
  else write_all(fd, "text", 4);
}
