/*
 * What the helper for files and mounts shares between its worlds and its calls.
 *
 * A world is a file system of its own in a mount namespace of its own, with all workers at its root. The file system is a
 * tmpfs, or a directory in the one that is named: of the latter it is only told what all file systems have in common,
 * neither which inode it is nor how often a directory is linked.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>

#define WORDS_MAX 6

/* mounts.c: the operation that is carried out, and whether inodes are told apart. */
extern char *words[WORDS_MAX];
extern bool isNumbered;
void fail(const char *what);

/* mountsCalls.c: makes the call that the words ask for, and prints what came of it. */
void carryOut(void);
void told(bool isOk);
/* Closes what is still open, and forgets which inodes were told. */
void forgetAll(void);

#endif
