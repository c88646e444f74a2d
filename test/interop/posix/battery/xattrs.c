/* Extended attributes of the space `user`, and what others there are. */
#include "battery.h"
#include <sys/xattr.h>

CHECK("xattr - set, get, replace, remove") {
  char value[32];
  put("f", "text");
  must(setxattr("f", "user.color", "blue", 4, 0));
  same(getxattr("f", "user.color", value, sizeof value), 4);
  check(memcmp(value, "blue", 4) == 0);
  must(setxattr("f", "user.color", "dark\0red", 8, 0));
  same(getxattr("f", "user.color", value, sizeof value), 8);
  check(memcmp(value, "dark\0red", 8) == 0);
  must(removexattr("f", "user.color"));
  refused(getxattr("f", "user.color", value, sizeof value), ENODATA);
  refused(removexattr("f", "user.color"), ENODATA);
}

CHECK("xattr - XATTR_CREATE and XATTR_REPLACE") {
  char value[4];
  put("f", "text");
  refused(setxattr("f", "user.a", "1", 1, XATTR_REPLACE), ENODATA);
  must(setxattr("f", "user.a", "1", 1, XATTR_CREATE));
  refused(setxattr("f", "user.a", "2", 1, XATTR_CREATE), EEXIST);
  must(setxattr("f", "user.a", "3", 1, XATTR_REPLACE));
  same(getxattr("f", "user.a", value, sizeof value), 1);
  same(value[0], '3');
}

CHECK("xattr - asked for their size, and with too little room") {
  char value[4], names[64];
  put("f", "text");
  must(setxattr("f", "user.color", "blue", 4, 0));
  same(getxattr("f", "user.color", NULL, 0), 4);
  refused(getxattr("f", "user.color", value, 3), ERANGE);
  same(listxattr("f", NULL, 0), listxattr("f", names, sizeof names));
  refused(listxattr("f", names, 3), ERANGE);
}

CHECK("xattr - a list of them") {
  char name[32], names[8192];
  put("f", "text");
  for (int i = 0; i < 50; i++) {
    snprintf(name, sizeof name, "user.number-%d", i);
    must(setxattr("f", name, name, strlen(name), 0));
  }
  long length = must(listxattr("f", names, sizeof names));
  for (int i = 0; i < 50; i++) {
    snprintf(name, sizeof name, "user.number-%d", i);
    check(memmem(names, length, name, strlen(name) + 1));
  }
}

CHECK("xattr - an empty value, and one of 2000 bytes") {
  unsigned char out[2000], in[2000];
  put("f", "text");
  must(setxattr("f", "user.empty", "", 0, 0));
  same(getxattr("f", "user.empty", in, sizeof in), 0);
  pattern(out, sizeof out, 0, 1);
  must(setxattr("f", "user.large", out, sizeof out, 0));
  same(getxattr("f", "user.large", in, sizeof in), sizeof in);
  must_match(in, out, sizeof in, 0);
}

CHECK("xattr - names up to 255 bytes, values up to 64 KiB") {
  char name[300] = "user.";
  static char value[65537];
  put("f", "text");
  memset(name + 5, 'n', 250);
  int result = setxattr("f", name, "1", 1, 0);
  check(result == 0 || errno == ENOSPC || errno == E2BIG);
  name[255] = 'n', name[256] = 0;
  refused(setxattr("f", name, "1", 1, 0), ERANGE);
  refused(setxattr("f", "user.a", value, 65537, 0), E2BIG);
}

CHECK("xattr - of directories and open files, also unlinked ones") {
  char value[8];
  must(mkdir("d", 0755));
  must(setxattr("d", "user.a", "dir", 3, 0));
  same(getxattr("d", "user.a", value, sizeof value), 3);
  int fd = must(open("f", O_RDWR | O_CREAT, 0644));
  must(fsetxattr(fd, "user.a", "file", 4, 0));
  must(unlink("f"));
  same(fgetxattr(fd, "user.a", value, sizeof value), 4);
  must(fremovexattr(fd, "user.a"));
  refused(fgetxattr(fd, "user.a", value, sizeof value), ENODATA);
}

CHECK("xattr - not of symbolic links and fifos") {
  put("f", "text");
  must(symlink("f", "s")), must(mkfifo("p", 0600));
  must(setxattr("s", "user.a", "1", 1, 0));
  refused(lsetxattr("s", "user.b", "1", 1, 0), EPERM);
  refused(setxattr("p", "user.b", "1", 1, 0), EPERM);
}

CHECK("xattr - stay through rename and link") {
  char value[8];
  put("f", "text");
  must(setxattr("f", "user.a", "1", 1, 0));
  must(rename("f", "g")), must(link("g", "h"));
  same(getxattr("h", "user.a", value, sizeof value), 1);
}

CHECK("xattr - of no known space") {
  char value[8];
  put("f", "text");
  refused(setxattr("f", "nonsense.a", "1", 1, 0), EOPNOTSUPP);
  refused(setxattr("f", "plain", "1", 1, 0), EOPNOTSUPP);
  refused(getxattr("f", "nonsense.a", value, sizeof value), EOPNOTSUPP, ENODATA);
}

CHECK_AS_ROOT("xattr - need the rights to the file") {
  char value[8];
  make_file("f", 0644);
  must(setxattr("f", "user.a", "1", 1, 0));
  act_as(NOBODY, NOBODY);
  same(getxattr("f", "user.a", value, sizeof value), 1);
  refused(setxattr("f", "user.a", "2", 1, 0), EACCES, EPERM);
  refused(removexattr("f", "user.a"), EACCES, EPERM);
  act_as_root();
  must(chmod("f", 0600));
  act_as(NOBODY, NOBODY);
  refused(getxattr("f", "user.a", value, sizeof value), EACCES);
}
