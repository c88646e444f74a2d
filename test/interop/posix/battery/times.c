/* atime, mtime and ctime: what sets them, what moves them, and what leaves them alone. */
#include "battery.h"
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>

CHECK("utimensat - both times, to the nanosecond") {
  put("f", "text");
  must(mkdir("d", 0755));
  const struct timespec times[] = {{1234567890, 123456789}, {987654321, 987654321}};
  const char *const names[] = {"f", "d"};
  for (int i = 0; i < 2; i++) {
    must(utimensat(AT_FDCWD, names[i], times, 0));
    struct stat s = look(names[i]);
    same(s.st_atim.tv_sec, 1234567890), same(s.st_atim.tv_nsec, 123456789);
    same(s.st_mtim.tv_sec, 987654321), same(s.st_mtim.tv_nsec, 987654321);
  }
}

CHECK("utimensat - UTIME_OMIT and UTIME_NOW") {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{1, 0}, {2, 0}}, 0));
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_OMIT}, {3, 0}}, 0));
  same(look("f").st_atime, 1), same(look("f").st_mtime, 3);
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{4, 0}, {0, UTIME_OMIT}}, 0));
  same(look("f").st_atime, 4), same(look("f").st_mtime, 3);
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_NOW}, {0, UTIME_OMIT}}, 0));
  check(look("f").st_atime > 1000000000);
  same(look("f").st_mtime, 3);
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_OMIT}, {0, UTIME_NOW}}, 0));
  check(look("f").st_mtime > 1000000000);
  struct stat before = look("f");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
  same(look("f").st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

CHECK("utimensat - now is this moment") {
  struct timespec now;
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{1, 0}, {1, 0}}, 0));
  clock_gettime(CLOCK_REALTIME, &now);
  must(utimensat(AT_FDCWD, "f", NULL, 0));
  check(llabs((long long)look("f").st_mtime - now.tv_sec) <= 2);
  check(llabs((long long)look("f").st_atime - now.tv_sec) <= 2);
}

CHECK("utimensat - times before 1970 and after 2038") {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{-1, 0}, {4000000000, 5}}, 0));
  same(look("f").st_atime, -1), same(look("f").st_mtime, 4000000000), same(look("f").st_mtim.tv_nsec, 5);
}

CHECK("utimensat - a symbolic link itself, or what it names") {
  put("f", "text");
  must(symlink("f", "s"));
  must(utimensat(AT_FDCWD, "s", (struct timespec[]){{1, 0}, {2, 0}}, AT_SYMLINK_NOFOLLOW));
  same(look("s").st_mtime, 2);
  check(look("f").st_mtime != 2);
  must(utimensat(AT_FDCWD, "s", (struct timespec[]){{3, 0}, {4, 0}}, 0));
  same(look("s").st_mtime, 2), same(look("f").st_mtime, 4);
}

CHECK("futimens - an open file, also one open for reading") {
  put("f", "text");
  must(futimens(must(open("f", O_RDONLY)), (struct timespec[]){{1, 2}, {3, 4}}));
  same(look("f").st_mtime, 3), same(look("f").st_mtim.tv_nsec, 4);
  must(utimes("f", (struct timeval[]){{5, 6}, {7, 8}}));
  same(look("f").st_mtim.tv_nsec, 8000);
}

CHECK("times - of a write, seen when it is done and kept when closed") {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{1, 0}, {1, 0}}, 0));
  int fd = must(open("f", O_RDWR));
  same(look("f").st_mtime, 1);
  write_all(fd, "x", 1);
  struct stat before;
  must(fstat(fd, &before));
  check(before.st_mtime > 1000000000);
  let_time_pass();
  must(close(fd));
  same(look("f").st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

CHECK("times - set after a write, they stay through close") {
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "text", 4);
  must(futimens(fd, (struct timespec[]){{1, 0}, {2, 0}}));
  must(close(fd));
  same(look("f").st_mtime, 2);
}

CHECK("times - reading moves atime, if it is older than the others") {
  char text[4];
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{1, 0}, {2, 0}}, 0));
  int fd = must(open("f", O_RDONLY));
  same(read(fd, text, 4), 4);
  must(close(fd));
  check(look("f").st_atime > 1000000000);
  same(look("f").st_mtime, 2);
}

/* What each operation does to the times: `file` and `parent` say which must move; the others must stay. */
enum { CTIME = 1, MTIME = 2 };

static int open_file; /* open before the times are looked at */

