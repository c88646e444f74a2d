/* What is known of a file beside its contents: mode, owner, times, numbers; and of the whole tree. */
#include "battery.h"
#include <dirent.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static struct stat attributes_of(const char *path) {
  struct stat attributes;
  must(lstat(path, &attributes));
  return attributes;
}

static void change_mode(void) {
  static const mode_t modes[] = {0600, 0644, 0755, 0444, 0};
  put("f", "text");
  must(mkdir("d", 0755));
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    must(chmod("f", modes[i]));
    same(attributes_of("f").st_mode, S_IFREG | modes[i]);
    must(chmod("d", modes[i]));
    same(attributes_of("d").st_mode, S_IFDIR | modes[i]);
  }
  must(chmod("d", 0755)); /* or its owner could not remove it */
  int fd = must(open("g", O_RDWR | O_CREAT, 0644));
  must(fchmod(fd, 0640));
  same(attributes_of("g").st_mode, S_IFREG | 0640);
}

static void special_mode_bits(void) {
  put("f", "text");
  must(chmod("f", 04755));
  same(attributes_of("f").st_mode, S_IFREG | 04755);
  must(mkdir("d", 0755));
  must(chmod("d", 02755));
  same(attributes_of("d").st_mode, S_IFDIR | 02755);
  must(chmod("d", 01777));
  same(attributes_of("d").st_mode, S_IFDIR | 01777);
}

enum { LONG_AGO = 1000000000, LATER = 1234567890 };

static void change_times(void) {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{LONG_AGO, 0}, {LATER, 0}}, 0));
  same(attributes_of("f").st_atime, LONG_AGO);
  same(attributes_of("f").st_mtime, LATER);
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{0, UTIME_OMIT}, {LONG_AGO, 0}}, 0));
  same(attributes_of("f").st_atime, LONG_AGO);
  same(attributes_of("f").st_mtime, LONG_AGO);
}

static void change_modification_time(void) {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{LATER, 0}, {LATER, 0}}, 0));
  same(attributes_of("f").st_mtime, LATER);
  must(mkdir("d", 0755));
  must(utimensat(AT_FDCWD, "d", (struct timespec[]){{LATER, 0}, {LATER, 0}}, 0));
  same(attributes_of("d").st_mtime, LATER);
}

/* `touch`: the time is the server's own, which need not be ours, but is of this century. */
static void times_to_now(void) {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{LONG_AGO, 0}, {LONG_AGO, 0}}, 0));
  must(utimensat(AT_FDCWD, "f", NULL, 0));
  check(attributes_of("f").st_mtime > LATER);
  must(futimens(must(open("f", O_RDWR)), NULL));
}

static void write_moves_the_time(void) {
  put("f", "text");
  must(utimensat(AT_FDCWD, "f", (struct timespec[]){{LONG_AGO, 0}, {LONG_AGO, 0}}, 0));
  put("f", "more");
  check(attributes_of("f").st_mtime > LATER);
  must(utimensat(AT_FDCWD, ".", (struct timespec[]){{LONG_AGO, 0}, {LONG_AGO, 0}}, 0));
  must(mkdir("d", 0755));
  must(close(must(open(".", O_RDONLY))));
  check(attributes_of("d").st_mtime > LATER);
}

/* Done, or refused as it is to an ordinary user. */
static void change_owner(void) {
  put("f", "text");
  if (chown("f", 4711, 4712) == 0) {
    same(attributes_of("f").st_uid, 4711);
    same(attributes_of("f").st_gid, 4712);
  } else {
    check(errno == EPERM || errno == EOPNOTSUPP);
  }
  holds("f", "text");
}

static void size_of_the_tree(void) {
  struct statfs tree;
  must(statfs(".", &tree));
  same(tree.f_namelen, 255);
  check(tree.f_bsize > 0);
  check(tree.f_blocks > 0);
  check(tree.f_bfree <= tree.f_blocks);
  check(tree.f_bavail <= tree.f_bfree);
}

static void may_access(void) {
  put("f", "text");
  must(chmod("f", 0644));
  must(access("f", F_OK));
  must(access("f", R_OK | W_OK));
  refused(access("f", X_OK), EACCES);
  must(chmod("f", 0755));
  must(access("f", X_OK));
  refused(access("absent", F_OK), ENOENT);
}

static void try_forbidden_files(void *unused) {
  (void)unused;
  if (!become_ordinary_user()) return;
  refused(open("private", O_RDONLY), EACCES);
  refused(open("public", O_WRONLY), EACCES);
  refused(open("new", O_WRONLY | O_CREAT, 0644), EACCES);
  refused(open("closed/f", O_RDONLY), EACCES);
  holds("public", "for all");
}

static void another_user(void) {
  put("private", "mine");
  must(chmod("private", 0600));
  put("public", "for all");
  must(mkdir("closed", 0755));
  put("closed/f", "mine");
  must(chmod("closed", 0700));
  in_child(try_forbidden_files, NULL);
}

static void numbers(void) {
  put("a", "text");
  put("b", "text");
  ino_t a = attributes_of("a").st_ino, b = attributes_of("b").st_ino;
  check(a != b);
  must(rename("a", "c"));
  same(attributes_of("c").st_ino, a);
  same(attributes_of("c").st_nlink, 1);
  check(attributes_of("c").st_blksize > 0);
  same(attributes_of("c").st_uid, getuid() == 0 ? attributes_of("b").st_uid : getuid());
}

/* The number that a directory lists is the file's own. */
static void numbers_in_directory(void) {
  put("f", "text");
  DIR *directory = opendir(".");
  check(directory);
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strcmp(entry->d_name, "f") == 0) same(entry->d_ino, attributes_of("f").st_ino);
  closedir(directory);
}

/* Servers refuse to make devices as they like, but say so with a number that means it. */
static void make_fifo(void) {
  if (mkfifo("p", 0644) == 0) {
    same(attributes_of("p").st_mode & S_IFMT, S_IFIFO);
    must(unlink("p"));
  } else {
    check(errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EACCES);
  }
  put("f", "alive");
  holds("f", "alive");
}

/*
 * The client's limits. Times are whole seconds in every dialect: v9fs leaves its superblock's granularity at that, so
 * Linux cuts off what is finer before the client sees it. 9P2000 has no owners by number (a chown says that it is done,
 * and is not), no setuid, setgid and sticky bits, and its manual lets nobody set the time of access. Only 9P2000.L has
 * statfs; in the others v9fs makes it up.
 */
const struct test attribute_tests[] = {
    {"chmod", EVERYWHERE, change_mode},
    {"setuid, setgid and sticky bits", DOTL | DOTU, special_mode_bits},
    {"utimens", DOTL | DOTU, change_times},
    {"utimens of the modification", EVERYWHERE, change_modification_time},
    {"utimens to now", EVERYWHERE, times_to_now},
    {"a write moves the modification time", EVERYWHERE, write_moves_the_time},
    {"chown", DOTL | DOTU, change_owner},
    {"statfs", DOTL, size_of_the_tree},
    {"access", EVERYWHERE, may_access},
    {"another user", EVERYWHERE, another_user},
    {"file numbers", EVERYWHERE, numbers},
    {"file numbers in a directory", EVERYWHERE, numbers_in_directory},
    {"mkfifo", EVERYWHERE, make_fifo},
    {0},
};
