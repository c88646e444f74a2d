/* The same tree mounted twice, which is two clients of one server; and mounted anew, where no cache can help. */
#include "battery.h"
#include <dirent.h>
#include <sys/file.h>

/* The path of a file of this test through the second mount. */
static const char *there(const char *name) {
  static char path[1024];
  snprintf(path, sizeof path, "%s/%s", other_mount, name);
  return path;
}

static int entries_there(void) {
  int entries = 0;
  DIR *directory = opendir(other_mount);
  if (!directory) fail("opendir through the other mount: %s", strerror(errno));
  for (struct dirent *entry; (entry = readdir(directory));) entries += entry->d_name[0] != '.';
  closedir(directory);
  return entries;
}

static void changes_are_seen(void) {
  put("f", "one");
  holds(there("f"), "one");
  put(there("f"), "two, longer");
  holds("f", "two, longer");
  same(size_of("f"), 11);
  must(truncate(there("f"), 3));
  same(size_of("f"), 3);
  must(chmod("f", 0600));
  struct stat attributes;
  must(stat(there("f"), &attributes));
  same(attributes.st_mode & 0777, 0600);
}

static void names_are_seen(void) {
  put("f", "text");
  same(entries_there(), 1);
  must(rename("f", "e"));
  check(!exists(there("f")));
  holds(there("e"), "text");
  put(there("g"), "more");
  holds("g", "more");
  same(entries_there(), 2);
  must(unlink(there("e")));
  check(!exists("e"));
  must(mkdir(there("d"), 0755));
  put("d/f", "deep");
  must(unlink(there("d/f")));
  must(rmdir("d"));
  check(!exists(there("d")));
}

static void append_through_both(void) {
  put("f", "");
  int here = must(open("f", O_WRONLY | O_APPEND)), far = must(open(there("f"), O_WRONLY | O_APPEND));
  for (int i = 0; i < 5; i++) {
    write_all(here, "a", 1);
    write_all(far, "b", 1);
  }
  holds("f", "ababababab");
}

static void removed_by_the_other(void) {
  char text[8];
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(unlink(there("f")));
  same(pread(fd, text, sizeof text, 0), 4);
  pwrite_all(fd, "more", 4, 4);
  same(pread(fd, text, sizeof text, 0), 8);
  check(memcmp(text, "textmore", 8) == 0);
}

static int lock(int fd, short type, off_t start, off_t length) {
  return fcntl(fd, F_SETLK, &(struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length});
}

/* One process, but two clients: their locks are two owners' at the server. */
static void locks_of_two_clients(void) {
  put("f", "text");
  int here = must(open("f", O_RDWR)), far = must(open(there("f"), O_RDWR));
  must(lock(here, F_WRLCK, 0, 10));
  refused(lock(far, F_WRLCK, 5, 10), EAGAIN, EACCES);
  refused(lock(far, F_RDLCK, 0, 0), EAGAIN, EACCES);
  must(lock(far, F_WRLCK, 10, 10));
  refused(lock(here, F_WRLCK, 0, 0), EAGAIN, EACCES);
  must(lock(here, F_UNLCK, 0, 0));
  must(lock(far, F_WRLCK, 0, 10));
  must(close(far));
  must(lock(here, F_WRLCK, 0, 0));
}

static void ask_other_client(void) {
  put("f", "text");
  int here = must(open("f", O_RDWR)), far = must(open(there("f"), O_RDWR));
  must(lock(here, F_WRLCK, 10, 20));
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
  must(fcntl(far, F_GETLK, &lock));
  same(lock.l_type, F_WRLCK);
  same(lock.l_start, 10);
  same(lock.l_len, 20);
}

static void flock_of_two_clients(void) {
  put("f", "text");
  int here = must(open("f", O_RDWR)), far = must(open(there("f"), O_RDWR));
  must(flock(here, LOCK_EX | LOCK_NB));
  refused(flock(far, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  must(flock(here, LOCK_UN));
  must(flock(far, LOCK_EX | LOCK_NB));
}

/*
 * The client's limits. In cache=loose a client sees what it saw before. In 9P2000 it appends at the size that it saw.
 */
const struct test two_mount_tests[] = {
    {"another client sees changes", UNCACHED, changes_are_seen},
    {"another client sees names", UNCACHED, names_are_seen},
    {"two clients append", DOTL_NONE | DOTU_NONE, append_through_both},
    {"removed by another client while open", UNCACHED, removed_by_the_other},
    {"fcntl locks of two clients", DOTL, locks_of_two_clients},
    {"fcntl lock of another client is shown", DOTL, ask_other_client},
    {"flock of two clients", DOTL, flock_of_two_clients},
    {0},
};

enum { LEFT = 300001 };
static const char LEFT_TEXT[] = "text after text\n";

/* Written in ways that a cache may delay; nothing asks for it to be written out but close and unmount. */
static void leave(void) {
  unsigned char *text = malloc(LEFT);
  must(chdir(".."));
  must(mkdir("left", 0755));
  must(chdir("left"));
  pattern(text, LEFT, 0, 5);
  int fd = must(open("large", O_RDWR | O_CREAT | O_TRUNC, 0640));
  for (int at = 0; at < LEFT; at += 10007) pwrite_all(fd, text + at, at + 10007 < LEFT ? 10007 : LEFT - at, at);
  must(close(fd));
  put("small", "text");
  fd = must(open("small", O_WRONLY | O_APPEND));
  write_all(fd, " after text\n", 12);
  must(close(fd));
  put("gone", "text");
  must(unlink("gone"));
  put("old", "renamed");
  must(rename("old", "new"));
  must(chmod("new", 0600));
}

static void find(void) {
  unsigned char *actual = malloc(LEFT + 1), *expected = malloc(LEFT);
  struct stat attributes;
  must(chdir("../left"));
  pattern(expected, LEFT, 0, 5);
  int fd = must(open("large", O_RDONLY));
  same(pread_all(fd, actual, LEFT + 1, 0), LEFT);
  must_match(actual, expected, LEFT, 0);
  holds("small", LEFT_TEXT);
  check(!exists("gone"));
  check(!exists("old"));
  holds("new", "renamed");
  must(stat("new", &attributes));
  same(attributes.st_mode, S_IFREG | 0600);
}

const struct test leave_tests[] = {{"leave files", EVERYWHERE, leave}, {0}};
const struct test find_tests[] = {{"find them after a new mount", EVERYWHERE, find}, {0}};
