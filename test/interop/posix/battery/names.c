/* Names: making what has one, link, symlink, mknod; which names there are, and how long they get. */
#include "battery.h"
#include <dirent.h>
#include <limits.h>
#include <sys/sysmacros.h>

CHECK("mkdir - a directory, empty, of our own") {
  must(mkdir("d", 0755));
  same(look("d").st_mode, S_IFDIR | 0755);
  same(look("d").st_uid, geteuid());
  refused(mkdir("d", 0755), EEXIST);
  put("f", "text");
  refused(mkdir("f", 0755), EEXIST);
  must(symlink("nowhere", "s"));
  refused(mkdir("s", 0755), EEXIST);
}

CHECK("mkdir - counts in the parent's links") {
  nlink_t before = links_of(".");
  must(mkdir("d", 0755));
  same(links_of("d"), 2);
  same(links_of("."), before + 1);
  must(mkdir("d/e", 0755));
  same(links_of("d"), 3);
  must(rmdir("d/e"));
  same(links_of("d"), 2);
  must(rename("d", "f"));
  same(links_of("."), before + 1);
  must(rmdir("f"));
  same(links_of("."), before);
}

CHECK("mkdir - fifty levels deep") {
  for (int i = 0; i < 50; i++) {
    must(mkdir("d", 0755));
    must(chdir("d"));
  }
  put("f", "text");
  for (int i = 0; i < 50; i++) must(chdir(".."));
  check(exists("d/d/d/d/d/d/d/d"));
}

CHECK("mkfifo - a fifo") {
  must(mkfifo("p", 0644));
  same(look("p").st_mode, S_IFIFO | 0644);
  same(look("p").st_size, 0);
  same(links_of("p"), 1);
  refused(mkfifo("p", 0644), EEXIST);
}

CHECK("mknod - files, fifos and sockets are anybody's") {
  must(mknod("f", S_IFREG | 0640, 0));
  same(look("f").st_mode, S_IFREG | 0640);
  put("f", "text");
  holds("f", "text");
  must(mknod("p", S_IFIFO | 0600, 0));
  must(mknod("s", S_IFSOCK | 0600, 0));
  same(look("s").st_mode, S_IFSOCK | 0600);
  refused(mknod("f", S_IFREG | 0640, 0), EEXIST);
}

CHECK_AS_ROOT("mknod - devices are root's") {
  must(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
  must(mknod("b", S_IFBLK | 0600, makedev(259, 70000)));
  same(look("c").st_mode, S_IFCHR | 0600);
  same(look("c").st_rdev, makedev(1, 3));
  same(look("b").st_mode, S_IFBLK | 0600);
  same(look("b").st_rdev, makedev(259, 70000));
  act_as(NOBODY, NOBODY);
  refused(mknod("d", S_IFCHR | 0600, makedev(1, 3)), EPERM);
}

CHECK("link - two names of one file") {
  put("f", "text");
  must(link("f", "g"));
  same(links_of("f"), 2), same(links_of("g"), 2);
  same(look("f").st_ino, look("g").st_ino);
  put("g", "through g");
  holds("f", "through g");
  must(chmod("g", 0600)), same(mode_of("f"), 0600);
  must(unlink("f"));
  same(links_of("g"), 1);
  holds("g", "through g");
}

CHECK("link - in another directory, and of a fifo and a symbolic link") {
  must(mkdir("d", 0755));
  put("f", "text");
  must(link("f", "d/g"));
  holds("d/g", "text");
  must(mkfifo("p", 0600));
  must(link("p", "d/p"));
  same(links_of("p"), 2);
  must(symlink("f", "s"));
  must(linkat(AT_FDCWD, "s", AT_FDCWD, "t", 0));
  same(look("t").st_mode & S_IFMT, S_IFLNK);
  must(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
  same(look("u").st_ino, look("f").st_ino);
}

CHECK("link - not over what is there, not of a directory") {
  put("f", "text");
  put("g", "text");
  must(mkdir("d", 0755));
  refused(link("f", "g"), EEXIST);
  refused(link("f", "d"), EEXIST);
  refused(link("f", "f"), EEXIST);
  refused(link("d", "e"), EPERM);
  refused(link("absent", "h"), ENOENT);
}

CHECK("link - a hundred names") {
  char name[16];
  put("f", "text");
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "f-%d", i);
    must(link("f", name));
  }
  same(links_of("f"), 101);
}

CHECK("symlink - holds any text, of any length up to PATH_MAX - 1") {
  char text[PATH_MAX + 1];
  must(symlink("no/such/thing at all", "s"));
  same(look("s").st_size, 20);
  same(look("s").st_mode & S_IFMT, S_IFLNK);
  same(readlink("s", text, sizeof text), 20);
  check(memcmp(text, "no/such/thing at all", 20) == 0);
  same(readlink("s", text, 5), 5);
  must(symlink(name_of_length(PATH_MAX - 1), "long"));
  same(readlink("long", text, sizeof text), PATH_MAX - 1);
  refused(symlink(name_of_length(PATH_MAX), "longer"), ENAMETOOLONG);
  refused(symlink("", "empty"), ENOENT);
  refused(symlink("x", "s"), EEXIST);
}

