/* Long random sequences of calls, each checked: what they have in common. */
#ifndef EXERCISER_H
#define EXERCISER_H

#include "../../c/words.h"

/* The same seed gives the same sequence. */
void seed_random(uint64_t seed);
/* From 0 to limit - 1; 0 for a limit of 0. */
uint64_t below(uint64_t limit);
bool one_in(unsigned count);

/* An operation that somebody chooses so many times in the sum of all weights. */
struct choice {
  unsigned weight;
  void (*run)(void);
};
void (*choose(const struct choice *choices, size_t count))(void);
#define CHOOSE(choices) choose(choices, sizeof(choices) / sizeof *(choices))

/* What is done next: the last of these lines are printed when something is wrong. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* More about what was noted last: what came of it. */
void add_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the process: what was done last, and what is wrong. */
_Noreturn void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The call must succeed; its result. */
#define does(call) call_does((long)(call), #call)
long call_does(long result, const char *call);
/* What must hold, of two numbers. */
void must_equal(long long actual, long long expected, const char *what);

/* Runs a function in so many processes. When one of them finds something wrong, all end. */
void in_processes(unsigned count, void (*run)(unsigned process));

/* Whether two trees are the same in all that can be seen, but for the times of what was changed just now. */
void compare_trees(const char *expected, const char *actual);
/* Whether what a tree says of itself fits together: link counts, listings. The number of files. */
unsigned long check_tree(const char *root);
/* Removes all that is below. */
void empty_tree(const char *root);

/* The kinds of exercise; each ends the process if something is wrong. */
void exercise_data(const char *directory, unsigned long operations, bool two);
void exercise_ranges(const char *directory, uint64_t seed, unsigned long operations, bool mixed);
void exercise_appends(const char *directory, unsigned long operations);
void exercise_names(const char *plain, const char *directory, unsigned long operations);
void exercise_crowd(const char *directory, uint64_t seed, unsigned long operations);

#endif
