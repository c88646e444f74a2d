/* What a file is called: rename, unlink, and names that are long or strange. */
#include "battery.h"
#include <dirent.h>

static void rename_in_place(void) {
  put("old", "text");
  must(rename("old", "new"));
  check(!exists("old"));
  holds("new", "text");
}

static void rename_over(void) {
  put("old", "kept");
  put("new", "lost");
  must(rename("old", "new"));
  check(!exists("old"));
  holds("new", "kept");
}

/* The manual of 9P2000 forbids it: either both stay as they were, or it is done as POSIX says. */
static void rename_over_or_refuse(void) {
  put("old", "kept");
  put("new", "lost");
  if (rename("old", "new") == 0) {
    check(!exists("old"));
    holds("new", "kept");
  } else {
    same(errno, EEXIST);
    holds("old", "kept");
    holds("new", "lost");
  }
}

static void rename_elsewhere(void) {
  must(mkdir("a", 0755));
  must(mkdir("b", 0755));
  put("a/f", "text");
  put("b/g", "lost");
  must(rename("a/f", "b/f"));
  check(!exists("a/f"));
  holds("b/f", "text");
  must(rename("b/f", "b/g"));
  holds("b/g", "text");
  must(rmdir("a"));
}

static void rename_directory(void) {
  must(mkdir("d", 0755));
  must(mkdir("d/deep", 0755));
  put("d/deep/f", "text");
  must(rename("d", "e"));
  check(!exists("d"));
  holds("e/deep/f", "text");
  put("e/deep/g", "more");
  holds("e/deep/g", "more");
}

static void rename_directory_over_empty(void) {
  must(mkdir("d", 0755));
  put("d/f", "text");
  must(mkdir("empty", 0755));
  must(mkdir("full", 0755));
  put("full/f", "text");
  refused(rename("d", "full"), ENOTEMPTY, EEXIST);
  must(rename("d", "empty"));
  holds("empty/f", "text");
}

static void rename_directory_into_itself(void) {
  must(mkdir("d", 0755));
  must(mkdir("d/e", 0755));
  refused(rename("d", "d/e/f"), EINVAL);
  refused(rename("d", "d/f"), EINVAL);
  check(exists("d/e"));
}

static void rename_of_other_kind(void) {
  put("f", "text");
  must(mkdir("d", 0755));
  refused(rename("f", "d"), EISDIR);
  refused(rename("d", "f"), ENOTDIR);
  refused(rename("absent", "x"), ENOENT);
  must(rename("f", "f"));
  holds("f", "text");
}

static void rename_while_open(void) {
  char text[16];
  int fd = must(open("old", O_RDWR | O_CREAT, 0644));
  write_all(fd, "before ", 7);
  must(rename("old", "new"));
  write_all(fd, "after", 5);
  same(pread_all(fd, text, sizeof text, 0), 12);
  must(close(fd));
  holds("new", "before after");
}

static void rename_directory_of_open_file(void) {
  must(mkdir("d", 0755));
  int fd = must(open("d/f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "one ", 4);
  must(rename("d", "e"));
  write_all(fd, "two", 3);
  must(close(fd));
  holds("e/f", "one two");
}

/* The open file is the one that was moved away, not the one that has its name now. */
static void replaced_while_open(void) {
  char text[16];
  put("f", "old");
  put("g", "new");
  int fd = must(open("f", O_RDONLY));
  must(rename("g", "f"));
  same(pread_all(fd, text, sizeof text, 0), 3);
  check(memcmp(text, "old", 3) == 0);
  holds("f", "new");
}

static void unlink_while_open(void) {
  char text[16];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "before ", 7);
  must(unlink("f"));
  check(!exists("f"));
  write_all(fd, "after", 5);
  same(pread_all(fd, text, sizeof text, 0), 12);
  check(memcmp(text, "before after", 12) == 0);
  must(close(fd));
}

static void fstat_after_unlink(void) {
  struct stat attributes;
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "12345", 5);
  must(unlink("f"));
  must(fstat(fd, &attributes));
  same(attributes.st_size, 5);
}

static void no_links_after_unlink(void) {
  struct stat attributes;
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(unlink("f"));
  must(fstat(fd, &attributes));
  same(attributes.st_nlink, 0);
}

static void ftruncate_after_unlink(void) {
  char text[16];
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(fd, "12345", 5);
  must(unlink("f"));
  must(ftruncate(fd, 2));
  same(pread_all(fd, text, sizeof text, 0), 2);
}

