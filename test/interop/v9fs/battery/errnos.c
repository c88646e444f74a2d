/* Refusals have the number that POSIX gives them; in 9P2000 the client makes it from the server's text. */
#include "battery.h"

static void absent_file(void) {
  struct stat attributes;
  refused(open("absent", O_RDONLY), ENOENT);
  refused(stat("absent", &attributes), ENOENT);
  refused(unlink("absent"), ENOENT);
  refused(rmdir("absent"), ENOENT);
  refused(truncate("absent", 0), ENOENT);
  refused(chmod("absent", 0644), ENOENT);
  refused(open("absent/f", O_WRONLY | O_CREAT, 0644), ENOENT);
  refused(rename("absent", "new"), ENOENT);
}

static void file_as_directory(void) {
  struct stat attributes;
  put("f", "text");
  refused(open("f/g", O_RDONLY), ENOTDIR);
  refused(open("f/g", O_WRONLY | O_CREAT, 0644), ENOTDIR);
  refused(stat("f/g", &attributes), ENOTDIR);
  refused(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  refused(mkdir("f/d", 0755), ENOTDIR);
  refused(rmdir("f"), ENOTDIR);
}

static void directory_as_file(void) {
  char text[8];
  must(mkdir("d", 0755));
  refused(open("d", O_WRONLY), EISDIR);
  refused(read(must(open("d", O_RDONLY)), text, sizeof text), EISDIR);
  refused(unlink("d"), EISDIR, EPERM);
  refused(truncate("d", 0), EISDIR);
}

static void existing_file(void) {
  put("f", "text");
  must(mkdir("d", 0755));
  refused(mkdir("f", 0755), EEXIST);
  refused(mkdir("d", 0755), EEXIST);
  refused(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  refused(open("d", O_WRONLY | O_CREAT | O_EXCL, 0755), EEXIST);
}

static void wrong_arguments(void) {
  char text[8];
  put("f", "text");
  refused(truncate("f", -1), EINVAL);
  int fd = must(open("f", O_RDONLY));
  refused(write(fd, "x", 1), EBADF);
  refused(ftruncate(fd, 0), EINVAL);
  refused(pread(fd, text, sizeof text, -1), EINVAL);
  refused(lseek(fd, -1, SEEK_SET), EINVAL);
  refused(read(must(open("f", O_WRONLY)), text, sizeof text), EBADF);
}

const struct test errno_tests[] = {
    {"errno of an absent file", EVERYWHERE, absent_file},
    {"errno of a file as a directory", EVERYWHERE, file_as_directory},
    {"errno of a directory as a file", EVERYWHERE, directory_as_file},
    {"errno of an existing file", EVERYWHERE, existing_file},
    {"errno of wrong arguments", EVERYWHERE, wrong_arguments},
    {0},
};