CHECK("symlink - is followed, relative and absolute, to the end") {
  char here[PATH_MAX], path[PATH_MAX + 8];
  check(getcwd(here, sizeof here));
  must(mkdir("d", 0755));
  put("d/f", "text");
  must(symlink("d", "s"));
  must(symlink("s/f", "t"));
  holds("s/f", "text");
  holds("t", "text");
  snprintf(path, sizeof path, "%s/t", here);
  must(symlink(path, "absolute"));
  holds("absolute", "text");
  must(symlink("../d/f", "d/up"));
  holds("d/up", "text");
}

CHECK("symlink - forty are followed, a ring is not") {
  char name[16], next[16];
  put("link-40", "text");
  for (int i = 0; i < 40; i++) {
    snprintf(name, sizeof name, "link-%d", i), snprintf(next, sizeof next, "link-%d", i + 1);
    must(symlink(next, name));
  }
  holds("link-0", "text");
  must(symlink("link-0", "one-too-many"));
  refused(open("one-too-many", O_RDONLY), ELOOP);
  must(symlink("b", "a")), must(symlink("a", "b"));
  refused(open("a", O_RDONLY), ELOOP);
}

CHECK("readlink - of what is no link is EINVAL") {
  char text[8];
  put("f", "text");
  must(mkdir("d", 0755));
  refused(readlink("f", text, sizeof text), EINVAL);
  refused(readlink("d", text, sizeof text), EINVAL);
}

CHECK("names - 255 bytes, and no more") {
  const char *name = name_of_length(NAME_MAX);
  put(name, "text");
  holds(name, "text");
  char other[NAME_MAX + 1];
  memset(other, 'o', NAME_MAX), other[NAME_MAX] = 0;
  must(rename(name_of_length(NAME_MAX), other));
  must(link(other, name_of_length(NAME_MAX)));
  must(unlink(other));
  must(mkdir(other, 0755)), must(rmdir(other));
  must(symlink("x", other)), must(unlink(other));
  refused(mkdir(name_of_length(NAME_MAX + 1), 0755), ENAMETOOLONG);
}

CHECK("names - a path of PATH_MAX - 1 bytes, and no more") {
  static char path[PATH_MAX + 8];
  size_t length = 0;
  while (length < PATH_MAX - 1 - 2 * 100) {
    memset(path + length, 'd', 99), path[length + 99] = '/', path[length + 100] = 0;
    must(mkdir(path, 0755));
    length += 100;
  }
  memset(path + length, 'f', PATH_MAX - 1 - length), path[PATH_MAX - 1] = 0;
  put(path, "text");
  holds(path, "text");
  path[PATH_MAX - 1] = 'f', path[PATH_MAX] = 0;
  refused(open(path, O_RDONLY), ENAMETOOLONG);
}

static bool is_listed(const char *name) {
  DIR *directory = opendir(".");
  bool found = false;
  check(directory);
  for (struct dirent *entry; (entry = readdir(directory));) found = found || strcmp(entry->d_name, name) == 0;
  closedir(directory);
  return found;
}

static void name_works(const void *argument) {
  const char *name = argument;
  put(name, "text");
  holds(name, "text");
  check(is_listed(name));
  must(rename(name, "plain"));
  must(rename("plain", name));
  must(chmod(name, 0600));
  must(unlink(name));
  must(mkdir(name, 0755));
  must(chdir(name));
  must(chdir(".."));
  must(rmdir(name));
  must(symlink(name, "s"));
  char target[NAME_MAX];
  long length = must(readlink("s", target, sizeof target));
  same(length, strlen(name));
  check(memcmp(target, name, length) == 0);
  check(!is_listed(name));
}

CHECKS {
  static const struct { const char *what, *name; } names[] = {
    {"UTF-8", "gr\xc3\xbcn \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80"},
    {"Latin-1, which is no UTF-8", "gr\xfcn"},
    {"bytes of no encoding", "\xff\xfe\x80\xc3"},
    {"a surrogate in UTF-8", "\xed\xb2\x80"},
    {"a newline and other control characters", "two\nlines\t\x01\x7f\r"},
    {"spaces at both ends", " a b "},
    {"dots", "..."},
    {"characters of shells", "*?[a]$x`;|&<>\"'\\!#~"},
    {"a percent sign and a colon", "%00%2f:C"},
    {"what Windows would not have", "con.txt. "},
    {"decomposed letters", "u\xcc\x88"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    add_check(ANYONE, name_works, names[i].name, "names - %s", names[i].what);
}

CHECK("names - that differ in case, normal form or bad bytes are different") {
  const char *const names[] = {"a", "A", "\xc3\xbc", "u\xcc\x88", "\xfc", "\xff", "\xef\xbf\xbd"};
  const size_t count = sizeof names / sizeof *names;
  for (size_t i = 0; i < count; i++) put(names[i], names[i]);
  for (size_t i = 0; i < count; i++) holds(names[i], names[i]);
}

CHECK("names - dot and dot-dot") {
  must(mkdir("d", 0755));
  put("f", "text");
  holds("d/../f", "text");
  holds("./d/.././f", "text");
  same(look("d/.").st_ino, look("d").st_ino);
  same(look("d/..").st_ino, look(".").st_ino);
  refused(rmdir("d/."), EINVAL);
  refused(rmdir("d/.."), ENOTEMPTY, EBUSY, EINVAL);
  refused(mkdir("d/.", 0755), EEXIST);
  refused(rename("d/.", "e"), EBUSY, EINVAL);
  refused(rename("d", "d/.."), EBUSY, EINVAL, ENOTEMPTY);
}
