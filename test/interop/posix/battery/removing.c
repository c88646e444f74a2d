/* unlink, rmdir; files that are open and have no name left. */
#include "battery.h"
#include <dirent.h>

CHECK("unlink - files, links, fifos; not directories") {
  put("f", "text");
  must(symlink("f", "s")), must(mkfifo("p", 0600)), must(mkdir("d", 0755));
  must(unlink("s"));
  holds("f", "text");
  must(unlink("f")), must(unlink("p"));
  check(!exists("f") && !exists("s") && !exists("p"));
  refused(unlink("d"), EISDIR, EPERM);
  refused(unlink("f"), ENOENT);
  refused(unlinkat(AT_FDCWD, "d", 0), EISDIR, EPERM);
  must(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
}

CHECK("rmdir - empty directories alone") {
  must(mkdir("d", 0755));
  put("d/f", "text");
  put("f", "text");
  must(symlink("d", "s"));
  refused(rmdir("d"), ENOTEMPTY, EEXIST);
  refused(rmdir("f"), ENOTDIR);
  refused(rmdir("s"), ENOTDIR);
  must(unlink("d/f"));
  must(rmdir("d"));
  refused(rmdir("d"), ENOENT);
}

CHECK("unlink - an open file goes on, with all that can be done to it") {
  struct stat attributes;
  char text[16];
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(unlink("f"));
  check(!exists("f"));
  same(pread(fd, text, sizeof text, 0), 4);
  must(pwrite(fd, "more text", 9, 4));
  same(pread(fd, text, sizeof text, 0), 13);
  must(fstat(fd, &attributes));
  same(attributes.st_nlink, 0), same(attributes.st_size, 13);
  must(ftruncate(fd, 2));
  must(fstat(fd, &attributes));
  same(attributes.st_size, 2);
  must(fchmod(fd, 0600));
  must(futimens(fd, (struct timespec[]){{1, 0}, {2, 0}}));
  must(fsync(fd));
  must(fstat(fd, &attributes));
  same(attributes.st_mtime, 2);
}

CHECK("unlink - a new file of the same name is another") {
  char text[8];
  put("f", "old");
  int old = must(open("f", O_RDWR));
  must(unlink("f"));
  put("f", "new");
  same(pread(old, text, sizeof text, 0), 3);
  check(memcmp(text, "old", 3) == 0);
  must(pwrite(old, "OLD", 3, 0));
  holds("f", "new");
}

CHECK("unlink - an open file, made and gone at once (a temporary file)") {
  char text[65536], in[65536];
  memset(text, 'x', sizeof text);
  int fd = must(open("f", O_RDWR | O_CREAT | O_EXCL, 0600));
  must(unlink("f"));
  for (int i = 0; i < 16; i++) pwrite_all(fd, text, sizeof text, (off_t)i * sizeof text);
  same(pread_all(fd, in, sizeof in, 15 * sizeof text), sizeof in);
  check(memcmp(text, in, sizeof in) == 0);
}

CHECK("unlink - an open file that had two names keeps the other") {
  struct stat attributes;
  put("f", "text");
  must(link("f", "g"));
  int fd = must(open("f", O_RDWR));
  must(unlink("f"));
  must(fstat(fd, &attributes));
  same(attributes.st_nlink, 1);
  must(pwrite(fd, "T", 1, 0));
  holds("g", "Text");
}

CHECK("rename - over an open file, which goes on without a name") {
  struct stat attributes;
  char text[8];
  put("f", "new");
  put("g", "old");
  int old = must(open("g", O_RDWR));
  must(rename("f", "g"));
  must(fstat(old, &attributes));
  same(attributes.st_nlink, 0);
  must(pwrite(old, "OLD", 3, 0));
  same(pread(old, text, sizeof text, 0), 3);
  check(memcmp(text, "OLD", 3) == 0);
  holds("g", "new");
}

CHECK("rmdir - the current directory") {
  char here[64];
  must(mkdir("d", 0755));
  must(chdir("d"));
  must(rmdir("../d"));
  refused(open("f", O_WRONLY | O_CREAT, 0644), ENOENT);
  refused(mkdir("e", 0755), ENOENT);
  check(!getcwd(here, sizeof here) && errno == ENOENT);
  struct stat attributes;
  must(stat(".", &attributes));
  same(attributes.st_nlink, 0);
}

CHECK("rmdir - an open directory") {
  must(mkdir("d", 0755));
  int directory = must(open("d", O_RDONLY));
  must(rmdir("d"));
  refused(openat(directory, "f", O_WRONLY | O_CREAT, 0644), ENOENT);
  DIR *stream = fdopendir(directory);
  check(stream);
  for (struct dirent *entry; (entry = readdir(stream));) check(entry->d_name[0] == '.');
}

CHECK("rmdir - and made again, is empty") {
  for (int i = 0; i < 20; i++) {
    must(mkdir("d", 0755));
    put("d/f", "text");
    must(unlink("d/f"));
    must(rmdir("d"));
  }
  must(mkdir("d", 0755));
  check(!exists("d/f"));
}

CHECK("unlink - through /proc/self/fd the file is still found") {
  char path[32], text[8];
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(unlink("f"));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = must(open(path, O_RDONLY));
  same(read(again, text, sizeof text), 4);
}
