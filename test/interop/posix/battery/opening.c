/* open(2): its flags, and what can be opened how. */
#include "battery.h"
#include <sys/socket.h>
#include <sys/un.h>

CHECK("open - O_CREAT makes, and takes what is there") {
  int fd = must(open("f", O_WRONLY | O_CREAT, 0640));
  write_all(fd, "text", 4);
  must(close(fd));
  must(close(must(open("f", O_WRONLY | O_CREAT, 0600))));
  same(mode_of("f"), 0640);
  holds("f", "text");
}

CHECK("open - O_EXCL takes nothing that is there") {
  put("f", "text");
  must(mkdir("d", 0755));
  must(symlink("nowhere", "s"));
  must(symlink("f", "t"));
  refused(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  refused(open("d", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  refused(open("s", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  refused(open("t", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  check(!exists("nowhere"));
  must(close(must(open("new", O_WRONLY | O_CREAT | O_EXCL, 0644))));
}

CHECK("open - O_TRUNC empties") {
  put("f", "text");
  int fd = must(open("f", O_RDWR | O_TRUNC));
  same(size_of("f"), 0);
  write_all(fd, "new", 3);
  holds("f", "new");
  must(close(must(open("f", O_WRONLY | O_CREAT | O_TRUNC, 0600))));
  same(size_of("f"), 0);
}

CHECK("open - O_TRUNC and O_EXCL together") {
  int fd = must(open("f", O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0644));
  write_all(fd, "text", 4);
  holds("f", "text");
}

CHECK("open - O_APPEND writes at the end, wherever that is") {
  put("f", "one");
  int fd = must(open("f", O_RDWR | O_APPEND));
  write_all(fd, "two", 3);
  put("f", "longer than before");
  write_all(fd, "!", 1);
  holds("f", "longer than before!");
  must(lseek(fd, 0, SEEK_SET));
  write_all(fd, "!", 1);
  holds("f", "longer than before!!");
  same(lseek(fd, 0, SEEK_CUR), 20);
}

CHECK("open - O_APPEND set and taken back by fcntl") {
  put("f", "text");
  int fd = must(open("f", O_RDWR));
  must(fcntl(fd, F_SETFL, O_APPEND));
  write_all(fd, "s", 1);
  holds("f", "texts");
  must(fcntl(fd, F_SETFL, 0));
  must(lseek(fd, 0, SEEK_SET));
  write_all(fd, "T", 1);
  holds("f", "Texts");
}

CHECK("open - O_NOFOLLOW, O_PATH and symbolic links") {
  char target[8];
  put("f", "text");
  must(symlink("f", "s"));
  refused(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
  refused(open("s", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644), ELOOP);
  int fd = must(open("s", O_PATH | O_NOFOLLOW));
  same(readlinkat(fd, "", target, sizeof target), 1);
  refused(read(fd, target, 1), EBADF);
}

CHECK("open - O_DIRECTORY is for directories") {
  put("f", "text");
  must(mkdir("d", 0755));
  refused(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  must(close(must(open("d", O_RDONLY | O_DIRECTORY))));
  must(symlink("d", "s"));
  must(close(must(open("s", O_RDONLY | O_DIRECTORY))));
}

CHECK("open - a directory is not written") {
  char text[4];
  must(mkdir("d", 0755));
  refused(open("d", O_WRONLY), EISDIR);
  refused(open("d", O_RDWR), EISDIR);
  refused(open("d", O_RDONLY | O_TRUNC), EISDIR);
  refused(open("d", O_RDONLY | O_CREAT, 0644), EISDIR);
  refused(read(must(open("d", O_RDONLY)), text, 4), EISDIR);
}

CHECK("open - a name with a slash behind it is a directory's") {
  put("f", "text");
  refused(open("f/", O_RDONLY), ENOTDIR);
  refused(open("new/", O_WRONLY | O_CREAT, 0644), EISDIR);
  must(mkdir("d/", 0755));
  must(close(must(open("d/", O_RDONLY))));
}

CHECK("open - makes the file that a symbolic link names") {
  must(symlink("target", "s"));
  int fd = must(open("s", O_WRONLY | O_CREAT, 0644));
  write_all(fd, "text", 4);
  holds("target", "text");
  same(look("s").st_mode & S_IFMT, S_IFLNK);
}

CHECK("open - reads and writes only what it was opened for") {
  char text[4];
  put("f", "text");
  int reader = must(open("f", O_RDONLY)), writer = must(open("f", O_WRONLY));
  refused(write(reader, "x", 1), EBADF);
  refused(read(writer, text, 1), EBADF);
  refused(ftruncate(reader, 0), EBADF, EINVAL);
}

CHECK("open - a fifo without a reader, O_NONBLOCK, is ENXIO") {
  must(mkfifo("p", 0600));
  refused(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
  int reader = must(open("p", O_RDONLY | O_NONBLOCK)), writer = must(open("p", O_WRONLY | O_NONBLOCK));
  write_all(writer, "text", 4);
  char text[8];
  same(read(reader, text, sizeof text), 4);
}

CHECK("open - a socket is ENXIO") {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "s"};
  must(bind(must(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address));
  same(look("s").st_mode & S_IFMT, S_IFSOCK);
  refused(open("s", O_RDONLY), ENXIO);
}

CHECK("open - O_TMPFILE makes a file without a name, or says that it cannot") {
  int fd = open(".", O_RDWR | O_TMPFILE, 0600);
  if (fd == -1) {
    check(errno == EOPNOTSUPP || errno == EISDIR);
    return;
  }
  struct stat attributes;
  write_all(fd, "text", 4);
  must(fstat(fd, &attributes));
  same(attributes.st_nlink, 0);
}

CHECK("open - O_SYNC and O_DSYNC") {
  int fd = must(open("f", O_RDWR | O_CREAT | O_SYNC, 0644));
  write_all(fd, "text", 4);
  must(close(fd));
  fd = must(open("f", O_WRONLY | O_DSYNC));
  must(pwrite(fd, "T", 1, 0));
  holds("f", "Text");
}

CHECK("fsync - files, directories, and fdatasync, sync_file_range, syncfs") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644)), directory = must(open(".", O_RDONLY));
  write_all(fd, "text", 4);
  must(fsync(fd));
  must(fdatasync(fd));
  must(sync_file_range(fd, 0, 4, SYNC_FILE_RANGE_WRITE));
  must(fsync(directory));
  must(syncfs(directory));
  must(fsync(must(open("f", O_RDONLY))));
}

CHECK("open - a thousand times the same file") {
  int fds[1000];
  put("f", "text");
  for (int i = 0; i < 1000; i++) {
    fds[i] = open("f", i % 2 ? O_RDONLY : O_RDWR);
    if (fds[i] == -1 && errno == EMFILE) fds[i] = must(dup(fds[0]));
    check(fds[i] != -1);
  }
  for (int i = 0; i < 1000; i++) must(close(fds[i]));
  holds("f", "text");
}
