/* A file, the model of it, and the descriptors by which it is used. */
#ifndef DATA_H
#define DATA_H

#include "exerciser.h"

/* The largest size of a file, and what O_DIRECT is aligned to. */
enum { MOST = 2600 << 10, BLOCK = 4096 };

extern struct model {
  char path[400];
  /* Another name in the directory. */
  char other[400];
  off_t size;
  /* The name is gone: the file is there for those who have it open. */
  bool orphan;
  /* Behind the size, all zeros. */
  unsigned char content[MOST + BLOCK];
} model;

extern struct descriptor {
  int fd;
  int flags;
} descriptors[2];

struct span {
  off_t at;
  size_t length;
};

struct descriptor *any(void);
off_t place(off_t limit);
size_t amount(void);
struct span span_for(const struct descriptor *d, off_t limit);

/* Bytes that were never written before, for that place; and a place to read into. */
unsigned char *fresh(struct span span);
unsigned char *room(void);

void model_write(off_t at, const void *bytes, size_t length);
void model_resize(off_t size);
size_t there(struct span span);
void must_hold(const unsigned char *actual, struct span span, const char *how);

void check_size(void);
void check_content(void);

int open_flags(bool second);
void open_descriptor(struct descriptor *d);
void open_all(void);
void close_all(void);
void make_file(void);

/* Of mapping.c: mappings, one of which may be kept for long. */
void mapped_read(void);
void mapped_write(void);
void keep_mapping(void);
void forget_mapping(void);

/* Of transfer.c: reading, writing and copying. */
void read_once(void);
void write_once(void);
void append_once(void);
void copy_within(void);
void send_out(void);
void send_in(void);

void one_data_operation(void);

#endif