static void do_write(void) { write_all(open_file, "x", 1); }
static void do_write_nothing(void) { must(write(open_file, "", 0)); }
static void do_read(void) { char c; must(read(open_file, &c, 1)); }
static void do_truncate(void) { must(truncate("d/f", 2)); }
static void do_truncate_to_same(void) { must(ftruncate(open_file, 4)); }
static void do_open_trunc(void) { must(close(must(open("d/f", O_WRONLY | O_TRUNC)))); }
static void do_open(void) { must(close(must(open("d/f", O_RDWR)))); }
static void do_chmod(void) { must(chmod("d/f", 0600)); }
static void do_chown(void) { must(chown("d/f", getuid(), getgid())); }
static void do_utimes(void) { must(utimensat(AT_FDCWD, "d/f", (struct timespec[]){{1, 0}, {0, UTIME_OMIT}}, 0)); }
static void do_link(void) { must(link("d/f", "other")); }
static void do_link_here(void) { must(link("other", "d/g")); }
static void do_unlink_link(void) { must(unlink("other")); }
static void do_unlink_here(void) { must(unlink("d/g")); }
static void do_create(void) { must(close(must(open("d/new", O_WRONLY | O_CREAT | O_EXCL, 0644)))); }
static void do_mkdir(void) { must(mkdir("d/new", 0755)); }
static void do_rmdir(void) { must(rmdir("d/e")); }
static void do_symlink(void) { must(symlink("x", "d/new")); }
static void do_mkfifo(void) { must(mkfifo("d/new", 0644)); }
static void do_rename(void) { must(rename("d/f", "d/h")); must(link("d/h", "d/f")); }
static void do_rename_in(void) { must(rename("elsewhere", "d/new")); }
static void do_rename_out(void) { must(rename("d/g", "out")); }
static void do_setxattr(void) { must(setxattr("d/f", "user.x", "1", 1, 0)); }
static void do_fallocate(void) { must(fallocate(open_file, 0, 0, 9000)); }
static void do_sendfile(void) { must(sendfile(open_file, must(open("other", O_RDONLY)), NULL, 4)); }
static void do_refused(void) { refused(mkdir("d/e", 0755), EEXIST); refused(unlink("d/absent"), ENOENT); }

static const struct operation {
  const char *name;
  void (*perform)(void);
  int file, parent;
} operations[] = {
    {"write", do_write, CTIME | MTIME, 0},
    {"write of nothing", do_write_nothing, 0, 0},
    {"read", do_read, 0, 0},
    {"truncate", do_truncate, CTIME | MTIME, 0},
    {"ftruncate to the same size", do_truncate_to_same, CTIME | MTIME, 0},
    {"open O_TRUNC", do_open_trunc, CTIME | MTIME, 0},
    {"open", do_open, 0, 0},
    {"chmod", do_chmod, CTIME, 0},
    {"chown", do_chown, CTIME, 0},
    {"utimensat", do_utimes, CTIME, 0},
    {"link", do_link, CTIME, 0},
    {"unlink of another name", do_unlink_link, CTIME, 0},
    {"link into the directory", do_link_here, CTIME, CTIME | MTIME},
    {"unlink in the directory", do_unlink_here, CTIME, CTIME | MTIME},
    {"create", do_create, 0, CTIME | MTIME},
    {"mkdir", do_mkdir, 0, CTIME | MTIME},
    {"rmdir", do_rmdir, 0, CTIME | MTIME},
    {"symlink", do_symlink, 0, CTIME | MTIME},
    {"mkfifo", do_mkfifo, 0, CTIME | MTIME},
    {"rename within the directory", do_rename, CTIME, CTIME | MTIME},
    {"rename into the directory", do_rename_in, 0, CTIME | MTIME},
    {"rename out of the directory", do_rename_out, CTIME, CTIME | MTIME},
    {"setxattr", do_setxattr, CTIME, 0},
    {"fallocate", do_fallocate, CTIME | MTIME, 0},
    {"sendfile into it", do_sendfile, CTIME | MTIME, 0},
    {"what is refused", do_refused, 0, 0},
};

static void must_move(const char *what, struct timespec before, struct timespec after, bool due) {
  bool moved = is_later(after, before);
  if (moved != due) fail("%s %s", what, due ? "stays" : "moves");
}

static void moves_times(const void *argument) {
  const struct operation *operation = argument;
  must(mkdir("d", 0755)), must(mkdir("d/e", 0755));
  put("d/f", "text");
  if (operation->perform != do_link && operation->perform != do_rename) must(link("d/f", "other"));
  if (operation->perform == do_unlink_here || operation->perform == do_rename_out) must(link("d/f", "d/g"));
  put("elsewhere", "text");
  /* Newer than the others, so that reading has no reason to move it. */
  must(utimensat(AT_FDCWD, "d/f", (struct timespec[]){{4000000000, 0}, {0, UTIME_OMIT}}, 0));
  open_file = must(open("d/f", O_RDWR));
  let_time_pass();
  struct stat file = look("d/f"), parent = look("d");
  let_time_pass();
  operation->perform();
  struct stat file_after = look("d/f"), parent_after = look("d");
  must_move("the file's ctime", file.st_ctim, file_after.st_ctim, operation->file & CTIME);
  must_move("the file's mtime", file.st_mtim, file_after.st_mtim, operation->file & MTIME);
  must_move("the directory's ctime", parent.st_ctim, parent_after.st_ctim, operation->parent & CTIME);
  must_move("the directory's mtime", parent.st_mtim, parent_after.st_mtim, operation->parent & MTIME);
}

CHECKS {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    add_check(ANYONE, moves_times, &operations[i], "times - %s", operations[i].name);
}

CHECK("times - a new file's are this moment's, and no later than the next one's") {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  put("f", "text");
  let_time_pass();
  put("g", "text");
  struct stat f = look("f"), g = look("g");
  check(llabs((long long)f.st_mtime - now.tv_sec) <= 2);
  check(is_later(g.st_mtim, f.st_mtim));
  check(is_later(g.st_ctim, f.st_ctim));
}
