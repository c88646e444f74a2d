/* What is done to the file itself: its size, its holes, its name. */
#include "data.h"
#include <linux/falloc.h>
#include <sys/mman.h>

static void resize(void) {
  off_t size = one_in(8) ? 0 : place(one_in(2) ? model.size : MOST);
  bool by_path = !model.orphan && one_in(2);
  note("%s from %lld to %lld", by_path ? "truncate" : "ftruncate", (long long)model.size, (long long)size);
  does(by_path ? truncate(model.path, size) : ftruncate(any()->fd, size));
  model_resize(size);
}

static void empty_by_open(void) {
  if (model.orphan || !one_in(4)) return;
  note("O_TRUNC");
  does(close(does(open(model.path, O_WRONLY | O_TRUNC))));
  model_resize(0);
}

/* Not everywhere is there any such thing, and not over 9P. */
static void allocate(void) {
  static const int modes[] = {0, 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
                              FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE};
  int mode = modes[below(6)];
  struct span span = {place(MOST - 1), amount() + 1};
  if (span.at + (off_t)span.length > MOST) span.length = MOST - span.at;
  note("fallocate %#x at %lld, %zu bytes, of %lld", mode, (long long)span.at, span.length, (long long)model.size);
  if (fallocate(any()->fd, mode, span.at, span.length) != 0) {
    if (errno == EOPNOTSUPP) return;
    wrong("fallocate: %s", strerror(errno));
  }
  if (mode & ~FALLOC_FL_KEEP_SIZE) memset(model.content + span.at, 0, there(span));
  if (!(mode & FALLOC_FL_KEEP_SIZE) && span.at + (off_t)span.length > model.size) model_resize(span.at + span.length);
}

static void must_be_zeros(off_t from, off_t to) {
  for (off_t at = from; at < to; at++)
    if (model.content[at]) wrong("there is data at %lld", (long long)at);
}

/* What is in mappings is not known to a file system before it is written back. */
static void seek_data(void) {
  int fd = any()->fd;
  off_t at = place(model.size + 100);
  does(fsync(fd));
  bool data = one_in(2);
  note("SEEK_%s from %lld, of %lld", data ? "DATA" : "HOLE", (long long)at, (long long)model.size);
  off_t found = lseek(fd, at, data ? SEEK_DATA : SEEK_HOLE);
  add_note(": %lld", (long long)found);
  if (found == -1) {
    if (errno != ENXIO) wrong("lseek: %s", strerror(errno));
    if (!data && at < model.size) wrong("no hole, but every file ends in one");
    return must_be_zeros(at, model.size);
  }
  if (at >= model.size || found < at || found > model.size - data) wrong("it cannot be there");
  if (data) must_be_zeros(at, found);
  else if (model.content[found]) wrong("that is no hole");
}

static void synchronize(void) {
  int fd = any()->fd;
  switch (below(4)) {
    case 0:
      note("fsync");
      does(fsync(fd));
      break;
    case 1:
      note("fdatasync");
      does(fdatasync(fd));
      break;
    case 2:
      note("sync_file_range");
      does(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
      break;
    default:
      note("POSIX_FADV_DONTNEED");
      must_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0, "posix_fadvise");
  }
}

static void open_again(void) {
  if (model.orphan) return;
  struct descriptor *d = any();
  bool before = one_in(2);
  note("close, and open again%s", before ? ", before" : "");
  int old = d->fd;
  if (!before) does(close(old));
  open_descriptor(d);
  add_note(", %#x", d->flags);
  if (before) does(close(old));
}

static void rename_it(void) {
  if (model.orphan) return;
  note("rename, and back%s", one_in(2) ? "" : " at once");
  char path[sizeof model.path];
  does(rename(model.path, model.other));
  memcpy(path, model.path, sizeof path);
  memcpy(model.path, model.other, sizeof path);
  memcpy(model.other, path, sizeof path);
}

static void link_it(void) {
  if (model.orphan) return;
  note("another name, and the first one gone");
  char path[sizeof model.path];
  does(link(model.path, model.other));
  does(unlink(model.path));
  memcpy(path, model.path, sizeof path);
  memcpy(model.path, model.other, sizeof path);
  memcpy(model.other, path, sizeof path);
}

static void remove_it(void) {
  if (model.orphan || !one_in(2)) return;
  note("unlink");
  does(unlink(model.path));
  model.orphan = true;
}

static void make_it_again(void) {
  if (!model.orphan) return;
  note("made again");
  check_content();
  bool first = one_in(2);
  if (first) close_all();
  make_file();
  if (!first) close_all();
  open_all();
}

/* Another file takes the name; whoever has the old one open has that. */
static void replace_it(void) {
  if (model.orphan || !one_in(2)) return;
  struct span span = {0, amount()};
  note("replaced by %zu bytes", span.length);
  unsigned char *bytes = fresh(span);
  int fd = does(open(model.other, O_WRONLY | O_CREAT | O_EXCL, 0600));
  pwrite_all(fd, bytes, span.length, 0);
  does(close(fd));
  does(rename(model.other, model.path));
  model.orphan = true;
  check_size();
  check_content();
  close_all();
  model.orphan = false;
  model_resize(0);
  model_write(0, bytes, span.length);
  open_all();
}

void one_data_operation(void) {
  static const struct choice choices[] = {
    {20, read_once}, {20, write_once},   {6, append_once},  {9, mapped_read}, {9, mapped_write}, {2, keep_mapping},
    {9, resize},     {1, empty_by_open}, {5, allocate},     {6, seek_data},   {4, copy_within},  {2, send_out},
    {2, send_in},    {4, synchronize},   {5, open_again},   {2, rename_it},   {1, link_it},      {1, remove_it},
    {3, make_it_again}, {1, replace_it},
  };
  CHOOSE(choices)();
}
