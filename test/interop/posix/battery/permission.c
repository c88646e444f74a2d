/* Who may do what: the bits of files and of directories on the way, access(2), sticky directories. */
#include "battery.h"

CHECK_AS_ROOT("permission - owner, group and others, each by their own bits") {
  make_file("f", 0640);
  must(chown("f", SOMEBODY, 777));
  act_as(SOMEBODY, SOMEBODY);
  must(close(must(open("f", O_RDWR))));
  act_as(NOBODY, 777);
  must(close(must(open("f", O_RDONLY))));
  refused(open("f", O_WRONLY), EACCES);
  act_in_groups(NOBODY, NOBODY, 1, (gid_t[]){777});
  must(close(must(open("f", O_RDONLY))));
  act_as(NOBODY, NOBODY);
  refused(open("f", O_RDONLY), EACCES);
}

CHECK_AS_ROOT("permission - the owner's bits are his, also where the others have more") {
  make_file("f", 0077);
  must(chown("f", SOMEBODY, SOMEBODY));
  act_as(SOMEBODY, SOMEBODY);
  refused(open("f", O_RDONLY), EACCES);
  act_as(NOBODY, NOBODY);
  must(close(must(open("f", O_RDWR))));
}

CHECK("permission - an owner without rights") {
  put("f", "text");
  must(chmod("f", 0));
  if (getuid() == 0) must(chown("f", NOBODY, NOBODY)), act_as(NOBODY, NOBODY);
  refused(open("f", O_RDONLY), EACCES);
  refused(open("f", O_WRONLY), EACCES);
  refused(truncate("f", 0), EACCES);
}

CHECK("permission - a directory without x is not passed, one without r not listed") {
  make_dir("d", 0755);
  put("d/f", "text");
  if (getuid() == 0) must(chown("d", NOBODY, NOBODY)), act_as(NOBODY, NOBODY);
  must(chmod("d", 0600));
  refused(open("d/f", O_RDONLY), EACCES);
  refused(faccessat(AT_FDCWD, "d/f", F_OK, AT_EACCESS), EACCES);
  refused(chdir("d"), EACCES);
  must(close(must(open("d", O_RDONLY | O_DIRECTORY))));
  must(chmod("d", 0300));
  must(close(must(open("d/f", O_RDONLY))));
  refused(open("d", O_RDONLY | O_DIRECTORY), EACCES);
  must(chmod("d", 0700));
}

CHECK("permission - a directory without w takes and loses nothing") {
  make_dir("d", 0755);
  put("d/f", "text");
  put("g", "text");
  if (getuid() == 0) {
    must(chown("d", NOBODY, NOBODY)), must(chown("d/f", NOBODY, NOBODY)), must(chown("g", NOBODY, NOBODY));
    act_as(NOBODY, NOBODY);
  }
  must(chmod("d", 0555));
  refused(open("d/new", O_WRONLY | O_CREAT, 0644), EACCES);
  refused(mkdir("d/new", 0755), EACCES);
  refused(symlink("f", "d/new"), EACCES);
  refused(mkfifo("d/new", 0644), EACCES);
  refused(link("g", "d/new"), EACCES);
  refused(unlink("d/f"), EACCES);
  refused(rename("d/f", "f"), EACCES);
  refused(rename("g", "d/g"), EACCES);
  put("d/f", "more");
  must(chmod("d", 0755));
  holds("d/f", "more");
}

CHECK("permission - access(2) says what the calls would") {
  put("f", "text");
  if (getuid() == 0) must(chown("f", NOBODY, NOBODY)), act_as(NOBODY, NOBODY);
  for (mode_t mode = 0; mode < 8; mode++) {
    must(chmod("f", mode << 6));
    for (int asked = 1; asked < 8; asked++) {
      int got = faccessat(AT_FDCWD, "f", asked, AT_EACCESS);
      if ((got == 0) != ((mode & asked) == (mode_t)asked)) fail("access %o of mode %o gives %d", asked, mode << 6, got);
      if (got == -1) same(errno, EACCES);
    }
  }
}