static void unlink_and_make_again(void) {
  char text[16];
  int old = must(open("f", O_RDWR | O_CREAT, 0644));
  write_all(old, "the old", 7);
  must(unlink("f"));
  put("f", "the new one");
  same(pread_all(old, text, sizeof text, 0), 7);
  check(memcmp(text, "the old", 7) == 0);
  must(close(old));
  holds("f", "the new one");
}

/* Both the size of a name and the number of names in a walk have a limit in the protocol. */
static void long_names(void) {
  char name[257];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  put(name, "long");
  holds(name, "long");
  must(mkdir("d", 0755));
  must(chdir("d"));
  must(mkdir(name, 0755));
  must(rmdir(name));
  must(chdir(".."));
  must(unlink(name));
  name[255] = 'n';
  name[256] = 0;
  refused(open(name, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
  refused(mkdir(name, 0755), ENAMETOOLONG);
}

static bool is_listed(const char *name) {
  DIR *directory = opendir(".");
  bool found = false;
  if (!directory) fail("opendir: %s", strerror(errno));
  for (struct dirent *entry; (entry = readdir(directory));) found |= strcmp(entry->d_name, name) == 0;
  closedir(directory);
  return found;
}

static void each_name(const char *const *names) {
  for (const char *const *name = names; *name; name++) {
    put(*name, *name);
    if (!is_listed(*name)) fail("'%s' is not listed", *name);
  }
  for (const char *const *name = names; *name; name++) {
    holds(*name, *name);
    must(unlink(*name));
    if (is_listed(*name)) fail("'%s' is listed after unlink", *name);
  }
}

static void utf8_names(void) {
  /* Two to four bytes a letter; a letter composed and decomposed, which are two names; an invisible one. */
  each_name((const char *const[]){"grün", "日本語", "😀", "\xc3\xa9", "e\xcc\x81", "a\xe2\x80\x8b", 0});
}

static void strange_names(void) {
  each_name((const char *const[]){"a b", "'\"\\", "-n", "new\nline", "\ttab", "...", "..a", "%00", "a:b", "a#b?c", "~",
                                  "Case", "case", "__proto__", "constructor", "\x01\x7f", 0});
}

/* 9P's names are UTF-8, Linux's are bytes: a server may take or refuse it, and the connection lives on. */
static void name_that_is_not_utf8(void) {
  int fd = open("\xff\xfe", O_WRONLY | O_CREAT, 0644);
  if (fd != -1) {
    check(is_listed("\xff\xfe"));
    must(unlink("\xff\xfe"));
  }
  put("f", "alive");
  holds("f", "alive");
}

/*
 * The client's limits. Without Trename and Trenameat, v9fs renames by Twstat: within one directory (EXDEV is its own),
 * and over an existing file only as far as the server allows it, which the manual does not. 9P2000 has no number of
 * links: it is always 1.
 *
 * No limit of the client's are fstat and ftruncate of a file that has no name any more: v9fs asks them of the open fid.
 * diod and QEMU refuse them since they look for the path again.
 */
const struct test name_tests[] = {
    {"rename", EVERYWHERE, rename_in_place},
    {"rename over an existing file", DOTL, rename_over},
    {"rename over an existing file, or refuse", EVERYWHERE, rename_over_or_refuse},
    {"rename to another directory", DOTL, rename_elsewhere},
    {"rename a directory", EVERYWHERE, rename_directory},
    {"rename a directory over another", DOTL, rename_directory_over_empty},
    {"rename a directory into itself", EVERYWHERE, rename_directory_into_itself},
    {"rename a file over a directory", EVERYWHERE, rename_of_other_kind},
    {"rename while open", EVERYWHERE, rename_while_open},
    {"rename the directory of an open file", EVERYWHERE, rename_directory_of_open_file},
    {"rename over an open file", DOTL, replaced_while_open},
    {"unlink while open", EVERYWHERE, unlink_while_open},
    {"fstat after unlink", EVERYWHERE, fstat_after_unlink},
    {"no links after unlink", DOTL | DOTU, no_links_after_unlink},
    {"ftruncate after unlink", EVERYWHERE, ftruncate_after_unlink},
    {"unlink and make again", EVERYWHERE, unlink_and_make_again},
    {"long names", EVERYWHERE, long_names},
    {"UTF-8 names", EVERYWHERE, utf8_names},
    {"strange names", EVERYWHERE, strange_names},
    {"a name that is not UTF-8", EVERYWHERE, name_that_is_not_utf8},
    {0},
};
