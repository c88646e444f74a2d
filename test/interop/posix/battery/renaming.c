/* rename(2) and renameat2(2). */
#include "battery.h"
#include <signal.h>
#include <sys/wait.h>

CHECK("rename - a file, which stays the same file") {
  put("f", "text");
  struct stat before = look("f");
  must(rename("f", "g"));
  check(!exists("f"));
  holds("g", "text");
  same(look("g").st_ino, before.st_ino);
  same(look("g").st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

CHECK("rename - over a file, which is gone") {
  put("f", "new");
  put("g", "old");
  must(link("g", "h"));
  int old = must(open("g", O_RDONLY));
  must(rename("f", "g"));
  holds("g", "new");
  holds("h", "old");
  same(links_of("h"), 1);
  char text[3];
  same(pread(old, text, 3, 0), 3);
  check(memcmp(text, "old", 3) == 0);
  check(!exists("f"));
}

CHECK("rename - two names of one file stay both") {
  put("f", "text");
  must(link("f", "g"));
  must(rename("f", "g"));
  check(exists("f") && exists("g"));
  same(links_of("f"), 2);
  must(rename("f", "f"));
  holds("f", "text");
}

CHECK("rename - a directory with what is in it, and open files there") {
  must(mkdir("d", 0755));
  must(mkdir("d/e", 0755));
  put("d/e/f", "text");
  int fd = must(open("d/e/f", O_RDWR)), directory = must(open("d/e", O_RDONLY));
  must(rename("d", "moved"));
  holds("moved/e/f", "text");
  must(pwrite(fd, "T", 1, 0));
  holds("moved/e/f", "Text");
  must(close(must(openat(directory, "g", O_WRONLY | O_CREAT, 0644))));
  check(exists("moved/e/g"));
  refused(open("d/e/f", O_RDONLY), ENOENT);
}

CHECK("rename - the current directory, and up from it") {
  must(mkdir("a", 0755));
  must(mkdir("a/d", 0755));
  must(mkdir("b", 0755));
  put("b/f", "text");
  must(chdir("a/d"));
  must(rename("../../a/d", "../../b/d"));
  holds("../f", "text");
}

CHECK("rename - a directory to another parent moves its link") {
  must(mkdir("a", 0755)), must(mkdir("b", 0755)), must(mkdir("a/d", 0755));
  must(rename("a/d", "b/d"));
  same(links_of("a"), 2), same(links_of("b"), 3);
  same(look("b/d/..").st_ino, look("b").st_ino);
}

CHECK("rename - over an empty directory, not over a full one") {
  must(mkdir("d", 0755)), must(mkdir("empty", 0755)), must(mkdir("full", 0755));
  put("d/f", "text");
  put("full/g", "text");
  refused(rename("d", "full"), ENOTEMPTY, EEXIST);
  must(rename("d", "empty"));
  holds("empty/f", "text");
  check(!exists("d"));
}

CHECK("rename - not a file over a directory, nor a directory over a file") {
  put("f", "text");
  must(mkdir("d", 0755));
  refused(rename("f", "d"), EISDIR);
  refused(rename("d", "f"), ENOTDIR);
  must(symlink("d", "s"));
  refused(rename("d", "s"), ENOTDIR);
  must(rename("f", "s"));
  holds("s", "text");
}

CHECK("rename - a directory not into itself") {
  must(mkdir("d", 0755)), must(mkdir("d/e", 0755));
  refused(rename("d", "d/f"), EINVAL);
  refused(rename("d", "d/e/f"), EINVAL);
  refused(rename("d/e", "d"), ENOTEMPTY, EEXIST);
}

CHECK("rename - symbolic links themselves, fifos") {
  put("f", "text");
  must(symlink("f", "s"));
  must(rename("s", "t"));
  same(look("t").st_mode & S_IFMT, S_IFLNK);
  must(mkfifo("p", 0600));
  must(rename("p", "q"));
  same(look("q").st_mode, S_IFIFO | 0600);
  put("g", "other");
  must(rename("g", "t"));
  holds("t", "other");
  holds("f", "text");
}

CHECK("rename - what is absent, and to where nothing is") {
  put("f", "text");
  refused(rename("absent", "g"), ENOENT);
  refused(rename("f", "absent/g"), ENOENT);
  refused(rename("f", "f/g"), ENOTDIR);
  refused(rename("", "g"), ENOENT);
  refused(rename("f", ""), ENOENT);
  refused(rename("f", "g/"), ENOTDIR);
  holds("f", "text");
}

CHECK("rename - RENAME_NOREPLACE") {
  put("f", "text");
  put("g", "other");
  must(mkdir("d", 0755));
  refused(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE), EEXIST);
  refused(renameat2(AT_FDCWD, "f", AT_FDCWD, "d", RENAME_NOREPLACE), EEXIST);
  holds("g", "other");
  must(renameat2(AT_FDCWD, "f", AT_FDCWD, "h", RENAME_NOREPLACE));
  holds("h", "text");
  check(!exists("f"));
}

CHECK("rename - RENAME_EXCHANGE exchanges, or says that it cannot") {
  put("f", "text");
  must(mkdir("d", 0755));
  if (renameat2(AT_FDCWD, "f", AT_FDCWD, "d", RENAME_EXCHANGE) == -1) {
    check(errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP);
    holds("f", "text");
    return;
  }
  holds("d", "text");
  same(look("f").st_mode & S_IFMT, S_IFDIR);
}

enum { READS = 300 };

static void replace_for_ever(void *unused) {
  (void)unused;
  char name[16];
  for (int i = 0;; i++) {
    snprintf(name, sizeof name, "new-%d", i % 3);
    put(name, i % 2 ? "the first whole text" : "the second whole text, which is longer");
    must(rename(name, "f"));
  }
}

CHECK("rename - who reads sees the one file or the other, whole, and always one") {
  put("f", "the first whole text");
  pid_t writer = split(replace_for_ever, NULL);
  int status;
  for (int i = 0; i < READS; i++) {
    char text[64] = "";
    int fd = must(open("f", O_RDONLY));
    must(read(fd, text, sizeof text - 1));
    must(close(fd));
    if (strcmp(text, "the first whole text") != 0 && strcmp(text, "the second whole text, which is longer") != 0)
      fail("after %d reads: '%s'", i, text);
  }
  must(kill(writer, SIGKILL));
  must(waitpid(writer, &status, 0));
  check(WIFSIGNALED(status)); /* it has not failed before */
}

CHECK("rename - a chain of a hundred within a directory") {
  char from[16] = "n-0", to[16];
  put("n-0", "text");
  for (int i = 1; i <= 100; i++) {
    snprintf(to, sizeof to, "n-%d", i);
    must(rename(from, to));
    memcpy(from, to, sizeof from);
  }
  holds("n-100", "text");
  check(!exists("n-0") && !exists("n-50"));
}
