/*
 * What the helper and its workers share.
 *
 * The helper opens a pid namespace for each world that a sequence asks for. Every process in it is a worker: it sleeps
 * until the helper asks it for one system call, makes it, and leaves the result in its slot, which is memory that all of
 * them share. So a sequence of operations is carried out by the processes that it names, one after the other.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A sequence that needs more is a mistake of the one who wrote it. */
#define PROCESSES_MAX 512
#define LOG_MAX 64
#define SIGNALS 31

enum what { FORK, BURN, EXIT, FAULT, KILL, SETPGID, SETSID, DISPOSITION, WAIT, BURY, LAST_PID, IS_HELD };
enum birth { UNBORN, BORN, FAILED };
enum disposition { BY_DEFAULT, IGNORED, HANDLED };

struct slot {
  /* The helper's side: `asked` counts the questions, and the worker sleeps on it. */
  uint32_t asked;
  uint32_t what;
  int64_t argument[4];
  /* The worker's side: `answered` follows `asked`, and the helper sleeps on it. */
  uint32_t answered;
  int64_t result;
  int64_t status;
  uint32_t born; /* a birth */
  pid_t pid;
  pid_t outerPid;
  /* Signals that met a handler since the last look, in order; SIGCHLD apart, since several may arrive as one. */
  uint32_t logged;
  uint8_t log[LOG_MAX];
  uint32_t loggedChild;
};

/* worker.c */
extern struct slot *slots;
/* Fixed numbers, so that they are the same behind an exec: the shared memory, this program, the helper's /proc. */
enum { SLOTS_FD = 100, PROGRAM_FD, PROC_FD };
void shareSlots(void);
void waitFor(uint32_t *word, uint32_t old, long patienceUs);
void wake(uint32_t *word);
/* Turns the calling process into the worker of this slot; does not return. */
void work(int number);
/* The same after a fork: first a session of its own, another uid, and an exec as far as they are asked for. */
void beBorn(int number, bool ownGroup, uid_t uid, bool exec);

/* watch.c */
struct process {
  int world; /* from 1; 0 for an entry that is not used */
  bool isHelpersChild, gone, isNew, told;
  bool free; /* its numbers are, or will be when its group and session are empty */
  int exit; /* as wait(2) tells it */
  int statFile, statusFile;
  /* What was seen last. */
  char state;
  bool calm, leaving;
  pid_t parent, group, session; /* as the helper numbers them */
  uint32_t pending;
  /* What it was when it last came to rest. */
  char restState;
  pid_t restParent;
  char view[256];
};
extern struct process processes[PROCESSES_MAX];
extern int processCount;
/* Starts to watch the process of a slot, which has been born. */
void watch(int number, int world, bool isHelpersChild);
void forgetAll(void);
/* Asks a worker for a call and waits for the answer. False if it is not there to be asked. */
bool ask(int number, uint32_t what, int64_t a, int64_t b, int64_t c, int64_t d);
bool isRunning(int number);
/* The number inside its namespace of what the helper knows by another. */
pid_t innerPid(pid_t outer);
/* Looks until nothing moves any more. False if that takes too long. */
bool settle(void);
/* Prints what has changed since the last time. */
void printChanges(void);
void printExit(int exit);

/* helper.c */
bool reapsOrphans(int world);
int initOf(int world);

#endif