CHECK_AS_ROOT("permission - root reads and writes everything, and executes what somebody may") {
  make_file("f", 0);
  must(close(must(open("f", O_RDWR))));
  must(access("f", R_OK | W_OK));
  refused(access("f", X_OK), EACCES);
  must(chmod("f", 0001));
  must(access("f", X_OK));
  make_dir("d", 0);
  put("d/f", "text");
  holds("d/f", "text");
}

CHECK_AS_ROOT("permission - rights are looked at when opening, not later") {
  put("f", "text");
  must(chown("f", NOBODY, NOBODY));
  act_as(NOBODY, NOBODY);
  int fd = must(open("f", O_RDWR));
  must(chmod("f", 0));
  char text[4];
  same(pread(fd, text, 4, 0), 4);
  must(pwrite(fd, "more", 4, 0));
  must(ftruncate(fd, 2));
  must(chmod("f", 0600));
  holds("f", "mo");
}

CHECK_AS_ROOT("sticky - a file is its owner's, or the directory's owner's, to remove and rename") {
  make_dir("d", 01777);
  must(chown("d", 888, 888));
  put("d/f", "text");
  put("d/g", "text");
  must(chown("d/f", SOMEBODY, SOMEBODY)), must(chown("d/g", SOMEBODY, SOMEBODY));
  act_as(NOBODY, NOBODY);
  must(close(must(open("d/mine", O_WRONLY | O_CREAT, 0644))));
  refused(unlink("d/f"), EPERM, EACCES);
  refused(rename("d/f", "d/h"), EPERM, EACCES);
  refused(rename("d/mine", "d/f"), EPERM, EACCES);
  must(rename("d/mine", "d/still-mine"));
  act_as(SOMEBODY, SOMEBODY);
  must(unlink("d/f"));
  act_as(888, 888);
  must(unlink("d/g"));
}

CHECK_AS_ROOT("sticky - a directory in it too") {
  make_dir("d", 01777);
  must(mkdir("d/e", 0777));
  must(chown("d/e", SOMEBODY, SOMEBODY));
  act_as(NOBODY, NOBODY);
  refused(rmdir("d/e"), EPERM, EACCES);
  refused(rename("d/e", "d/f"), EPERM, EACCES);
  act_as(SOMEBODY, SOMEBODY);
  must(rmdir("d/e"));
}

CHECK_AS_ROOT("rename - another's directory that we may not write keeps its place") {
  make_dir("a", 0777);
  make_dir("b", 0777);
  make_dir("a/d", 0755);
  must(chown("a/d", SOMEBODY, SOMEBODY));
  act_as(NOBODY, NOBODY);
  refused(rename("a/d", "b/d"), EACCES); /* its `..` would change */
  must(rename("a/d", "a/e"));
}

CHECK_AS_ROOT("utimensat - now for who may write, other times for the owner") {
  const struct timespec times[] = {{1, 0}, {2, 0}};
  make_file("f", 0646);
  must(chown("f", SOMEBODY, SOMEBODY));
  act_as(NOBODY, NOBODY);
  must(utimensat(AT_FDCWD, "f", NULL, 0));
  refused(utimensat(AT_FDCWD, "f", times, 0), EPERM);
  act_as(SOMEBODY, SOMEBODY);
  must(utimensat(AT_FDCWD, "f", times, 0));
  must(chmod("f", 0444));
  act_as(NOBODY, NOBODY);
  refused(utimensat(AT_FDCWD, "f", NULL, 0), EACCES);
  refused(utimensat(AT_FDCWD, "f", times, 0), EPERM);
}

CHECK_AS_ROOT("open - O_NOATIME is the owner's") {
  make_file("f", 0666);
  act_as(NOBODY, NOBODY);
  refused(open("f", O_RDONLY | O_NOATIME), EPERM);
  act_as_root();
  must(close(must(open("f", O_RDONLY | O_NOATIME))));
}

CHECK_AS_ROOT("permission - an open directory serves for as long as it is open") {
  make_dir("d", 0755);
  put("d/f", "text");
  must(chown("d", NOBODY, NOBODY));
  act_as(NOBODY, NOBODY);
  int directory = must(open("d", O_RDONLY | O_DIRECTORY));
  must(chmod("d", 0));
  refused(openat(directory, "f", O_RDONLY), EACCES);
  must(fchmod(directory, 0700));
  must(close(must(openat(directory, "f", O_RDONLY))));
}
