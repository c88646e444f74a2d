/* Reading, writing and copying, in all the ways that there are. */
#include "data.h"
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static const char *kind(const struct descriptor *d) {
  return d->flags & O_APPEND ? "append" : d->flags & O_DIRECT ? "direct" : d->flags & O_SYNC ? "sync" : "plain";
}

/* In pieces of odd lengths; in one where blocks are asked for. */
static int pieces(const struct descriptor *d, unsigned char *bytes, size_t length, struct iovec *into) {
  int count = 0;
  while (length > 0) {
    size_t piece = count == 7 || d->flags & O_DIRECT ? length : 1 + below(length);
    into[count++] = (struct iovec){bytes, piece};
    bytes += piece;
    length -= piece;
  }
  if (count == 0) into[count++] = (struct iovec){bytes, 0};
  return count;
}

void read_once(void) {
  struct descriptor *d = any();
  struct span span = span_for(d, model.size + 5000 > MOST ? MOST : model.size + 5000);
  struct iovec vector[8];
  unsigned char *bytes = room();
  int how = below(4), count = pieces(d, bytes, span.length, vector);
  note("read %s, way %d, at %lld, %zu bytes", kind(d), how, (long long)span.at, span.length);
  memset(bytes, 0xee, span.length);
  if (how > 1) must_equal(does(lseek(d->fd, span.at, SEEK_SET)), span.at, "lseek");
  long n = how == 0   ? does(pread(d->fd, bytes, span.length, span.at))
           : how == 1 ? does(preadv(d->fd, vector, count, span.at))
           : how == 2 ? does(read(d->fd, bytes, span.length))
                      : does(readv(d->fd, vector, count));
  must_equal(n, there(span), "the bytes read");
  span.length = n;
  must_hold(bytes, span, "a read");
  if (how > 1) must_equal(does(lseek(d->fd, 0, SEEK_CUR)), span.at + n, "the offset after it");
}

/* With O_APPEND, wherever it is, it goes to the end. */
static struct span where(const struct descriptor *d, struct span span) {
  if (d->flags & O_APPEND) span.at = model.size;
  if (span.at + (off_t)span.length > MOST) span.length = MOST - span.at;
  return span;
}

static void write_span(struct descriptor *d, struct span wanted, int how) {
  struct span span = where(d, wanted);
  unsigned char *bytes = fresh(span);
  struct iovec vector[8];
  int count = pieces(d, bytes, span.length, vector);
  note("write %s, way %d, at %lld (%lld), %zu bytes, of %lld", kind(d), how, (long long)span.at, (long long)wanted.at,
       span.length, (long long)model.size);
  if (how > 1) must_equal(does(lseek(d->fd, wanted.at, SEEK_SET)), wanted.at, "lseek");
  long n = how == 0   ? does(pwrite(d->fd, bytes, span.length, wanted.at))
           : how == 1 ? does(pwritev(d->fd, vector, count, wanted.at))
           : how == 2 ? does(write(d->fd, bytes, span.length))
                      : does(writev(d->fd, vector, count));
  must_equal(n, span.length, "the bytes written");
  model_write(span.at, bytes, n);
  if (how > 1 && n > 0) must_equal(does(lseek(d->fd, 0, SEEK_CUR)), span.at + n, "the offset after it");
}

void write_once(void) {
  struct descriptor *d = any();
  off_t limit = one_in(4) ? MOST : model.size;
  write_span(d, span_for(d, limit), below(4));
}

void append_once(void) {
  struct descriptor *d = any();
  if (d->flags & O_DIRECT) return;
  write_span(d, (struct span){model.size, amount() / 4}, below(4));
}

/* From one place of the file to another, by two descriptors where there are two. */
void copy_within(void) {
  struct descriptor *from = any(), *to = any();
  if ((from->flags | to->flags) & O_DIRECT || to->flags & O_APPEND || model.size == 0) return;
  struct span source = span_for(from, model.size);
  off_t target = place(MOST);
  source.length = there(source);
  if (target + (off_t)source.length > MOST) return;
  bool overlap = target < source.at + (off_t)source.length && source.at < target + (off_t)source.length;
  if (overlap || source.length == 0) return;
  note("copy_file_range from %lld to %lld, %zu bytes", (long long)source.at, (long long)target, source.length);
  for (size_t left = source.length; left > 0;) {
    loff_t in = source.at + source.length - left, out = target + source.length - left;
    long n = does(copy_file_range(from->fd, &in, to->fd, &out, left, 0));
    if (n == 0) wrong("copy_file_range gave 0 of %zu bytes", left);
    left -= n;
  }
  memcpy(room(), model.content + source.at, source.length);
  model_write(target, room(), source.length);
}

static int memory(const void *bytes, size_t length) {
  int fd = does(memfd_create("exerciser", 0));
  pwrite_all(fd, bytes, length, 0);
  return fd;
}

static void send_all(int to, int from, off_t at, size_t length) {
  for (size_t left = length; left > 0;) {
    long n = does(sendfile(to, from, &at, left));
    if (n == 0) wrong("sendfile gave 0 of %zu bytes", left);
    left -= n;
  }
}

void send_out(void) {
  struct descriptor *d = any();
  if (d->flags & O_DIRECT) return;
  struct span span = span_for(d, model.size);
  span.length = there(span);
  note("sendfile from %lld, %zu bytes", (long long)span.at, span.length);
  int into = memory("", 0);
  send_all(into, d->fd, span.at, span.length);
  must_equal(pread_all(into, room(), span.length, 0), span.length, "the bytes sent");
  must_hold(room(), span, "sent");
  does(close(into));
}

void send_in(void) {
  struct descriptor *d = any();
  if (d->flags & (O_DIRECT | O_APPEND)) return;
  struct span span = span_for(d, model.size);
  unsigned char *bytes = fresh(span);
  note("sendfile to %lld, %zu bytes", (long long)span.at, span.length);
  int from = memory(bytes, span.length);
  does(lseek(d->fd, span.at, SEEK_SET));
  send_all(d->fd, from, 0, span.length);
  model_write(span.at, bytes, span.length);
  does(close(from));
}
